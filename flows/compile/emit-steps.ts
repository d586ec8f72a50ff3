/**
 * What a record meets on its way through a loop: nodes that add fields, nodes that choose, taps on wires, and the batch
 * it is put into at the end. This file must not know where the record came from.
 */

import type { FieldKind } from '../../nodes/contract/field.ts'
import { type ModuleText, RUNTIME } from './emit-module.ts'
import { recordCall, recordWriter } from './emit-record.ts'
import type { Scope } from './emit-values.ts'
import type { Leave, Step, TypedNode } from './ir.ts'

/** The record left a node by an outlet: counts it and hands it on. */
export function writeLeave(leave: Leave, scope: Scope): void {
  const { module } = scope.loop
  scope.loop.count(module.numbers.outletCounter(module.node(leave.node), leave.outlet))
  writeWires(leave, scope)
}

/** Shows the record on each wire and hands it on, uncounted: results and rejects are counted where they are made. */
export function writeWires(leave: Leave, scope: Scope): void {
  const { loop } = scope
  const isFork = leave.wires.length > 1
  for (const { name, next } of leave.wires) {
    const inside = isFork ? scope.branch() : scope
    // A throw on one branch must not cost the others the record.
    if (isFork) loop.line('try {')
    writeTap(leave, name, inside)
    writeNext(next, inside)
    if (isFork) {
      loop.line('} catch (error) {')
      loop.line('host.fault(at, error)')
      loop.line('}')
    }
  }
}

/**
 * Shows the record to who looks at the wire, in the watched form. What it fetches for that is not known afterwards.
 *
 * @param prepare writes what must be done before the record can be shown.
 */
export function writeTap(leave: Leave, wire: string, scope: Scope, prepare?: (inside: Scope) => void): void {
  const { loop } = scope
  const { module } = loop
  if (!loop.isWatched) return
  const inside = scope.branch()
  const tap = `taps[${module.numbers.wire(wire)}]`
  loop.line(`if (${tap} !== null && ${tap}.offer()) {`)
  loop.line('try {')
  prepare?.(inside)
  // The record's own bytes have the fields without an origin.
  const { origins } = module.node(leave.node).outletSchemas[leave.outlet]!
  const paths = inside.paths().filter((path) => inside.kindOf(path) !== 'bytes' && origins.has(path))
  const values = paths.map((path) => inside.use(path))
  const writer = recordWriter(module, module.nameOf('shape', 'wire', wire), paths)
  const text = module.constant('text', `new ${module.imported(RUNTIME.writer, 'ByteText')}()`)
  loop.line(`${text}.length = 0`)
  loop.line(recordCall(writer, text, inside.window(), values))
  loop.line(`${tap}.take(${text})`)
  loop.line('} catch (error) {')
  loop.line(`${tap}.fail(error)`)
  loop.line('}')
  loop.line('}')
}

/** What the record meets next. */
export function writeNext(step: Step, scope: Scope): void {
  const { loop } = scope
  const node = loop.module.node(step.node)
  loop.inside.forNode(step.node, () => {
    loop.line(`// ${step.node}`)
    loop.beginNode(step.node)
    if (step.do === 'derive') writeDerive(step, node, scope)
    else if (step.do === 'keep') writeKeep(step, node, scope)
    else writeEnter(node, scope)
  })
}

/** Makes known which node rejected the record. */
export function addRejectNode(scope: Scope, id: string): void {
  scope.add('reject.node', 'text', () => JSON.stringify(id))
}

function writeDerive(step: Step & { do: 'derive' }, node: TypedNode, scope: Scope): void {
  const { id } = node
  const { loop } = scope
  const { module } = loop
  const { number, reasons, add } = prepareFields(node, scope)
  const mayReject = reasons.length > 0
  if (mayReject) {
    const reason = `reason${number}`
    loop.line(`const ${reason} = ${reasons.join(' : ')} : null`)
    loop.line(`if (${reason} !== null) {`)
    loop.line(`host.reject(${module.numbers.node(id)}, ${reason})`)
    const rejected = scope.branch()
    addRejectNode(rejected, id)
    rejected.add('reject.reason', 'text', () => reason)
    rejected.add('reject.detail', 'text', () => 'null')
    writeWires(step.rejected, rejected)
    loop.line('} else {')
  }
  const inside = mayReject ? scope.branch() : scope
  add(inside)
  writeLeave(step.leave, inside)
  if (mayReject) loop.line('}')
}

/** Makes known the fields that a derive node adds to a record that it does not reject. */
export function addFields(node: TypedNode, scope: Scope): void {
  prepareFields(node, scope).add(scope)
}

