/**
 * Lossy sending with bounded memory: a peer may be `credit` messages behind; past that only the newest message a key is
 * kept, and goes out when the peer acknowledges an older one. A peer that never acknowledges costs `credit` messages in
 * flight plus one a key, whatever is offered.
 */
export class CreditWindow<T> {
  #credit: number
  readonly #send: (message: T, acknowledged: () => void) => void
  readonly #merge: (older: T, newer: T) => T
  readonly #waiting = new Map<string, T>()

  /**
   * @param send puts a message on the wire; `acknowledged` is called once, when the peer has handled it.
   * @param merge what is kept when `newer` takes the place of `older`: the newer, and how much was passed over.
   */
  constructor(
    credit: number,
    send: (message: T, acknowledged: () => void) => void,
    merge: (older: T, newer: T) => T = (_, newer) => newer,
  ) {
    this.#credit = credit
    this.#send = send
    this.#merge = merge
  }

  /** Messages kept back now: at most one a key. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Sends at once or keeps it as the newest of its key. The caller bounds the number of keys, with `forget`. */
  offer(key: string, message: T): void {
    const older = this.#waiting.get(key)
    const kept = older === undefined ? message : this.#merge(older, message)
    if (older === undefined && this.#credit > 0) this.#put(kept)
    else this.#waiting.set(key, kept)
  }

  /** Drops what is kept for a key. */
  forget(key: string): void {
    this.#waiting.delete(key)
  }

  #put(message: T): void {
    this.#credit--
    let open = true
    this.#send(message, () => {
      if (!open) return
      open = false
      this.#credit++
      const next = this.#waiting.entries().next()
      if (next.done === true) return
      this.#waiting.delete(next.value[0])
      this.#put(next.value[1])
    })
  }
}

/** A frame of samples that was passed over counts as missed in the next one of its tap. */
export function mergeSampleFrames<F extends { readonly samples: readonly unknown[]; readonly missed: number }>(
  older: F,
  newer: F,
): F {
  return { ...newer, missed: newer.missed + older.missed + older.samples.length }
}
