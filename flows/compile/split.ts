/**
 * Sixth pass: how several workers may share the flow, each of which runs all of it over a part of the records.
 *
 * Nodes but operators keep nothing from one record to the next. Where no operator does either, any worker may take any
 * record. Where operators keep something by the values of fields, records that agree in these must come to the same
 * worker, so the split is by the fields they have in common: fewer fields put more together, which is always right. They
 * must stand in the record as the source gives it, for the choice is made before any node runs, or be added by parsers
 * wired to a source that foretells them: then it is the source that chooses. A record that an operator created, or that
 * the source rejected, has none of them, so nothing that keeps anything may stand behind these.
 */

import type { KeyPart } from '../../nodes/contract/program.ts'
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
  const keyed: { readonly id: string; readonly own: readonly KeyPart[]; readonly foretold: readonly KeyPart[] }[] = []
  const creators = createdBefore(graph)
  const ways = waysInto(graph)
  for (const node of graph.nodes.values()) {
    if (node.spec.shape !== 'operator') continue
    const keeps = node.spec.keeps?.(node.options) ?? 'all'
    if (keeps === 'none') continue
    if (keeps === 'all') return one(`What ${node.id} does with a record may hang on any record before it.`)
    const creator = creators.get(node.id)
    if (creator !== undefined)
      return one(`${node.id} keeps state, and gets records from ${creator} that have none of the source's fields.`)
    const parts = keeps.flatMap((part) => partsOf(node, part))
    const own = parts.filter((part) => pathsOf(part).every((path) => isGivenBy(source, ways, node, path)))
    const foretold = parts.filter((part) => pathsOf(part).every((path) => isForetoldBy(source, ways, node, path)))
    if (own.length === 0 && foretold.length === 0)
      return one(`${node.id} keeps state by what no field of ${source.id} tells.`)
    keyed.push({ id: node.id, own, foretold })
  }
  if (keyed.length === 0 && replays === 'by key') return one(`${source.id} follows its input, and no node has a key.`)
  if (keyed.length === 0) return { by: 'blocks', source: source.id }
  // What is foretold spares the source the giving of records that are not wanted.
  const foretold = common(keyed.map((node) => node.foretold))
  if (foretold.length > 0) return { by: 'key', source: source.id, fields: foretold, foretold: true }
  const own = common(keyed.map((node) => node.own))
  if (own.length > 0) return { by: 'key', source: source.id, fields: own, foretold: false }
  return one(`${keyed.map(({ id }) => id).join(' and ')} keep state by fields of which none is the same.`)
}

const one = (why: string) => ({ by: 'one', why }) as const

const pathsOf = (part: KeyPart): readonly string[] => (typeof part === 'string' ? [part] : part)
const textOf = (part: KeyPart): string => pathsOf(part).join(' ')

/** Records that agree in all of the parts agree in this one too. */
function tells(parts: readonly KeyPart[], part: KeyPart): boolean {
  if (typeof part !== 'string' && part.every((path) => parts.includes(path))) return true
  return parts.some((one) => textOf(one) === textOf(part))
}

/** The parts that each of the lists tells, without those that others of them tell. */
function common(lists: readonly (readonly KeyPart[])[]): readonly KeyPart[] {
  const all = [...new Map(lists.flat().map((part) => [textOf(part), part])).values()]
  const told = all.filter((part) => lists.every((parts) => tells(parts, part)))
  const needed = told.filter((part) => typeof part === 'string' || !part.every((path) => told.includes(path)))
  return needed.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}

/** Parts of a key at the node's inlet in which records agree that agree in these needs. */
function partsOf(node: TypedNode, part: string | readonly [string, string]): readonly KeyPart[] {
  const boundOf = (name: string) => node.needs.find((need) => need.name === name)
  if (typeof part === 'string') return fieldsOf(node, boundOf(part))
  const [a, b] = part.map((name) => boundOf(name))
  // What two expressions tell in either order is not what their fields tell.
  if (a?.need.from !== 'field' || b?.need.from !== 'field') return []
  const paths = [...fieldsOf(node, a), ...fieldsOf(node, b)].sort()
  return paths.length === 2 ? [[paths[0]!, paths[1]!]] : []
}

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

/** The ways into each node. */
type Ways = ReadonlyMap<string, readonly { readonly before: TypedNode; readonly outlet: string }[]>

function waysInto({ nodes, wires }: TypedGraph): Ways {
  return new Map(
    [...Map.groupBy(wires, ({ to }) => to)].map(([id, into]) => [
      id,
      into.map(({ from, outlet }) => ({ before: nodes.get(from)!, outlet })),
    ]),
  )
}

/** True when a field of each record that comes to the node stands in it as the source gives it. */
function isGivenBy(source: TypedNode, ways: Ways, node: TypedNode, path: string): boolean {
  const type = source.outletSchemas.out?.fields.get(path)
  if (type === undefined || type.kind === 'bytes') return false
  return isSetBy(({ id }) => id === source.id, ways, node, path)
}

/** True when a field of each record that comes to the node was added by a parser of the source's, and is foretold. */
function isForetoldBy({ id, foretells }: TypedNode, ways: Ways, node: TypedNode, path: string): boolean {
  if (foretells?.keys.includes(path) !== true) return false
  const isParser = (one: TypedNode) =>
    one.spec.type === foretells.type &&
    ways.get(one.id)!.every(({ before, outlet }) => before.id === id && outlet === 'out')
  return isSetBy(isParser, ways, node, path)
}

/**
 * True when a field has, in each record that comes to the node, the value with which it left such an origin by `out`. Its
 * schema does not tell: where wires meet, it names one origin of several.
 */
function isSetBy(isOrigin: (node: TypedNode) => boolean, ways: Ways, node: TypedNode, path: string): boolean {
  const reached = new Set([node])
  for (const { id } of reached) {
    for (const { before, outlet } of ways.get(id) ?? []) {
      if (outlet === 'out' && isOrigin(before)) continue
      const { spec, adds } = before
      if (spec.shape === 'source' || adds.some((add) => add.path === path)) return false
      if (spec.shape === 'operator' && spec.drops?.includes(path) === true) return false
      reached.add(before)
    }
  }
  return true
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
