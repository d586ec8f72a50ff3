/**
 * JSON without loss: the reader hands each number's own text over (8 and 8.0 are different, and no digit is dropped),
 * objects become Maps, so that no key is special. RFC 8259; keys that stand twice are an error.
 */

/** The text is not JSON. */
export class JsonError extends Error {
  override name = 'JsonError'
}

const MAX_DEPTH = 512
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y
const SPACE = /[ \t\r\n]*/y
const WORD = /true|false|null/y

/** Reads one value; `number` makes the value of a number's text. @throws JsonError with the offset. */
export function readJson(text: string, number: (source: string) => unknown): unknown {
  let at = 0
  const fail = (expected: string): never => {
    throw new JsonError(`The JSON is wrong at character ${at + 1}: ${expected} is expected.`)
  }
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const skip = (sign: string): boolean => {
    match(SPACE)
    if (text[at] !== sign) return false
    at++
    return true
  }
  const string = (): string => {
    match(SPACE)
    const source = match(STRING) ?? fail('a text in double quotes')
    return JSON.parse(source) as string
  }
  const value = (depth: number): unknown => {
    if (depth > MAX_DEPTH) throw new JsonError(`The JSON is nested more than ${MAX_DEPTH} deep.`)
    match(SPACE)
    switch (text[at]) {
      case '"':
        return string()
      case '[': {
        at++
        const items: unknown[] = []
        if (skip(']')) return items
        do items.push(value(depth + 1))
        while (skip(','))
        return skip(']') ? items : fail("',' or ']'")
      }
      case '{': {
        at++
        const entries = new Map<string, unknown>()
        if (skip('}')) return entries
        do {
          const key = string()
          if (entries.has(key)) throw new JsonError(`The key "${key.slice(0, 64)}" stands twice in one object.`)
          if (!skip(':')) fail("':'")
          entries.set(key, value(depth + 1))
        } while (skip(','))
        return skip('}') ? entries : fail("',' or '}'")
      }
      default: {
        const source = match(NUMBER)
        if (source !== undefined) return number(source)
        const word = match(WORD) ?? fail('a value')
        return word === 'null' ? null : word === 'true'
      }
    }
  }
  const whole = value(0)
  match(SPACE)
  return at === text.length ? whole : fail('the end')
}
