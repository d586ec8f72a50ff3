/**
 * Splits a stream of bytes into lines, in one block of a desk that is used again and again: lines are lent, never copied.
 *
 * A line ends with LF; a CR before it stays in the line. A byte order mark at the start of a file is left out, and so
 * are lines of nothing but white space. Lines that a screen tells to be of no use are counted and not given. This file
 * must not know what stands in the lines.
 */

import type { Desk, Screen, SourceBatch } from '../contract/operator.ts'
import { LineWalk, MARGIN_BYTES } from './line-walk.ts'

/** What is read at once: little enough to stay in the cache until it is walked over. */
const PIECE_BYTES = 1 << 18
const EXCERPT_BYTES = 1024
const LF = 10

export class LineBuffer {
  readonly #max_line_bytes: number
  readonly #desk: Desk
  readonly #walk: LineWalk
  /** Where the block lies on the desk, and where it ends but for one byte: the line feed that a file's end may lack. */
  readonly #block: number
  readonly #blockEnd: number
  /** Bytes not given yet; up to `#complete` they are whole lines. */
  #start: number
  #complete: number
  #end: number
  /** The line that begins at `#start` was too long: its beginning was dropped, the rest is dropped as it comes. */
  #isSkipping = false
  #isFileStart = true

  constructor(desk: Desk, screen: Screen, max_line_bytes: number) {
    this.#desk = desk
    this.#max_line_bytes = max_line_bytes
    const bytes = max_line_bytes + PIECE_BYTES
    this.#block = this.#start = this.#complete = this.#end = desk.reserve(bytes + 1 + MARGIN_BYTES)
    this.#blockEnd = this.#block + bytes
    this.#walk = new LineWalk(desk, screen, max_line_bytes)
  }

  /** Bytes of lines not given yet. */
  get unread_bytes(): number {
    return this.#end - this.#start
  }

  /** Forgets everything: what is filled in next begins a line, and a file if so said. */
  begin(isFileStart: boolean): void {
    this.#start = this.#complete = this.#end = this.#block
    this.#isSkipping = false
    this.#isFileStart = isFileStart
  }

  /**
   * Makes room for more bytes, which then go into `bytes` from `fillFrom` on. Lines given before are no longer valid.
   * There always is room after `take` gave all complete lines.
   */
  makeRoom(): { readonly bytes: Uint8Array; readonly fillFrom: number } {
    const { bytes } = this.#desk
    if (this.#start > this.#block) {
      bytes.copyWithin(this.#block, this.#start, this.#end)
      this.#complete -= this.#start - this.#block
      this.#end -= this.#start - this.#block
      this.#start = this.#block
    }
    const fillFrom = this.#end
    return { bytes: bytes.subarray(0, Math.min(fillFrom + PIECE_BYTES, this.#blockEnd)), fillFrom }
  }

  filled(count: number): void {
    const { bytes } = this.#desk
    const from = this.#end
    this.#end += count
    if (this.#isSkipping) {
      const feed = bytes.subarray(from, this.#end).indexOf(LF)
      this.#start = feed === -1 ? this.#end : from + feed + 1
      this.#isSkipping = feed === -1
    }
    // Only new bytes are searched, from the end on, so that a line which comes in many pieces costs no more than others.
    let complete = this.#end
    while (complete > from && bytes[complete - 1] !== LF) complete--
    this.#complete = Math.max(this.#start, complete === from ? this.#complete : complete)
  }

  /** The file has ended: what stands after the last LF is a line as it is. */
  end(): void {
    if (this.#end === this.#start) return
    this.#desk.bytes[this.#end] = LF
    this.filled(1)
  }

  /**
   * Adds complete lines to `batch`, as windows without their LF and with no event time, or skips them, until `most` lines
   * were taken or the batch is full.
   * @returns how many lines were added, skipped or rejected.
   * @rejects LINE_TOO_LONG
   */
  take(batch: SourceBatch, most: number): number {
    let taken = 0
    while (taken < most && batch.count < batch.capacity) {
      if (this.#start === this.#complete) return taken + this.#dropLong(batch)
      this.#skipMark()
      taken += this.#walkOn(batch, most - taken)
    }
    return taken
  }

  #walkOn(batch: SourceBatch, most: number): number {
    const { bytes } = this.#desk
    const walk = this.#walk
    walk.over(this.#start, this.#complete, batch.isShown, batch.capacity - batch.count, most)
    this.#start = walk.stop
    if (walk.passed > 0) batch.skip(walk.passed, bytes, walk.unreadStart, walk.unreadEnd)
    for (let i = 0; i < walk.kept; i++) {
      const start = walk.start(i)
      const end = walk.end(i)
      if (walk.isUnread(i)) batch.addUnread(bytes, start, end)
      else if (end - start > this.#max_line_bytes) this.#rejectLong(batch, start, end)
      else batch.add(bytes, start, end, Number.NaN)
    }
    return walk.passed + walk.kept
  }

  /** Leaves out the byte order mark at the start of a file. */
  #skipMark(): void {
    if (!this.#isFileStart) return
    this.#isFileStart = false
    const { bytes } = this.#desk
    const at = this.#start
    if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) this.#start += 3
  }

  /** Drops the beginning of a line whose end is not in sight, once it is too long. */
  #dropLong(batch: SourceBatch): number {
    if (this.#end - this.#start <= this.#max_line_bytes) return 0
    this.#skipMark()
    if (this.#end - this.#start <= this.#max_line_bytes) return 0
    this.#rejectLong(batch, this.#start, this.#end)
    this.#isSkipping = true
    this.#start = this.#complete = this.#end
    return 1
  }

  #rejectLong(batch: SourceBatch, start: number, end: number): void {
    const excerpt = this.#desk.bytes.slice(start, Math.min(start + EXCERPT_BYTES, end))
    batch.reject('LINE_TOO_LONG', `A line is longer than ${this.#max_line_bytes} bytes.`, excerpt)
  }
}
