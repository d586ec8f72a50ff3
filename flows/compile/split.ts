/**
 * Sixth pass: how several workers may share the flow, each of which runs all of it over a part of the records.
 *
 * Nodes but operators keep nothing from one record to the next. Where no operator does either, any worker may take any
 * record. Where operators keep something by the values of fields, records that agree in these must come to the same
 * worker, so the split is by the fields they have in common: fewer fields put more together, which is always right. They
 * must stand in the record as the source gives it, for the choice is made before any node runs. A record that an operator
 * created, or that the source rejected, has none of them, so nothing that keeps anything may stand behind these.
 */

import type { BoundNeed, Passed, PrefilteredPlan, SplitPlan, TypedGraph, TypedNode } from './ir.ts'

export function split(plan: PrefilteredPlan): Passed<SplitPlan> {
  return { after: { ...plan, split: splitOf(plan.graph) }, problems: [] }
}

function splitOf(graph: TypedGraph): SplitPlan['split'] {
  const sources = [...graph.nodes.values()].filter(({ spec }) => spec.shape === 'source')
  const [source, ...others] = sources
  if (source === undefined || others.length > 0) {
    return one(`Workers share the input of one source, and there are ${sources.length}.`)
  }
  const replays = (source.spec.shape === 'source' && source.spec.replays?.(source.options)) || false
  if (!replays) return one(`The input of ${source.id} can be read only once.`)
  let fields: readonly string[] | undefined
  const keyed: string[] = []
  const creators = createdBefore(graph)
  for (const node of graph.nodes.values()) {
    if (node.spec.shape !== 'operator') continue
    const keeps = node.spec.keeps?.(node.options) ?? 'all'
    if (keeps === 'none') continue
    if (keeps === 'all') return one(`What ${node.id} does with a record may hang on any record before it.`)
    const creator = creators.get(node.id)
    if (creator !== undefined)
      return one(`${node.id} keeps state, and gets records from ${creator} that have none of the source's fields.`)
    const own = keeps.flatMap((name) =>
      fieldsOf(
        node,
        node.needs.find((need) => need.name === name),
      ),
    )
    const given = own.filter((path) => isGivenBy(source, node, path))
    if (given.length === 0) return one(`${node.id} keeps state by what no field of ${source.id} tells.`)
    fields = fields === undefined ? given : fields.filter((path) => given.includes(path))
    keyed.push(node.id)
    if (fields.length === 0) return one(`${keyed.join(' and ')} keep state by fields of which none is the same.`)
  }
  if (fields === undefined && replays === 'by key') return one(`${source.id} follows its input, and no node has a key.`)
  if (fields === undefined) return { by: 'blocks', source: source.id }
  return { by: 'key', source: source.id, fields: [...new Set(fields)].sort() }
}

const one = (why: string) => ({ by: 'one', why }) as const

/** Fields of the node's inlet whose values follow from the need's: records that differ in them differ in it. */
function fieldsOf({ inlet }: TypedNode, bound: BoundNeed | undefined): readonly string[] {
  if (bound === undefined) return []
  const { need, expression } = bound
  if (need.from === 'expression') return expression?.implied.tells ?? []
  // A value of another kind would be null, so that records that differ would look the same.
  if (need.from === 'field' && (need.kind === 'any' || inlet?.fields.get(need.path)?.kind === need.kind)) {
    return [need.path]
  }
  return []
}

/** True when a field at the node's inlet stands in the record as the source gives it. */
function isGivenBy(source: TypedNode, { inlet }: TypedNode, path: string): boolean {
  const origin = inlet?.origins.get(path)
  const type = source.outletSchemas.out?.fields.get(path)
  if (type === undefined || type.kind === 'bytes' || inlet?.fields.has(path) !== true) return false
  return origin === undefined || origin === source.id
}

/** By node: where records may come from that are not the source's, before it. */
function createdBefore(graph: TypedGraph): Map<string, string> {
  const creators = new Map<string, string>()
  for (const { id, spec, options } of graph.nodes.values()) {
    const creates = spec.shape === 'operator' && (spec.creates?.(options) ?? true)
    for (const { from, to, outlet } of graph.wires) {
      if (from !== id) continue
      const isReject = spec.shape === 'source' && outlet === 'rejected'
      const creator = isReject ? `${id}.rejected` : creates ? id : creators.get(id)
      if (creator !== undefined) creators.set(to, creator)
    }
  }
  return creators
}
