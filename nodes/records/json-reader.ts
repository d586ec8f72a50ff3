/**
 * Reads chosen fields of JSON records straight from their bytes.
 *
 * One pass over a record checks that it is one valid JSON object and notes where the values of the chosen paths stand;
 * a value is decoded when somebody asks for it. The verdict and the values are those of JSON.parse on the decoded text
 * (the last of several equal keys counts), with four differences, all stricter: bytes that are no UTF-8 (RFC 3629) are
 * an error, so is nesting beyond 512, the value must be an object, and a number beyond the range of a double reads as
 * null instead of infinite. This file must not know which fields there are.
 */

import type { Value } from '../contract/field.ts'
import { Desk, LANE_BYTES } from '../kernels/desk.ts'
import { JSON_KERNEL } from '../kernels/json.gen.ts'
import { kernelOf } from '../kernels/kernel.ts'
import {
  JsonTables,
  MARKS,
  OBJECT_END,
  OBJECT_START,
  ROW_END,
  ROW_FLAGS,
  ROW_NUMBER,
  ROW_START,
} from './json-tables.ts'
import { HAS_ESCAPES, JsonValues } from './json-value.ts'
import type { TextSlice } from './text-slice.ts'

/** What stands at a path. */
export const MISSING = 0
export const NULL = 1
export const TRUE = 2
export const FALSE = 3
export const NUMBER = 4
export const STRING = 5
export const LIST = 6
export const OBJECT = 7

/** Reasons for which a record is rejected; `read` gives the number of the entry, counted from 1. */
export const JSON_ERRORS = [
  { reason: 'JSON_NOT_OBJECT', help: 'The record is not a JSON object.' },
  { reason: 'JSON_BROKEN', help: 'The record is not valid JSON.' },
  { reason: 'JSON_TOO_DEEP', help: 'Lists and objects are nested more than 512 deep.' },
  { reason: 'JSON_BAD_UTF8', help: 'A text holds bytes that are not valid UTF-8.' },
] as const

/** The reason for an error code of `read`. */
export const jsonErrorReason = (code: number): (typeof JSON_ERRORS)[number]['reason'] => JSON_ERRORS[code - 1]!.reason

/** Marks of a record that whoever writes it on has to know (`JsonReader.marks`). */
export const MARK_LINE_BREAKS = 1
export const MARK_WATCHED = 2

/** Room for copied records; more is taken when a longer one comes. */
const LEAST_COPY_BYTES = 1024

interface Kernel {
  read(tables: number, start: number, end: number): number
}

/**
 * Reads one record after the other. Made once per flow for its paths; holds no record's bytes beyond the next `read`.
 *
 * The values belong to the record read last, and only if `read` gave 0. The bytes must not change until then.
 */
export class JsonReader {
  /** Where the object begins (`{`) and where it ends (`}`), as offsets into the bytes given. */
  objectStart = 0
  objectEnd = 0
  /** Sum of MARK_LINE_BREAKS (white space holds CR or LF) and MARK_WATCHED (some watched key occurs). */
  marks = 0

  readonly #desk: Desk
  readonly #kernel: Kernel
  readonly #tables: JsonTables
  /** Where kind and row of each slot stand. */
  readonly #kinds: Int32Array
  readonly #rows: Int32Array
  readonly #header: number
  readonly #values = new JsonValues()
  /** Views of the desk, taken anew when it has grown. */
  #bytes: Uint8Array
  #words: Int32Array
  #doubles: Float64Array
  /** Offset of the caller's bytes against the desk's; not 0 only for a copied record. */
  #shift = 0
  /** Where records from elsewhere are copied to. */
  #copy = 0
  #copyBytes = 0

  /**
   * @param paths dotted, with list indexes where wanted (`dns.answers[0].rdata`); path i is slot i.
   * @param watchedKeys top-level keys of which only the presence is wanted; key i is asked for by `hasKey(i)`.
   * @param desk that on which the records lie, mostly; takes the reader's tables.
   */
  constructor(paths: readonly string[], watchedKeys: readonly string[] = [], desk: Desk = new Desk()) {
    this.#desk = desk
    this.#tables = new JsonTables(paths, watchedKeys, desk)
    this.#kinds = this.#tables.kinds
    this.#rows = this.#tables.rows
    this.#header = this.#tables.offset >>> 2
    this.#kernel = kernelOf<Kernel>(JSON_KERNEL, desk.memory)
    this.#bytes = desk.bytes
    this.#words = new Int32Array(desk.memory.buffer)
    this.#doubles = new Float64Array(desk.memory.buffer)
  }

  /**
   * Reads the record `bytes[start..end)`: one JSON object, JSON white space around it allowed.
   *
   * @param bytes the desk's, or any other: a record of those is copied to the desk first.
   * @returns 0, or the code of what is wrong (`jsonErrorReason`).
   * @cost linear in the record. No allocation, unless the record is copied.
   */
  read(bytes: Uint8Array, start: number, end: number): number {
    this.#shift = 0
    if (!this.#isOnDesk(bytes) || end + LANE_BYTES > bytes.length) {
      const at = this.#copied(bytes, start, end)
      this.#shift = start - at
      end += at - start
      start = at
    }
    if (this.#desk.bytes !== this.#bytes) this.#look()
    const code = this.#kernel.read(this.#tables.offset, start, end)
    if (code !== 0) return code
    this.objectStart = this.#words[this.#header + OBJECT_START]! + this.#shift
    this.objectEnd = this.#words[this.#header + OBJECT_END]! + this.#shift
    this.marks = this.#words[this.#header + MARKS]!
    return 0
  }

  /** Most records come in the array that the desk shows; a view of all of its memory is as good. */
  #isOnDesk(bytes: Uint8Array): boolean {
    return bytes === this.#desk.bytes || (bytes.buffer === this.#desk.memory.buffer && bytes.byteOffset === 0)
  }

