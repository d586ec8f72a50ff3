/** What Deploy would change: the document on the canvas against the one that runs. */

import type { FlowDocument } from '../../flows/format/flow.ts'
import { canonicalJson } from '../../flows/format/write.ts'

/** Names of what differs. A moved node, a title and a description change nothing that runs. */
export interface Difference {
  readonly added: ReadonlySet<string>
  readonly changed: ReadonlySet<string>
  readonly removed: ReadonlySet<string>
  readonly addedWires: ReadonlySet<string>
  readonly removedWires: ReadonlySet<string>
  readonly parameters: ReadonlySet<string>
  /** Number of all the above. */
  readonly count: number
}

/** Compares what runs in both. Without a deployed document everything is new. */
export function difference(drawn: FlowDocument, deployed: FlowDocument | undefined): Difference {
  const before = deployed?.nodes ?? {}
  const runs = (node: FlowDocument['nodes'][string]): string =>
    canonicalJson({ type: node.type, version: node.version ?? 1, options: node.options }, '')
  const added = new Set<string>()
  const changed = new Set<string>()
  for (const [id, node] of Object.entries(drawn.nodes)) {
    if (!Object.hasOwn(before, id)) added.add(id)
    else if (runs(node) !== runs(before[id]!)) changed.add(id)
  }
  const removed = new Set(Object.keys(before).filter((id) => !Object.hasOwn(drawn.nodes, id)))
  const wiresBefore = new Set(deployed?.wires)
  const wires = new Set(drawn.wires)
  const addedWires = without(wires, wiresBefore)
  const removedWires = without(wiresBefore, wires)
  const names = new Set([...Object.keys(drawn.parameters), ...Object.keys(deployed?.parameters ?? {})])
  const parameters = new Set(
    [...names].filter((name) => {
      const now = own(drawn.parameters, name)
      const then = own(deployed?.parameters ?? {}, name)
      return now?.type !== then?.type || now?.default !== then?.default
    }),
  )
  const count = added.size + changed.size + removed.size + addedWires.size + removedWires.size + parameters.size
  return { added, changed, removed, addedWires, removedWires, parameters, count }
}

function without(names: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...names].filter((name) => !others.has(name)))
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
