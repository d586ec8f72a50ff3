/** Counts by key in a sliding window of event time, in a memory of their own: 12 bytes and 4 a slice for each key. */

import type { CountsBound, KeyCounts } from '../../nodes/contract/operator.ts'
import { COUNTS_KERNEL } from '../../nodes/kernels/counts.gen.ts'
import { Desk } from '../../nodes/kernels/desk.ts'
import { kernelOf } from '../../nodes/kernels/kernel.ts'

/** Bytes of a key the kernel takes at once. */
const KEY_BYTES = 1024
/** Stands behind each part; no UTF-8 holds it, so ('ab', 'c') and ('a', 'bc') differ. */
const PART_END = 0xff
/** Slots of the index for each key, before they are rounded up to a power of two. */
const SLOTS_A_KEY = 1.3
/** Bytes of an entry beside its slices. */
const ENTRY_BYTES = 12
/** Slices are counted from so long before the first one, so that older records have numbers too. */
const BEFORE = 2 ** 30
const SLICE_NUMBERS = 2 ** 31
/** So many records on end beyond all numbers of slices, and it is the clock that jumped: a sensor that began in 1970. */
const MOST_STRAYED = 64

/** Keys counted together: enough for their cache misses to overlap. */
const TOGETHER = 64

interface CountsKernel {
  layOut(...places: [...number[], bigint, bigint]): void
  begin(): void
  more(length: number): void
  end(length: number, slice: number, i: number): void
  settle(n: number): void
  keys(): number
  clear(): void
}

export class WindowCounts implements KeyCounts {
  readonly #desk = new Desk()
  readonly #kernel = kernelOf<CountsKernel>(COUNTS_KERNEL, this.#desk.memory)
  readonly #slice_us: number
  readonly #slices: number
  readonly #key: Uint8Array
  readonly #counts: Int32Array
  #length = 0
  /** Number of the slice that the kernel calls 0; known with the first record. */
  #first: number | undefined
  /** Records on end that lay in none of the slices that have numbers. */
  #strayed = 0
  /** Keys ended that the kernel has not counted yet. */
  #pending = 0
  /** What `settle` gives: counts of the keys ended since it was called last. */
  #settled = new Int32Array(1024)
  #ended = 0

  /** @throws RangeError when the keys would need more than 4 GiB. */
  constructor({ max, window_us, slices }: CountsBound) {
    this.#slices = slices
    this.#slice_us = window_us / slices
    const slots = 2 ** Math.ceil(Math.log2(max * SLOTS_A_KEY + 1))
    const desk = this.#desk
    const key = desk.reserve(KEY_BYTES)
    const hashes = desk.reserve(TOGETHER * 8)
    const sliceNumbers = desk.reserve(TOGETHER * 4)
    const counts = desk.reserve(TOGETHER * 4)
    const index = desk.reserve(slots * 4)
    const entries = desk.reserve(max * (ENTRY_BYTES + slices * 4))
    const [a, b] = crypto.getRandomValues(new BigUint64Array(2)) as unknown as [bigint, bigint]
    this.#kernel.layOut(key, hashes, sliceNumbers, counts, index, slots, entries, max, slices, a, b)
    this.#key = desk.bytes.subarray(key, key + KEY_BYTES)
    this.#counts = new Int32Array(desk.memory.buffer, counts, TOGETHER)
  }

  get size(): number {
    return this.#kernel.keys()
  }

  part(buffer: Uint8Array, start: number, end: number): void {
    let at = this.#length
    if (at + end - start >= KEY_BYTES) {
      for (let i = start; i < end; i++) this.#put(buffer[i]!)
      this.#put(PART_END)
      return
    }
    const key = this.#key
    for (let i = start; i < end; i++) key[at++] = buffer[i]!
    key[at++] = PART_END
    this.#length = at
  }

  #put(byte: number): void {
    if (this.#length === KEY_BYTES) {
      this.#kernel.more(KEY_BYTES)
      this.#length = 0
    }
    this.#key[this.#length++] = byte
  }

  end(ts_us: number): void {
    const number = Math.floor(ts_us / this.#slice_us)
    this.#first ??= this.#firstBefore(number)
    const slice = number - this.#first
    const length = this.#length
    this.#length = 0
    if (slice >= 0 && slice < SLICE_NUMBERS) {
      this.#strayed = 0
      this.#kernel.end(length, slice, this.#pending++)
      if (this.#pending === TOGETHER) this.#count()
    } else {
      this.#kernel.begin()
      this.#count()
      this.#give(0)
      this.#stray(number)
    }
  }

  /** One record with a time far off must not cost the others their counts; many of them begin a new count. */
  #stray(number: number): void {
    this.#strayed++
    if (this.#strayed < MOST_STRAYED) return
    this.#strayed = 0
    this.#first = this.#firstBefore(number)
    this.#kernel.clear()
  }

  #firstBefore(number: number): number {
    return number - Math.floor(BEFORE / this.#slices) * this.#slices
  }

  settle(): Int32Array {
    this.#count()
    const settled = this.#settled.subarray(0, this.#ended)
    this.#ended = 0
    return settled
  }

  #count(): void {
    const pending = this.#pending
    this.#pending = 0
    if (pending > 0) this.#kernel.settle(pending)
    for (let i = 0; i < pending; i++) this.#give(Math.max(this.#counts[i]!, 0))
  }

  #give(count: number): void {
    if (this.#ended === this.#settled.length) {
      const larger = new Int32Array(this.#ended * 2)
      larger.set(this.#settled)
      this.#settled = larger
    }
    this.#settled[this.#ended++] = count
  }
}
