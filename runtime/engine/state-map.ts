import type { StateMap } from '../../nodes/contract/operator.ts'

/** A key's value, in the chain of all keys in the order of their last `set`. */
interface Entry<V> {
  key: string
  value: V
  ts_us: number
  older: Entry<V> | undefined
  newer: Entry<V> | undefined
}

/**
 * Keyed state in memory, bounded in number and in event time. Keys stand in the order of their last `set`, so both the
 * key to evict and the keys that ran out are at the oldest end. Cost of every call: constant, amortised.
 *
 * The order is a chain beside the table: a table that is to keep the order itself has each key taken out and put in again
 * at each `set`, which costs more than all else.
 */
export class BoundedMap<V> implements StateMap<V> {
  readonly #entries = new Map<string, Entry<V>>()
  #oldest: Entry<V> | undefined
  #newest: Entry<V> | undefined
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

  get(key: string, ts_us: number): V | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.ts_us + this.#ttl_us < Math.max(ts_us, this.#newest_us)
      ? undefined
      : entry.value
  }

  set(key: string, value: V, ts_us: number): void {
    if (ts_us > this.#newest_us) this.#newest_us = ts_us
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = { key, value, ts_us, older: undefined, newer: undefined }
      this.#entries.set(key, entry)
      this.#append(entry)
    } else {
      entry.value = value
      entry.ts_us = ts_us
      if (entry !== this.#newest) {
        this.#unlink(entry)
        this.#append(entry)
      }
    }
    this.#expire()
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#remove(entry)
  }

  #expire(): void {
    for (let entry = this.#oldest; entry !== undefined; entry = this.#oldest) {
      if (this.#entries.size <= this.#max && entry.ts_us + this.#ttl_us >= this.#newest_us) return
      this.#remove(entry)
    }
  }

  #remove(entry: Entry<V>): void {
    this.#entries.delete(entry.key)
    this.#unlink(entry)
  }

  #append(entry: Entry<V>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink({ older, newer }: Entry<V>): void {
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
