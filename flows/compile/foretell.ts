/**
 * Filter before parse, for records that a parser makes of bytes: where the source foretells fields that the parser would
 * add, and for each node behind the parser these alone decide whether it lets a record pass, the source asks before it
 * gives a record. This file must not know which fields those are, nor how a source comes to know them.
 */

import type { CompiledExpression } from '../expression/compile.ts'
import { gateOf } from './gate.ts'
import type { Foretold, ProjectedPlan, TypedNode } from './ir.ts'

/** Undefined where nothing of use can be told. */
export function foretold({ graph, borders }: ProjectedPlan, { id, foretells }: TypedNode): Foretold | undefined {
  if (foretells === undefined) return undefined
  const behind = (node: string) =>
    graph.wires.filter(({ from, outlet }) => from === node && outlet === 'out').map(({ to }) => graph.nodes.get(to)!)
  const parsers = behind(id)
  const next = parsers.flatMap((parser) => behind(parser.id))
  const conditions: CompiledExpression[] = []
  for (const node of next) {
    const gate = gateOf(node)
    if (gate === undefined || gate.otherwise !== null || gate.conditions.length === 0) return undefined
    const isTold = gate.conditions.every(({ reads }) => reads.every((path) => foretells.fields.includes(path)))
    const waits = node.spec.shape !== 'operator' && borders.has(node.id)
    if (!isTold || waits) return undefined
    conditions.push(...gate.conditions)
  }
  const isParser = (node: TypedNode) => node.spec.type === foretells.type && !borders.has(node.id)
  if (next.length === 0 || !parsers.every(isParser)) return undefined
  return { fields: foretells.fields, conditions, parsers: parsers.map((parser) => parser.id) }
}
