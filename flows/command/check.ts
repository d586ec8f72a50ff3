/** `lacewing check` and `lacewing compile`: what is wrong with a flow, what stands on its wires, what it becomes. */

import { writeFileSync } from 'node:fs'
import { InputError } from '../../nodes/contract/capability.ts'
import { type Problem, problemLine } from '../../nodes/contract/problem.ts'
import { compileFlow, compileInput, type Language } from '../bundle/compile-flow.ts'
import { checkFlow, planFlow } from '../compile/compile.ts'
import { showPass } from '../compile/show.ts'
import { type WireFields, wireFields } from '../compile/wire-fields.ts'
import { FlowProblems, loadFlow, parseSettings } from './flow-file.ts'
import { print } from './print.ts'
import { emphasis, formatTable, grouped, printable } from './table.ts'
import { describeShare, type UnreadShare, unreadShares } from './unread-share.ts'

export interface CheckTools {
  readonly language: Language
  readonly samples: readonly string[]
}

/** @returns the exit code: 0, or 2 when there is an error among the problems. */
export async function check(
  path: string,
  options: { readonly set: readonly string[]; readonly json?: boolean },
  tools: CheckTools,
): Promise<number> {
  let found: { readonly problems: readonly Problem[]; readonly wires: WireFields }
  let prefilter: readonly UnreadShare[] = []
  let name: string | undefined
  try {
    const file = loadFlow(path)
    name = file.flow.name
    const place = { folders: [file.folder, ...tools.samples], isConfined: false }
    const input = compileInput(file.flow, parseSettings(options.set), place, tools.language)
    const { problems, wires, typed } = checkFlow(input)
    found = { problems: [...file.warnings, ...problems], wires: wireFields(wires) }
    if (typed !== undefined) {
      const { prefiltered } = planFlow(typed, input)
      prefilter = await unreadShares(prefiltered, { folder: file.folder, samples: tools.samples })
    }
  } catch (error) {
    if (!(error instanceof FlowProblems) || options.json !== true) throw error
    found = { problems: error.problems, wires: {} }
  }
  const isWrong = found.problems.some(({ severity }) => severity === 'error')
  if (options.json === true) {
    await print(JSON.stringify({ flow: name ?? null, ok: !isWrong, ...found, prefilter }, null, 2))
    return isWrong ? 2 : 0
  }
  for (const problem of found.problems) console.error(printable(`${path}: ${problemLine(problem)}`))
  for (const [wire, { fields }] of Object.entries(found.wires)) {
    const added = fields.filter(({ origin }) => origin !== undefined)
    const own = fields.length - added.length
    await print(emphasis(wire, process.stdout) + (own > 0 ? `  (${own} fields of the record itself)` : ''))
    const rows = added.map(({ path: at, kind, unit, origin, help }) => [
      `  ${at}`,
      kind,
      unit ?? '',
      origin!,
      help ?? '',
    ])
    if (rows.length > 0) await print(printable(formatTable(['  field', 'kind', 'unit', 'from', ''], rows)))
  }
  for (const share of prefilter) await print(printable(describeShare(share)))
  if (!isWrong) console.error(`${path}: no errors.`)
  return isWrong ? 2 : 0
}

/** @returns the exit code. @throws FlowProblems, InputError */
export async function compileTo(
  path: string,
  options: { readonly set: readonly string[]; readonly output?: string; readonly show?: string },
  tools: CheckTools,
): Promise<number> {
  const file = loadFlow(path)
  const place = { folders: [file.folder, ...tools.samples], isConfined: false }
  const input = compileInput(file.flow, parseSettings(options.set), place, tools.language)
  const { compilation, artifact } = await compileFlow(input)
  if (artifact === undefined) throw new FlowProblems(path, compilation.problems)
  for (const problem of compilation.problems) console.error(printable(problemLine(problem)))
  if (options.show !== undefined) await print(showPass(compilation, options.show))
  if (options.output === undefined) return 0
  try {
    writeFileSync(options.output, artifact.text)
  } catch (error) {
    throw new InputError(
      `The artifact could not be written to ${options.output} (${(error as NodeJS.ErrnoException).code}). Name a file in a folder that exists.`,
    )
  }
  console.error(`${options.output}: artifact ${artifact.hash}, ${grouped(artifact.text.length)} characters`)
  return 0
}
