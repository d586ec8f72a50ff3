/**
 * The words of a Stellar expression, the same code for both dialects: what is a name, a number, a text or a sign. Used
 * by the parser (as its tokenizer), by the check of brackets before it, and by messages that quote what was found.
 */

import { ExternalTokenizer } from '@lezer/lr'
import * as term from './stellar-terms.gen.ts'

export type Dialect = 'stellar' | 'metron'

/** The UTF-16 unit at an offset from where scanning began, -1 past the end. */
type UnitAt = (offset: number) => number

/** A token: its term (0 where no word begins) and length in UTF-16 units. */
export interface Scanned {
  readonly term: number
  readonly length: number
}

const KEYWORDS = new Map<string, number>([
  ['in', term.In],
  ['not', term.Not],
  ['and', term.And],
  ['or', term.Or],
  ['if', term.If],
  ['then', term.Then],
  ['else', term.Else],
  ['null', term.Null],
  ['true', term.True],
  ['false', term.False],
  ['exists', term.Exists],
  ['match', term.MatchWord],
  ['default', term.Default],
])
for (const [word, code] of [...KEYWORDS]) KEYWORDS.set(word.toUpperCase(), code)
KEYWORDS.set('NaN', term.NaN)

/** Signs by their first unit, longest first. */
const SIGNS = new Map<string, readonly (readonly [string, number])[]>()
for (const [sign, code] of [
  ['->', term.Arrow],
  ['=>', term.FatArrow],
  ['&&', term.And],
  ['||', term.Or],
  ['==', term.Compare],
  ['!=', term.Compare],
  ['<=', term.Compare],
  ['>=', term.Compare],
  ['<', term.Compare],
  ['>', term.Compare],
  ['+', term.Plus],
  ['-', term.Minus],
  ['*', term.Star],
  ['/', term.Slash],
  ['%', term.Percent],
  ['?', term.Question],
  [':', term.Colon],
  [',', term.Comma],
  ['.', term.Dot],
  ['(', term.LeftParen],
  [')', term.RightParen],
  ['[', term.LeftBracket],
  [']', term.RightBracket],
  ['{', term.LeftBrace],
  ['}', term.RightBrace],
] as const) {
  SIGNS.set(sign[0]!, [...(SIGNS.get(sign[0]!) ?? []), [sign, code]])
}

const isSpace = (u: number) => u === 32 || u === 9 || u === 10 || u === 13 || u === 12
const isDigit = (u: number) => u >= 48 && u <= 57
const isLetter = (u: number) => (u >= 65 && u <= 90) || (u >= 97 && u <= 122)
const isNameStart = (u: number) => isLetter(u) || u === 95 || u === 36
const isWord = (u: number) => isLetter(u) || isDigit(u) || u === 95 || u === 36
const DOT = 46
const COLON = 58
const MINUS = 45

/** Length of `a.b` (stellar) or of a Metron name (points and colons anywhere, no colon last); 0 when none begins. */
function nameLength(at: UnitAt, metron: boolean): number {
  if (!isNameStart(at(0))) return 0
  let i = 1
  if (metron) {
    let last = 1
    for (; (isWord(at(i)) && at(i) !== 36) || at(i) === DOT || at(i) === COLON; i++) if (at(i) !== COLON) last = i + 1
    return last
  }
  while (isWord(at(i)) || (at(i) === DOT && isWord(at(i + 1)))) i++
  return i
}

function digitsEnd(at: UnitAt, from: number): number {
  let i = from
  while (isDigit(at(i))) i++
  return i
}

/** End of an exponent that begins at `from`, or `from`. */
function exponentEnd(at: UnitAt, from: number): number {
  if (at(from) !== 101 && at(from) !== 69) return from
  const digits = at(from + 1) === 43 || at(from + 1) === MINUS ? from + 2 : from + 1
  const end = digitsEnd(at, digits)
  return end > digits ? end : from
}

/**
 * Length of the number (without sign) at `from`: a leading 0 stands alone, as Java has it. Suffixes `l f d` in either
 * case belong to it. 0 when none begins.
 */
function numberLength(at: UnitAt, from: number): number {
  let i = from
  let isWhole = true
  if (at(i) === 48) i++
  else if (isDigit(at(i))) i = digitsEnd(at, i)
  else if (at(i) !== DOT || !isDigit(at(i + 1))) return 0
  if (at(i) === DOT) {
    isWhole = false
    i = digitsEnd(at, i + 1)
  }
  const exponent = exponentEnd(at, i)
  isWhole = isWhole && exponent === i
  i = exponent
  const suffix = at(i) | 32
  if (suffix === 102 || suffix === 100 || (suffix === 108 && isWhole)) i++
  return i - from
}

/**
 * Length of the signed number that Metron's lexer takes as one word at a minus, so that `n-1` is two operands side by
 * side; 0 when the minus stands alone. A double may not have a minus before a leading point, a float may.
 */
