/**
 * Filter before parse: texts that a line must hold, or the first nodes behind its source filter the record.
 *
 * Only nodes wired straight to the source count, so that skipping a line changes no counter but theirs. Where somebody
 * is wired to the source's rejects, every line is read: then a broken line matters even if nothing else would pass it.
 */

import type { CompiledExpression } from '../expression/compile.ts'
import type { TypedGraph, TypedNode } from './ir.ts'

type Condition = readonly string[]

/** Conditions that all hold for every record that passes any node behind the source; empty when there are none. */
export function screenOf(graph: TypedGraph, source: string): readonly Condition[] {
  const wires = graph.wires.filter(({ from }) => from === source)
  if (wires.length === 0 || wires.some(({ outlet }) => outlet === 'rejected')) return []
  const branches = wires.map(({ to }) => conditionsOf(graph.nodes.get(to)!))
  if (branches.length === 1) return branches[0]!
  // A line is of use when one branch lets it pass, so one condition of each branch, taken together, must hold.
  if (branches.some((conditions) => conditions.length === 0)) return []
  return [branches.flatMap((conditions) => conditions.reduce((best, one) => (one.length < best.length ? one : best)))]
}

function conditionsOf(node: TypedNode): Condition[] {
  const own = (path: string) => !(node.inlet?.origins.has(path) ?? false)
  return (passingExpression(node)?.implies ?? [])
    .filter((texts) => texts.every(({ path, text }) => own(path) && isSearchable(text)))
    .map((texts) => texts.map(({ text }) => `"${text}"`))
}

/** True for a text that stands in JSON as it is or with escapes of its letters, digits and slashes only. */
function isSearchable(text: string): boolean {
  return text !== '' && text.isWellFormed() && !/[\u0000-\u001f"\\]/.test(text)
}

/** The expression without which the node lets nothing pass. */
function passingExpression({ spec, needs, admits }: TypedNode): CompiledExpression | undefined {
  if (spec.shape === 'operator') return admits
  if (spec.shape !== 'keep' || spec.passesOnly === undefined) return undefined
  return needs.find(({ name }) => name === spec.passesOnly)?.expression
}
