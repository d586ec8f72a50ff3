/**
 * Random records of JSON, whole and broken, and random paths into them; the same for the same seed.
 *
 * They are made for scanners: keys that come twice, strings and numbers about as long as what is looked at together,
 * every escape, characters at the borders of their lengths, nesting at its limit.
 */

/** Numbers from 0 up to 2^32 (xorshift of 32 bits, Marsaglia 2003). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995 || 1
  }

  #next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x >>> 0
  }

  below(limit: number): number {
    return this.#next() % limit
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}

const KEYS = [
  ...['a', 'b', 'c', 'aa', 'ab', '', 'é', 'ü€', '𝄞', '__proto__', 'constructor', 'toString', 'timestamp', 'a b'],
  ...['a"', 'b\\', 'c\n', 'a.b', 'b[0]', '\ud834', '\udd1e', '\ud834__dd1e', '\ufffd', 'event_type', 'bytes_toclient'],
  // With quotes and colon a key of 13 fills 16 bytes, one of 29 fills 32.
  ...[12, 13, 14, 28, 29, 30, 31, 40].map((length) => 'abcdefghijklmnopqrstuvwxyz0123456789_-ABCD'.slice(0, length)),
  ...[13, 29].map((length) => `${'x'.repeat(length - 1)}y`),
]
const SPACES = [' ', ' ', '\t', '\n', '\r']
const ESCAPES = ['\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t']
const CHARACTERS = [
  ...['\u007f', '\u0080', '\u07ff', '\u0800', '\u2028', '\ud7ff', '\ue000', '\ufeff', '\uffff', '\u{10000}'],
  ...['\u{10ffff}', 'é', '€', '😀'],
]
const DIGITS = [1, 1, 1, 2, 3, 7, 8, 9, 14, 15, 16, 17, 18, 19, 20, 25]
const LENGTHS = [0, 1, 3, 4, 7, 8, 13, 14, 15, 16, 17, 30, 31, 32, 33, 50]
/** Bytes that matter to a scanner, wherever they stand. */
const BYTES = [
  ...[0, 9, 10, 13, 31, 32, 34, 43, 44, 45, 46, 47, 48, 57, 58, 69, 91, 92, 93, 101, 102, 110, 116, 117, 123, 125, 127],
  ...[128, 159, 160, 191, 192, 193, 194, 223, 224, 237, 239, 240, 244, 245, 255],
]
const BAD_UTF8 = [
  '80',
  'c080',
  'c1bf',
  'c3',
  'e0809f',
  'eda080',
  'edbfbf',
  'ef80',
  'f08080af',
  'f4908080',
  'f5',
  'ff',
  'e28228',
]
const encoder = new TextEncoder()

