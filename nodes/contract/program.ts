/** What a compiled flow is to the engine: tables, and functions over batches. flows/compile/emit.ts writes one. */

import type { Batch, InputBatch } from './batch.ts'
import type { Capabilities, Position } from './capability.ts'
import type { Operator, OperatorContext, Sink, SinkContext, Source, TextBuffer } from './operator.ts'

/** Raised when programs and engines stop understanding each other. */
export const PROGRAM_VERSION = 2

/** Records a batch holds at most. */
export const BATCH_RECORDS = 1024

/** Counters of node n: filtered, rejected, errors at `n * 3 + 0, 1, 2`; what left by its outlets stands after them all. */
export const NODE_COUNTERS = 3

export interface ProgramNode {
  readonly id: string
  readonly type: string
  readonly shape: 'source' | 'derive' | 'keep' | 'operator' | 'sink'
  /** In the order of their counters; `rejected` last. Counter of outlet o: `firstCounter + o`. */
  readonly outlets: readonly string[]
  readonly firstCounter: number
}

export interface ProgramWire {
  /** As in the flow: `eve -> dns`. */
  readonly name: string
  readonly from: number
  readonly outlet: number
  readonly to: number
}

/** Where a tap hangs on a wire. */
export interface WireTap {
  /** True when the record should be shown; counts it either way. */
  offer(): boolean
  /** Takes one record as the UTF-8 text of a JSON object. Lent. */
  take(text: TextBuffer): void
  /** The record could not be shown. Counts as missed; the flow goes on. */
  fail(error: unknown): void
}

/** Part of a key: the value of a field, or those of two in either order. */
export type KeyPart = string | readonly [string, string]

/**
 * How the work of a flow may be spread over several workers, of which each runs the whole program and reads the whole
 * input of `source` (a place in `nodes`), which gives each of them the same records in the same order.
 */
export type Split =
  /** Nothing is kept from one record to the next: any worker may take any of the source's records. */
  | { readonly by: 'blocks'; readonly source: number }
  /**
   * All that is kept is kept by the values of these fields: records that agree in them belong to one worker. `foretold`:
   * parsers add them, and the source tells them before, so that it is the source that leaves out the others' records.
   */
  | { readonly by: 'key'; readonly source: number; readonly fields: readonly KeyPart[]; readonly foretold: boolean }
  /** One worker must see every record; `why` is a sentence for people. */
  | { readonly by: 'one'; readonly why: string }

/** One of several workers that share a flow. Alone it is 0 of 1. */
export interface Share {
  /** 0 to `of` - 1. */
  readonly index: number
  readonly of: number
}

/** What the engine hands to a program that starts. */
export interface Host {
  /**
   * Which records are this worker's. A program split by key leaves out the others in its loop over the source's batch, or
   * has the source leave them out, and takes their event time; what has no key, because it was not or could not be read,
   * belongs to worker 0. For any other split the engine hands in only batches that are this worker's.
   */
  readonly share: Share
  /** Records of the batch in hand that other workers count: the source's node gave so many less than were in it. */
  othersRecords(node: number, records: number): void
  /** `nodes.length * NODE_COUNTERS` and one for each outlet. */
  readonly counters: Float64Array
  /** By wire; null where nobody looks. Read at the start of each watched batch. */
  readonly taps: readonly (WireTap | null)[]
  /** Milliseconds spent in each node, by node; only the watched form adds to it. */
  readonly cost_ms: Float64Array
  now_ms(): number
  /** Counts a rejected record of a node under its reason. */
  reject(node: number, reason: string): void
  /** Counts a throw of a node's code, which cost one record. */
  fault(node: number, error: unknown): void
  /** Runs what waits in a full batch of an operator, a fan-in or a sink, by its place in `stages`. */
  full(stage: number): void
  context(node: number): OperatorContext
  capabilities: Capabilities
  /** Options with secrets put in, in the options named. */
  secrets<T>(options: T, names: readonly string[]): T
  /** A batch with so many columns and the usual capacity. */
  batch(columns: number): Batch
  input(node: number, columns: number): InputBatch
}

export interface SourceStage {
  readonly kind: 'source'
  readonly node: number
  readonly batch: InputBatch
  open(from: Position | undefined): Source | Promise<Source>
  /** Runs `batch` through the pipeline. The engine clears it. */
  plain(): void
  watched(): void
  /** Puts a piece of input that was no record on the reject outlet, when that is wired. */
  rejected(reason: string, detail: string, excerpt: Uint8Array): void
  /** The newest event time seen, microseconds; -Infinity before the first record. */
  newest_us(): number
  /** Wires that skipped records pass: while one of them is to be shown records, the source must not skip. */
  readonly unreadWires: readonly number[]
}

/** A node with several wires into it, or the records a source rejected. */
export interface QueueStage {
  readonly kind: 'queue'
  readonly node: number
  readonly batch: Batch
  plain(): void
  watched(): void
}

export interface OperatorStage {
  readonly kind: 'operator'
  readonly node: number
  readonly batch: Batch
  readonly operator: Operator<unknown>
  /** Moves the view to record i. */
  at(i: number): unknown
  /** Results, with the columns that travel on; `outlets[i]` is the outlet. */
  readonly results: Batch
  /** Copies what travels on of record i of `batch` to record n of `results`. */
  carry(i: number, n: number): void
  /** First column of the added fields in `results`, and how many there are. */
  readonly addsAt: number
  readonly adds: number
  /** First of the two columns (reason, detail) of the reject outlet, or -1 when nobody is wired to it. */
  readonly rejectAt: number
  /** Runs `results` through the pipeline that follows. */
  plain(): void
  watched(): void
}

export interface SinkStage {
  readonly kind: 'sink'
  readonly node: number
  readonly batch: Batch
  readonly context: Omit<SinkContext, 'resumed'>
  open(context: SinkContext): Sink<unknown> | Promise<Sink<unknown>>
  at(i: number): unknown
  writeJson(i: number, writer: TextBuffer): void
}

export type ProgramStage = SourceStage | QueueStage | OperatorStage | SinkStage

export interface Program {
  readonly version: typeof PROGRAM_VERSION
  readonly flow: string
  readonly nodes: readonly ProgramNode[]
  readonly wires: readonly ProgramWire[]
  readonly split: Split
  /** Stages in the order in which records pass them. */
  start(host: Host): readonly ProgramStage[]
}
