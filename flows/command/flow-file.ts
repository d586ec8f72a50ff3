/** Flow files named on the command line. */

import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InputError } from '../../nodes/contract/capability.ts'
import { type Problem, problemLine } from '../../nodes/contract/problem.ts'
import type { FlowDocument } from '../format/flow.ts'
import { FLOW_LIMITS } from '../format/limits.ts'
import type { ParameterValues } from '../format/parameters.ts'
import { readFlow } from '../format/read.ts'

/** The input is wrong; the command ends with exit code 2. Problems are printed one a line. */
export class FlowProblems extends Error {
  readonly problems: readonly Problem[]
  constructor(path: string, problems: readonly Problem[]) {
    super(problems.map((problem) => `${path}: ${problemLine(problem)}`).join('\n'))
    this.problems = problems
  }
}

export interface FlowFile {
  readonly folder: string
  readonly flow: FlowDocument
  readonly warnings: readonly Problem[]
}

/** @throws InputError when the file can't be read, FlowProblems when it is no flow. */
export function loadFlow(path: string): FlowFile {
  const { folder, text } = loadFlowText(path)
  return { folder, ...readFlowText(path, text) }
}

/** @throws InputError when the file can't be read. */
export function loadFlowText(path: string): { readonly folder: string; readonly text: string } {
  const file = resolve(path)
  try {
    if (statSync(file).size > 4 * FLOW_LIMITS.text) {
      throw new InputError(`${path} is larger than a flow may be. Check that it is a flow file.`)
    }
    return { folder: dirname(file), text: readFileSync(file, 'utf8') }
  } catch (error) {
    if (error instanceof InputError) throw error
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code)
    throw new InputError(`The flow ${path} could not be read: ${why}. Give the path of a flow's JSON file.`)
  }
}

/** @throws FlowProblems when the text is no flow. */
export function readFlowText(path: string, text: string): Pick<FlowFile, 'flow' | 'warnings'> {
  const { flow, problems } = readFlow(text)
  if (flow === undefined) throw new FlowProblems(path, problems)
  return { flow, warnings: problems }
}

/** `--set name=value`, any number of times. */
export function parseSettings(settings: readonly string[]): ParameterValues {
  return Object.fromEntries(
    settings.map((setting) => {
      const equals = setting.indexOf('=')
      if (equals < 1) throw new InputError(`--set ${setting}: write it as --set name=value.`)
      return [setting.slice(0, equals), setting.slice(equals + 1)]
    }),
  )
}
