/** Results on standard output: all of it arrives, or the command fails. `console.log` would say nothing. */

import { inputError } from '../../runtime/io/input-error.ts'
import { descriptorOutput } from '../../runtime/io/standard-streams.ts'

const output = descriptorOutput(1)

/** Standard output took no more: the disk is full, or whoever read it has gone. The command ends with exit code 1. */
export class PrintError extends Error {
  override name = 'PrintError'
}

/** Writes a line, or several. @throws PrintError */
export async function print(text: string): Promise<void> {
  try {
    await output.put(Buffer.from(`${text}\n`))
  } catch (error) {
    throw new PrintError(inputError(error, 'written', '-').message)
  }
}
