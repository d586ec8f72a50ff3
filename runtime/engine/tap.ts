/**
 * Taps: looking at the records of a wire. Bounded and lossy by contract; a tap never slows the flow, and where no tap
 * wants a record the plain loops run, which know nothing of taps.
 */

import type { TextBuffer } from '../../nodes/contract/operator.ts'
import type { WireTap } from '../../nodes/contract/program.ts'
import type { Sample, SampleFrame } from '../protocol/messages.ts'

const FRAMES_PER_S = 4
const MAX_TEXT = 4096
const MAX_ITEMS = 64

interface Listener {
  readonly limit_per_frame: number
  /** Records that had passed the wire when the frame began. */
  since: number
  left: number
  samples: Sample[]
}

/** All listeners of one wire. */
class TappedWire implements WireTap {
  readonly listeners = new Map<string, Listener>()
  /** Records that passed the wire; kept up only while records are shown. */
  sequence = 0

  get wants(): boolean {
    for (const { left } of this.listeners.values()) if (left > 0) return true
    return false
  }

  offer(): boolean {
    this.sequence += 1
    return this.wants
  }

  take(text: TextBuffer): void {
    const record = plainRecord(new TextDecoder().decode(text.bytes.subarray(0, text.length)))
    for (const listener of this.listeners.values()) {
      if (listener.left === 0) continue
      listener.left -= 1
      listener.samples.push({ sequence: this.sequence, record })
    }
  }

  /** Not shown, so missed like any other. */
  fail(): void {}
}

/** The taps of one running flow. */
export class TapSet {
  /** By wire, for the program. */
  readonly wires: (TappedWire | null)[]
  readonly #passed: (wire: number) => number
  #open = 0

  /** @param passed records that passed a wire so far; exact between batches. */
  constructor(wires: number, passed: (wire: number) => number) {
    this.wires = new Array<TappedWire | null>(wires).fill(null)
    this.#passed = passed
  }

  /**
   * True when a record would be shown: until then no batch need be watched, for what passes meanwhile is missed, and
   * counted by the wire itself.
   */
  get isAnyWanting(): boolean {
    return this.#open > 0 && this.wires.some((tapped) => tapped?.wants === true)
  }

  /** True when a record of the wire would be shown. */
  wants(wire: number): boolean {
    return this.wires[wire]?.wants === true
  }

  /** To be called before batches are watched. */
  begin(): void {
    if (this.#open === 0) return
    for (const [wire, tapped] of this.wires.entries()) if (tapped !== null) tapped.sequence = this.#passed(wire)
  }

  open(tap: string, wire: number, limit_per_s: number): void {
    this.close(tap)
    const tapped = this.wires[wire] ?? new TappedWire()
    this.wires[wire] = tapped
    const limit_per_frame = Math.max(1, Math.ceil(limit_per_s / FRAMES_PER_S))
    tapped.listeners.set(tap, { limit_per_frame, since: this.#passed(wire), left: limit_per_frame, samples: [] })
    this.#open += 1
  }

  close(tap: string): void {
    for (const [i, tapped] of this.wires.entries()) {
      if (tapped?.listeners.delete(tap) !== true) continue
      this.#open -= 1
      if (tapped.listeners.size === 0) this.wires[i] = null
    }
  }

  /** What was seen since the last call; to be called `FRAMES_PER_S` times a second, between batches. */
  collect(): SampleFrame[] {
    const frames: SampleFrame[] = []
    for (const [wire, tapped] of this.wires.entries()) {
      const passed = this.#passed(wire)
      for (const [tap, listener] of tapped?.listeners ?? []) {
        const { samples } = listener
        const missed = passed - listener.since - samples.length
        if (samples.length > 0 || missed > 0) frames.push({ tap, samples, missed })
        listener.samples = []
        listener.since = passed
        listener.left = listener.limit_per_frame
      }
    }
    return frames
  }
}

export const FRAME_INTERVAL_MS = 1000 / FRAMES_PER_S

/**
 * A record as plain JSON for a screen: whole numbers beyond 2^53 become texts so that they stay exact, long texts and
 * lists are cut.
 */
function plainRecord(text: string): unknown {
  return JSON.parse(text, function (this: unknown, _key, value: unknown, context?: { source?: string }) {
    if (typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')) {
      return context!.source
    }
    if (typeof value === 'string' && value.length > MAX_TEXT) return `${value.slice(0, MAX_TEXT)}…`
    if (Array.isArray(value) && value.length > MAX_ITEMS) return value.slice(0, MAX_ITEMS)
    return value
  } as (key: string, value: unknown) => unknown)
}
