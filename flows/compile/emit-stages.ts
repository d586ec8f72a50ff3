/**
 * The stages a program returns: the doors by which the engine reaches batches, loops, operators and sinks; see
 * nodes/contract/program.ts. This file must not know what the loops do.
 */

import type { ModuleText } from './emit-module.ts'
import type { StagePlace } from './emit-numbers.ts'
import { noWindow, type RecordWindow, recordCall, recordWriter } from './emit-record.ts'
import { sourceShare } from './emit-share.ts'
import { literal, member } from './emit-text.ts'
import { unreadWires } from './emit-unread.ts'
import { isUtf8 } from './emit-values.ts'
import type { Layout, TypedNode } from './ir.ts'

/** One entry of what `start` returns. */
export function writeStage(module: ModuleText, { kind, node }: StagePlace): void {
  const { id } = node
  module.line('{')
  module.line(`kind: '${kind === 'rejects' ? 'queue' : kind}',`)
  module.line(`node: ${module.numbers.node(id)},`)
  module.line(`batch: ${module.nameOf(kind === 'rejects' ? 'rejects' : 'batch', id)},`)
  if (kind === 'source') writeSource(module, node)
  else if (kind === 'sink') writeSink(module, node)
  else if (kind === 'operator') writeOperator(module, node)
  else writeForms(module, kind, id)
  module.line('},')
}

/** The two loops over the stage's records. */
function writeForms(module: ModuleText, kind: StagePlace['kind'], id: string): void {
  for (const form of ['plain', 'watched']) module.line(`${form}: ${module.nameOf(kind, id, form)},`)
}

function writeSource(module: ModuleText, node: TypedNode): void {
  const { id } = node
  const given = `${optionsOf(module, node)}, host.capabilities, from${readingOf(module, id)}`
  module.line(`open: (from) => ${module.typeOf(node)}.open(${given}),`)
  writeForms(module, 'source', id)
  module.line(`newest_us: () => ${module.nameOf('newest', id)},`)
  module.line(`unreadWires: ${literal(unreadWires(module, id))},`)
  const isWired = module.numbers.rejectsStage(id) !== undefined
  module.line(isWired ? `rejected: ${module.nameOf('putReject', id)},` : 'rejected() {},')
}

/** How a source of JSON is to read its records, or one that foretells is to tell which are of use and its own, as further arguments. */
function readingOf(module: ModuleText, id: string): string {
  const isOfUse = module.plan.foretold.has(id) ? module.nameOf('isOfUse', id) : undefined
  const share = sourceShare(module, id)
  if (isOfUse !== undefined || share !== undefined) return `, undefined, { isOfUse: ${isOfUse}, share: ${share} }`
  if (!module.plan.reads.has(id)) return ''
  return `, { desk: ${module.nameOf('desk', id)}, screen: ${literal(module.plan.screens.get(id) ?? [])} }`
}

function writeOperator(module: ModuleText, node: TypedNode): void {
  const { id, adds } = node
  const layout = module.plan.layouts.get(id)!
  const results = module.nameOf('results', id)
  const carried = layout.carried.length
  module.line(`operator: ${module.nameOf('operator', id)},`)
  writeAt(module, id, layout)
  module.line(`results: ${results},`)
  module.line('carry(i, n) {')
  for (const [k, column] of carriedColumns(module, id, layout).entries()) {
    module.line(`${module.column(id, k, 'results')}[n] = ${column}[i]`)
  }
  if (layout.windows) {
    const batch = module.nameOf('batch', id)
    for (const part of ['buffers', 'starts', 'ends', 'marks']) {
      module.line(`${results}.${part}[n] = ${batch}.${part}[i]`)
    }
  }
  module.line('},')
  module.line(`addsAt: ${carried},`)
  module.line(`adds: ${adds.length},`)
  const isWired = module.plan.graph.wires.some(({ from, outlet }) => from === id && outlet === 'rejected')
  module.line(`rejectAt: ${isWired ? carried + adds.length : -1},`)
  writeForms(module, 'operator', id)
}

function writeSink(module: ModuleText, node: TypedNode): void {
  const { id } = node
  const layout = module.plan.layouts.get(id)!
  const batch = module.nameOf('batch', id)
  const fields = Object.fromEntries(
    layout.carried.map((path) => [path, { kind: node.inlet!.fields.get(path)?.kind ?? 'any' }]),
  )
  module.line(`context: { fields: ${literal(fields)} },`)
  module.line(`open: (context) => ${module.typeOf(node)}.open(${optionsOf(module, node)}, host.capabilities, context),`)
  writeAt(module, id, layout)
  module.line('writeJson(i, writer) {')
  const writer = recordWriter(module, module.nameOf('shape', 'sink', id), layout.carried)
  const values = carriedColumns(module, id, layout).map((column) => `${column}[i]`)
  const window: RecordWindow = layout.windows
    ? [`${batch}.buffers[i]`, `${batch}.starts[i]`, `${batch}.ends[i]`, `${batch}.marks[i]`]
    : noWindow(module)
  module.line(recordCall(writer, 'writer', window, values))
  module.line('},')
}

/** Fills the node's row with the needs of record i. */
function writeAt(module: ModuleText, id: string, { needs }: Layout): void {
  const row = module.nameOf('row', id)
  module.line('at(i) {')
  for (const [k, need] of needs.entries()) {
    const column = `${module.column(id, k)}[i]`
    const value = isUtf8(need) ? `${module.nameOf('utf8', id, need.name)}.of(${column})` : column
    module.line(`${row}${member(need.name)} = ${value}`)
  }
  module.line(`return ${row}`)
  module.line('},')
}

/** In a batch the carried fields stand behind the needs. */
function carriedColumns(module: ModuleText, id: string, { needs, carried }: Layout): string[] {
  return carried.map((_, k) => module.column(id, needs.length + k))
}

/** Secrets are put in where the options meet the world, never in a constant. */
function optionsOf(module: ModuleText, { id, secrets }: TypedNode): string {
  const options = module.nameOf('options', id)
  if (secrets.length === 0) return options
  return `host.secrets(${options}, ${literal(secrets.map(({ option }) => option))})`
}
