/** A text as a window of UTF-8 bytes, for nodes that look at bytes: used again for each record. */

import { Slice } from '../contract/field.ts'

const LEAST_BYTES = 256
/** Up to here, and for ASCII, a loop is faster than a call of the encoder. */
const SHORT_UNITS = 64
/** UTF-8 bytes a UTF-16 unit takes at most. */
const UNIT_BYTES = 3

export class TextSlice extends Slice {
  #own = new Uint8Array(LEAST_BYTES)
  readonly #encoder = new TextEncoder()

  constructor() {
    super(new Uint8Array(0), 0, 0)
  }

  /** Points at bytes that are the text already. Lent as long as their owner lends them. */
  at(buffer: Uint8Array, start: number, end: number): this {
    this.buffer = buffer
    this.start = start
    this.end = end
    return this
  }

  /** Points at a copy of the text in UTF-8; null stays null. A lone surrogate becomes U+FFFD. */
  of(text: string | null): this | null {
    if (text === null) return null
    if (this.#own.length < text.length * UNIT_BYTES) this.#own = new Uint8Array(text.length * UNIT_BYTES)
    const own = this.#own
    let i = 0
    if (text.length <= SHORT_UNITS) {
      while (i < text.length) {
        const code = text.charCodeAt(i)
        if (code >= 128) break
        own[i++] = code
      }
    }
    return this.at(own, 0, i === text.length ? i : this.#encoder.encodeInto(text, own).written)
  }
}
