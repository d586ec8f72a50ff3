/** The pace of a replay: so many records a second, whatever the file could give. */

import type { Clock } from '../contract/capability.ts'

/** Records come out about this often, so that a high rate does not mean a wake-up a record. */
const TICK_MS = 20
/** A replay that was held up longer than this does not try to catch up. */
const LAG_MAX_MS = 1000

export class Pace {
  readonly #rate_per_s: number
  readonly #clock: Clock
  /** Since when it counts, and how many were given since. */
  #since_ms = Number.NaN
  #given = 0

  /** @param rate_per_s 0 is as fast as possible. */
  constructor(rate_per_s: number, clock: Clock) {
    this.#rate_per_s = rate_per_s
    this.#clock = clock
  }

  /** How many records may go out now, 0 to `most`. The first is due at once. */
  allowed(most: number): number {
    if (this.#rate_per_s === 0) return most
    const now_ms = this.#clock.now_ms()
    if (!(now_ms - this.#since_ms < (this.#given / this.#rate_per_s) * 1000 + LAG_MAX_MS)) {
      this.#since_ms = now_ms
      this.#given = 0
    }
    const due = Math.floor(((now_ms - this.#since_ms) * this.#rate_per_s) / 1000) + 1 - this.#given
    return Math.max(0, Math.min(most, due))
  }

  /** Counts records that went out. */
  gave(count: number): void {
    this.#given += count
  }

  /** Until it is time to ask again, or the node is closed. */
  wait(): Promise<void> {
    return this.#clock.sleep(TICK_MS)
  }
}
