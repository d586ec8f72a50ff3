/**
 * Writes JSON: values, and records as one line each.
 *
 * A record that came as JSON is never taken apart to be written: its bytes are copied and the fields that nodes added
 * are put before the last brace. Only where an added field stands under a key the record has already are its members
 * taken up one by one, and even then each value that nobody changed keeps its bytes. This file must not know who reads.
 */

import { Slice, type Value } from '../contract/field.ts'
import type { TextBuffer } from '../contract/operator.ts'
import { type RawMember, rawMembers } from './json-members.ts'
import { JsonReader, jsonErrorReason, MARK_LINE_BREAKS, MARK_WATCHED } from './json-reader.ts'

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** Up to this length a loop in JavaScript beats the call into the encoder. */
const SHORT_TEXT = 64
/** Values nested deeper are written as null. No value read from JSON is deeper. */
const MAX_DEPTH = 512

const encoder = new TextEncoder()

/** 1 for each character that a JSON string holds as one byte, unescaped. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) => (code >= 32 && code !== 34 && code !== 92 ? 1 : 0))

/** A growing buffer of UTF-8. Set `length` to 0 to use it again; it keeps the room it has grown to. */
export class ByteText implements TextBuffer {
  bytes: Uint8Array
  length = 0

  constructor(bytes = 4096) {
    this.bytes = new Uint8Array(bytes)
  }

  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  /** A lone surrogate becomes U+FFFD. */
  text(text: string): void {
    const units = text.length
    this.reserve(units * 3)
    const bytes = this.bytes
    let at = this.length
    if (units <= SHORT_TEXT) {
      let i = 0
      for (; i < units; i++) {
        const code = text.charCodeAt(i)
        if (code >= 128) break
        bytes[at++] = code
      }
      if (i === units) {
        this.length = at
        return
      }
    }
    this.length += encoder.encodeInto(text, bytes.subarray(this.length)).written
  }

  byte(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = byte
  }

  slice(buffer: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    this.bytes.set(buffer.subarray(start, end), this.length)
    this.length += end - start
  }

  /** The text so far, as a string. */
  toString(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes.subarray(0, this.length))
  }
}

/** Writes a JSON string. Controls, U+2028, U+2029 and lone surrogates are escaped, so a line stays one everywhere. */
export function writeText(out: TextBuffer, text: string): void {
  const units = text.length
  out.reserve(units + 2)
  const bytes = out.bytes
  let at = out.length
  bytes[at++] = QUOTE
  for (let i = 0; i < units; i++) {
    const code = text.charCodeAt(i)
    if (code >= 128 || PLAIN[code] === 0) {
      out.text(
        JSON.stringify(text)
          .replace(/\u2028/g, '\\u2028')
          .replace(/\u2029/g, '\\u2029'),
      )
      return
    }
    bytes[at++] = code
  }
  bytes[at++] = QUOTE
  out.length = at
}

/** Writes a number as JavaScript does (shortest form that reads back equal); NaN and the infinities as null. */
export function writeNumber(out: TextBuffer, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value < 1e9) {
    let digits = 1
    for (let power = 10; power <= value; power *= 10) digits++
    out.reserve(digits)
    let rest = value
    for (let at = out.length + digits - 1; at >= out.length; at--) {
      const tenth = (rest / 10) | 0
      out.bytes[at] = 48 + rest - tenth * 10
      rest = tenth
    }
    out.length += digits
  } else out.text(Number.isFinite(value) ? String(value) : 'null')
}

