/**
 * A desk: one WebAssembly memory on which a source lays its input and kernels leave what they find.
 *
 * Kernels see offsets, everybody else sees `bytes`. Space is reserved while a flow starts and never given back: a desk
 * goes with its flow. This file must not know what lies on the desk.
 */

const PAGE_BYTES = 1 << 16
/** The most that 32-bit offsets reach. */
const MAX_PAGES = 1 << 16
/** Kernels look at this many bytes at once, so they may look past the end of what they were given. */
export const LANE_BYTES = 16

export class Desk {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES })
  /** The whole memory. Another array after each `reserve`: the one before is detached then. */
  bytes: Uint8Array = new Uint8Array(this.memory.buffer)
  /** Offset 0 stays free, so that it can stand for none. */
  #end = LANE_BYTES

  /**
   * Takes `bytes` for ever, zeroed, on a border of 16, with 16 more behind them that may be read.
   * @returns the offset of the first.
   * @throws RangeError beyond 4 GiB.
   */
  reserve(bytes: number): number {
    const start = this.#end
    this.#end = start + Math.ceil(bytes / LANE_BYTES) * LANE_BYTES
    const missing = this.#end + LANE_BYTES - this.bytes.length
    if (missing > 0) {
      this.memory.grow(Math.ceil(missing / PAGE_BYTES))
      this.bytes = new Uint8Array(this.memory.buffer)
    }
    return start
  }
}
