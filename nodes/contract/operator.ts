/** What runs: sources, operators and sinks, as the engine sees them. All calls come from one thread. */

import type { Position } from './capability.ts'
import type { Fields, Value } from './field.ts'

/**
 * One memory that a source, the reader of its records and their kernels share: what is laid there is worked on in place.
 * nodes/kernels/desk.ts is one.
 */
export interface Desk {
  readonly memory: WebAssembly.Memory
  /** The whole memory. Another array after each `reserve`: the one before is detached then. */
  readonly bytes: Uint8Array
  /** Takes zeroed bytes for ever; gives the offset of the first. Only while a flow starts. */
  reserve(bytes: number): number
}

/**
 * Texts without which a record is of no use to any node behind its source: it must hold at least one of each list. The
 * list that most records lack comes first: where one decides, those behind it are not looked at. The texts are what
 * stands in the record's JSON, quotes included where the compiler put them, and none of them can be spelled with escapes
 * other than `\u` and, for the sign itself, `\/`.
 */
export type Screen = readonly (readonly string[])[]

/** How a source whose records are JSON text is to read them. */
export interface Reading {
  /** Where the reader of its records finds them without a copy. */
  readonly desk: Desk
  /** Records that the screen tells to be of no use may be skipped (`SourceBatch.skip`). Empty: every record is of use. */
  readonly screen: Screen
}

/** How a source that foretells fields (`SourceNode.emits`) is to read its records. */
export interface Foresight {
  /**
   * False for values of these fields with which no node lets a record pass: then it may be passed over
   * (`SourceBatch.pass`). Undefined: every record is of use.
   */
  readonly isOfUse: ((...foretold: Value[]) => boolean) | undefined
  /** Given to one of several workers that share the records by fields the source foretells. */
  readonly share: SourceShare | undefined
}

/** Which records are this worker's. The source leaves out the others (`SourceBatch.leave`). */
export interface SourceShare {
  /**
   * Takes a number for the value of each of the fields, in their order: equal values have equal numbers, a missing one
   * too. A record of which the source foretells nothing, because a node would reject it, counts as one without values.
   */
  readonly isOwn: (...keys: number[]) => boolean
  /** Whether records of no use are this worker's, where they may not be passed over. */
  readonly ownsUseless: boolean
}

/**
 * The record source `read` fills. Records are `bytes[start..end)` windows of buffers the source lends until the next
 * `read`, plus values of the columns the source declared. The engine sets the bounds; a source never gives more.
 */
export interface SourceBatch {
  /** Bound of `count`. */
  readonly capacity: number
  /** Bound of the records it takes in all, added or skipped; Infinity where nobody set one. */
  readonly most: number
  /** Records added. */
  readonly count: number
  /** True while what leaves the source is to be shown: then `addUnread` takes the place of `skip`, and `add` of `pass`. */
  readonly isShown: boolean
  /** Event time in microseconds since 1970 UTC, a whole number. NaN lets the record's own `timestamp` field decide. */
  add(buffer: Uint8Array, start: number, end: number, ts_us: number): void
  /** Sets a declared column of the record added last. */
  set(column: number, value: Value): void
  /**
   * Counts records that the screen tells to be of no use: they need not be read. The window is that of the last of them.
   * What becomes of them is what would have become of them otherwise: every node behind the source filters them.
   */
  skip(records: number, buffer: Uint8Array, start: number, end: number): void
  /** Adds one record of which the same is to be said. */
  addUnread(buffer: Uint8Array, start: number, end: number): void
  /**
   * Counts records that what the source foretells of them tells to be of no use.
   * @param newest_us newest event time of them, microseconds since 1970 UTC.
   */
  pass(records: number, newest_us: number): void
  /** The same of records that are other workers', who count them. */
  leave(records: number, newest_us: number): void
  /** Counts a piece of input that is no record, with up to 1 KiB of it for the reject outlet. */
  reject(reason: string, detail: string, excerpt: Uint8Array): void
}

export interface Source {
  /**
   * Adds records to `batch`. Gives false at the end of the input, else true (also with no record: then it is called
   * again). A promise only when it has to wait; it adds nothing after it gave its answer.
   */
  read(batch: SourceBatch): boolean | Promise<boolean>
  /** The place just after the records given so far. Undefined when the input can't be replayed. */
  position?(): Position | undefined
  /** Share of the input that is done, 0 to 1, where known. */
  progress?(): number | undefined
  /** Ends a waiting `read`. Called once. */
  close(): Promise<void>
}

/** Records lent to an operator or sink for one call. */
export interface BatchView<Row> {
  readonly count: number
  /** The needs of record `i`: a reused row, valid until the next `at`. */
  at(i: number): Row
  /** Event time of record `i`, microseconds since 1970 UTC. */
  ts_us(i: number): number
}

