/**
 * How records travel between pipelines. The layout is private to this file, the code that flows/compile/emit.ts writes,
 * and the engine's stages; node code sees rows and views only, so it may change without touching a node.
 */

import type { SourceBatch } from './operator.ts'

const NONE = new Uint8Array(0)

/**
 * Up to `capacity` records as columns of equal length.
 * `windows`: record i came as, or still has, the bytes `buffers[i][starts[i]..ends[i])`; empty where it has none.
 * Buffers belong to the source that lent them and are valid until that source reads again, so a batch is always emptied
 * before then.
 */
export class Batch {
  /** May be lowered, for the last records a source is to give. */
  capacity: number
  count = 0
  /** Event time, microseconds since 1970 UTC. */
  readonly ts_us: Float64Array
  readonly columns: unknown[][]
  readonly buffers: Uint8Array[]
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** What the reader noted about the window of record i, for whoever writes it on. In an `InputBatch` 1: it needs no reading. */
  readonly marks: Uint8Array
  /** Which outlet an operator sent record i to. */
  readonly outlets: Uint8Array

  constructor(columns: number, capacity: number) {
    this.capacity = capacity
    this.ts_us = new Float64Array(capacity)
    this.columns = Array.from({ length: columns }, () => new Array<unknown>(capacity).fill(null))
    this.buffers = new Array<Uint8Array>(capacity).fill(NONE)
    this.starts = new Uint32Array(capacity)
    this.ends = new Uint32Array(capacity)
    this.marks = new Uint8Array(capacity)
    this.outlets = new Uint8Array(capacity)
  }

  /** Forgets the records, and the texts and buffers they hold on to. */
  clear(): void {
    for (const column of this.columns) column.fill(null, 0, this.count)
    this.buffers.fill(NONE, 0, this.count)
    this.count = 0
  }
}

/**
 * The batch a source fills: records as windows plus the source's columns, records that are only counted, and pieces of
 * input that are no record.
 */
export class InputBatch extends Batch implements SourceBatch {
  most = Number.POSITIVE_INFINITY
  isShown = false
  /** Records counted and not added, which every node behind the source filters. */
  skipped = 0
  /** Records that need no reading: those, and those added with a mark. */
  unread = 0
  /** Window of the last of them. */
  unreadBuffer: Uint8Array = NONE
  unreadStart = 0
  unreadEnd = 0
  /** Records left to other workers. */
  left = 0
  /** Newest event time of records passed over or left to others. */
  passed_us = Number.NEGATIVE_INFINITY
  readonly onReject: (reason: string, detail: string, excerpt: Uint8Array) => void

  constructor(
    columns: number,
    capacity: number,
    onReject: (reason: string, detail: string, excerpt: Uint8Array) => void,
  ) {
    super(columns, capacity)
    this.onReject = onReject
  }

  add(buffer: Uint8Array, start: number, end: number, ts_us: number): void {
    const i = this.count
    this.buffers[i] = buffer
    this.starts[i] = start
    this.ends[i] = end
    this.ts_us[i] = ts_us
    this.marks[i] = 0
    this.count = i + 1
  }

  skip(records: number, buffer: Uint8Array, start: number, end: number): void {
    this.skipped += records
    this.#noteUnread(records, buffer, start, end)
  }

  addUnread(buffer: Uint8Array, start: number, end: number): void {
    this.add(buffer, start, end, Number.NaN)
    this.marks[this.count - 1] = 1
    this.#noteUnread(1, buffer, start, end)
  }

  pass(records: number, newest_us: number): void {
    this.skipped += records
    this.unread += records
    this.#notePassed(newest_us)
  }

  leave(records: number, newest_us: number): void {
    this.left += records
    this.#notePassed(newest_us)
  }

  #notePassed(newest_us: number): void {
    if (newest_us > this.passed_us) this.passed_us = newest_us
  }

  #noteUnread(records: number, buffer: Uint8Array, start: number, end: number): void {
    this.unread += records
    this.unreadBuffer = buffer
    this.unreadStart = start
    this.unreadEnd = end
  }

  override clear(): void {
    super.clear()
    this.skipped = this.unread = this.left = 0
    this.unreadBuffer = NONE
    this.passed_us = Number.NEGATIVE_INFINITY
  }

  set(column: number, value: unknown): void {
    this.columns[column]![this.count - 1] = value
  }

  reject(reason: string, detail: string, excerpt: Uint8Array): void {
    this.onReject(reason, detail, excerpt)
  }
}