/**
 * Does what a derive node's fields share: gives a number for the names of what is done, the reasons for which the node
 * rejects, and what makes the fields known.
 */
function prepareFields(
  node: TypedNode,
  scope: Scope,
): { readonly number: number; readonly reasons: readonly string[]; readonly add: (inside: Scope) => void } {
  const { id } = node
  const { loop } = scope
  const { module } = loop
  const values = scope.fillRow(node)
  const number = loop.number()
  const given = `${module.nameOf('row', id)}, ${module.nameOf('options', id)}`
  const compulsory = node.needs.flatMap(({ need }, i) => (need.optional ? [] : [`${values[i]} !== null`]))
  const has = compulsory.length === 0 ? undefined : `has${number}`
  if (has !== undefined) loop.line(`const ${has} = ${compulsory.join(' && ')}`)
  const ifHas = (value: string, otherwise: string) => (has === undefined ? value : `${has} ? ${value} : ${otherwise}`)
  const prepared = `prepared${number}`
  const reasons: string[] = []
  if (has !== undefined && node.rejectsLacking) reasons.push(`!${has} ? 'FIELD_MISSING'`)
  if (node.prepares) {
    const reject = module.imported(RUNTIME.node, 'Reject')
    loop.line(`const ${prepared} = ${ifHas(`${module.nameOf('prepare', id)}(${given})`, 'undefined')}`)
    reasons.push(`${prepared} instanceof ${reject} ? ${prepared}.reason`)
  }
  const add = (inside: Scope) => {
    for (const { name, path, type, expression } of node.adds) {
      const call = `${module.nameOf('add', id, name)}(${given}${node.prepares ? `, ${prepared}` : ''})`
      inside.add(path, type.kind, (here) =>
        expression === undefined ? ifHas(call, 'null') : here.useExpression(expression),
      )
    }
  }
  return { number, reasons, add }
}

function writeKeep(step: Step & { do: 'keep' }, node: TypedNode, scope: Scope): void {
  const { id } = node
  const { loop } = scope
  const { module } = loop
  scope.fillRow(node)
  const outlet = `outlet${loop.number()}`
  const given = `${module.nameOf('row', id)}, ${module.nameOf('options', id)}`
  loop.line(`const ${outlet} = ${module.nameOf('choose', id)}(${given})`)
  for (const [o, leave] of step.leaves.entries()) {
    loop.line(`${o === 0 ? 'if' : '} else if'} (${outlet} === ${o}) {`)
    writeLeave(leave, scope.branch())
  }
  loop.line('} else {')
  loop.count(module.numbers.filteredCounter(id))
  loop.line('}')
}

/** Puts the record into the batch before an operator, a sink or a fan-in. */
function writeEnter(node: TypedNode, scope: Scope): void {
  const { id, admits } = node
  const { loop } = scope
  const { module } = loop
  const layout = module.plan.layouts.get(id)!
  const batch = module.nameOf('batch', id)
  if (admits !== undefined) {
    loop.line(`if (${scope.useExpression(admits)} !== true) {`)
    loop.count(module.numbers.filteredCounter(id))
    loop.line('} else {')
  }
  const inside = scope.branch()
  const values = [
    ...layout.needs.map((need) =>
      kept(module, need.need.from === 'field' ? need.need.kind : 'any', inside.useNeed(node, need)),
    ),
    ...layout.carried.map((path) => kept(module, inside.kindOf(path), inside.use(path))),
  ]
  const k = `k${loop.number()}`
  loop.line(`const ${k} = ${batch}.count`)
  for (const [c, value] of values.entries()) loop.line(`${module.column(id, c)}[${k}] = ${value}`)
  loop.line(`${batch}.ts_us[${k}] = ${inside.ts_us}`)
  if (layout.windows) {
    const [buffer, start, end, marks] = inside.window()
    loop.line(`${batch}.buffers[${k}] = ${buffer}`)
    loop.line(`${batch}.starts[${k}] = ${start}`)
    loop.line(`${batch}.ends[${k}] = ${end}`)
    loop.line(`${batch}.marks[${k}] = ${marks}`)
  }
  loop.line(`${batch}.count = ${k} + 1`)
  loop.line(`if (${k} + 1 === ${batch}.capacity) host.full(${module.numbers.stageBefore(id)})`)
  if (admits !== undefined) loop.line('}')
}

/** A value that outlives the record: bytes are lent, so what crosses a border keeps a window object of its own. */
function kept(module: ModuleText, kind: FieldKind, value: string): string {
  return kind === 'bytes' ? `${module.imported(RUNTIME.field, 'copySlice')}(${value})` : value
}
