/** What values of expressions have in common: their kind in words, equality, text. */

import { Slice } from '../contract/field.ts'
import { ExpressionError, type ExpressionValue } from '../contract/function.ts'
import { spend, spendText } from './fuel.ts'
import { isNumber, TaggedNumber, tagOf, toDouble, untag } from './number.ts'

/** Deeper values (a list that holds itself, made in place) end an expression. */
const MAX_DEPTH = 256

/** The kind of a value for messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'boolean') return 'a boolean'
  if (typeof value === 'string') return 'a text'
  if (isNumber(value)) return tagOf(value) === 'double' || tagOf(value) === 'float' ? 'a double' : 'an integer'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Map) return 'a map'
  if (value instanceof Set) return 'a set'
  if (value instanceof Uint8Array || value instanceof Slice) return 'bytes'
  if (typeof value === 'function') return 'a lambda'
  return 'an object'
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Compares lists, sets and maps by content with a rule for what stands in them. */
function sameContent(
  a: unknown,
  b: unknown,
  depth: number,
  same: (a: unknown, b: unknown, depth: number) => boolean,
): boolean {
  if (depth > MAX_DEPTH) throw new ExpressionError('A value is nested too deeply to be compared.')
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false
    spend(a.length)
    return a.every((item, i) => same(item, b[i], depth + 1))
  }
  if (a instanceof Set && b instanceof Set) {
    if (a.size !== b.size) return false
    for (const item of a) if (!has(b, item)) return false
    return true
  }
  if (a instanceof Map && b instanceof Map) {
    if (a.size !== b.size) return false
    spend(a.size)
    for (const [key, value] of a) {
      const found = findKey(b, key)
      if (found === undefined || !same(value, b.get(found.key), depth + 1)) return false
    }
    return true
  }
  return a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b)
}

/**
 * Equality of the stellar dialect: numbers by value, texts and booleans by content, lists, sets and maps by what they
 * hold. Null equals only null, NaN nothing; values of different kinds are never equal.
 */
export function equal(a: unknown, b: unknown, depth = 0): boolean {
  if (isNumber(a)) {
    if (!isNumber(b)) return false
    const left = untag(a)
    const right = untag(b)
    // Loose: a number and a bigint compare by exact value.
    // biome-ignore lint/suspicious/noDoubleEquals: see above
    return left == right
  }
  return a === b || (typeof a === 'object' && a !== null && sameContent(a, b, depth, equal))
}

/** Equality inside Java collections: numbers must have the same type too, and NaN equals itself. */
export function strictEqual(a: unknown, b: unknown, depth = 0): boolean {
  if (isNumber(a)) return isNumber(b) && tagOf(a) === tagOf(b) && Object.is(untag(a), untag(b))
  return a === b || (typeof a === 'object' && a !== null && sameContent(a, b, depth, strictEqual))
}

/**
 * The key or element of a collection that is strictly equal to the one asked for, in a box so that null can be one.
 * Plain values are looked up, tagged numbers and collections searched for.
 */
export function findKey(
  collection: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
  wanted: unknown,
): { readonly key: unknown } | undefined {
  if (typeof wanted !== 'object' || wanted === null) return collection.has(wanted) ? { key: wanted } : undefined
  spend(collection.size)
  for (const key of collection.keys()) if (strictEqual(key, wanted)) return { key }
  return undefined
}

/** True when a set or the keys of a map hold the value, strictly. */
export function has(collection: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>, wanted: unknown): boolean {
  return findKey(collection, wanted) !== undefined
}

/** A double as Java writes it: `1.0`, `1.0E8`, `1.0E-4`, `NaN`, `Infinity`. Shortest digits that read back the same. */
export function doubleText(value: number, isFloat = false): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa, exponentText] = (isFloat ? shortestFloat(value) : value.toExponential()).split('e')
  const exponent = Number(exponentText)
  const sign = value < 0 ? '-' : ''
  const digits = mantissa!.replace('-', '').replace('.', '')
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}

function shortestFloat(value: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return text
  }
  return value.toExponential(8)
}

/** The text of a value, as TO_STRING, JOIN and FORMAT have it: `1.0`, `[1, a]`, `{a=1}`, `null`. */
export function textOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' || value instanceof TaggedNumber) {
    const tag = tagOf(value)
    return tag === 'int' || tag === 'long' ? String(untag(value)) : doubleText(toDouble(value), tag === 'float')
  }
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (depth > MAX_DEPTH) throw new ExpressionError('A value is nested too deeply to be written as text.')
  if (Array.isArray(value) || value instanceof Set) return `[${joined([...value], depth)}]`
  if (value instanceof Map) {
    const entries = [...value].map(([key, of]) => `${textOf(key, depth + 1)}=${textOf(of, depth + 1)}`)
    return `{${joined(entries, depth)}}`
  }
  if (value instanceof Uint8Array) return joinBytes(value)
  return `(${kindOf(value).replace(/^an? /, '')})`
}

function joined(items: readonly unknown[], depth: number): string {
  spend(items.length)
  const texts = items.map((item) => textOf(item, depth + 1))
  spendText(texts.reduce((sum, text) => sum + text.length + 2, 0))
  return texts.join(', ')
}

function joinBytes(bytes: Uint8Array): string {
  spendText(bytes.length * 2)
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** An argument that must be a text. @throws ExpressionError naming the function and the argument. */
export function needText(value: unknown, name: string, parameter: string): string {
  if (typeof value === 'string') return value
  throw new ExpressionError(`${name}: ${parameter} must be a text, not ${kindOf(value)}.`)
}

/** An argument that must be a number. */
export function needNumber(value: unknown, name: string, parameter: string): number {
  if (isNumber(value)) return toDouble(value)
  throw new ExpressionError(`${name}: ${parameter} must be a number, not ${kindOf(value)}.`)
}

/** An argument that must be a list or set, as a list. Not to be changed. */
export function needItems(value: unknown, name: string, parameter: string): readonly ExpressionValue[] {
  if (Array.isArray(value)) return value
  if (value instanceof Set) return [...value]
  throw new ExpressionError(`${name}: ${parameter} must be a list, not ${kindOf(value)}.`)
}
