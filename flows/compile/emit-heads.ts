/**
 * What a loop begins with: how a record of its batch is read, by the kind of the pipeline's head. Behind that, the steps
 * take over. This file must not know what they do.
 */

import type { FieldKind, Schema } from '../../nodes/contract/field.ts'
import { Loop } from './emit-loop.ts'
import { type ModuleText, RUNTIME } from './emit-module.ts'
import { addRejectNode, writeLeave, writeNext, writeTap, writeWires } from './emit-steps.ts'
import { type RecordSource, Scope } from './emit-values.ts'
import type { BoundAdd, FusedPipeline, Leave, PipelineHead, TypedNode } from './ir.ts'

/** Fields of what a source could not make a record of, in the order of their columns. */
const REJECT_FIELDS = ['reason', 'detail', 'excerpt']

/** The batch that a loop goes over, by the kind of its head. */
const BATCH: Readonly<Record<PipelineHead['kind'], string>> = {
  source: 'batch',
  rejects: 'rejects',
  operator: 'results',
  queue: 'batch',
}

/** Writes one form of a pipeline as a function of the module. */
export function writePipeline(module: ModuleText, pipeline: FusedPipeline, isWatched: boolean): void {
  const { kind, node: id } = pipeline.head
  const loop = new Loop(module, isWatched)
  loop.inside.forNode(id, () => writeHead(loop, pipeline, module.node(id)))
  const name = module.nameOf(kind, id, isWatched ? 'watched' : 'plain')
  const isScreened = kind === 'source' && module.plan.screens.has(id)
  loop.writeFunction(name, module.nameOf(BATCH[kind], id), id, isScreened ? countUnread(module, pipeline) : [])
}

/** Lines that count the records which the source skipped, as what would have become of them, and take their time. */
function countUnread(module: ModuleText, { head, leaves }: FusedPipeline): string[] {
  const [leave] = leaves as [Leave]
  const skipped = `${module.nameOf('batch', head.node)}.skipped`
  const filtered = leave.wires.map(({ next }) => module.numbers.filteredCounter(next.node))
  const counters = [module.numbers.outletCounter(module.node(head.node), leave.outlet), ...filtered]
  return [
    ...counters.map((counter) => `counters[${counter}] += ${skipped}`),
    `${module.nameOf('passUnread', head.node)}()`,
  ]
}

function writeHead(loop: Loop, { head, leaves, first }: FusedPipeline, node: TypedNode): void {
  const { plan } = loop.module
  if (head.kind === 'source') {
    if (plan.reads.has(node.id)) writeLines(loop, node, leaves[0]!)
    else writePieces(loop, node, leaves[0]!)
  } else if (head.kind === 'rejects') writeRejects(loop, node, leaves[0]!)
  else if (head.kind === 'operator') writeResults(loop, node, leaves)
  else writeNext(first!, carriedScope(loop, node))
}

/** Records that are JSON text, each read by the source's reader. */
function writeLines(loop: Loop, node: TypedNode, leave: Leave): void {
  const { id } = node
  const { module } = loop
  const reads = module.plan.reads.get(id)!
  if (module.plan.screens.has(id) && loop.isWatched) writeUnread(loop, node, leave)
  loop.beginNode(id)
  const json = module.nameOf('json', id)
  const reason = module.imported(RUNTIME.reader, 'jsonErrorReason')
  loop.line(`const wrong = ${json}.read(buffers[i], starts[i], ends[i])`)
  loop.line('if (wrong !== 0) {')
  loop.line(`host.reject(${module.numbers.node(id)}, ${reason}(wrong))`)
  if (module.numbers.rejectsStage(id) !== undefined) {
    loop.line(`${module.nameOf('putReject', id)}(${reason}(wrong), null, buffers[i].subarray(starts[i], ends[i]))`)
  }
  loop.line('} else {')
  const scope = new Scope(loop, {
    window: ['buffers[i]', `${json}.objectStart`, `${json}.objectEnd + 1`, `${json}.marks`],
    ts_us: `${module.nameOf('timeOf', id)}(ts_us[i], buffers[i])`,
  })
  for (const [slot, path] of reads.entries()) {
    const kind = kindOf(node.outletSchemas.out, path)
    const method = kind === 'float64' ? 'number' : kind
    const pointAt = kind === 'text' ? (slice: string) => `${json}.utf8(${slot}, ${slice})` : undefined
    scope.add(path, kind, () => `${json}.${method}(${slot})`, pointAt)
  }
  writeLeave(leave, scope)
  loop.line('}')
}

