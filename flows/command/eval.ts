/** `lacewing eval`: one expression, or a file of cases. */

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { InputError } from '../../nodes/contract/capability.ts'
import { evaluateCase, evaluateLine } from '../expression/evaluate.ts'
import { PrintError, print } from './print.ts'
import { printable } from './table.ts'

export interface EvalOptions {
  readonly vars: string
  readonly cases?: string
  readonly dialect: string
  readonly typed?: boolean
}

/** @returns the exit code: 1 when a single expression fails; cases carry their errors in their answers. @throws PrintError */
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
        if (line.trim() !== '') await print(evaluateLine(line, how))
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === undefined || error instanceof PrintError) throw error
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
  await print(answer.result)
  return 0
}
