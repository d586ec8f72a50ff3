/**
 * Makes values of JSON that a reader has found valid: texts, exact numbers, lists, maps.
 *
 * Nothing is checked here. This file must not know where the bytes come from.
 */

import type { Value } from '../contract/field.ts'
import { TextDecoding } from './json-text.ts'

/** What is in a string besides plain bytes. */
export const HAS_ESCAPES = 1
export const HAS_HIGH_BYTES = 2

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const LETTER_E = 101
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const LETTER_F = 102
const LETTER_N = 110
const LETTER_T = 116
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

export class JsonValues {
  readonly #texts = new TextDecoding()
  /** Place after the value that `at` made last. */
  #after = 0

  /** The string `bytes[start..end)`, quotes included. A lone surrogate stays one. */
  text(bytes: Uint8Array, start: number, end: number, flags: number): string {
    if (flags === 0) return this.#texts.ascii(bytes, start + 1, end - 1)
    if ((flags & HAS_ESCAPES) === 0) return this.#texts.utf8(bytes, start + 1, end - 1)
    return JSON.parse(this.#texts.utf8(bytes, start, end)) as string
  }

  /** The number as a double, or null beyond the range of one. */
  double(bytes: Uint8Array, start: number, end: number): number | null {
    const value = Number(this.#texts.utf8(bytes, start, end))
    return Number.isFinite(value) ? value : null
  }

  /** The exact value of a number in a double's range (309 digits at most); undefined unless it is digits only. */
  big(bytes: Uint8Array, start: number, end: number): bigint | undefined {
    let i = bytes[start] === MINUS ? start + 1 : start
    while (i < end && isDigit(bytes[i]!)) i++
    return i === end ? BigInt(this.#texts.utf8(bytes, start, end)) : undefined
  }

  /**
   * The value that begins at `i`, white space before it allowed: lists as arrays, objects as Maps, a number written
   * without point and exponent exactly (bigint beyond 2^53), any other number as a double. Recursion is bounded by the
   * nesting that the reader lets pass.
   */
  at(bytes: Uint8Array, i: number): Value {
    i = afterSpace(bytes, i)
    const c = bytes[i]!
    if (c === QUOTE) return this.#textAt(bytes, i)
    if (c === OPEN_LIST) return this.#list(bytes, i + 1)
    if (c === OPEN_OBJECT) return this.#map(bytes, i + 1)
    if (c === LETTER_T || c === LETTER_N || c === LETTER_F) {
      this.#after = i + (c === LETTER_F ? 5 : 4)
      return c === LETTER_N ? null : c === LETTER_T
    }
    const end = afterNumber(bytes, i)
    this.#after = end
    const value = this.double(bytes, i, end)
    if (value === null || Number.isSafeInteger(value) || !Number.isInteger(value)) return value
    return this.big(bytes, i, end) ?? value
  }

  #list(bytes: Uint8Array, i: number): Value[] {
    const list: Value[] = []
    i = afterSpace(bytes, i)
    while (bytes[i] !== CLOSE_LIST) {
      list.push(this.at(bytes, i))
      i = afterSpace(bytes, this.#after)
      if (bytes[i] === COMMA) i++
    }
    this.#after = i + 1
    return list
  }

  #map(bytes: Uint8Array, i: number): Map<string, Value> {
    const map = new Map<string, Value>()
    i = afterSpace(bytes, i)
    while (bytes[i] !== CLOSE_OBJECT) {
      const key = this.#textAt(bytes, afterSpace(bytes, i))
      i = afterSpace(bytes, this.#after) + 1
      map.set(key, this.at(bytes, i))
      i = afterSpace(bytes, this.#after)
      if (bytes[i] === COMMA) i++
    }
    this.#after = i + 1
    return map
  }

  #textAt(bytes: Uint8Array, start: number): string {
    let flags = 0
    let i = start + 1
    for (; bytes[i] !== QUOTE; i++) {
      if (bytes[i] === BACKSLASH) {
        flags |= HAS_ESCAPES
        i++
      } else if (bytes[i]! >= 0x80) flags |= HAS_HIGH_BYTES
    }
    this.#after = i + 1
    return this.text(bytes, start, i + 1, flags)
  }
}

function afterSpace(bytes: Uint8Array, i: number): number {
  while (bytes[i]! <= 32) i++
  return i
}

const isDigit = (byte: number): boolean => (byte - 48) >>> 0 < 10

/** Signs and points stand among the digits of a number only. */
function afterNumber(bytes: Uint8Array, i: number): number {
  while (
    isDigit(bytes[i]!) ||
    (bytes[i]! >= 43 && bytes[i]! <= 46 && bytes[i] !== COMMA) ||
    (bytes[i]! | 32) === LETTER_E
  )
    i++
  return i
}
