/**
 * Values of expressions from and to JSON. Plain: numbers by their text, sets as lists, what is not finite as text.
 * Typed: `{"$int": "7"}`, `$long`, `$float`, `$double`, `$list`, `$map` (pairs), `$set`, `$bytes` (base64), and, in
 * only, `$expr` (with `$vars`): the value of an expression.
 */

import type { ExpressionValue } from '../../nodes/contract/function.ts'
import {
  type AnyNumber,
  boxDouble,
  exactInteger,
  float,
  isNumber,
  long,
  TaggedNumber,
  tagOf,
  toDouble,
  untag,
} from '../../nodes/functions/number.ts'
import { doubleText, kindOf, textOf } from '../../nodes/functions/values.ts'
import { JsonError } from './exact-json.ts'
import type { Dialect } from './tokens.ts'

/** A number as its text in JSON says: an integer, or with a point or exponent a double. In metron an int or a long. */
export function numberOf(source: string, dialect: Dialect): AnyNumber {
  if (/[.eE]/.test(source)) return boxDouble(Number(source))
  return integerOf(source, dialect)
}

function integerOf(source: string, dialect: Dialect): AnyNumber {
  const exact = BigInt(source)
  if (dialect === 'stellar') return exactInteger(exact)
  if (BigInt.asIntN(32, exact) === exact) return Number(exact)
  if (BigInt.asIntN(64, exact) === exact) return long(exact)
  throw new JsonError(
    `The integer ${source.slice(0, 40)} does not fit 64 bits, which is all that the metron dialect has.`,
  )
}

/** Evaluates the expression of a `$expr`. */
export type ExpressionOf = (expression: string, variables: Map<string, ExpressionValue>) => ExpressionValue

/** A value as `readJson` gives it, typed parts put in place. @throws JsonError when a typed part is wrong. */
export function decodeValue(value: unknown, dialect: Dialect, evaluate: ExpressionOf): ExpressionValue {
  const decode = (one: unknown): ExpressionValue => decodeValue(one, dialect, evaluate)
  if (Array.isArray(value)) return value.map(decode)
  if (!(value instanceof Map)) return value as ExpressionValue
  const [tag, content] = (value.entries().next().value ?? ['', undefined]) as [string, unknown]
  if (tag === '$expr' || value.has('$expr')) return decodeExpression(value, decode, evaluate)
  if (value.size !== 1 || !TAGS.has(tag)) return new Map([...value].map(([key, of]) => [key as string, decode(of)]))
  const wrong = (): never => {
    throw new JsonError(`The content of "${tag}" is wrong.`)
  }
  const list = (): unknown[] => (Array.isArray(content) ? content : wrong())
  const source = (): string =>
    typeof content === 'string' ? content.trim() : isNumber(content) ? textOf(content) : wrong()
  const whole = (): bigint => (/^[+-]?\d+$/.test(source()) ? BigInt(source().replace('+', '')) : wrong())
  const double = (): number => {
    const text = source()
    if (text === 'NaN') return Number.NaN
    return /^[+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/.test(text) ? Number(text) : wrong()
  }
  switch (tag) {
    case '$int':
      if (dialect === 'metron' && BigInt.asIntN(32, whole()) !== whole()) return wrong()
      return exactInteger(whole())
    case '$long':
      if (BigInt.asIntN(64, whole()) !== whole() && dialect === 'metron') return wrong()
      return dialect === 'metron' ? long(whole()) : exactInteger(whole())
    case '$float':
      return dialect === 'metron' ? float(double()) : boxDouble(Math.fround(double()))
    case '$double':
      return boxDouble(double())
    case '$list':
      return list().map(decode)
    case '$set':
      return new Set(list().map(decode))
    case '$map':
      return new Map(
        list().map((pair) => (Array.isArray(pair) && pair.length === 2 ? [decode(pair[0]), decode(pair[1])] : wrong())),
      ) as ExpressionValue
    default:
      return typeof content === 'string' && BASE64.test(content)
        ? Uint8Array.from(atob(content), (unit) => unit.charCodeAt(0))
        : wrong()
  }
}

/** RFC 4648 section 4, in whole groups; the padding may be left out. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

const TAGS = new Set(['$int', '$long', '$float', '$double', '$list', '$set', '$map', '$bytes'])

function decodeExpression(
  value: ReadonlyMap<unknown, unknown>,
  decode: (value: unknown) => ExpressionValue,
  evaluate: ExpressionOf,
): ExpressionValue {
  const expression = value.get('$expr')
  const variables = value.get('$vars') ?? new Map<string, unknown>()
  if (typeof expression !== 'string' || !(variables instanceof Map))
    throw new JsonError('"$expr" must be a text, and "$vars" beside it an object.')
  return evaluate(expression, new Map([...variables].map(([name, of]) => [name as string, decode(of)])))
}

const MAX_DEPTH = 256
/** Values may share parts, so that little memory can be a very long text; more values than this are not printed. */
const MAX_VALUES = 2_000_000

/** A value as JSON text. @throws JsonError for what JSON can't hold. */
export function encodeValue(value: ExpressionValue, typed: boolean): string {
  let left = MAX_VALUES
  const encode = (one: ExpressionValue, depth: number): string => {
    if (depth > MAX_DEPTH) throw new JsonError('The result is nested too deeply to be printed.')
    if (--left < 0) throw new JsonError(`The result has more than ${MAX_VALUES} values, too many to be printed.`)
    if (one === null || typeof one === 'boolean') return String(one)
    if (typeof one === 'string') return JSON.stringify(one)
    if (isNumber(one)) return typed ? typedNumber(one) : plainNumber(one)
    if (Array.isArray(one) || one instanceof Set) {
      const list = `[${Array.from(one, (item) => encode(item as ExpressionValue, depth + 1)).join(',')}]`
      return typed ? `{"$${one instanceof Set ? 'set' : 'list'}":${list}}` : list
    }
    if (one instanceof Map) {
      const entries = [...(one as Map<ExpressionValue, ExpressionValue>)].map(([key, of]) =>
        typed
          ? `[${encode(key, depth + 1)},${encode(of, depth + 1)}]`
          : `${JSON.stringify(textOf(key))}:${encode(of, depth + 1)}`,
      )
      return typed ? `{"$map":[${entries.join(',')}]}` : `{${entries.join(',')}}`
    }
    if (one instanceof Uint8Array) {
      const base64 = btoa(Array.from(one, (byte) => String.fromCharCode(byte)).join(''))
      return typed ? `{"$bytes":"${base64}"}` : `"${base64}"`
    }
    throw new JsonError(`The result is ${kindOf(one)}, which can't be printed.`)
  }
  return encode(value, 0)
}

function plainNumber(value: AnyNumber): string {
  const number =
    value instanceof TaggedNumber && value.tag === 'float' ? Number(doubleText(toDouble(value), true)) : untag(value)
  if (typeof number === 'number' && !Number.isFinite(number)) return `"${number}"`
  return Object.is(number, -0) ? '-0' : String(number)
}

/** Outside Metron integers have one type; it is shown as `$int` within 32 bits, else as `$long`. */
function typedNumber(value: AnyNumber): string {
  const tag = tagOf(value)
  if (tag === 'double' || tag === 'float') return `{"$${tag}":"${doubleText(toDouble(value), tag === 'float')}"}`
  const number = untag(value)
  const isInt = tag === 'int' && number === (Number(number) | 0)
  return `{"$${isInt ? 'int' : 'long'}":"${number}"}`
}
