/**
 * The operators of the metron dialect: Java's number types with wrap-around and promotion, null as 0 in arithmetic,
 * two different conversions to a boolean. Exported to compiled expressions by operations.ts.
 */

import { ExpressionError } from '../contract/function.ts'
import { spendItems } from './fuel.ts'
import { type AnyNumber, boxDouble, float, inDoubles, isNumber, long, tagOf, toDouble, untag } from './number.ts'
import { findKey, kindOf, strictEqual, textOf } from './values.ts'

/** A field of a record, or a function's plain number, as Metron sees it: an int or a long by its size. */
export function metronField(value: unknown): unknown {
  if (typeof value === 'bigint') return long(value)
  if (typeof value === 'number' && Number.isInteger(value) && value !== (value | 0)) return long(BigInt(value))
  return value
}

type Operator = '+' | '-' | '*' | '/'

function operand(value: unknown): AnyNumber {
  if (value === null) return 0
  if (isNumber(value)) return value
  throw new ExpressionError(`${kindOf(value).replace(/^an? /, '')} cannot be cast to a number`)
}

function calculate(operator: Operator, left: unknown, right: unknown): AnyNumber {
  const a = operand(left)
  const b = operand(right)
  const one = tagOf(a)
  const two = tagOf(b)
  if (one === 'double' || two === 'double') return boxDouble(inDoubles(operator, toDouble(a), toDouble(b)))
  if (one === 'float' || two === 'float')
    return float(inDoubles(operator, Math.fround(toDouble(a)), Math.fround(toDouble(b))))
  const result = inIntegers(operator, BigInt(untag(a)), BigInt(untag(b)))
  return one === 'long' || two === 'long' ? long(result) : Number(BigInt.asIntN(32, result))
}

function inIntegers(operator: Operator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      if (b === 0n) throw new ExpressionError('/ by zero')
      return a / b
  }
}

export function metronAdd(a: unknown, b: unknown): AnyNumber {
  return calculate('+', a, b)
}
export function metronSubtract(a: unknown, b: unknown): AnyNumber {
  return calculate('-', a, b)
}
export function metronMultiply(a: unknown, b: unknown): AnyNumber {
  return calculate('*', a, b)
}
export function metronDivide(a: unknown, b: unknown): AnyNumber {
  return calculate('/', a, b)
}

/** Compares two numbers in the wider of their types: below, at or above 0, or NaN. */
function compareNumbers(a: AnyNumber, b: AnyNumber): number {
  const tags = [tagOf(a), tagOf(b)]
  if (tags.includes('double')) return order(toDouble(a), toDouble(b))
  if (tags.includes('float')) return order(Math.fround(toDouble(a)), Math.fround(toDouble(b)))
  return order(untag(a), untag(b))
}

function order(a: number | bigint | string | boolean, b: number | bigint | string | boolean): number {
  // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint compare by exact value
  return a < b ? -1 : a > b ? 1 : a == b ? 0 : Number.NaN
}

/** Outside collections numbers are equal across types; inside they are not. */
export function metronEqual(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  return strictEqual(a, b)
}

function compare(a: unknown, b: unknown): number {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') return order(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return order(a, b)
  throw new ExpressionError(
    `Unsupported operations. The following expression is invalid: ${textOf(a)} and ${textOf(b)} have no order`,
  )
}

export function metronLess(a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compare(a, b) < 0
}
export function metronLessOrEqual(a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compare(a, b) <= 0
}
export function metronGreater(a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compare(a, b) > 0
}
export function metronGreaterOrEqual(a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compare(a, b) >= 0
}

/** The container decides; anything that is none is compared with the item itself. */
export function metronIn(item: unknown, container: unknown): boolean {
  if (container === null) return false
  if (typeof container === 'string') return typeof item === 'string' && container.includes(item)
  if (Array.isArray(container)) {
    spendItems(container.length)
    return container.some((one) => strictEqual(one, item))
  }
  if (container instanceof Set || container instanceof Map) return findKey(container, item) !== undefined
  return strictEqual(item, container)
}

/** The first conversion, made of a value in a condition: null and empty collections become false, others stay. */
function asCondition(value: unknown): unknown {
  if (value === null) return false
  if (Array.isArray(value) && value.length === 0) return false
  if ((value instanceof Set || value instanceof Map) && value.size === 0) return false
  return value
}

const TRUE_WORDS = new Set(['true', 'yes', 'y', 'on', '1'])

/** The second, made by and, or and not themselves: by text, a list by its first element. */
function asBoolean(value: unknown): boolean {
  let of = value
  for (let depth = 0; depth < 256; depth++) {
    if (Array.isArray(of)) of = of[0]
    else if (of instanceof Set) of = of.values().next().value
    else break
  }
  if (typeof of === 'boolean') return of
  if (of === null || of === undefined) return false
  return TRUE_WORDS.has(textOf(of).toLowerCase())
}

/** The test of if, a ternary or a match clause. */
export function metronTest(value: unknown): boolean {
  const condition = asCondition(value)
  if (typeof condition === 'boolean') return condition
  throw new ExpressionError(`Invalid parse, found ${textOf(condition)} where a boolean was expected`)
}

/** `a and b and c`: stops at a plain false. */
export function metronAnd(...operands: (() => unknown)[]): boolean {
  let result = true
  for (const operand of operands) {
    const value = asCondition(operand())
    if (value === false) return false
    if (!asBoolean(value)) result = false
  }
  return result
}

/** `a or b or c`: stops at a plain true. */
export function metronOr(...operands: (() => unknown)[]): boolean {
  let result = false
  for (const operand of operands) {
    const value = asCondition(operand())
    if (value === true) return true
    if (asBoolean(value)) result = true
  }
  return result
}

export function metronNot(value: unknown): boolean {
  return !asBoolean(value)
}

/** The action of a match clause: a lambda is called without arguments. */
export function metronAction(value: unknown): unknown {
  return typeof value === 'function' ? value() : value
}
