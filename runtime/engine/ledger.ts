/** The counters of a running program, and the metrics made of them. */

import { NODE_COUNTERS, type Program } from '../../nodes/contract/program.ts'
import type { FlowMetrics, NodeCounters, RejectReasons } from '../protocol/metrics.ts'
import type { Tally } from './stages.ts'

const FILTERED = 0
const REJECTED = 1
const ERRORS = 2
/** Reasons a node tells apart; further ones count under `OTHER`. */
const MAX_REASONS = 64

/**
 * Counts on both sides of every node, independently: what came in along its wires, and what became of it. The two must
 * balance whenever nothing waits; `imbalance` says where they don't.
 */
export class Ledger implements Tally {
  readonly #program: Program
  /** Written by the program's loops; laid out as nodes/contract/program.ts says. */
  readonly counters: Float64Array
  /** Milliseconds of work by node, from the batches that ran watched. */
  readonly cost_ms: Float64Array
  readonly #taken: Float64Array
  readonly #unread: Float64Array
  readonly #created: Float64Array
  readonly #reasons: Map<string, number>[]

  constructor(program: Program) {
    this.#program = program
    const outlets = program.nodes.reduce((sum, { outlets }) => sum + Math.max(1, outlets.length), 0)
    this.counters = new Float64Array(program.nodes.length * NODE_COUNTERS + outlets)
    this.cost_ms = new Float64Array(program.nodes.length)
    this.#taken = new Float64Array(program.nodes.length)
    this.#unread = new Float64Array(program.nodes.length)
    this.#created = new Float64Array(program.nodes.length)
    this.#reasons = program.nodes.map(() => new Map())
  }

  /** A source gave `records` pieces of input. */
  taken(node: number, records: number): void {
    this.#taken[node]! += records
  }

  /** Of these, records that needed no reading. */
  unread(node: number, records: number): void {
    this.#unread[node]! += records
  }

  left(node: number, outlet: number, records: number): void {
    this.counters[this.#program.nodes[node]!.firstCounter + outlet]! += records
  }

  filtered(node: number, records: number): void {
    this.counters[node * NODE_COUNTERS + FILTERED]! += records
  }

  created(node: number, records: number): void {
    this.#created[node]! += records
  }

  errors(node: number, records: number): void {
    this.counters[node * NODE_COUNTERS + ERRORS]! += records
  }

  rejected(node: number, reason: string): void {
    this.counters[node * NODE_COUNTERS + REJECTED]! += 1
    const { outlets, firstCounter } = this.#program.nodes[node]!
    if (outlets.length > 0) this.counters[firstCounter + outlets.length - 1]! += 1
    const reasons = this.#reasons[node]!
    const name = reasons.has(reason) || reasons.size < MAX_REASONS ? reason : 'OTHER'
    reasons.set(name, (reasons.get(name) ?? 0) + 1)
  }

  errorsOf(node: number): number {
    return this.counters[node * NODE_COUNTERS + ERRORS]!
  }

  /** Records that passed a wire: all that left its outlet. */
  passed(wire: number): number {
    const { from, outlet } = this.#program.wires[wire]!
    return this.counters[this.#program.nodes[from]!.firstCounter + outlet]!
  }

  into(node: number): number {
    if (this.#program.nodes[node]!.shape === 'source') return this.#taken[node]!
    return this.#program.wires.reduce((sum, { to }, wire) => (to === node ? sum + this.passed(wire) : sum), 0)
  }

  nodeCounters(node: number): NodeCounters & { readonly reasons?: RejectReasons } {
    const { outlets, firstCounter, shape } = this.#program.nodes[node]!
    let out = 0
    const kinds = shape === 'sink' ? 1 : outlets.length - 1
    for (let o = 0; o < kinds; o++) out += this.counters[firstCounter + o]!
    const at = node * NODE_COUNTERS
    const reasons = this.#reasons[node]!
    return {
      in: this.into(node),
      out,
      created: this.#created[node]!,
      filtered: this.counters[at + FILTERED]!,
      rejected: this.counters[at + REJECTED]!,
      errors: this.counters[at + ERRORS]!,
      ...(this.#unread[node]! > 0 ? { unread: this.#unread[node]! } : {}),
      ...(reasons.size === 0 ? {} : { reasons: Object.fromEntries(reasons) }),
    }
  }

  /**
   * @param queues records that wait, and how many may, by node.
   * @param cpu_s CPU seconds of the thread so far; each node gets the share it had in the watched batches.
   */
  metrics(
    queues: ReadonlyMap<number, { records: number; bound: number }>,
    cpu_s: number,
    progress: number | undefined,
  ): FlowMetrics {
    const { nodes, wires } = this.#program
    const total_ms = this.cost_ms.reduce((sum, ms) => sum + ms, 0)
    const share = (node: number) => (total_ms > 0 ? (this.cost_ms[node]! / total_ms) * cpu_s : 0)
    return {
      at_ms: Date.now(),
      nodes: Object.fromEntries(nodes.map(({ id }, i) => [id, this.nodeCounters(i)])),
      wires: Object.fromEntries(wires.map(({ name }, i) => [name, this.passed(i)])),
      queues: Object.fromEntries([...queues].map(([node, queue]) => [nodes[node]!.id, queue])),
      cpu_s,
      node_cpu_s: Object.fromEntries(nodes.map(({ id }, i) => [id, share(i)])),
      ...(progress === undefined ? {} : { progress }),
    }
  }
}

/** Nodes whose counters do not balance, with the difference, in metrics taken while nothing waited. */
export function imbalance(metrics: FlowMetrics): Record<string, number> {
  const found: Record<string, number> = {}
  for (const [id, node] of Object.entries(metrics.nodes)) {
    const waiting = metrics.queues[id]?.records ?? 0
    const difference = node.in + node.created - node.out - node.filtered - node.rejected - node.errors - waiting
    if (difference !== 0) found[id] = difference
  }
  return found
}
