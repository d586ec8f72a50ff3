/**
 * Third pass: which nodes run in one loop.
 *
 * A pipeline begins at a source, behind an operator, or where one was cut; it ends at operators and sinks, where several
 * wires meet, and where it would grow too long.
 */

import type { Passed, Pipeline, PipelineHead, Plan, TypedGraph, TypedNode } from './ir.ts'

export function plan(graph: TypedGraph): Passed<Plan> {
  const borders = bordersOf(graph)
  const heads = [...graph.nodes.values()].flatMap((node) => headsOf(graph, borders, node))
  const pipelines = heads.map((head) => walk(graph, borders, head))
  return { after: { graph, borders, pipelines }, problems: [] }
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
