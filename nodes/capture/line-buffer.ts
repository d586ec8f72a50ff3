/**
 * Splits a stream of bytes into lines, in one buffer that is used again and again: lines are lent, never copied.
 *
 * A line ends with LF; a CR before it stays in the line. A byte order mark at the start of a file is left out, and so
 * are lines of nothing but white space. This file must not know what stands in the lines.
 */

import type { SourceBatch } from '../contract/operator.ts'

/** Room besides the longest line, so that reads stay large while a long line gathers. */
const SPARE_BYTES = 1 << 16
const LEAST_BYTES = 1 << 20
const EXCERPT_BYTES = 1024
const LF = 10

/** Where there is Node's Buffer, its search for a byte takes a quarter of the time of Uint8Array's. */
const buffers = (globalThis as { Buffer?: typeof Buffer }).Buffer

export class LineBuffer {
  readonly #max_line_bytes: number
  /** One byte longer than what is filled: after the last byte stands an LF where every search stops. */
  readonly #bytes: Uint8Array
  readonly #fillable: Uint8Array
  /** The same bytes, for searching. */
  readonly #searchable: Uint8Array
  #start = 0
  #end = 0
  /** There is no LF between `#start` and here. */
  #searched = 0
  #isSkipping = false
  #isFileStart = true

  constructor(max_line_bytes: number) {
    this.#max_line_bytes = max_line_bytes
    this.#bytes = new Uint8Array(Math.max(LEAST_BYTES, max_line_bytes) + SPARE_BYTES + 1)
    this.#fillable = this.#bytes.subarray(0, this.#bytes.length - 1)
    this.#searchable = buffers?.from(this.#bytes.buffer as ArrayBuffer) ?? this.#bytes
    this.#bytes[0] = LF
  }

  /** Bytes of lines not given yet. */
  get unread_bytes(): number {
    return this.#end - this.#start
  }

  /** Forgets everything: what is filled in next begins a line, and a file if so said. */
  begin(isFileStart: boolean): void {
    this.#start = this.#end = this.#searched = 0
    this.#bytes[0] = LF
    this.#isSkipping = false
    this.#isFileStart = isFileStart
  }

  /**
   * Makes room for more bytes, which then go into `bytes` from `fillFrom` on. Lines given before are no longer valid.
   * There always is room after `take` gave all complete lines.
   */
  makeRoom(): { readonly bytes: Uint8Array; readonly fillFrom: number } {
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end + 1)
      this.#end -= this.#start
      this.#searched -= this.#start
      this.#start = 0
    }
    return { bytes: this.#fillable, fillFrom: this.#end }
  }

  filled(bytes: number): void {
    this.#end += bytes
    this.#bytes[this.#end] = LF
  }

  /** The file has ended: what stands after the last LF is a line as it is. */
  end(): void {
    if (this.#end > this.#start && this.#end < this.#bytes.length - 1) this.filled(1)
  }

  /**
   * Adds up to `room` complete lines to `batch`, as windows without their LF and with no event time.
   * @returns how many lines were added or rejected.
   * @rejects LINE_TOO_LONG
   */
  take(batch: SourceBatch, room: number): number {
    const bytes = this.#bytes
    let given = 0
    while (given < room) {
      const at = this.#searchable.indexOf(LF, this.#searched)
      if (at >= this.#end) {
        this.#searched = this.#end
        return given + this.#skipLong(batch)
      }
      const start = this.#startOfLine()
      this.#start = this.#searched = at + 1
      if (this.#isSkipping) this.#isSkipping = false
      else if (at - start > this.#max_line_bytes) {
        this.#rejectLong(batch, start)
        given++
      } else if (!isBlank(bytes, start, at)) {
        batch.add(bytes, start, at, Number.NaN)
        given++
      }
    }
    return given
  }

  #startOfLine(): number {
    const bytes = this.#bytes
    const start = this.#start
    if (!this.#isFileStart) return start
    this.#isFileStart = false
    return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start
  }

  /** Drops the beginning of a line whose end is not in sight, once it is too long; the rest is dropped as it comes. */
  #skipLong(batch: SourceBatch): number {
    const isTooLong = !this.#isSkipping && this.#end - this.#start > this.#max_line_bytes
    if (isTooLong) {
      this.#rejectLong(batch, this.#start)
      this.#isSkipping = true
    }
    if (this.#isSkipping) this.#start = this.#end
    return isTooLong ? 1 : 0
  }

  #rejectLong(batch: SourceBatch, start: number): void {
    const excerpt = this.#bytes.slice(start, Math.min(start + EXCERPT_BYTES, this.#end))
    batch.reject('LINE_TOO_LONG', `A line is longer than ${this.#max_line_bytes} bytes.`, excerpt)
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start
  while (i < end && (bytes[i] === 32 || bytes[i] === 9 || bytes[i] === 13)) i++
  return i === end
}
