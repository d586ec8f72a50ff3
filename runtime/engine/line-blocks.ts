/**
 * The lines of those blocks of an input that one of several workers takes: whole lines, whatever the borders cut.
 *
 * A line belongs to the block in which its first byte stands; blocks count bytes from the start of the input, after
 * decompression. The cut of block b is the byte after the first LF at or behind the last byte before the block. The
 * search for a cut ends with the block: a line longer than a block leaves blocks empty, and no input makes the workers
 * read it more than about twice. This file must not know what stands in the lines.
 */

import type { ByteReader, Position } from '../../nodes/contract/capability.ts'
import type { Blocks } from './share.ts'

const LF = 10
/** Read at once near a cut, and where an input that can't be sought in is passed over. */
const PIECE_BYTES = 1 << 16

export class LineBlocks implements ByteReader {
  readonly startsFile = false
  readonly #reader: ByteReader
  readonly #blocks: Blocks
  /** Where the input ends for all workers; unknown for input that is read through. */
  readonly #size_bytes: number
  /** Bytes `[from, to)` were read to find a cut and not given yet. */
  readonly #piece = new Uint8Array(PIECE_BYTES)
  #from = 0
  #to = 0
  /** Place in the input of the next byte, held ones first. */
  #at = 0
  /** First byte behind the block that is being given; NaN between two. */
  #end = Number.NaN
  #hasEnded = false
  #hasBegun = false

  /** @param reader at the start of an input that is not followed. */
  constructor(reader: ByteReader, blocks: Blocks) {
    this.#reader = reader
    this.#blocks = blocks
    const { total_bytes } = reader.progress()
    // An input that grows meanwhile would end at another place for each worker, with a gap between.
    this.#size_bytes =
      reader.seek === undefined || total_bytes === undefined
        ? Number.POSITIVE_INFINITY
        : blocks.agreeOnSize(total_bytes)
  }

  /**
   * The bytes of one block at most; those that follow are the next block's, which is taken only then. So what was given
   * before must have been run through the flow.
   */
  async read(into: Uint8Array, offset: number): Promise<number> {
    while (!this.#hasEnded) {
      if (Number.isNaN(this.#end) && !(await this.#begin())) continue
      if (!this.#hasBegun) {
        this.#hasBegun = true
        if (this.#at > 0) return startWithEmptyLine(into, offset)
      }
      const count = await this.#readBlock(into, offset)
      if (count > 0) return count
    }
    return 0
  }

  /** Several workers have no one place up to which all is delivered: what this gives can't be gone on from. */
  position(): Position {
    return {}
  }

  progress(): { done_bytes: number; total_bytes: number | undefined } {
    if (!Number.isFinite(this.#size_bytes)) return this.#reader.progress()
    return { done_bytes: Math.min(this.#at, this.#size_bytes), total_bytes: this.#size_bytes }
  }

  close(): Promise<void> {
    this.#hasEnded = true
    return this.#reader.close()
  }

  /** Takes the next block; false when no line begins in it. */
  async #begin(): Promise<boolean> {
    const start = this.#blocks.next() * this.#blocks.block_bytes
    this.#end = start + this.#blocks.block_bytes
    if (await this.#findCut(start)) return true
    this.#end = Number.NaN
    return false
  }

  /** 0 at the end of the block. */
  async #readBlock(into: Uint8Array, offset: number): Promise<number> {
    const sure = this.#end - 1 - this.#at
    if (sure > 0) {
      const count = await this.#pull(into, offset, sure)
      if (count === 0) this.#finish()
      return count
    }
    const count = await this.#lookAhead(into.length - offset)
    const feed = this.#piece.subarray(this.#from, this.#from + count).indexOf(LF)
    const given = feed < 0 ? count : feed + 1
    into.set(this.#piece.subarray(this.#from, this.#from + given), offset)
    this.#pass(given)
    if (count === 0) this.#finish()
    else if (feed >= 0) this.#end = Number.NaN
    return given
  }

  #finish(): void {
    this.#end = Number.NaN
    this.#hasEnded = true
  }

  /** False when the block that begins at `start` has no line of its own. */
  async #findCut(start: number): Promise<boolean> {
    // The search for the end of the block before went by the start of this one: it stands behind an LF.
    if (this.#at >= start) return this.#at < this.#end
    if (!(await this.#goTo(start - 1))) return false
    for (;;) {
      const left = this.#end - 1 - this.#at
      if (left <= 0) return false
      const count = await this.#lookAhead(left)
      if (count === 0) {
        this.#finish()
        return false
      }
      const feed = this.#piece.subarray(this.#from, this.#from + count).indexOf(LF)
      this.#pass(feed < 0 ? count : feed + 1)
      if (feed >= 0) return true
    }
  }

  /** False when the input ends before. */
  async #goTo(place: number): Promise<boolean> {
    this.#pass(Math.min(place - this.#at, this.#to - this.#from))
    if (this.#at < place && place < this.#size_bytes && this.#reader.seek !== undefined) {
      this.#reader.seek(place)
      this.#at = place
    }
    let isMore = place < this.#size_bytes
    while (isMore && this.#at < place) {
      const count = await this.#lookAhead(place - this.#at)
      this.#pass(count)
      isMore = count > 0
    }
    if (!isMore) this.#finish()
    return isMore
  }

  /** Reads on when nothing is held, and gives how many of up to `most` bytes are held now; 0 at the end. */
  async #lookAhead(most: number): Promise<number> {
    if (this.#from === this.#to) {
      this.#from = 0
      this.#to = await this.#reader.read(this.#piece.subarray(0, this.#room(PIECE_BYTES)), 0)
    }
    return Math.min(most, this.#to - this.#from)
  }

  #pass(bytes: number): void {
    this.#from += bytes
    this.#at += bytes
  }

  async #pull(into: Uint8Array, offset: number, most: number): Promise<number> {
    const room = Math.min(most, into.length - offset)
    if (this.#from < this.#to) {
      const count = Math.min(room, this.#to - this.#from)
      into.set(this.#piece.subarray(this.#from, this.#from + count), offset)
      this.#pass(count)
      return count
    }
    const count = await this.#reader.read(into.subarray(0, offset + this.#room(room)), offset)
    this.#at += count
    return count
  }

  /** How many of `bytes` the input still has, as far as its size is known. */
  #room(bytes: number): number {
    return Math.max(0, Math.min(bytes, this.#size_bytes - this.#at))
  }
}

/** What comes first of a worker is not the start of the file: a byte order mark there is part of a line. */
function startWithEmptyLine(into: Uint8Array, offset: number): number {
  into[offset] = LF
  return 1
}
