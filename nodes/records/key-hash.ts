/**
 * Which of several workers a record belongs to, by the values of some of its fields.
 *
 * The hash of a key is 32 bits and the same in every thread and process: MurmurHash3's mixing over one number a
 * value. A text is taken as FNV-1a over its UTF-16 units, a lone surrogate as U+FFFD (who compares texts in UTF-8
 * knows no other), an integer as its bits, one beyond 2^53 as 32 bits at a time whether it is a double or not,
 * another number as the two halves of its double (0 and -0 are one), null as a value like any other. Lists count in
 * their order, maps without one. Equal values have equal hashes; who chooses the keys can send all to one worker, and
 * gains no more.
 */

import { Slice, type Value } from '../contract/field.ts'

/** The hash of a key without values. */
export const KEY_BASIS = 0x9747b28c

const FNV_BASIS = 0x811c9dc5
const FNV_PRIME = 0x01000193
const NULL = 0x6e756c6c
const TRUE = 0x74727565
const FALSE = 0x66616c73
const TEXT = 0x74657874
const LIST = 0x6c697374
const MAP = 0x6d617073
/** Lists and maps count down to this depth; below, one is like another. */
const MAX_DEPTH = 64

const double = new DataView(new ArrayBuffer(8))

/** The hash of a key that goes on with a value. Bytes count as null: they stand in no key. */
export function keyHash(hash: number, value: Value, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return mixed(mixed(hash, TEXT), textHash(value))
    case 'number':
      return numberHash(hash, value)
    case 'boolean':
      return mixed(hash, value ? TRUE : FALSE)
    case 'bigint':
      return bigintHash(hash, value)
    default:
      if (value === null || value instanceof Slice) return mixed(hash, NULL)
      return collectionHash(hash, value, depth)
  }
}

/** The hash of a key that goes on with two values in either order. */
export function pairHash(hash: number, a: Value, b: Value): number {
  const one = keyHash(KEY_BASIS, a)
  const other = keyHash(KEY_BASIS, b)
  return one < other ? mixed(mixed(hash, one), other) : mixed(mixed(hash, other), one)
}

/** @returns the number of the worker, from 0, of `of` workers. */
export function workerOf(hash: number, of: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) % of
}

function mixed(hash: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  const h = hash ^ Math.imul(k, 0x1b873593)
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

function textHash(given: string): number {
  const text = given.isWellFormed() ? given : given.toWellFormed()
  let hash = FNV_BASIS
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
  return hash
}

function numberHash(hash: number, value: number): number {
  const whole = value | 0
  if (whole === value) return mixed(hash, whole)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return bigintHash(hash, BigInt(value))
  double.setFloat64(0, value)
  return mixed(mixed(hash, double.getInt32(0)), double.getInt32(4))
}

function bigintHash(hash: number, value: bigint): number {
  let h = mixed(hash, value < 0n ? -1 : 1)
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n) h = mixed(h, Number(rest & 0xffff_ffffn) | 0)
  return h
}

function collectionHash(hash: number, value: Value[] | Map<string, Value>, depth: number): number {
  if (depth > MAX_DEPTH) return hash
  if (Array.isArray(value)) {
    let h = mixed(mixed(hash, LIST), value.length)
    for (const item of value) h = keyHash(h, item, depth + 1)
    return h
  }
  let sum = 0
  for (const [key, item] of value) sum = (sum + keyHash(mixed(KEY_BASIS, textHash(key)), item, depth + 1)) | 0
  return mixed(mixed(hash, MAP), sum)
}
