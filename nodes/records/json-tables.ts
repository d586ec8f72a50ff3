/**
 * The tables in which a JSON reader tells its kernel what is asked for, and the kernel tells what it found.
 *
 * They lie on the desk of the record's source. The offsets are those of `nodes/kernels/json.as`, which says what each
 * part is for. This file must not know how JSON is scanned.
 */

import type { Desk } from '../kernels/desk.ts'
import { type PathNode, pathTree } from './json-path.ts'

/** Header, in words of 4 bytes: seven that say where what lies, then what was found out about the record. */
export const OBJECT_START = 7
export const OBJECT_END = 8
export const MARKS = 9
const HEADER_BYTES = 48

/** Node of the tree of paths, in words. */
const NODE_ROW = 0
const NODE_KIND = 1
const NODE_BELOW = 2
const NODE_BELOW_END = 3
const NODE_SEEN = 4
const NODE_BUCKETS = 5
const NODE_MASK = 6
const NODE_NEXT = 7
const NODE_KEY = 8
const NODE_KEY_LENGTH = 9
const NODE_ELEMENT = 10
const NODE_INDEX = 11
const NODE_NEXT_ELEMENT = 12
const NODE_BYTES = 64

/** What was found at a place: start, end and flags in words, then the number as a double. */
export const ROW_START = 0
export const ROW_END = 1
export const ROW_FLAGS = 2
export const ROW_NUMBER = 2
const ROW_BYTES = 32

const LEVEL_BYTES = 32
const MAX_DEPTH = 512

/** Guess at the next key, in words. */
const GUESS_NODE = 9
const GUESS_NEXT = 12
const GUESS_BYTES = 80
/** The first two, and those found by hash. */
const GUESS_COUNT = 2 + 1024

/** A character of a key with escapes is written before the end of the buffer is looked at. */
const KEY_SLACK = 8

/** A node and where it lies. */
interface Laid {
  readonly node: PathNode
  readonly offset: number
  readonly key: Uint8Array
  readonly keyOffset: number
  readonly keys: Laid[]
  readonly elements: Laid[]
  /** Number of its place, counted from 1; 0 when only something below it is asked for. */
  readonly place: number
  /** The places below it: from the first up to the second, that one left out. */
  readonly firstBelow: number
  endBelow: number
}

/** Lays the tables for the paths on the desk, once. All offsets are in bytes, unless they say words. */
export class JsonTables {
  readonly offset: number
  /** Where the kind of each path's value stands. */
  readonly kinds: Int32Array
  /** Where the row of each path begins, in words of 4 bytes. */
  readonly rows: Int32Array
  /** Where it stands whether the record has the first watched key; the others follow. */
  readonly seen: number

