/** The metrics of a flow that several workers share: what they counted, put together. */

import type { FlowMetrics } from '../protocol/metrics.ts'

type Node = FlowMetrics['nodes'][string]
type Queue = FlowMetrics['queues'][string]

/** @param parts of each worker; one that has told nothing yet has no nodes. Not empty. */
export function sumMetrics(parts: readonly FlowMetrics[]): FlowMetrics {
  const progress = parts.map((part) => part.progress)
  const isKnown = progress.every((share) => share !== undefined)
  return {
    at_ms: Math.max(...parts.map(({ at_ms }) => at_ms)),
    nodes: merged(parts, ({ nodes }) => nodes, addNodes),
    wires: merged(parts, ({ wires }) => wires, add),
    queues: merged(parts, ({ queues }) => queues, addQueues),
    cpu_s: parts.reduce((sum, { cpu_s }) => sum + cpu_s, 0),
    node_cpu_s: merged(parts, ({ node_cpu_s }) => node_cpu_s, add),
    ...(isKnown ? { progress: progress.reduce((sum, share) => sum + share, 0) / parts.length } : {}),
  }
}

const add = (a: number, b: number): number => a + b

function merged<T, Part = FlowMetrics>(
  parts: readonly Part[],
  table: (part: Part) => Readonly<Record<string, T>>,
  join: (a: T, b: T) => T,
): Record<string, T> {
  const sums = new Map<string, T>()
  for (const part of parts) {
    for (const [name, value] of Object.entries(table(part))) {
      const before = sums.get(name)
      sums.set(name, before === undefined ? value : join(before, value))
    }
  }
  return Object.fromEntries(sums)
}

function addQueues(a: Queue, b: Queue): Queue {
  return { records: a.records + b.records, bound: a.bound + b.bound }
}

function addNodes(a: Node, b: Node): Node {
  const unread = (a.unread ?? 0) + (b.unread ?? 0)
  const reasons = merged<number, Node>([a, b], ({ reasons = {} }) => reasons, add)
  return {
    in: a.in + b.in,
    out: a.out + b.out,
    created: a.created + b.created,
    filtered: a.filtered + b.filtered,
    rejected: a.rejected + b.rejected,
    errors: a.errors + b.errors,
    ...(unread > 0 ? { unread } : {}),
    ...(Object.keys(reasons).length > 0 ? { reasons } : {}),
  }
}
