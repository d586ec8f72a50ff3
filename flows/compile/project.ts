/**
 * Fourth pass: which fields each source must read, and which must be known at each border between loops.
 *
 * Fields are followed backwards from those who read them, so that nothing is read, computed or carried for nobody.
 */

import type { BoundNeed, Layout, Passed, Plan, ProjectedPlan, TypedGraph, TypedNode } from './ir.ts'

/** @param isWhole true to read and carry every field there is, as if every node asked for it. */
export function project(plan: Plan, isWhole = false): Passed<ProjectedPlan> {
  const { graph, borders } = plan
  const demand = new Demand(graph, isWhole)
  const layouts = new Map<string, Layout>()
  const reads = new Map<string, readonly string[]>()
  for (const node of graph.nodes.values()) {
    if (borders.has(node.id)) layouts.set(node.id, layoutOf(demand, node))
    const out = node.outletSchemas.out
    if (node.spec.shape !== 'source' || out?.reader !== 'json') continue
    // Event time comes from the record, so its timestamp is read whoever asks.
    const read = [...demand.behind(node.id, ['out']), ...(isWhole ? out.fields.keys() : []), 'timestamp']
    reads.set(node.id, [...new Set(read)].sort())
  }
  return { after: { ...plan, layouts, reads }, problems: [] }
}

function layoutOf(demand: Demand, node: TypedNode): Layout {
  const { shape } = node.spec
  const windows = node.inlet?.reader === 'json' && demand.wantsWindows(node.id)
  if (shape === 'sink') return { needs: node.needs, carried: node.readsRecord ? writable(node) : [], windows }
  if (shape === 'operator') {
    return { needs: node.needs, carried: [...demand.behind(node.id, node.outlets)].sort(), windows }
  }
  const known = node.inlet!.fields
  return { needs: [], carried: [...demand.at(node.id)].filter((path) => known.has(path)).sort(), windows }
}

/** Fields a sink that writes whole records adds to the record's own bytes. */
function writable({ inlet }: TypedNode): string[] {
  return [...inlet!.origins.keys()].filter((path) => inlet!.fields.get(path)!.kind !== 'bytes')
}

/** Fields of the inlet's record that a need is made of. */
export function readsOf(need: BoundNeed): readonly string[] {
  if (need.need.from === 'field') return [need.need.path]
  if (need.need.from === 'model') return need.need.inputs
  return need.expression?.reads ?? []
}

/** Who reads what, followed backwards. */
class Demand {
  readonly graph: TypedGraph
  readonly known = new Map<string, ReadonlySet<string>>()
  /** Nodes that write whole records, or stand before one. */
  readonly writers = new Set<string>()
  readonly #isWhole: boolean

  constructor(graph: TypedGraph, isWhole: boolean) {
    this.graph = graph
    this.#isWhole = isWhole
    // Backwards, so that each node finds those behind it known: no deep recursion, and no path is walked twice.
    for (const id of [...graph.nodes.keys()].reverse()) {
      this.at(id)
      const isBefore = graph.wires.some((wire) => wire.from === id && this.writers.has(wire.to))
      if (isBefore || graph.nodes.get(id)!.readsRecord) this.writers.add(id)
    }
  }

  /** Fields that must be known at a node's inlet, by it and by all behind it. */
  at(id: string): ReadonlySet<string> {
    const before = this.known.get(id)
    if (before !== undefined) return before
    const node = this.graph.nodes.get(id)!
    const added = new Set(node.adds.map(({ path }) => path))
    const own = [
      ...node.needs.flatMap((need) => [...readsOf(need)]),
      ...node.adds.flatMap((added) => [...(added.expression?.reads ?? [])]).filter((path) => !added.has(path)),
      ...(node.admits?.reads ?? []),
      ...(node.readsRecord ? writable(node) : []),
      ...(this.#isWhole ? (node.inlet?.fields.keys() ?? []) : []),
    ]
    const demanded = new Set([...own, ...this.behind(id, node.outlets)])
    this.known.set(id, demanded)
    return demanded
  }

  /** Fields of the node's inlet that are read behind the given outlets. */
  behind(id: string, outlets: readonly string[]): Set<string> {
    const node = this.graph.nodes.get(id)!
    const demanded = new Set<string>()
    for (const wire of this.graph.wires) {
      if (wire.from !== id || !outlets.includes(wire.outlet)) continue
      // A rejected record is as it came, but for the reason.
      const isRejected = wire.outlet === 'rejected'
      for (const path of this.at(wire.to)) {
        const isNew = isRejected ? path.startsWith('reject.') : node.adds.some((added) => added.path === path)
        if (!isNew) demanded.add(path)
      }
    }
    return demanded
  }

  /** True when the node or one behind it writes whole records. */
  wantsWindows(id: string): boolean {
    return this.#isWhole || this.writers.has(id)
  }
}
