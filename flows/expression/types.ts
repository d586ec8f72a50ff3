/** Types of expressions before they run: the kinds of fields, and three more that only expressions have. */

import type { FieldKind, FieldType } from '../../nodes/contract/field.ts'
import type { FunctionType } from '../../nodes/contract/function.ts'

/** What an expression may read. Paths are as in a schema: `dns.rrname`, without indexes unless the scope has such. */
export interface FieldScope {
  /** The type of a field, undefined when nobody declared it. */
  type(path: string): FieldType | undefined
  /** All declared fields. */
  paths(): Iterable<string>
  /** True when the record may hold an undeclared field of this path. */
  isOpen(path: string): boolean
}

/**
 * The kinds of fields (`any` is a value whose kind shows only when the record comes), and
 * - `null` the constant alone
 * - `number` an integer or a double, which of them shows only when the record comes
 * - `lambda`
 * Values of kind `any` and `number` carry whole doubles as TaggedNumber (nodes/functions/number.ts); those of kind
 * `float64` are plain.
 */
export type Kind = FieldKind | 'null' | 'number' | 'lambda'

export interface StaticType {
  readonly kind: Kind
  /** False when it is sure that no null can come. */
  readonly nullable: boolean
}

export const ANY: StaticType = { kind: 'any', nullable: true }
export const BOOLEAN: StaticType = { kind: 'boolean', nullable: false }

/** Integers and doubles whose type is known. */
export function isTypedNumber(kind: Kind): boolean {
  return kind === 'integer' || kind === 'int64' || kind === 'float64'
}
export function isNumeric(kind: Kind): boolean {
  return isTypedNumber(kind) || kind === 'number'
}
/** True when the kind says nothing: every check is left to run time. */
export function isOpenKind(kind: Kind): boolean {
  return kind === 'any' || kind === 'null'
}

/** The kind that holds both, as the two parts of a conditional. */
export function unify(a: StaticType, b: StaticType): StaticType {
  const nullable = a.nullable || b.nullable
  if (a.kind === b.kind) return { kind: a.kind, nullable }
  if (a.kind === 'null' && b.kind !== 'lambda') return { kind: b.kind, nullable: true }
  if (b.kind === 'null' && a.kind !== 'lambda') return { kind: a.kind, nullable: true }
  const isWhole = (kind: Kind) => kind === 'integer' || kind === 'int64'
  if (isWhole(a.kind) && isWhole(b.kind)) return { kind: 'int64', nullable }
  if (isNumeric(a.kind) && isNumeric(b.kind)) return { kind: 'number', nullable }
  return { kind: 'any', nullable }
}

/** What a function gives. Every function may give null. */
export function returnKind(type: FunctionType): Kind {
  return type === 'number' ? 'float64' : type
}

/** True when a value of the kind may be passed for a parameter, as far as is known before it runs. */
export function fitsParameter(kind: Kind, type: FunctionType): boolean {
  if (type === 'any' || isOpenKind(kind)) return true
  if (type === 'integer' || type === 'number') return isNumeric(kind)
  return kind === type
}

/** True when a result of the kind may be used where `want` is asked for, as far as is known before it runs. */
export function fitsWant(kind: Kind, want: FieldKind): boolean {
  if (kind === 'lambda') return false
  if (want === 'any' || isOpenKind(kind) || kind === want) return true
  if (want === 'float64' || kind === 'number') return isNumeric(kind) && isNumeric(want)
  return (want === 'integer' || want === 'int64') && (kind === 'integer' || kind === 'int64')
}

const WORDS: Readonly<Record<Kind, string>> = {
  boolean: 'a boolean',
  integer: 'an integer',
  int64: 'an integer',
  float64: 'a double',
  number: 'a number',
  text: 'a text',
  list: 'a list',
  map: 'a map',
  bytes: 'bytes',
  any: 'any value',
  null: 'null',
  lambda: 'a lambda',
}
/** The kind in words. */
export function inWords(kind: Kind | FunctionType): string {
  return WORDS[kind]
}
