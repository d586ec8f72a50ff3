/** Numbers and texts as they are written, and what they mean. */

import type { NumberTag } from './ast.ts'
import type { Dialect } from './tokens.ts'

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** The text between the quotes, escapes put in. */
export function readString(source: string): string {
  return source
    .slice(1, -1)
    .replace(/\\(?:u([0-9A-Fa-f]{4})|([\s\S]))/g, (_all, hex: string | undefined, one: string) =>
      hex === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
}

/** The shortest exact form of an integer: a number while safe, a bigint beyond 2^53. */
export function exactInteger(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

/**
 * Reads a number, sign included. The way it is written decides its type: a point, an exponent or a suffix.
 * Gives a sentence instead when the value is out of the type's range in Metron.
 */
export function readNumber(
  source: string,
  dialect: Dialect,
): { readonly tag: NumberTag; readonly value: number | bigint } | string {
  const suffix = source.at(-1)!.toLowerCase()
  const digits = /[lfd]/.test(suffix) ? source.slice(0, -1) : source
  if (suffix === 'f') return { tag: 'float', value: Math.fround(Number(digits)) }
  if (suffix === 'd' || /[.eE]/.test(digits)) return { tag: 'double', value: Number(digits) }
  const exact = BigInt(digits)
  if (dialect === 'stellar') return { tag: suffix === 'l' ? 'long' : 'int', value: exactInteger(exact) }
  if (suffix === 'l') {
    if (BigInt.asIntN(64, exact) !== exact) return `${source} does not fit the 64 bits of a long.`
    return { tag: 'long', value: exact }
  }
  if (BigInt.asIntN(32, exact) !== exact) return `${source} does not fit the 32 bits of an int.`
  return { tag: 'int', value: Number(exact) }
}
