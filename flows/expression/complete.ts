/** What may stand at a place of an expression being typed. */

import type { SyntaxNode } from '@lezer/common'
import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import { signature } from './infer.ts'
import { stellarParser } from './language.ts'
import { MAX_LENGTH } from './parse.ts'
import * as term from './stellar-terms.gen.ts'
import { type Dialect, scanText } from './tokens.ts'
import type { FieldScope } from './types.ts'

export interface Candidate {
  readonly kind: 'parameter' | 'field' | 'function' | 'keyword'
  /** Shown, and what replaces the range. */
  readonly text: string
  /** A function's signature, a field's kind. */
  readonly detail: string
  readonly help: string
}

export interface Completion {
  /** The part of the text that a candidate replaces: the name around the cursor, in UTF-16 units. */
  readonly from: number
  readonly to: number
  /** Best first: parameters, fields, functions, keywords; within a kind those that begin with what is typed. */
  readonly candidates: readonly Candidate[]
}

const KEYWORDS = [
  'and',
  'or',
  'not',
  'in',
  'not in',
  'if',
  'then',
  'else',
  'match',
  'default',
  'exists',
  'true',
  'false',
  'null',
]
const MAX_CANDIDATES = 200

/** Candidates at an offset. None inside of texts, numbers and comments. */
export function complete(
  text: string,
  offset: number,
  scope: FieldScope,
  functions: ReadonlyMap<string, ExpressionFunction>,
  dialect: Dialect = 'stellar',
): Completion {
  const range = text.length > MAX_LENGTH ? undefined : nameAround(text, offset, dialect)
  if (range === undefined) return { from: offset, to: offset, candidates: [] }
  const typed = text.slice(range.from, offset)
  const all: Candidate[] = [
    ...parametersAt(text, range.from, dialect).map((name) =>
      candidate('parameter', name, '', 'Parameter of the lambda.'),
    ),
    ...Array.from(scope.paths(), (path) => {
      const type = scope.type(path)
      return candidate('field', asName(path, dialect), type?.kind ?? '', type?.help ?? '')
    }),
    ...Array.from(functions.values(), (one) => candidate('function', one.name, signature(one), one.help)),
    ...KEYWORDS.map((word) => candidate('keyword', word, '', '')),
  ]
  return { ...range, candidates: rank(all, typed).slice(0, MAX_CANDIDATES) }
}

function candidate(kind: Candidate['kind'], text: string, detail: string, help: string): Candidate {
  return { kind, text, detail, help }
}

/** A path as it is written: in backquotes when it is no plain name. */
function asName(path: string, dialect: Dialect): string {
  const { term: found, length } = scanText(path, 0, dialect)
  return dialect === 'metron' || (found === term.Name && length === path.length) ? path : `\`${path}\``
}

/** The name that the cursor stands in or behind; an empty range between words; undefined where no name may be. */
function nameAround(text: string, offset: number, dialect: Dialect): { from: number; to: number } | undefined {
  for (let i = 0; i < offset; ) {
    const { term: found, length } = scanText(text, i, dialect)
    const end = i + Math.max(length, 1)
    if (end >= offset) {
      const isQuote = text[i] === "'" || text[i] === '"' || text[i] === '`'
      if (end > offset && (found === term.Comment || isQuote)) return undefined
      if (found === term.Comment && text[offset - 1] !== '\n') return undefined
      if (found === 0 && isQuote) return undefined
      if (found === term.Number) return undefined
      // A point just behind a name belongs to the path being typed.
      if (/[A-Za-z_$]/.test(text[i]!)) return { from: i, to: end }
      if (text[i] === '.' && i > 0 && /[\w$]/.test(text[i - 1]!)) return { from: nameStart(text, i), to: end }
      return { from: offset, to: offset }
    }
    if (found === 0 && (text[i] === "'" || text[i] === '"')) return undefined
    i = end
  }
  return { from: offset, to: offset }
}

function nameStart(text: string, end: number): number {
  let start = end
  while (start > 0 && /[\w$.]/.test(text[start - 1]!)) start--
  return start
}

/** Parameters of the lambdas around a place, the innermost first. */
function parametersAt(text: string, offset: number, dialect: Dialect): string[] {
  const names: string[] = []
  let node: SyntaxNode | null = stellarParser(dialect).parse(text).resolveInner(offset, -1)
  for (; node !== null; node = node.parent) {
    if (node.type.id !== term.Lambda) continue
    const head = node.firstChild
    const found = head?.type.id === term.Group ? head.getChildren(term.Name) : head === null ? [] : [head]
    names.push(...found.map((one) => text.slice(one.from, one.to)))
  }
  return [...new Set(names)]
}

/** Those that fit what is typed: beginning first, then within a later part of the path, then anywhere. */
function rank(all: readonly Candidate[], typed: string): Candidate[] {
  const wanted = typed.toLowerCase()
  const score = ({ text }: Candidate): number => {
    const own = text.toLowerCase().replace(/^`/, '')
    if (own.startsWith(wanted)) return 0
    if (/[._]/.test(own) && own.split(/[._]/).some((part) => part.startsWith(wanted))) return 1
    return own.includes(wanted) ? 2 : 3
  }
  return all
    .map((one, i) => ({ one, i, score: score(one) }))
    .filter(({ score }) => score < 3)
    .toSorted((a, b) => a.score - b.score || a.i - b.i)
    .map(({ one }) => one)
}
