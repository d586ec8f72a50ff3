/**
 * Tells from a line's bytes, without reading them as JSON, that no filter behind the source would let the record pass.
 *
 * The compiler knows texts that must stand in a record for it to be of any use (flows/expression/implied.ts). Where one
 * is missing the line need not be read. There is no false alarm: a text can also be written with escapes, so a line with
 * a backslash is always read, and so is one that is not in braces, which is broken and must be rejected.
 *
 * Cost: one search of the bytes for each text, done once a batch and not once a line.
 */

import { bytesIndex } from './bytes-index.ts'

const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const BACKSLASH = Uint8Array.of(92)

/** Finds the next place of some bytes at or behind a growing offset, and remembers it. */
class Needle {
  readonly #bytes: Uint8Array
  #next = -1

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The bytes searched are other ones from now on. */
  begin(): void {
    this.#next = -1
  }

  stands(buffer: Uint8Array, start: number, end: number): boolean {
    if (this.#next < start) {
      const found = bytesIndex(buffer, this.#bytes, start)
      this.#next = found === -1 ? Number.POSITIVE_INFINITY : found
    }
    return this.#next < end
  }
}

export class JsonScreen {
  /** A record must have one text of each list. */
  readonly #conditions: readonly (readonly Needle[])[]
  readonly #escape = new Needle(BACKSLASH)
  #buffer: Uint8Array | undefined

  /** @param conditions of each list at least one text is the whole value of some field, whatever its path. */
  constructor(conditions: readonly (readonly string[])[]) {
    const encoder = new TextEncoder()
    const needle = (text: string) => new Needle(encoder.encode(`${text}"`))
    // The quote behind a text is searched for with it; the one before is left out, being common and so slow to find.
    // Long texts are rarer and found faster: where one decides, the others are not looked for.
    const least = (texts: readonly string[]) => Math.min(...texts.map((text) => text.length))
    const longestFirst = [...conditions].sort((a, b) => least(b) - least(a))
    this.#conditions = longestFirst.map((texts) => texts.map(needle))
  }

  /** To be called for each batch: its buffers may be the ones of before with other bytes. */
  begin(): void {
    this.#buffer = undefined
  }

  /** True when `buffer[start..end)` is in braces and lacks a text it would need. Lines come in the order of the buffer. */
  isUseless(buffer: Uint8Array, start: number, end: number): boolean {
    if (buffer !== this.#buffer) this.#turnTo(buffer)
    for (const texts of this.#conditions) {
      if (!this.#hasNone(texts, buffer, start, end)) continue
      return isInBraces(buffer, start, end) && !this.#escape.stands(buffer, start, end)
    }
    return false
  }

  #hasNone(texts: readonly Needle[], buffer: Uint8Array, start: number, end: number): boolean {
    for (const text of texts) if (text.stands(buffer, start, end)) return false
    return true
  }

  #turnTo(buffer: Uint8Array): void {
    this.#buffer = buffer
    this.#escape.begin()
    for (const texts of this.#conditions) for (const text of texts) text.begin()
  }
}

function isInBraces(buffer: Uint8Array, start: number, end: number): boolean {
  let last = end - 1
  while (last > start && buffer[last]! <= 32) last--
  let first = start
  while (first < last && buffer[first]! <= 32) first++
  return buffer[first] === OPEN_OBJECT && buffer[last] === CLOSE_OBJECT
}

/** True for a text that stands in JSON as it is or with a backslash, and in no third way. */
export function isSearchable(text: string): boolean {
  return text !== '' && text.isWellFormed() && !/[\u0000-\u001f"\\]/.test(text)
}