export function gluedNumberLength(text: string, from: number): number {
  const at: UnitAt = (i) => (from + i < text.length ? text.charCodeAt(from + i) : -1)
  const length = numberLength(at, 1)
  if (length === 0) return 0
  if (at(1) === DOT && (at(length) | 32) !== 102) return 0
  return length + 1
}

/** Length of a text with its quotes, 0 when it doesn't end or holds an escape that the dialect has not. */
function stringLength(at: UnitAt, metron: boolean): number {
  const quote = at(0)
  for (let i = 1; at(i) !== -1; i++) {
    if (at(i) === quote) return i + 1
    if (at(i) !== 92) continue
    i++
    const escaped = at(i)
    if (escaped === 92 || escaped === quote || escaped === 110 || escaped === 114 || escaped === 116) continue
    if (metron) return 0
    if (escaped === 117) {
      for (let k = 1; k <= 4; k++) if (!/^[0-9A-Fa-f]$/.test(String.fromCharCode(at(i + k)))) return 0
    } else if (escaped !== 34 && escaped !== 39) return 0
  }
  return 0
}

/** The word `in` with white space before it, from just after `not`; the offset after it, or 0. */
function inAfterNot(at: UnitAt, from: number): number {
  let i = from
  while (isSpace(at(i))) i++
  if (i === from) return 0
  const word = String.fromCharCode(at(i), at(i + 1))
  return (word === 'in' || word === 'IN') && !isWord(at(i + 2)) ? i + 2 : 0
}

function followedByParen(at: UnitAt, from: number): boolean {
  let i = from
  while (isSpace(at(i))) i++
  return at(i) === 40
}

/** The word at offset 0 of `at`. */
export function scan(at: UnitAt, metron: boolean): Scanned {
  const first = at(0)
  if (first === -1) return { term: 0, length: 0 }
  if (isSpace(first)) {
    let i = 1
    while (isSpace(at(i))) i++
    return { term: term.space, length: i }
  }
  // Metron's comment takes at least one character, a line feed included: an empty one takes the next line with it.
  if (first === 47 && at(1) === 47 && !(metron && at(2) === -1)) {
    let i = metron ? 3 : 2
    while (at(i) !== -1 && at(i) !== 10) i++
    return { term: term.Comment, length: i }
  }
  if (isDigit(first) || first === DOT) {
    const length = numberLength(at, 0)
    // Outside Metron a number must not run into a word or further digits: `007`, `5x`.
    if (length > 0 && !metron && isWord(at(length))) return { term: 0, length: length + 1 }
    if (length > 0) return { term: term.Number, length }
  }
  if (first === 39 || first === 34) {
    const length = stringLength(at, metron)
    return length > 0 ? { term: term.String, length } : { term: 0, length: 1 }
  }
  if (first === 96 && !metron) {
    let i = 1
    while (at(i) !== -1 && at(i) !== 96 && at(i) !== 10) i++
    return at(i) === 96 && i > 1 ? { term: term.QuotedName, length: i + 1 } : { term: 0, length: 1 }
  }
  const length = nameLength(at, metron)
  if (length > 0) return word(at, length, metron)
  for (const [sign, code] of SIGNS.get(String.fromCharCode(first)) ?? []) {
    if (sign.length === 2 && at(1) !== sign.charCodeAt(1)) continue
    if (metron && code === term.Percent) break
    return { term: code, length: sign.length }
  }
  return { term: 0, length: 1 }
}

function word(at: UnitAt, length: number, metron: boolean): Scanned {
  let text = ''
  for (let i = 0; i < Math.min(length, 8); i++) text += String.fromCharCode(at(i))
  const keyword = length <= 7 ? KEYWORDS.get(text.slice(0, length)) : undefined
  if (keyword === term.Not) {
    if (metron) {
      // One word with one space, whatever letter follows: the longest match wins.
      const rest = String.fromCharCode(at(3), at(4), at(5))
      if ((text === 'not' && rest === ' in') || (text === 'NOT' && rest === ' IN'))
        return { term: term.NotIn, length: 6 }
    } else {
      const end = inAfterNot(at, length)
      if (end > 0) return { term: term.NotIn, length: end }
    }
  }
  if (keyword !== undefined) return { term: keyword, length }
  return { term: followedByParen(at, length) ? term.FunctionName : term.Name, length }
}

/** The word at `from` of a text. */
export function scanText(text: string, from: number, dialect: Dialect): Scanned {
  return scan((i) => (from + i < text.length ? text.charCodeAt(from + i) : -1), dialect === 'metron')
}

/** The parser's door to `scan`. */
export const tokens = new ExternalTokenizer((input, stack) => {
  const found = scan((i) => input.peek(i), stack.dialectEnabled(term.Dialect_metron))
  if (found.term !== 0) input.acceptToken(found.term, found.length)
})