export class RandomRecords {
  readonly random: Random
  /** The keys that may occur, few enough to come twice. */
  #keys: readonly string[] = KEYS
  #space = 0

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  /** Turns to other keys and another way of writing, and gives paths to them, most of them there in some record. */
  paths(): string[] {
    const { random } = this
    this.#keys = Array.from({ length: 2 + random.below(8) }, () => random.of(KEYS))
    this.#space = random.of([0, 0, 0, 1, 4])
    return Array.from({ length: random.below(13) }, () => {
      let path = random.of(this.#keys)
      for (let k = random.of([0, 0, 0, 1, 1, 2, 3]); k > 0; k--) {
        path += random.once(3) ? `[${random.of([0, 0, 1, 2, 5])}]` : `.${random.of(this.#keys)}`
      }
      return path
    })
  }

  watched(): string[] {
    return Array.from({ length: this.random.below(4) }, () => this.random.of(this.#keys)).filter(
      (key, i, keys) => keys.indexOf(key) === i,
    )
  }

  /** One JSON object, mostly. */
  record(): Uint8Array {
    const { random } = this
    if (random.once(200)) return encoder.encode(this.#nested())
    return encoder.encode(this.#gap() + (random.once(50) ? this.#value(0) : this.#object(0)) + this.#gap())
  }

  /** The bytes with something changed that most often breaks them. */
  broken(bytes: Uint8Array): Uint8Array {
    const { random } = this
    let changed = Array.from(bytes)
    for (let k = random.of([1, 1, 1, 2, 3]); k > 0 && changed.length > 0; k--) {
      const i = random.below(changed.length)
      const how = random.below(9)
      if (how === 0) changed.splice(i, random.of([1, 1, 2, 16]))
      else if (how === 1) changed.splice(i, 0, random.of(BYTES))
      else if (how === 2) changed[i] = random.of(BYTES)
      else if (how === 3) changed[i] = changed[i]! ^ (1 << random.below(8))
      else if (how === 4) changed = changed.slice(0, i)
      else if (how === 5) changed.splice(i, 0, ...Buffer.from(random.of(BAD_UTF8), 'hex'))
      else if (how === 6) changed = [...changed.slice(0, i), ...changed.slice(Math.max(0, i - random.below(20)))]
      else if (how === 7) changed.splice(i, 0, 92, random.below(128))
      else changed[i] = random.below(256)
    }
    return Uint8Array.from(changed)
  }

  #gap(): string {
    const { random } = this
    if (this.#space === 0 || random.below(4) >= this.#space) return ''
    return Array.from({ length: random.of([1, 1, 1, 2, 15, 16, 17, 40]) }, () => random.of(SPACES)).join('')
  }

  #object(depth: number): string {
    const members = Array.from({ length: this.random.of([0, 1, 2, 3, 4, 6]) }, () => {
      const key = this.#key(this.random.of(this.#keys))
      return `${this.#gap()}${key}${this.#gap()}:${this.#gap()}${this.#value(depth + 1)}${this.#gap()}`
    })
    return `{${members.length === 0 ? this.#gap() : members.join(',')}}`
  }

  #list(depth: number): string {
    const values = Array.from({ length: this.random.of([0, 1, 2, 3, 6]) }, () => {
      return `${this.#gap()}${this.#value(depth + 1)}${this.#gap()}`
    })
    return `[${values.length === 0 ? this.#gap() : values.join(',')}]`
  }

  #value(depth: number): string {
    const { random } = this
    const most = depth < 5 ? 10 : 7
    const what = random.below(most)
    if (what < 3) return this.#string()
    if (what < 6) return this.#number()
    if (what === 6) return random.of(['true', 'false', 'null'])
    return what === 7 ? this.#list(depth) : this.#object(depth)
  }

  #key(key: string): string {
    if (this.random.below(5) > 0) return JSON.stringify(key)
    return `"${Array.from({ length: key.length }, (_, i) => (this.random.once(2) ? unicode(this.random, key.charCodeAt(i)) : JSON.stringify(key[i]!).slice(1, -1))).join('')}"`
  }

  #string(): string {
    const { random } = this
    let text = ''
    for (let pieces = random.of([0, 1, 1, 1, 2, 5]); pieces > 0; pieces--) {
      const what = random.below(10)
      if (what < 5) text += 'the quick brown fox jumps over the lazy dog 0123456789 {}[]:,'.slice(0, random.of(LENGTHS))
      else if (what === 5) text += random.of(ESCAPES)
      else if (what === 6) text += unicode(random, random.below(0x10000))
      else if (what === 7) text += unicode(random, 0xd800 + random.below(0x800))
      else if (what === 8)
        text += unicode(random, 0xd800 + random.below(0x400)) + unicode(random, 0xdc00 + random.below(0x400))
      else for (let k = random.of([1, 1, 2, 20]); k > 0; k--) text += random.of(CHARACTERS)
    }
    return `"${text}"`
  }

  #digits(): string {
    const count = this.random.of(DIGITS)
    if (this.random.once(8)) return '9'.repeat(count)
    return Array.from({ length: count }, () => this.random.below(10)).join('')
  }

  #number(): string {
    const { random } = this
    const whole = this.#digits().replace(/^0+(?=\d)/, '')
    const fraction = random.once(3) ? `.${this.#digits()}` : ''
    const exponent = random.once(4)
      ? random.of(['e', 'E']) + random.of(['', '+', '-']) + random.of(['0', '1', '05', '22', '300', '400'])
      : ''
    return (random.once(4) ? '-' : '') + (random.once(8) ? '0' : whole) + fraction + exponent
  }

  /** Nested about as deep as may be, in lists, objects or both. */
  #nested(): string {
    const { random } = this
    const kind = random.below(3)
    let [before, after] = ['{"a":', '}']
    for (let depth = random.of([509, 510, 511, 512, 600]); depth > 0; depth--) {
      const isList = kind === 0 || (kind === 1 && random.once(2))
      before += isList ? '[' : `{${this.#key(random.of(this.#keys))}:`
      after = (isList ? ']' : '}') + after
    }
    return before + random.of(['1', '[]', '{}', '"x"']) + after
  }
}

function unicode(random: Random, code: number): string {
  const hex = code.toString(16).padStart(4, '0')
  return `\\u${random.once(2) ? hex.toUpperCase() : hex}`
}
