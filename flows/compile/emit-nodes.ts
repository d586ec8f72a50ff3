/**
 * What each node has outside the loops: constants of the module, and the batches, rows, readers and functions made when
 * the program starts. This file must not know what the loops do with them, only their names.
 */

import type { FieldKind } from '../../nodes/contract/field.ts'
import { writeInputs, writeMargin } from './emit-model.ts'
import { type ModuleText, RUNTIME } from './emit-module.ts'
import { leavesToOthers } from './emit-share.ts'
import { key, literal, member } from './emit-text.ts'
import { expressionText, isUtf8 } from './emit-values.ts'
import type { Foretold, TypedNode } from './ir.ts'
import { readsOf } from './project.ts'

/** Constants of the module: options and models. */
export function writeConstants(module: ModuleText, node: TypedNode): void {
  const { id } = node
  const plain = Object.fromEntries(Object.entries(node.options).filter(([name]) => !(name in node.models)))
  const models = Object.keys(node.models).map((option) => {
    const name = module.nameOf('model', id, option)
    module.line(`const ${name} = ${literal(node.options[option])}`)
    return `${key(option)}: ${name}`
  })
  const options = models.length === 0 ? literal(plain) : `{ ...${literal(plain)}, ${models.join(', ')} }`
  module.line(`const ${module.nameOf('options', id)} = ${options}`)
  for (const { name, need } of node.needs) {
    if (need.from === 'model') writeMargin(module, { ...need, node: id, need: name })
  }
}

/** What is made once when the program starts. */
export function writeNodeState(module: ModuleText, node: TypedNode): void {
  const { id, spec } = node
  module.line('')
  module.line(`// ${id}: ${spec.type}`)
  const layout = module.plan.layouts.get(id)
  if (layout !== undefined) {
    const columns = layout.needs.length + layout.carried.length
    module.line(`const ${module.nameOf('batch', id)} = host.batch(${columns})`)
    writeColumns(module, id, columns)
  }
  if (node.needs.length > 0) {
    const members = node.needs.map(({ name }) => `${key(name)}: null`)
    module.line(`const ${module.nameOf('row', id)} = { ${members.join(', ')} }`)
  } else if (spec.shape !== 'source') module.line(`const ${module.nameOf('row', id)} = {}`)
  for (const need of node.needs.filter(isUtf8)) {
    const slice = module.imported(RUNTIME.textSlice, 'TextSlice')
    module.line(`const ${module.nameOf('utf8', id, need.name)} = new ${slice}()`)
  }
  for (const { name, need } of node.needs) {
    if (need.from === 'model') writeInputs(module, { ...need, node: id, need: name })
  }
  if (spec.shape === 'source') writeSource(module, node)
  else if (spec.shape === 'derive') writeDerivation(module, node)
  else if (spec.shape === 'keep') module.line(`const ${module.nameOf('choose', id)} = ${module.typeOf(node)}.choose`)
  else if (spec.shape === 'operator') writeOperator(module, node, layout!.carried.length)
}

function writeColumns(module: ModuleText, id: string, columns: number, part?: 'results' | 'rejects'): void {
  if (columns === 0) return
  const names = Array.from({ length: columns }, (_, k) => module.column(id, k, part))
  module.line(`const [${names.join(', ')}] = ${module.nameOf(part ?? 'batch', id)}.columns`)
}

function writeDerivation(module: ModuleText, node: TypedNode): void {
  const { id } = node
  const schemaOf = module.imported(RUNTIME.field, 'schemaOf')
  const known: [string, FieldKind][] = []
  for (const path of new Set(node.needs.flatMap((need) => [...readsOf(need)]))) {
    const type = node.inlet!.fields.get(path)
    if (type !== undefined) known.push([path, type.kind])
  }
  const derivation = module.nameOf('derivation', id)
  const given = `${module.nameOf('options', id)}, ${schemaOf}(${literal(known)})`
  module.line(`const ${derivation} = ${module.typeOf(node)}.derive(${given})`)
  if (node.prepares) module.line(`const ${module.nameOf('prepare', id)} = ${derivation}.prepare`)
  for (const { name, expression } of node.adds) {
    if (expression !== undefined) continue
    module.line(`const ${module.nameOf('add', id, name)} = ${derivation}.adds${member(name)}.from`)
  }
}

/** Behind the carried fields stand those the operator adds, then reason and detail of a reject. */
function writeOperator(module: ModuleText, node: TypedNode, carried: number): void {
  const { id } = node
  const columns = carried + node.adds.length + 2
  module.line(`const ${module.nameOf('results', id)} = host.batch(${columns})`)
  writeColumns(module, id, columns, 'results')
  const operator = module.nameOf('operator', id)
  const given = `${module.nameOf('options', id)}, host.context(${module.numbers.node(id)})`
  module.line(`const ${operator} = ${module.typeOf(node)}.start(${given})`)
}

/* ---- sources ---- */

function writeSource(module: ModuleText, node: TypedNode): void {
  const { id, columns } = node
  module.line(`const ${module.nameOf('batch', id)} = host.input(${module.numbers.node(id)}, ${columns.length})`)
  writeColumns(module, id, columns.length)
  module.line(`let ${module.nameOf('newest', id)} = -Infinity`)
  const reads = module.plan.reads.get(id)
  if (reads !== undefined) writeReader(module, id, reads)
  else if (node.window !== undefined) {
    const slice = module.imported(RUNTIME.field, 'Slice')
    module.line(`const ${module.nameOf('window', id)} = new ${slice}(new Uint8Array(0), 0, 0)`)
  }
  const told = module.plan.foretold.get(id)
  if (told !== undefined) writeForesight(module, id, told)
  if (told !== undefined || leavesToOthers(module, id)) writePassed(module, id)
  const rejects = module.numbers.rejectsStage(id)
  if (rejects !== undefined) writePutReject(module, id, rejects)
}

