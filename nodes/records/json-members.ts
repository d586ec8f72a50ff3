/** Takes the members of a JSON object apart without reading their values. For rare paths: it allocates. */

/** One member of an object: its key, and where key (with quotes) and value stand. */
export interface RawMember {
  readonly key: string
  readonly keyStart: number
  readonly valueStart: number
  readonly valueEnd: number
}

const QUOTE = 34
const BACKSLASH = 92

/** Members in order, equal keys each time they occur, of `bytes[start..end)`, which must be a valid JSON object. */
export function rawMembers(bytes: Uint8Array, start: number, end: number): RawMember[] {
  const members: RawMember[] = []
  let i = afterSpace(bytes, start + 1)
  while (i < end - 1 && bytes[i] === QUOTE) {
    const keyStart = i
    i = afterString(bytes, i)
    const key = JSON.parse(new TextDecoder().decode(bytes.subarray(keyStart, i))) as string
    const valueStart = afterSpace(bytes, afterSpace(bytes, i) + 1)
    const valueEnd = afterValue(bytes, valueStart)
    members.push({ key, keyStart, valueStart, valueEnd })
    i = afterSpace(bytes, valueEnd)
    if (bytes[i] === 44) i = afterSpace(bytes, i + 1)
  }
  return members
}

const isSpace = (byte: number | undefined) => byte === 32 || byte === 9 || byte === 10 || byte === 13

function afterSpace(bytes: Uint8Array, i: number): number {
  while (isSpace(bytes[i])) i++
  return i
}

function afterString(bytes: Uint8Array, i: number): number {
  i++
  while (bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1
  return i + 1
}

function afterValue(bytes: Uint8Array, i: number): number {
  let depth = 0
  do {
    const byte = bytes[i]
    if (byte === QUOTE) i = afterString(bytes, i)
    else {
      if (byte === 91 || byte === 123) depth++
      else if (byte === 93 || byte === 125) depth--
      i++
    }
  } while (depth > 0)
  const first = bytes[i - 1]
  if (first === QUOTE || first === 93 || first === 125) return i
  // A number or a word ends where a comma, a bracket or white space begins.
  while (bytes[i] !== 44 && bytes[i] !== 93 && bytes[i] !== 125 && !isSpace(bytes[i])) i++
  return i
}
