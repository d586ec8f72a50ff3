import type { StateMap } from '../../nodes/contract/operator.ts'

interface Entry<V> {
  value: V
  ts_us: number
}

/**
 * Keyed state in memory, bounded in number and in event time. Keys stand in the order of their last `set`, so both the
 * key to evict and the keys that ran out are at the front. Cost of every call: constant, amortised.
 */
export class BoundedMap<V> implements StateMap<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #max: number
  readonly #ttl_us: number
  #newest_us = -Infinity

  constructor(bound: { readonly max: number; readonly ttl_us: number }) {
    this.#max = bound.max
    this.#ttl_us = bound.ttl_us
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.ts_us + this.#ttl_us < this.#newest_us ? undefined : entry.value
  }

  set(key: string, value: V, ts_us: number): void {
    if (ts_us > this.#newest_us) this.#newest_us = ts_us
    this.#entries.delete(key)
    this.#entries.set(key, { value, ts_us })
    this.#expire()
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  #expire(): void {
    for (const [key, { ts_us }] of this.#entries) {
      if (this.#entries.size <= this.#max && ts_us + this.#ttl_us >= this.#newest_us) return
      this.#entries.delete(key)
    }
  }
}
