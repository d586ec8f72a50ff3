/**
 * Taps: looking at the records of a wire. Bounded and lossy by contract; a tap never slows the flow, and where no tap is
 * open the plain loops run, which know nothing of taps.
 */

import type { TextBuffer } from '../../nodes/contract/operator.ts'
import type { WireTap } from '../../nodes/contract/program.ts'
import type { Sample, SampleFrame } from '../protocol/messages.ts'

const FRAMES_PER_S = 4
const MAX_TEXT = 4096
const MAX_ITEMS = 64

interface Listener {
  readonly limit_per_frame: number
  left: number
  missed: number
  samples: Sample[]
}

/** All listeners of one wire. */
class TappedWire implements WireTap {
  readonly listeners = new Map<string, Listener>()
  #sequence: number

  /** @param passed records that passed the wire before the tap was opened. */
  constructor(passed: number) {
    this.#sequence = passed
  }

  offer(): boolean {
    this.#sequence += 1
    let isWanted = false
    for (const listener of this.listeners.values()) {
      if (listener.left > 0) isWanted = true
      else listener.missed += 1
    }
    return isWanted
  }

  take(text: TextBuffer): void {
    const record = plainRecord(new TextDecoder().decode(text.bytes.subarray(0, text.length)))
    for (const listener of this.listeners.values()) {
      if (listener.left === 0) continue
      listener.left -= 1
      listener.samples.push({ sequence: this.#sequence, record })
    }
  }

  fail(): void {
    for (const listener of this.listeners.values()) if (listener.left > 0) listener.missed += 1
  }
}

/** The taps of one running flow. */
export class TapSet {
  /** By wire, for the program. */
  readonly wires: (TappedWire | null)[]
  #open = 0

  constructor(wires: number) {
    this.wires = new Array<TappedWire | null>(wires).fill(null)
  }

  get isAnyOpen(): boolean {
    return this.#open > 0
  }

  /** @param passed records that passed the wire so far. */
  open(tap: string, wire: number, limit_per_s: number, passed: number): void {
    this.close(tap)
    const tapped = this.wires[wire] ?? new TappedWire(passed)
    this.wires[wire] = tapped
    const limit_per_frame = Math.max(1, Math.ceil(limit_per_s / FRAMES_PER_S))
    tapped.listeners.set(tap, { limit_per_frame, left: limit_per_frame, missed: 0, samples: [] })
    this.#open += 1
  }

  close(tap: string): void {
    for (const [i, tapped] of this.wires.entries()) {
      if (tapped?.listeners.delete(tap) !== true) continue
      this.#open -= 1
      if (tapped.listeners.size === 0) this.wires[i] = null
    }
  }

  /** What was seen since the last call; to be called `FRAMES_PER_S` times a second. */
  collect(): SampleFrame[] {
    const frames: SampleFrame[] = []
    for (const tapped of this.wires) {
      for (const [tap, listener] of tapped?.listeners ?? []) {
        if (listener.samples.length > 0 || listener.missed > 0) {
          frames.push({ tap, samples: listener.samples, missed: listener.missed })
        }
        listener.samples = []
        listener.missed = 0
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