  #copied(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start
    if (length > this.#copyBytes) {
      const isOnDesk = bytes.buffer === this.#desk.memory.buffer
      const shift = bytes.byteOffset
      this.#copyBytes = Math.max(LEAST_COPY_BYTES, length * 2)
      this.#copy = this.#desk.reserve(this.#copyBytes)
      // The desk may have grown, which takes the bytes away from whoever looks at it.
      if (isOnDesk) bytes = this.#desk.bytes.subarray(shift)
    }
    this.#desk.bytes.set(bytes.subarray(start, end), this.#copy)
    return this.#copy
  }

  #look(): void {
    this.#bytes = this.#desk.bytes
    this.#words = new Int32Array(this.#desk.memory.buffer)
    this.#doubles = new Float64Array(this.#desk.memory.buffer)
  }

  /** What stands at the path: MISSING, NULL, TRUE, FALSE, NUMBER, STRING, LIST or OBJECT. */
  kind(slot: number): number {
    return this.#bytes[this.#kinds[slot]!]!
  }

  /** Whether the record has the watched key. */
  hasKey(key: number): boolean {
    return this.#bytes[this.#tables.seen + key] === 1
  }

  /** Where the value stands in the bytes given, quotes and brackets included. Meaningless when it is missing. */
  rawStart(slot: number): number {
    return this.#startOf(slot) + this.#shift
  }
  rawEnd(slot: number): number {
    return this.#endOf(slot) + this.#shift
  }

  /** The text, or null when the value is no string. A lone surrogate stays one. */
  text(slot: number): string | null {
    return this.kind(slot) === STRING ? this.#textOf(slot) : null
  }

  /** Points `slice` at the text's bytes and gives it, or null when the value is no string; escapes are undone in a copy. */
  utf8(slot: number, slice: TextSlice): TextSlice | null {
    if (this.kind(slot) !== STRING) return null
    if ((this.#flagsOf(slot) & HAS_ESCAPES) !== 0) return slice.of(this.#textOf(slot))
    return slice.at(this.#bytes, this.#startOf(slot) + 1, this.#endOf(slot) - 1)
  }

  /**
   * Whether the value is this text: what `text(slot) === text` says, without making a string.
   * @param utf8 the same text in UTF-8.
   */
  isText(slot: number, text: string, utf8: Uint8Array): boolean {
    if (this.kind(slot) !== STRING) return false
    if ((this.#flagsOf(slot) & HAS_ESCAPES) !== 0) return this.#textOf(slot) === text
    const start = this.#startOf(slot) + 1
    if (this.#endOf(slot) - 1 - start !== utf8.length) return false
    const b = this.#bytes
    let i = 0
    while (i < utf8.length && b[start + i] === utf8[i]) i++
    return i === utf8.length
  }

  /** The number as a double, or null when the value is no number or beyond a double's range. */
  number(slot: number): number | null {
    if (this.kind(slot) !== NUMBER) return null
    if (this.#flagsOf(slot) === 0) return this.#doubles[(this.#rows[slot]! >> 1) + ROW_NUMBER]!
    return this.#values.double(this.#bytes, this.#startOf(slot), this.#endOf(slot))
  }

  /** The whole number, or null when the value is none. Beyond 2^53 the nearest double. */
  integer(slot: number): number | null {
    const value = this.number(slot)
    // Adding 0 turns the minus zero of `-0` into zero.
    return value !== null && Number.isInteger(value) ? value + 0 : null
  }

  /** The whole number exactly: a bigint beyond 2^53, or null when the value is none or beyond a double's range. */
  int64(slot: number): number | bigint | null {
    const value = this.integer(slot)
    if (value === null || Number.isSafeInteger(value)) return value
    return this.#values.big(this.#bytes, this.#startOf(slot), this.#endOf(slot)) ?? BigInt(value)
  }

  boolean(slot: number): boolean | null {
    const kind = this.kind(slot)
    return kind === TRUE ? true : kind === FALSE ? false : null
  }

  list(slot: number): Value[] | null {
    return this.kind(slot) === LIST ? (this.#values.at(this.#bytes, this.#startOf(slot)) as Value[]) : null
  }

  map(slot: number): Map<string, Value> | null {
    return this.kind(slot) === OBJECT ? (this.#values.at(this.#bytes, this.#startOf(slot)) as Map<string, Value>) : null
  }

  /**
   * The value whatever it is: lists as arrays, objects as Maps, a number written without point and exponent exactly
   * (bigint beyond 2^53), any other number as a double.
   */
  any(slot: number): Value {
    const kind = this.kind(slot)
    if (kind === STRING) return this.#textOf(slot)
    return kind === MISSING || kind === NULL ? null : this.#values.at(this.#bytes, this.#startOf(slot))
  }

  #textOf(slot: number): string {
    return this.#values.text(this.#bytes, this.#startOf(slot), this.#endOf(slot), this.#flagsOf(slot))
  }

  /** Only right for a slot that has a value. */
  #startOf(slot: number): number {
    return this.#words[this.#rows[slot]! + ROW_START]!
  }
  #endOf(slot: number): number {
    return this.#words[this.#rows[slot]! + ROW_END]!
  }
  #flagsOf(slot: number): number {
    return this.#words[this.#rows[slot]! + ROW_FLAGS]!
  }
}