/**
 * A record that needs no reading is only in the batch because somebody looks at a wire of the source: it is shown, and
 * counted as what would have become of it.
 */
function writeUnread(loop: Loop, node: TypedNode, leave: Leave): void {
  const { module } = loop
  const unread = new Scope(loop, { window: ['buffers[i]', 'starts[i]', 'ends[i]', 'undefined'], ts_us: 'NaN' })
  loop.line('if (marks[i] !== 0) {')
  loop.count(module.numbers.outletCounter(node, leave.outlet))
  for (const { name, next } of leave.wires) {
    writeTap(leave, name, unread)
    loop.count(module.numbers.filteredCounter(next.node))
  }
  loop.line('continue')
  loop.line('}')
}

/** Records as a source gives them: columns, and a window of bytes for the nodes that parse. */
function writePieces(loop: Loop, node: TypedNode, leave: Leave): void {
  const { id } = node
  const { module } = loop
  loop.beginNode(id)
  const newest = module.nameOf('newest', id)
  loop.line(`if (ts_us[i] > ${newest}) ${newest} = ts_us[i]`)
  const scope = new Scope(loop, WITHOUT_BYTES)
  if (node.window !== undefined) {
    const window = module.nameOf('window', id)
    loop.line(`${window}.buffer = buffers[i]`)
    loop.line(`${window}.start = starts[i]`)
    loop.line(`${window}.end = ends[i]`)
    scope.add(node.window, 'bytes', () => window)
  }
  for (const [k, path] of node.columns.entries()) {
    scope.addColumn(path, kindOf(node.outletSchemas.out, path), module.column(id, k))
  }
  writeLeave(leave, scope)
}

/** Input that never became a record. */
function writeRejects(loop: Loop, { id }: TypedNode, leave: Leave): void {
  const scope = new Scope(loop, WITHOUT_BYTES)
  for (const [k, name] of REJECT_FIELDS.entries()) {
    scope.addColumn(`reject.${name}`, 'text', loop.module.column(id, k, 'rejects'))
  }
  addRejectNode(scope, id)
  loop.beginNode(id)
  writeWires(leave, scope)
}

/** An operator's results, each to the outlet it was sent to. */
function writeResults(loop: Loop, node: TypedNode, leaves: readonly Leave[]): void {
  const { id, adds } = node
  const addsAt = loop.module.plan.layouts.get(id)!.carried.length
  const column = (k: number) => loop.module.column(id, addsAt + k, 'results')
  const scope = carriedScope(loop, node, 'results')
  for (const [o, leave] of leaves.entries()) {
    if (leave.wires.length === 0) continue
    loop.line(`if (outlets[i] === ${o}) {`)
    const inside = scope.branch()
    if (leave.outlet === 'rejected') {
      inside.addColumn('reject.reason', 'text', column(adds.length))
      inside.addColumn('reject.detail', 'text', column(adds.length + 1))
      addRejectNode(inside, id)
    } else for (const [k, added] of adds.entries()) addResult(inside, node, added, column(k))
    loop.beginNode(id)
    writeWires(leave, inside)
    loop.line('}')
  }
}

/** A field that an operator added: its value, or what stands in its place until somebody reads it. */
function addResult(scope: Scope, { id, spec }: TypedNode, { name, path, type }: BoundAdd, column: string): void {
  if (spec.shape !== 'operator' || spec.late?.includes(name) !== true) {
    scope.addColumn(path, type.kind, column)
    return
  }
  const late = `${scope.loop.module.nameOf('operator', id)}.late(${JSON.stringify(name)}, ${column}[i])`
  scope.add(path, type.kind, () => `${column}[i] === null ? null : ${late}`)
}

const WITHOUT_BYTES: RecordSource = { window: undefined, ts_us: 'ts_us[i]' }
const WITH_BYTES: RecordSource = { window: ['buffers[i]', 'starts[i]', 'ends[i]', 'marks[i]'], ts_us: 'ts_us[i]' }

/** The fields that travelled in a batch because something further down reads them. */
function carriedScope(loop: Loop, { id, inlet }: TypedNode, part?: 'results'): Scope {
  const layout = loop.module.plan.layouts.get(id)!
  const scope = new Scope(loop, layout.windows ? WITH_BYTES : WITHOUT_BYTES)
  for (const [k, path] of layout.carried.entries()) {
    scope.addColumn(path, kindOf(inlet, path), loop.module.column(id, k, part))
  }
  return scope
}

function kindOf(schema: Schema | undefined, path: string): FieldKind {
  return schema?.fields.get(path)?.kind ?? 'any'
}
