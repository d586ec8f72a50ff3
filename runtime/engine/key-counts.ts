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

interface CountsKernel {
  layOut(
    key: number,
    index: number,
    slots: number,
    entries: number,
    max: number,
    slices: number,
    seed0: bigint,
    seed1: bigint,
  ): void
  begin(): void
  more(length: number): void
  add(length: number, slice: number): number
  keys(): number
}

export class WindowCounts implements KeyCounts {
  readonly #desk = new Desk()
  readonly #kernel = kernelOf<CountsKernel>(COUNTS_KERNEL, this.#desk.memory)
  readonly #slice_us: number
  readonly #slices: number
  readonly #key: Uint8Array
  #length = 0
  /** Number of the slice that the kernel calls 0; known with the first record. */
  #first: number | undefined

  /** @throws RangeError when the keys would need more than 4 GiB. */
  constructor({ max, window_us, slices }: CountsBound) {
    this.#slices = slices
    this.#slice_us = window_us / slices
    const slots = 2 ** Math.ceil(Math.log2(max * SLOTS_A_KEY + 1))
    const places = [
      this.#desk.reserve(KEY_BYTES),
      this.#desk.reserve(slots * 4),
      slots,
      this.#desk.reserve(max * (ENTRY_BYTES + slices * 4)),
      max,
      slices,
    ] as const
    const seeds = crypto.getRandomValues(new BigUint64Array(2))
    this.#kernel.layOut(...places, seeds[0]!, seeds[1]!)
    this.#key = this.#desk.bytes.subarray(places[0], places[0] + KEY_BYTES)
  }

  get size(): number {
    return this.#kernel.keys()
  }

  part(buffer: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) this.#put(buffer[i]!)
    this.#put(PART_END)
  }

  #put(byte: number): void {
    if (this.#length === KEY_BYTES) {
      this.#kernel.more(KEY_BYTES)
      this.#length = 0
    }
    this.#key[this.#length++] = byte
  }

  add(ts_us: number): number | null {
    const number = Math.floor(ts_us / this.#slice_us)
    this.#first ??= number - Math.floor(BEFORE / this.#slices) * this.#slices
    const slice = number - this.#first
    const length = this.#length
    this.#length = 0
    if (!(slice >= 0 && slice < SLICE_NUMBERS)) {
      this.#kernel.begin()
      return null
    }
    const count = this.#kernel.add(length, slice)
    return count > 0 ? count : null
  }
}