/** Writes a value as JSON. Raw bytes never leave as JSON: a Slice is null. */
export function writeValue(out: TextBuffer, value: Value, depth = 0): void {
  if (typeof value === 'string') writeText(out, value)
  else if (typeof value === 'number') writeNumber(out, value)
  else if (typeof value === 'boolean') out.text(value ? 'true' : 'false')
  else if (typeof value === 'bigint') out.text(String(value))
  else if (value === null || value instanceof Slice || depth === MAX_DEPTH) out.text('null')
  else if (value instanceof Map) {
    let separator = OPEN_OBJECT
    for (const [key, member] of value) {
      out.byte(separator)
      writeText(out, key)
      out.byte(COLON)
      writeValue(out, member, depth + 1)
      separator = COMMA
    }
    out.text(separator === OPEN_OBJECT ? '{}' : '}')
  } else {
    out.byte(91)
    for (let i = 0; i < value.length; i++) {
      if (i > 0) out.byte(COMMA)
      writeValue(out, value[i]!, depth + 1)
    }
    out.byte(93)
  }
}

/** An added field, or the object that holds some: `slot` is the place among the values, -1 for none. */
interface Added {
  readonly key: string
  /** The key as JSON, with its colon. */
  readonly opening: Uint8Array
  slot: number
  readonly members: Added[]
}

/**
 * Writes records of one wire: the bytes they came as, with added fields. Made once for its fields.
 *
 * A null value counts as missing: the field is left out, and so is an object none of whose fields is there. An added
 * field replaces what the record has at its path. Where one path is another's beginning, the longer one stands if it is
 * there.
 */
export class RecordWriter {
  /** Top-level keys of the added fields: what a JsonReader must watch so that its `marks` are right for `write`. */
  readonly keys: readonly string[]
  readonly #added: readonly Added[]
  /** Made when first needed: most writers are for looks at wires that nobody takes. */
  #reader: JsonReader | undefined

  /** @param paths of the added fields, dotted; fields with a common beginning share an object. */
  constructor(paths: readonly string[]) {
    const root: Added = { key: '', opening: new Uint8Array(0), slot: -1, members: [] }
    paths.forEach((path, slot) => {
      let at = root
      for (const key of path.split('.')) {
        let below = at.members.find((member) => member.key === key)
        if (below === undefined) {
          below = { key, opening: openingOf(key), slot: -1, members: [] }
          at.members.push(below)
        }
        at = below
      }
      at.slot = slot
    })
    this.#added = root.members
    this.keys = root.members.map((member) => member.key)
  }

