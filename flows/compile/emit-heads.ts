/**
 * What a loop begins with: how a record of its batch is read, by the kind of the pipeline's head. Behind that, the steps
 * take over. This file must not know what they do.
 */

import type { FieldKind, Schema } from '../../nodes/contract/field.ts'
import { Loop } from './emit-loop.ts'
import { type ModuleText, RUNTIME } from './emit-module.ts'
import { leavesToOthers, ownerText } from './emit-share.ts'
import { addRejectNode, writeLeave, writeNext, writeWires } from './emit-steps.ts'
import { leavesUnread, unreadWay, writeUnread } from './emit-unread.ts'
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
  const isCounted = kind === 'source' && (leavesUnread(module, id) || leavesToOthers(module, id))
  loop.writeFunction(name, module.nameOf(BATCH[kind], id), id, isCounted ? countUnread(module, pipeline) : [])
}

/**
 * Lines that count the records which the source skipped, as what would have become of them, and take their time and that
 * of those it left to other workers.
 */
function countUnread(module: ModuleText, { head, leaves }: FusedPipeline): string[] {
  const { node: id } = head
  const passed = `${module.nameOf('passUnread', id)}()`
  if (!leavesUnread(module, id)) return [passed]
  const skipped = `${module.nameOf('batch', id)}.skipped`
  const counted = unreadWay(module, leaves[0]!).counters.map((counter) => `counters[${counter}] += ${skipped}`)
  if (module.plan.split.by !== 'key') return [...counted, passed]
  const others = `host.othersRecords(${module.numbers.node(id)}, ${skipped})`
  return [`if (leavesUnkeyed) ${others}`, 'else {', ...counted, '}', passed]
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
  const json = module.nameOf('json', id)
  const reason = module.imported(RUNTIME.reader, 'jsonErrorReason')
  const read = `${json}.read(buffers[i], starts[i], ends[i])`
  if (module.plan.screens.has(id) && loop.isWatched) {
    // It is only in the batch because somebody looks at a wire it passes.
    loop.line('if (marks[i] !== 0) {')
    leaveToFirst(loop, node)
    const orFail = `{ const wrong = ${read}; if (wrong !== 0) throw new Error(${reason}(wrong)) }`
    writeUnread(loop, unreadWay(module, leave), () => lineScope(loop, node), orFail)
    loop.line('continue')
    loop.line('}')
  }
  loop.beginNode(id)
  loop.line(`const wrong = ${read}`)
  loop.line('if (wrong !== 0) {')
  leaveToFirst(loop, node)
  loop.line(`host.reject(${module.numbers.node(id)}, ${reason}(wrong))`)
  if (module.numbers.rejectsStage(id) !== undefined) {
    loop.line(`${module.nameOf('putReject', id)}(${reason}(wrong), null, buffers[i].subarray(starts[i], ends[i]))`)
  }
  loop.line('} else {')
  const scope = lineScope(loop, node)
  leaveToOthers(loop, node, scope)
  writeLeave(leave, scope)
  loop.line('}')
}

/** The fields of the record that the source's reader has read. */
function lineScope(loop: Loop, node: TypedNode): Scope {
  const { module } = loop
  const json = module.nameOf('json', node.id)
  const scope = new Scope(loop, {
    window: ['buffers[i]', `${json}.objectStart`, `${json}.objectEnd + 1`, `${json}.marks`],
    ts_us: `${module.nameOf('timeOf', node.id)}(ts_us[i], buffers[i])`,
  })
  for (const [slot, path] of module.plan.reads.get(node.id)!.entries()) {
    const kind = kindOf(node.outletSchemas.out, path)
    const method = kind === 'float64' ? 'number' : kind
    const compute = () => `${json}.${method}(${slot})`
    if (kind === 'text') {
      scope.addText(path, {
        compute,
        pointAt: (slice) => `${json}.utf8(${slot}, ${slice})`,
        isText: (text, utf8) => `${json}.isText(${slot}, ${JSON.stringify(text)}, ${utf8})`,
      })
    } else scope.add(path, kind, compute)
  }
  return scope
}

/**
 * Of a flow split by key, leaves out a record whose key is another worker's, once its event time is taken; where the
 * source has not done so.
 */
function leaveToOthers(loop: Loop, { id }: TypedNode, scope: Scope): void {
  const { module } = loop
  const { split } = module.plan
  if (split.by !== 'key' || split.foretold) return
  loop.line('if (isShared) {')
  const inside = scope.branch()
  const owner = ownerText(module, split.fields, (path) => inside.use(path))
  loop.line(`if (${owner} !== share.index) {`)
  if (module.plan.reads.has(id)) loop.line(`${module.nameOf('noteTime', id)}(buffers[i])`)
  loop.line(`host.othersRecords(${module.numbers.node(id)}, 1)`)
  loop.line('continue')
  loop.line('}')
  loop.line('}')
}

/** Of a flow split by key, leaves a record that has no key, because it was not or could not be read, to worker 0. */
function leaveToFirst(loop: Loop, { id }: TypedNode): void {
  if (loop.module.plan.split.by !== 'key') return
  loop.line('if (leavesUnkeyed) {')
  loop.line(`host.othersRecords(${loop.module.numbers.node(id)}, 1)`)
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
  leaveToOthers(loop, node, scope)
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