function writeReader(module: ModuleText, id: string, reads: readonly string[]): void {
  const [json, desk] = [module.nameOf('json', id), module.nameOf('desk', id)]
  module.line(`const ${desk} = new ${module.imported(RUNTIME.desk, 'Desk')}()`)
  const given = `${literal(reads)}, ${literal(watchedKeys(module))}, ${desk}`
  module.line(`const ${json} = new ${module.imported(RUNTIME.reader, 'JsonReader')}(${given})`)
  writeEventTime(module, id, reads.indexOf('timestamp'))
  if (module.plan.screens.has(id)) writePassUnread(module, id)
}

/**
 * Records that were not read move event time all the same, or timers and windows would stand still while nothing passes
 * the filters. Reading one a batch is enough: the loop tells the time after a whole batch only.
 */
function writePassUnread(module: ModuleText, id: string): void {
  const batch = module.nameOf('batch', id)
  const window = `${batch}.unreadBuffer, ${batch}.unreadStart, ${batch}.unreadEnd`
  module.line(`function ${module.nameOf('passUnread', id)}() {`)
  module.line(`if (${batch}.unread === 0 || ${module.nameOf('json', id)}.read(${window}) !== 0) return`)
  module.line(`${module.nameOf('noteTime', id)}(${batch}.unreadBuffer)`)
  module.line('}')
}

/** Tells by what a source foretells of a record whether it is of use; one of which an expression throws must be read. */
function writeForesight(module: ModuleText, id: string, { fields, conditions }: Foretold): void {
  const names = new Map(fields.map((path, k) => [path, `f${k}`]))
  const wants = conditions.map((one) => `${expressionText(module, one, (path) => names.get(path)!)} === true`)
  module.line(`function ${module.nameOf('isOfUse', id)}(${[...names.values()].join(', ')}) {`)
  module.line('try {')
  module.line(`return ${wants.join(' || ')}`)
  module.line('} catch {')
  module.line('return true')
  module.line('}')
  module.line('}')
}

/** The time of records that the source passed over or left to other workers moves event time. */
function writePassed(module: ModuleText, id: string): void {
  const batch = module.nameOf('batch', id)
  const newest = module.nameOf('newest', id)
  module.line(`function ${module.nameOf('passUnread', id)}() {`)
  module.line(`if (${batch}.passed_us > ${newest}) ${newest} = ${batch}.passed_us`)
  module.line('}')
}

/** Top-level keys under which nodes add fields: a writer must know when a record has them already. */
function watchedKeys({ plan }: ModuleText): string[] {
  const keys = [...plan.graph.nodes.values()].flatMap(({ adds }) => adds.map(({ path }) => path.split('.')[0]!))
  return [...new Set([...keys, 'reject'])].sort()
}

/**
 * Event time of a record: the source's, else the record's own timestamp, else the newest of those whose time was asked
 * for before it. What else is read moves only the time that the loop tells, so that it makes no difference to a record
 * without a timestamp which others were read.
 */
function writeEventTime(module: ModuleText, id: string, slot: number): void {
  const json = module.nameOf('json', id)
  const newest = module.nameOf('newest', id)
  const latest = module.nameOf('latest', id)
  const read = module.imported(RUNTIME.timestamp, 'readTimestamp')
  // What is missing stands nowhere: its place is that of something else.
  const isText = `${json}.kind(${slot}) === ${module.imported(RUNTIME.reader, 'STRING')}`
  const own = `${isText} ? ${read}(buffer, ${json}.rawStart(${slot}) + 1, ${json}.rawEnd(${slot}) - 1) : NaN`
  module.line(`let ${latest} = 0`)
  module.line(`function ${module.nameOf('timeOf', id)}(given, buffer) {`)
  module.line('let ts_us = given')
  module.line(`if (ts_us !== ts_us) ts_us = ${own}`)
  module.line(`if (ts_us !== ts_us) ts_us = ${latest}`)
  module.line(`if (ts_us > ${latest}) ${latest} = ts_us`)
  module.line(`if (ts_us > ${newest}) ${newest} = ts_us`)
  module.line('return ts_us')
  module.line('}')
  if (!module.plan.screens.has(id) && module.plan.split.by !== 'key') return
  module.line(`function ${module.nameOf('noteTime', id)}(buffer) {`)
  module.line(`const ts_us = ${own}`)
  module.line(`if (ts_us > ${newest}) ${newest} = ts_us`)
  module.line('}')
}

/** Input that never became a record, as a record of its own on the reject outlet. */
function writePutReject(module: ModuleText, id: string, stage: number): void {
  const rejects = module.nameOf('rejects', id)
  const newest = module.nameOf('newest', id)
  const values = ['reason', 'detail', `${module.imported(RUNTIME.excerpt, 'excerptText')}(excerpt)`]
  module.line(`const ${rejects} = host.batch(${values.length})`)
  writeColumns(module, id, values.length, 'rejects')
  module.line(`function ${module.nameOf('putReject', id)}(reason, detail, excerpt) {`)
  module.line(`const k = ${rejects}.count`)
  for (const [k, value] of values.entries()) module.line(`${module.column(id, k, 'rejects')}[k] = ${value}`)
  module.line(`${rejects}.ts_us[k] = ${newest} > 0 ? ${newest} : 0`)
  module.line(`${rejects}.count = k + 1`)
  module.line(`if (k + 1 === ${rejects}.capacity) host.full(${stage})`)
  module.line('}')
}