  /**
   * Appends one record as a JSON object on one line, without the line's end.
   *
   * @param bytes `bytes[start..end)` is the record as it came, a valid JSON object with any white space around; with
   *   `start === end` there is none and the added fields are all.
   * @param values one a path, in the order of the constructor.
   * @param marks `marks` of a JsonReader that read these bytes and watched `keys`. Without them the record is read once
   *   more.
   */
  write(
    out: TextBuffer,
    bytes: Uint8Array,
    start: number,
    end: number,
    values: readonly Value[],
    marks?: number | undefined,
  ): void {
    if (start === end) {
      out.byte(OPEN_OBJECT)
    } else {
      const known = marks ?? this.#marksOf(bytes, start, end)
      while (bytes[start] !== OPEN_OBJECT) start++
      while (bytes[end - 1] !== CLOSE_OBJECT) end--
      if ((known & MARK_WATCHED) !== 0) {
        mergeObject(out, this.#added, bytes, start, end, values)
        return
      }
      end--
      while (bytes[end - 1]! <= 32) end--
      copyOnOneLine(out, bytes, start, end, (known & MARK_LINE_BREAKS) !== 0)
    }
    writeAdded(out, this.#added, values)
    out.byte(CLOSE_OBJECT)
  }

  #marksOf(bytes: Uint8Array, start: number, end: number): number {
    this.#reader ??= new JsonReader([], this.keys)
    const code = this.#reader.read(bytes, start, end)
    if (code !== 0) throw new Error(`The record to be written is not valid JSON (${jsonErrorReason(code)}).`)
    return this.#reader.marks
  }
}

function openingOf(key: string): Uint8Array {
  const text = new ByteText(64)
  writeText(text, key)
  text.byte(COLON)
  return text.bytes.slice(0, text.length)
}

const isThere = (added: Added, values: readonly Value[]): boolean =>
  isValueThere(added, values) || added.members.some((member) => isThere(member, values))

function isValueThere({ slot }: Added, values: readonly Value[]): boolean {
  if (slot < 0) return false
  const value = values[slot]!
  return value !== null && !(value instanceof Slice)
}

const writeComma = (out: TextBuffer): void => {
  // No value ends with an opening brace, so one that stands last has just been opened.
  if (out.bytes[out.length - 1] !== OPEN_OBJECT) out.byte(COMMA)
}

function writeAdded(out: TextBuffer, added: readonly Added[], values: readonly Value[]): void {
  for (let i = 0; i < added.length; i++) {
    const member = added[i]!
    if (member.members.length > 0 && writeAddedObject(out, member, values)) continue
    if (!isValueThere(member, values)) continue
    writeComma(out)
    writeShort(out, member.opening)
    writeValue(out, values[member.slot]!)
  }
}

/** False, and nothing is written, when none of its members is there. */
function writeAddedObject(out: TextBuffer, { opening, members }: Added, values: readonly Value[]): boolean {
  const before = out.length
  writeComma(out)
  writeShort(out, opening)
  out.byte(OPEN_OBJECT)
  const empty = out.length
  writeAdded(out, members, values)
  if (out.length === empty) {
    out.length = before
    return false
  }
  out.byte(CLOSE_OBJECT)
  return true
}

/** A few bytes: to call for a copy of them would take longer. */
function writeShort(out: TextBuffer, some: Uint8Array): void {
  out.reserve(some.length)
  const { bytes } = out
  let at = out.length
  for (let i = 0; i < some.length; i++) bytes[at++] = some[i]!
  out.length = at
}

/** Writes the object `bytes[start..end)` with added fields, some of which it may have already. */
function mergeObject(
  out: TextBuffer,
  added: readonly Added[],
  bytes: Uint8Array,
  start: number,
  end: number,
  values: readonly Value[],
): void {
  const own = rawMembers(bytes, start, end)
  // The last of equal keys counts, so those before it have no say.
  const last = new Map(own.map((one, i) => [one.key, i]))
  out.byte(OPEN_OBJECT)
  own.forEach((one, i) => {
    const member = added.find((candidate) => candidate.key === one.key)
    if (member === undefined) copyMember(out, bytes, one)
    else if (last.get(one.key) === i) mergeMember(out, member, bytes, one, values)
  })
  writeAdded(
    out,
    added.filter((member) => !last.has(member.key)),
    values,
  )
  out.byte(CLOSE_OBJECT)
}

/** Writes a member that the record has and that nodes added to or replaced. */
function mergeMember(out: TextBuffer, added: Added, bytes: Uint8Array, own: RawMember, values: readonly Value[]): void {
  const isObject = bytes[own.valueStart] === OPEN_OBJECT
  const takesMore =
    added.members.length > 0 && (added.slot < 0 || added.members.some((below) => isThere(below, values)))
  if (takesMore && isObject) {
    writeComma(out)
    writeText(out, added.key)
    out.byte(COLON)
    mergeObject(out, added.members, bytes, own.valueStart, own.valueEnd, values)
  } else if (isThere(added, values)) writeAdded(out, [added], values)
  else if (takesMore) copyMember(out, bytes, own)
}

function copyMember(out: TextBuffer, bytes: Uint8Array, own: RawMember): void {
  writeComma(out)
  copyOnOneLine(out, bytes, own.keyStart, own.valueEnd, true)
}

/** Copies JSON; drops CR and LF, which can only be white space between its parts. */
function copyOnOneLine(out: TextBuffer, bytes: Uint8Array, start: number, end: number, mayBreak: boolean): void {
  if (!mayBreak) {
    out.slice(bytes, start, end)
    return
  }
  for (let i = start; i < end; i++) if (bytes[i] !== 10 && bytes[i] !== 13) out.byte(bytes[i]!)
}
