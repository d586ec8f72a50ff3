/** What a running deployment says about itself: counters that balance, once a second. */

/**
 * Counters of one node since the deployment started. They balance once nothing waits in front of the node:
 * `in + created = out + filtered + rejected + errors`.
 */
export interface NodeCounters {
  readonly in: number
  /** Records that left by an outlet other than `rejected`; of a sink, records written. */
  readonly out: number
  /** Records an operator made beyond one for each it took. */
  readonly created: number
  /** Records the node dropped because that is its work (a filter, a suppressed alert). */
  readonly filtered: number
  readonly rejected: number
  /** Records lost to a throw of the node's code. */
  readonly errors: number
  /** Of a source that had any: records it did not read, because no node behind it would have let them pass. */
  readonly unread?: number
}

/** Why records were rejected, by `reason`; at most 64 reasons a node are told apart. */
export type RejectReasons = Readonly<Record<string, number>>

export interface FlowMetrics {
  /** Milliseconds since 1970 of the sensor's clock when the counters were read. */
  readonly at_ms: number
  readonly nodes: Readonly<Record<string, NodeCounters & { readonly reasons?: RejectReasons }>>
  /** Records that passed each wire, by its name as in the flow. */
  readonly wires: Readonly<Record<string, number>>
  /** Records waiting before a node, and how many may wait. Only nodes with a queue. */
  readonly queues: Readonly<Record<string, { readonly records: number; readonly bound: number }>>
  /** CPU seconds of the worker so far, and each node's share, estimated from every 64th batch. */
  readonly cpu_s: number
  readonly node_cpu_s: Readonly<Record<string, number>>
  /** Share of the input that is done, where known, 0 to 1. */
  readonly progress?: number
}

/** A mistake while running that ended or troubled the flow. */
export interface Fault {
  readonly node?: string
  readonly message: string
  /** Stack of the throw with positions mapped to nodes; for developers. */
  readonly stack?: string
}
