/**
 * Third pass: which nodes run in one loop, and which fields must be known at each border between loops.
 *
 * A pipeline begins at a source, behind an operator, or where one was cut; it ends at operators and sinks, where several
 * wires meet, and where it would grow too long. Fields are followed backwards from those who read them, so that nothing
 * is read, computed or carried for nobody.
 */

import type { BoundNeed, Layout, Passed, Pipeline, PipelineHead, Plan, TypedGraph, TypedNode } from './ir.ts'
import { screenOf } from './screen.ts'

export function plan(graph: TypedGraph): Passed<Plan> {
  const borders = bordersOf(graph)
  const demand = new Demand(graph)
  const pipelines: Pipeline[] = []
  const layouts = new Map<string, Layout>()
  const reads = new Map<string, readonly string[]>()
  const screens = new Map<string, readonly (readonly string[])[]>()
  for (const node of graph.nodes.values()) {
    if (borders.has(node.id)) layouts.set(node.id, layoutOf(demand, node))
    for (const head of headsOf(graph, borders, node)) pipelines.push(walk(graph, borders, head))
    if (node.spec.shape === 'source' && node.outletSchemas.out?.reader === 'json') {
      // Event time comes from the record, so its timestamp is read whoever asks.
      reads.set(node.id, [...new Set([...demand.behind(node.id, ['out']), 'timestamp'])].sort())
      const screen = screenOf(graph, node.id)
      if (screen.length > 0) screens.set(node.id, screen)
    }
  }
  return { after: { graph, borders, pipelines, layouts, reads, screens }, problems: [] }
}

/** Steps of one loop stand inside each other; deeper than this, code is slow to compile and at last too deep to. */
const MAX_FUSED = 256

/** Where a loop ends: at operators, sinks, where wires meet, and where it would grow too long. */
function bordersOf(graph: TypedGraph): Set<string> {
  const borders = new Set<string>()
  const depths = new Map<string, number>()
  const incoming = Map.groupBy(graph.wires, ({ to }) => to)
  for (const { id, spec } of graph.nodes.values()) {
    if (spec.shape === 'source') continue
    const wires = incoming.get(id) ?? []
    const depth = 1 + (depths.get(wires[0]!.from) ?? 0)
    const isEnd = spec.shape === 'operator' || spec.shape === 'sink'
    if (isEnd || wires.length > 1 || depth > MAX_FUSED) borders.add(id)
    else depths.set(id, depth)
  }
  return borders
}

function headsOf(graph: TypedGraph, borders: ReadonlySet<string>, { id, spec }: TypedNode): PipelineHead[] {
  if (spec.shape === 'source') {
    const wiresRejected = graph.wires.some(({ from, outlet }) => from === id && outlet === 'rejected')
    return [{ kind: 'source', node: id }, ...(wiresRejected ? [{ kind: 'rejects' as const, node: id }] : [])]
  }
  if (spec.shape === 'operator') return [{ kind: 'operator', node: id }]
  if (spec.shape !== 'sink' && borders.has(id)) return [{ kind: 'queue', node: id }]
  return []
}

function walk(graph: TypedGraph, borders: ReadonlySet<string>, head: PipelineHead): Pipeline {
  const members: string[] = []
  const exits = new Set<string>()
  const follow = (id: string, outlet?: string) => {
    for (const wire of graph.wires) {
      if (wire.from !== id || (outlet !== undefined && wire.outlet !== outlet)) continue
      if (borders.has(wire.to)) {
        exits.add(wire.to)
        continue
      }
      members.push(wire.to)
      follow(wire.to)
    }
  }
  follow(head.node, head.kind === 'rejects' ? 'rejected' : head.kind === 'source' ? 'out' : undefined)
  return { head, members, exits: [...exits] }
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

/** Fields an added expression, a need or an admission reads. */
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

  constructor(graph: TypedGraph) {
    this.graph = graph
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
    return this.writers.has(id)
  }
}
