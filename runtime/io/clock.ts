/** The Clock of a running node: real time, and sleep that ends when the node is closed. */

import type { Clock } from '../../nodes/contract/capability.ts'

export class SystemClock implements Clock {
  readonly #wakers = new Set<() => void>()
  #isClosed = false

  now_ms(): number {
    return performance.now()
  }

  sleep(ms: number): Promise<void> {
    if (this.#isClosed || ms <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#wakers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#wakers.add(wake)
    })
  }

  /** Ends every sleep, now and from now on. */
  close(): void {
    this.#isClosed = true
    for (const wake of this.#wakers) wake()
  }
}