  constructor(paths: readonly string[], watchedKeys: readonly string[], desk: Desk) {
    const root = pathTree(paths, watchedKeys)
    const nodes: Laid[] = []
    let places = 1
    let keyBytes = 0
    let bucketCount = 0
    const lay = (node: PathNode, name: string): Laid => {
      const key = encodeKey(name)
      const place = node.slots.length > 0 ? places++ : 0
      const offset = nodes.length * NODE_BYTES
      const below = { keys: [], elements: [], firstBelow: places, endBelow: places }
      const laid: Laid = { node, offset, key, keyOffset: keyBytes, place, ...below }
      nodes.push(laid)
      keyBytes += key.length
      if (node.keys.size > 0) bucketCount += bucketsFor(node.keys.size)
      for (const [name, child] of node.keys) laid.keys.push(lay(child, name))
      for (const child of node.indexes.values()) laid.elements.push(lay(child, ''))
      laid.endBelow = places
      return laid
    }
    lay(root, '')
    const longestKey = Math.max(...nodes.map(({ key }) => key.length))

    let size = HEADER_BYTES
    const part = (bytes: number): number => {
      const start = size
      size += Math.ceil(bytes / 16) * 16
      return start
    }
    const kindsAt = part(places + watchedKeys.length)
    const kindsEnd = size
    const rowsAt = part(places * ROW_BYTES)
    const nodesAt = part(nodes.length * NODE_BYTES)
    const bucketsAt = part(bucketCount * 4)
    const keysAt = part(keyBytes)
    const keyBufferAt = part(longestKey + KEY_SLACK)
    const stackAt = part(MAX_DEPTH * LEVEL_BYTES)
    const guessesAt = part(GUESS_COUNT * GUESS_BYTES)
    const at = desk.reserve(size)
    this.offset = at
    this.seen = at + kindsAt + places
    const words = new Uint32Array(desk.memory.buffer)

    const header = [nodesAt, kindsAt, kindsEnd, stackAt, guessesAt, keyBufferAt]
    words.set([...header.map((part) => at + part), longestKey], at >>> 2)

    const kindOf = (place: number) => at + kindsAt + place
    const offsetOf = (laid: Laid | undefined) => (laid === undefined ? 0 : at + nodesAt + laid.offset)
    this.kinds = new Int32Array(paths.length)
    this.rows = new Int32Array(paths.length)
    let buckets = (at + bucketsAt) >>> 2
    for (const laid of nodes) {
      const { node, key, place } = laid
      const word = offsetOf(laid) >>> 2
      if (place !== 0) {
        const row = at + rowsAt + place * ROW_BYTES
        words[word + NODE_ROW] = row
        words[word + NODE_KIND] = kindOf(place)
        for (const slot of node.slots) {
          this.kinds[slot] = kindOf(place)
          this.rows[slot] = row >>> 2
        }
      }
      words[word + NODE_BELOW] = kindOf(laid.firstBelow)
      words[word + NODE_BELOW_END] = kindOf(laid.endBelow)
      if (node.watched >= 0) words[word + NODE_SEEN] = this.seen + node.watched
      words[word + NODE_KEY] = at + keysAt + laid.keyOffset
      words[word + NODE_KEY_LENGTH] = key.length
      desk.bytes.set(key, at + keysAt + laid.keyOffset)
      if (laid.keys.length > 0) {
        const count = bucketsFor(laid.keys.length)
        words[word + NODE_BUCKETS] = buckets << 2
        words[word + NODE_MASK] = count - 1
        for (const child of laid.keys) {
          const bucket = buckets + (hashOf(child.key) & (count - 1))
          words[(offsetOf(child) >>> 2) + NODE_NEXT] = words[bucket]!
          words[bucket] = offsetOf(child)
        }
        buckets += count
      }
      words[word + NODE_ELEMENT] = offsetOf(laid.elements[0])
      const indexes = [...node.indexes.keys()]
      laid.elements.forEach((element, k) => {
        words[(offsetOf(element) >>> 2) + NODE_INDEX] = indexes[k]!
        words[(offsetOf(element) >>> 2) + NODE_NEXT_ELEMENT] = offsetOf(laid.elements[k + 1])
      })
    }

    const first = at + guessesAt
    const none = first + GUESS_BYTES
    words[(none >>> 2) + GUESS_NODE] = -1
    for (const guess of [first, none]) words.fill(none, (guess >>> 2) + GUESS_NEXT, (guess + GUESS_BYTES) >>> 2)
  }
}

/** Four buckets a key keep most lookups of foreign keys at one load. */
function bucketsFor(keys: number): number {
  let count = 1
  while (count < keys * 4) count *= 2
  return count
}

/** Length, first and last byte tell nearly all keys of one object apart; the bytes between are compared afterwards. */
function hashOf(key: Uint8Array): number {
  return key.length === 0 ? 0 : key.length * 7 + key[0]! * 5 + key[key.length - 1]!
}

/** UTF-8, with three bytes for a lone surrogate too: only a key with escapes can be one. */
function encodeKey(key: string): Uint8Array {
  const encoder = new TextEncoder()
  if (key.isWellFormed()) return encoder.encode(key)
  return Uint8Array.from(
    [...key].flatMap((char) => {
      const code = char.codePointAt(0)!
      const isLone = code >= 0xd800 && code <= 0xdfff
      return isLone ? [0xed, 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)] : [...encoder.encode(char)]
    }),
  )
}
