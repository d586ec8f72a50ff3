/**
 * JSON with places: the text of a file to a tree in which every value and key knows where it stands.
 *
 * Unlike JSON.parse it finds a key that stands twice, bounds depth and number of values while reading, keeps no number
 * that lost digits, and keeps every key as data (`__proto__` is a key like any other). This file must not know what a
 * flow is.
 *
 * @source RFC 8259.
 */

import type { Span } from '../../nodes/contract/problem.ts'

export interface JsonMember {
  readonly key: Span
  readonly value: JsonPart
}
export interface JsonObject extends Span {
  readonly kind: 'object'
  readonly members: ReadonlyMap<string, JsonMember>
}
export interface JsonList extends Span {
  readonly kind: 'list'
  readonly items: readonly JsonPart[]
}
export interface JsonText extends Span {
  readonly kind: 'text'
  readonly value: string
}
export interface JsonNumber extends Span {
  readonly kind: 'number'
  readonly value: number
}
export interface JsonWord extends Span {
  readonly kind: 'word'
  readonly value: boolean | null
}
export type JsonPart = JsonObject | JsonList | JsonText | JsonNumber | JsonWord

/** Keys and indices from the document's root. */
export type Path = readonly (string | number)[]

/**
 * What is wrong with a text as JSON. `syntax` and `limit` end the reading; after the others it goes on.
 * `twice`: `first` is where the key stood before, `path` leads to the key. `number`: it can't be kept exactly.
 */
export type JsonMistake =
  | ({ readonly kind: 'syntax'; readonly message: string; readonly fix: string } & Span)
  | ({ readonly kind: 'limit'; readonly message: string } & Span)
  | ({ readonly kind: 'twice'; readonly first: Span; readonly path: Path } & Span)
  | ({ readonly kind: 'number'; readonly message: string; readonly path: Path } & Span)

export interface JsonLimits {
  readonly nesting: number
  readonly values: number
  /** Mistakes that do not end the reading; at this number it ends. */
  readonly mistakes: number
}

