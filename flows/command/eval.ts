/** `lacewing eval`: one expression, or a file of cases. */

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { InputError } from '../../nodes/contract/capability.ts'
import { inputError } from '../../runtime/io/input-error.ts'
import { descriptorOutput } from '../../runtime/io/standard-streams.ts'
import { evaluateCase, evaluateLine } from '../expression/evaluate.ts'
import { printable } from './table.ts'

export interface EvalOptions {
  readonly vars: string
  readonly cases?: string
  readonly dialect: string
  readonly typed?: boolean
}

const output = descriptorOutput(1)

/** Prints a line; when that fails (disk full, reader gone) says so and gives false. */
async function hasPrinted(line: string): Promise<boolean> {
  try {
    await output.put(Buffer.from(`${line}\n`))
    return true
  } catch (error) {
    console.error(inputError(error, 'written', '-').message)
    return false
  }
}

/** @returns the exit code: 1 when a single expression fails or the answer can't be printed; cases carry their errors in their answers. */
export async function evaluate(expression: string | undefined, options: EvalOptions): Promise<number> {
  const { dialect } = options
  if (dialect !== 'stellar' && dialect !== 'metron') {
    throw new InputError(`There is no dialect '${dialect}'. Dialects are stellar and metron.`)
  }
  const how = { dialect, typed: options.typed === true } as const
  if (options.cases !== undefined) {
    const input = options.cases === '-' ? process.stdin : createReadStream(options.cases)
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
    try {
      for await (const line of lines) {
        if (line.trim() !== '' && !(await hasPrinted(evaluateLine(line, how)))) return 1
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      throw new InputError(`The cases in ${options.cases} could not be read (${code}).`)
    }
    return 0
  }
  if (expression === undefined) throw new InputError('Give an expression, or a file of cases with --cases FILE.')
  const answer = evaluateCase(expression, options.vars, how)
  if ('error' in answer) {
    console.error(printable(answer.error))
    return answer.isInput ? 2 : 1
  }
  return (await hasPrinted(answer.result)) ? 0 : 1
}
