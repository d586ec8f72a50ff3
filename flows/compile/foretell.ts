/**
 * Filter before parse, for records that a parser makes of bytes: where the source foretells fields that the parser would
 * add, and for each node behind the parser these alone decide whether it lets a record pass, the source asks before it
 * gives a record. This file must not know which fields those are, nor how a source comes to know them.
 */

import type { CompiledExpression } from '../expression/compile.ts'
import type { Foretold, ProjectedPlan, TypedNode } from './ir.ts'

/** Undefined where nothing of use can be told. */
export function foretold({ graph, borders }: ProjectedPlan, { id, foretells }: TypedNode): Foretold | undefined {
  if (foretells === undefined) return undefined
  const behind = (node: string) =>
    graph.wires.filter(({ from, outlet }) => from === node && outlet === 'out').map(({ to }) => graph.nodes.get(to)!)
  const parsers = behind(id)
  const gates = parsers.flatMap((parser) => behind(parser.id))
  const conditions: CompiledExpression[] = []
  for (const gate of gates) {
    const own = passingExpressions(gate)
    const isTold = own.every(({ reads }) => reads.every((path) => foretells.fields.includes(path)))
    const waits = gate.spec.shape !== 'operator' && borders.has(gate.id)
    if (own.length === 0 || !isTold || waits) return undefined
    conditions.push(...own)
  }
  const isParser = (node: TypedNode) => node.spec.type === foretells.type && !borders.has(node.id)
  if (gates.length === 0 || !parsers.every(isParser)) return undefined
  return { fields: foretells.fields, conditions, parsers: parsers.map((parser) => parser.id) }
}

/** Expressions of which one must be true for a record to pass the node; none when it may pass all the same. */
function passingExpressions({ spec, needs, admits }: TypedNode): readonly CompiledExpression[] {
  if (spec.shape === 'operator') return admits === undefined ? [] : [admits]
  if (spec.shape !== 'keep' || spec.otherwise !== null) return []
  const expressions = needs.flatMap(({ need, expression }) =>
    need.from === 'expression' && need.kind === 'boolean' && expression !== undefined ? [expression] : [],
  )
  return expressions.length === needs.length ? expressions : []
}