/** The mistake that ended the reading. */
class Stop extends Error {
  readonly mistake: JsonMistake
  constructor(mistake: JsonMistake) {
    super(mistake.kind)
    this.mistake = mistake
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
const HEX4 = /[0-9a-fA-F]{4}/y
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

/** Reads one JSON value that fills the text; a byte order mark before it is passed over. Memory is bounded by `limits`. */
export function readJson(text: string, limits: JsonLimits): { root?: JsonPart; mistakes: JsonMistake[] } {
  const walk = new Walk(text, limits)
  try {
    const root = walk.document()
    return { root, mistakes: walk.mistakes }
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop
    return { mistakes: [...walk.mistakes, stop.mistake] }
  }
}

class Walk {
  readonly mistakes: JsonMistake[] = []
  readonly text: string
  readonly limits: JsonLimits
  readonly path: (string | number)[] = []
  at: number
  values = 0

  constructor(text: string, limits: JsonLimits) {
    this.text = text
    this.limits = limits
    this.at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  }

  document(): JsonPart {
    this.skipSpace()
    if (this.at >= this.text.length) this.refuse('The file is empty.', 'Write one JSON object.')
    const root = this.value()
    this.skipSpace()
    if (this.at < this.text.length) {
      this.refuse(
        'Something follows after the end of the document.',
        'Remove it, or the bracket that closes too early.',
      )
    }
    return root
  }

  /** A value; `at` stands on its first character. Recursion is bounded by the nesting limit. */
  value(): JsonPart {
    const { text, limits } = this
    const start = this.at
    this.values += 1
    if (this.values > limits.values) {
      throw new Stop({ kind: 'limit', message: `It holds more than ${limits.values} values.`, start, end: start + 1 })
    }
    const first = text[start]
    if (first === '{' || first === '[') {
      if (this.path.length >= limits.nesting) {
        const message = `It is nested deeper than ${limits.nesting} levels.`
        throw new Stop({ kind: 'limit', message, start, end: start + 1 })
      }
      return first === '{' ? this.object() : this.list()
    }
    if (first === '"') {
      const value = this.string()
      return { kind: 'text', value, start, end: this.at }
    }
    if (first === '-' || (first !== undefined && first >= '0' && first <= '9')) return this.number()
    for (const [word, value] of [['true', true] as const, ['false', false] as const, ['null', null] as const]) {
      if (text.startsWith(word, start)) {
        this.at += word.length
        return { kind: 'word', value, start, end: this.at }
      }
    }
    return this.unexpected('a value')
  }

  object(): JsonObject {
    const start = this.at
    const members = new Map<string, JsonMember>()
    const depth = this.path.length
    this.at += 1
    this.skipSpace()
    if (this.text[this.at] === '}') this.at += 1
    else {
      for (;;) {
        if (this.text[this.at] !== '"') this.unexpected('a key in double quotes')
        const keyStart = this.at
        const name = this.string()
        const key = { start: keyStart, end: this.at }
        this.skipSpace()
        if (this.text[this.at] !== ':') this.unexpected('a colon after the key')
        this.at += 1
        this.skipSpace()
        this.path[depth] = name
        const before = members.get(name)
        if (before !== undefined) this.note({ kind: 'twice', ...key, first: before.key, path: [...this.path] })
        const value = this.value()
        if (before === undefined) members.set(name, { key, value })
        this.path.length = depth
        if (this.closes('}')) break
      }
    }
    return { kind: 'object', members, start, end: this.at }
  }

  list(): JsonList {
    const start = this.at
    const items: JsonPart[] = []
    const depth = this.path.length
    this.at += 1
    this.skipSpace()
    if (this.text[this.at] === ']') this.at += 1
    else {
      for (;;) {
        this.path[depth] = items.length
        items.push(this.value())
        this.path.length = depth
        if (this.closes(']')) break
      }
    }
    return { kind: 'list', items, start, end: this.at }
  }

  /** After a member or item: true at the closing bracket; passes over a comma to the next one. */
  closes(bracket: '}' | ']'): boolean {
    this.skipSpace()
    if (this.text[this.at] === bracket) {
      this.at += 1
      return true
    }
    if (this.text[this.at] !== ',') this.unexpected(`a comma or "${bracket}"`)
    this.at += 1
    this.skipSpace()
    if (this.text[this.at] === bracket) this.refuse(`A comma stands before "${bracket}".`, 'Remove the comma.')
    return false
  }

  string(): string {
    const { text } = this
    const start = this.at
    let result = ''
    let copied = start + 1
    let i = copied
    for (;;) {
      const code = text.charCodeAt(i)
      if (code === 0x22) break
      if (Number.isNaN(code)) {
        this.refuse('A text is not closed.', 'Put a double quote at its end.')
      } else if (code < 0x20) {
        this.at = i
        this.refuse('A text holds a line break or control character.', 'Write it as an escape, such as \\n.')
      } else if (code === 0x5c) {
        result += text.slice(copied, i)
        const letter = text[i + 1] ?? ''
        if (letter === 'u') {
          HEX4.lastIndex = i + 2
          const hex = HEX4.exec(text)
          if (hex === null) this.refuseEscape(i)
          result += String.fromCharCode(Number.parseInt(hex[0], 16))
          i += 6
        } else {
          const meant = ESCAPES.get(letter)
          if (meant === undefined) this.refuseEscape(i)
          result += meant
          i += 2
        }
        copied = i
      } else i += 1
    }
    this.at = i + 1
    return copied === start + 1 ? text.slice(copied, i) : result + text.slice(copied, i)
  }

  number(): JsonNumber {
    const start = this.at
    NUMBER.lastIndex = start
    const match = NUMBER.exec(this.text)
    if (match === null) this.unexpected('a number')
    this.at += match[0].length
    if (/[0-9A-Za-z_.]/.test(this.text[this.at] ?? '')) {
      this.refuse(
        'A number is not written as JSON wants it.',
        'Write digits, a point with digits after it, an exponent.',
      )
    }
    // -0 and 0 are one value in a flow, so that writing and reading give back the same document.
    const value = Number(match[0]) + 0
    if (!Number.isFinite(value)) {
      this.note({ kind: 'number', message: 'is too large for a number', path: [...this.path], start, end: this.at })
    } else if (match[1] === undefined && match[2] === undefined && !Number.isSafeInteger(value)) {
      const message = 'has more digits than a number keeps exactly (whole numbers go to 9007199254740991)'
      this.note({ kind: 'number', message, path: [...this.path], start, end: this.at })
    }
    return { kind: 'number', value, start, end: this.at }
  }

  skipSpace(): void {
    const { text } = this
    for (;;) {
      const code = text.charCodeAt(this.at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.at += 1
    }
  }

  note(mistake: JsonMistake): void {
    this.mistakes.push(mistake)
    if (this.mistakes.length >= this.limits.mistakes) {
      throw new Stop({
        kind: 'limit',
        message: 'It has too many mistakes to read on.',
        start: mistake.start,
        end: mistake.end,
      })
    }
  }

  unexpected(wanted: string): never {
    const { text, at } = this
    const found = text[at]
    if (found === undefined)
      this.refuse(`The file ends where ${wanted} should stand.`, 'The end of the file is missing.')
    if (found === '/' || found === '#') this.refuse('A comment stands here.', 'JSON has no comments: remove it.')
    if (found === "'") this.refuse('A single quote stands here.', 'Write texts and keys in double quotes.')
    if (wanted.startsWith('a comma') && (found === '"' || found === '{' || found === '[')) {
      this.refuse('A comma is missing here.', 'Put a comma between the two.')
    }
    const word = /[A-Za-z0-9_]{1,20}/y
    word.lastIndex = at
    const shown = word.exec(text)?.[0] ?? JSON.stringify(found)
    return this.refuse(`Here stands ${shown} instead of ${wanted}.`, `Put ${wanted} here.`)
  }

  refuseEscape(at: number): never {
    this.at = at
    return this.refuse('A backslash is followed by no known escape.', 'Write a backslash itself as \\\\.')
  }

  refuse(message: string, fix: string): never {
    throw new Stop({ kind: 'syntax', message, fix, start: this.at, end: Math.min(this.at + 1, this.text.length) })
  }
}

/**
 * The tree as plain values. Objects have no prototype, so that no key means anything: `value.constructor` is a member
 * of the file or undefined.
 */
export function plainValue(part: JsonPart): unknown {
  if (part.kind === 'object') {
    const result: Record<string, unknown> = Object.create(null)
    for (const [key, member] of part.members) result[key] = plainValue(member.value)
    return result
  }
  if (part.kind === 'list') return part.items.map(plainValue)
  return part.value
}
