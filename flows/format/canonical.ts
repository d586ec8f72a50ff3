/** The part of a flow that runs, as one text: what the artifact's hash is made of. */

import type { FlowDocument } from './flow.ts'
import { canonicalJson } from './write.ts'

/**
 * Two flows have the same canonical logic exactly when they differ only in what is shown: view, titles, descriptions,
 * help texts, the order of keys and wires, and `"version": 1` written or left out.
 */
export function canonicalLogic(flow: FlowDocument): string {
  return canonicalJson(
    {
      lacewing: flow.lacewing,
      name: flow.name,
      parameters: mapValues(flow.parameters, ({ type, default: fallback }) => ({ type, default: fallback })),
      nodes: mapValues(flow.nodes, ({ type, version = 1, options }) => ({ type, version, options })),
      wires: [...flow.wires].sort(),
    },
    '',
  )
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  const result: Record<string, B> = Object.create(null)
  for (const key of Object.keys(record)) result[key] = map(record[key]!)
  return result
}