/** Where an operator puts its results. Values are in the order in which the outlet's `adds` are declared. */
export interface Out {
  /** Passes record `i` of the current batch on with fields added. The values are copied, `added` may be reused. */
  emit(i: number, added: readonly Value[], outlet?: string): void
  /**
   * Puts out a record that is none of the batch: from a timer, or at the end. It has the added fields alone.
   * @param ts_us its event time, microseconds since 1970 UTC.
   */
  create(ts_us: number, added: readonly Value[], outlet?: string): void
  /** Record `i` is bad: goes to the `rejected` outlet with the reason, or to its counter. */
  reject(i: number, reason: string, detail?: string): void
}

/** An operator: state, time, expansion. All calls are synchronous. A record that is not emitted counts as filtered. */
export interface Operator<Row> {
  /** `batch` is lent for this call and never empty. */
  onBatch(batch: BatchView<Row>, out: Out): void
  /**
   * The value of a field that the node type names `late`, for what stood in its place when the record was emitted.
   * Called before the next `onBatch`, and only where somebody reads the field.
   */
  late?(field: string, place: number): Value
  /** Event time reached `watermark_us`: no older record will come. In order, never backwards; Infinity at the end. */
  onWatermark?(watermark_us: number, out: Out): void
  /** Event time passed what `context.timers` was set to for the key. In order of due time, before `onWatermark`. */
  onTimer?(due_us: number, key: string, out: Out): void
}

/** Timers in event time. A key has one; setting it anew moves it. At most a million keys an operator. */
export interface TimerSet {
  set(due_us: number, key: string): void
  delete(key: string): void
}

/** Keyed state with compulsory bound: keys are chosen by attackers. The engine owns it. */
export interface StateMap<V> {
  readonly size: number
  /** @param ts_us event time: a key that was set last more than `ttl_us` before has left. */
  get(key: string, ts_us: number): V | undefined
  /** At `max` keys the oldest key (by last `set`) leaves. A key leaves `ttl_us` of event time after its last `set`. */
  set(key: string, value: V, ts_us: number): void
  delete(key: string): void
}

/** How much `KeyCounts` may remember. Memory: `max` times 12 + 4 x `slices` bytes, and 4 to 10 bytes of index. */
export interface CountsBound {
  /** Keys. Where they are all in use one leaves that was not counted for long, its window over where there is such a one. */
  readonly max: number
  readonly window_us: number
  /** Parts of the window that end together: a record leaves it up to a part early. */
  readonly slices: number
}

/** How often each key came within a sliding window of event time. The engine owns it; it holds no texts. */
export interface KeyCounts {
  /** Keys remembered. */
  readonly size: number
  /** Adds a part to the key at hand, any bytes but 0xFF; keys with other parts, or as many bytes cut elsewhere, differ. */
  part(buffer: Uint8Array, start: number, end: number): void
  /** Ends the key at hand. It is counted by `settle`, together with others, because that is several times faster. */
  end(ts_us: number): void
  /**
   * Counts the keys ended since the last call, in their order.
   * @returns for each how often it came in the window that ends at its `ts_us`, that time included; 0 when the record is so
   *   late that its window is over for the key. Lent until the next `end`.
   */
  settle(): Int32Array
}

export interface OperatorContext {
  /** `name` is unique in the operator and, with the node's id and the type's version, names the state for ever. */
  readonly timers: TimerSet
  stateMap<V>(name: string, bound: { readonly max: number; readonly ttl_us: number }): StateMap<V>
  keyCounts(name: string, bound: CountsBound): KeyCounts
}

/** What a sink may ask of each record of a batch, besides its needs. */
export interface SinkBatch<Row> extends BatchView<Row> {
  /**
   * Appends record `i` as one JSON object to `writer`: the record's own bytes untouched where it came as JSON, with the
   * fields that nodes added; `bytes` fields are left out.
   */
  writeJson(i: number, writer: TextBuffer): void
}

/** A growing byte buffer for building lines. Reused; `length` is the number of bytes in use. */
export interface TextBuffer {
  readonly bytes: Uint8Array
  length: number
  /** Makes room for `more` bytes past `length`; `bytes` may be another array afterwards. */
  reserve(more: number): void
  /** Appends text as UTF-8. */
  text(text: string): void
  /** Appends one byte. */
  byte(byte: number): void
  /** Appends a copy of bytes. */
  slice(buffer: Uint8Array, start: number, end: number): void
}

export interface Sink<Row> {
  /** Takes the batch, lent for the call. A promise when it wants no more before it resolved. */
  write(batch: SinkBatch<Row>): void | Promise<void>
  /** Hands on, in the call, what it holds; resolves when all records given are delivered. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** A field list with the kinds a sink finds on its wire, for headers. */
export interface SinkContext {
  readonly fields: Fields
  /** True when the flow goes on from an earlier run: what was written must stay. */
  readonly resumed: boolean
}
