/**
 * What compiled expressions call at run time: `op_<name>` in their code is the export `<name>` here. Only what the
 * compiler can't write as plain JavaScript, because a type is known only when the record comes, or a null may.
 * The stellar dialect's are here, Metron's in metron-operations.ts.
 */

import { Slice, type Value } from '../contract/field.ts'
import { ExpressionError } from '../contract/function.ts'
import { refuel, spend, spendItems, spendText } from './fuel.ts'
import {
  type AnyNumber,
  boxDouble,
  exactInteger,
  inDoubles,
  isInteger,
  isNumber,
  TaggedNumber,
  toDouble,
  untag,
} from './number.ts'
import { equal, findKey, kindOf } from './values.ts'

export {
  metronAction,
  metronAdd,
  metronAnd,
  metronDivide,
  metronEqual,
  metronField,
  metronGreater,
  metronGreaterOrEqual,
  metronIn,
  metronLess,
  metronLessOrEqual,
  metronMultiply,
  metronNot,
  metronOr,
  metronSubtract,
  metronTest,
} from './metron-operations.ts'
export { float, long } from './number.ts'
export { refuel }

/** Counts a lambda call. */
export function step(): void {
  spend(1)
}

/** Ends the evaluation. */
export function fail(message: string): never {
  throw new ExpressionError(message)
}

type Scalar = AnyNumber | null

function wrongOperand(sign: string, a: unknown, b: unknown): never {
  const wrong = isNumber(a) || a === null ? b : a
  throw new ExpressionError(`'${sign}' needs numbers, not ${kindOf(wrong)}.`)
}

/** `a + b`: numbers, or two texts. Null with anything is null. */
export function add(a: unknown, b: unknown): Scalar | string {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum) && Number.isInteger(a) && Number.isInteger(b)) return sum
  }
  if (typeof a === 'string' && typeof b === 'string') return concatenate(a, b)
  if (a === null || b === null) {
    checkOperand('+', a === null ? b : a, true)
    return null
  }
  if (typeof a === 'string' || typeof b === 'string')
    throw new ExpressionError(`'+' joins two texts or adds two numbers, not ${kindOf(a)} and ${kindOf(b)}.`)
  return calculate('+', a, b)
}

/** The other operand of a null must still be one that the operator takes. */
function checkOperand(sign: string, value: unknown, takesText: boolean): void {
  if (value !== null && !isNumber(value) && !(takesText && typeof value === 'string'))
    throw new ExpressionError(`'${sign}' needs numbers, not ${kindOf(value)}.`)
}

/** `a + b` for texts known to be such, or null. */
export function concatenate(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return null
  spendText(a.length + b.length)
  return a + b
}

/** `a - b`. */
export function subtract(a: unknown, b: unknown): Scalar {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b
    if (Number.isSafeInteger(difference) && Number.isInteger(a) && Number.isInteger(b)) return difference
  }
  return calculateOrNull('-', a, b)
}

/** `a * b`. */
export function multiply(a: unknown, b: unknown): Scalar {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    // Adding 0 makes the integer 0 of -0.
    if (Number.isSafeInteger(product) && Number.isInteger(a) && Number.isInteger(b)) return product + 0
  }
  return calculateOrNull('*', a, b)
}

/** `a % b`, the sign of a. An integer can't be divided by the integer 0. */
export function remainder(a: unknown, b: unknown): Scalar {
  return calculateOrNull('%', a, b)
}

/** `a / b` as a double, never tagged. */
export function divide(a: unknown, b: unknown): number | null {
  if (typeof a === 'number' && typeof b === 'number') return a / b
  if (a === null || b === null) {
    checkOperand('/', a === null ? b : a, false)
    return null
  }
  if (!isNumber(a) || !isNumber(b)) wrongOperand('/', a, b)
  return toDouble(a) / toDouble(b)
}

/** `a + b` for doubles known to be such, or null; like the next three. */
export function addDoubles(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}
/** `a - b` */
export function subtractDoubles(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b
}
/** `a * b` */
export function multiplyDoubles(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a * b
}
/** `a % b` */
export function remainderDoubles(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a % b
}
/** `-a` */
export function negateDouble(a: number | null): number | null {
  return a === null ? null : -a
}

/** `-a`. */
export function negate(a: unknown): Scalar {
  if (a === null) return null
  if (!isNumber(a)) throw new ExpressionError(`'-' needs a number, not ${kindOf(a)}.`)
  if (a instanceof TaggedNumber) return boxDouble(-toDouble(a))
  return typeof a === 'bigint' ? exactInteger(-a) : a === 0 ? 0 : -a
}

function calculateOrNull(sign: '-' | '*' | '%', a: unknown, b: unknown): Scalar {
  if (a === null || b === null) {
    checkOperand(sign, a === null ? b : a, false)
    return null
  }
  return calculate(sign, a, b)
}

function calculate(sign: '+' | '-' | '*' | '%', a: unknown, b: unknown): AnyNumber {
  if (!isNumber(a) || !isNumber(b)) return wrongOperand(sign, a, b)
  if (isInteger(a) && isInteger(b)) return exactInteger(exactly(sign, BigInt(a), BigInt(b)))
  return boxDouble(inDoubles(sign, toDouble(a), toDouble(b)))
}

function exactly(sign: '+' | '-' | '*' | '%', a: bigint, b: bigint): bigint {
  switch (sign) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      spend(1 + ((bitLength(a) * bitLength(b)) >> 12))
      return bounded(a * b)
    case '%':
      if (b === 0n) throw new ExpressionError("'%' by the integer 0 has no result.")
      return a % b
  }
}

/** Integers are exact up to 4,096 bits, far more than any field holds. */
const MAX_BITS = 4096

function bitLength(value: bigint): number {
  return value === 0n ? 0 : BigInt.asIntN(64, value) === value ? 64 : value.toString(16).length * 4
}

function bounded(value: bigint): bigint {
  if (bitLength(value) > MAX_BITS) throw new ExpressionError(`An integer has more than ${MAX_BITS} bits.`)
  return value
}

/** `a == b`; the compiler writes `!equal` for `!=`. */
export { equal }

function compare(sign: string, a: unknown, b: unknown): number {
  if (isNumber(a) && isNumber(b)) {
    const left = untag(a)
    const right = untag(b)
    // NaN is neither less, equal nor greater.
    // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint compare by exact value
    return left < right ? -1 : left > right ? 1 : left == right ? 0 : Number.NaN
  }
  if ((typeof a === 'string' && typeof b === 'string') || (typeof a === 'boolean' && typeof b === 'boolean'))
    return a < b ? -1 : a > b ? 1 : 0
  throw new ExpressionError(`'${sign}' can't order ${kindOf(a)} and ${kindOf(b)}.`)
}

/** `a < b`; with a null false, like the next three. */
export function less(a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compare('<', a, b) < 0
}
/** `a <= b` */
export function lessOrEqual(a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compare('<=', a, b) <= 0
}
/** `a > b` */
export function greater(a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compare('>', a, b) > 0
}
/** `a >= b` */
export function greaterOrEqual(a: unknown, b: unknown): boolean {
  return a !== null && b !== null && compare('>=', a, b) >= 0
}

/** `item in container`: text in text, element of a list or set, key of a map. In null there is nothing. */
export function contains(container: unknown, item: unknown): boolean {
  if (container === null) return false
  if (typeof container === 'string') return typeof item === 'string' && container.includes(item)
  if (Array.isArray(container) || container instanceof Set) {
    const size = Array.isArray(container) ? container.length : container.size
    spend(1 + (size >> 4))
    for (const one of container) if (equal(one, item)) return true
    return false
  }
  if (container instanceof Map) return findKey(container, item) !== undefined
  throw new ExpressionError(`'in' looks into a text, list, set or map, not into ${kindOf(container)}.`)
}

/** A condition of a value of unknown type: null is false, anything but a boolean a mistake. */
export function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  if (value === null) return false
  throw new ExpressionError(`A condition must be true or false, not ${kindOf(value)}.`)
}

/** `of.name`, null where there is none. */
export function member(of: unknown, name: string): unknown {
  return of instanceof Map ? (of.get(name) ?? null) : null
}

/** `of[index]`: an element of a list, an entry of a map; null beyond the end. */
export function element(of: unknown, index: unknown): unknown {
  if (of === null || index === null) return null
  if (Array.isArray(of)) {
    if (!isInteger(index))
      throw new ExpressionError(`An element of a list is asked for by an integer, not ${kindOf(index)}.`)
    return of[Number(index)] ?? null
  }
  if (of instanceof Map) {
    const found = findKey(of, index)
    return found === undefined ? null : (of.get(found.key) ?? null)
  }
  throw new ExpressionError(`Only lists and maps have elements, not ${kindOf(of)}.`)
}

/** A map of pairs; of a key that stands twice the first value is kept. */
export function mapOf(...pairs: unknown[]): Map<unknown, unknown> {
  spendItems(pairs.length)
  const map = new Map<unknown, unknown>()
  for (let i = 0; i < pairs.length; i += 2) if (findKey(map, pairs[i]) === undefined) map.set(pairs[i], pairs[i + 1])
  return map
}

/** A double of known type as a value of unknown type. */
export function box(value: number | null): number | TaggedNumber | null {
  return value === null ? null : boxDouble(value)
}

/** A number of unknown type as a plain double; other values untouched, for the function that gets them to judge. */
export function unbox(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  return value instanceof TaggedNumber ? Number(value.value) : value
}

/** As `unbox`, but integers beyond 2^53 stay bigints, for parameters that are integers. */
export function unboxInteger(value: unknown): unknown {
  return value instanceof TaggedNumber ? untagInteger(value) : value
}

function untagInteger(value: TaggedNumber): number | bigint {
  return typeof value.value === 'bigint' ? exactInteger(value.value) : value.value
}

/** A double fit for a wire: what is not finite is null. */
export function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null
}

/** A value of unknown type for a wire that wants a boolean. */
export function wireBoolean(value: unknown): boolean | null {
  if (value === null || typeof value === 'boolean') return value
  throw new ExpressionError(`The result must be true or false, not ${kindOf(value)}.`)
}

/** A value of unknown type for a wire that wants a double. */
export function wireDouble(value: unknown): number | null {
  if (value === null) return null
  if (isNumber(value)) return finite(toDouble(value))
  throw new ExpressionError(`The result must be a number, not ${kindOf(value)}.`)
}

/** A value of unknown type for a wire that wants an integer of any size. */
export function wireInt64(value: unknown): number | bigint | null {
  if (value === null || isInteger(value)) return value
  if (value instanceof TaggedNumber && typeof value.value === 'bigint') return exactInteger(value.value)
  throw new ExpressionError(`The result must be an integer, not ${kindOf(value)}.`)
}

/** A value of unknown type for a wire that wants an integer within 2^53. */
export function wireInteger(value: unknown): number | null {
  const integer = wireInt64(value)
  if (typeof integer !== 'bigint') return integer
  throw new ExpressionError('The result is an integer beyond 2^53, which the field does not hold.')
}

/** A value of unknown type for a wire that wants a text. */
export function wireText(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value
  throw new ExpressionError(`The result must be a text, not ${kindOf(value)}.`)
}

/** A value of unknown type for a wire that wants a list. */
export function wireList(value: unknown): Value[] | null {
  const plain = wireAny(value)
  if (plain === null || Array.isArray(plain)) return plain
  throw new ExpressionError(`The result must be a list, not ${kindOf(value)}.`)
}

/** A value of unknown type for a wire that wants a map. */
export function wireMap(value: unknown): Map<string, Value> | null {
  const plain = wireAny(value)
  if (plain === null || plain instanceof Map) return plain
  throw new ExpressionError(`The result must be a map, not ${kindOf(value)}.`)
}

/** A value of unknown type for a wire: no tags, sets as lists, keys of maps as text, nothing but what a field holds. */
export function wireAny(value: unknown, depth = 0): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'bigint')
    return value
  if (typeof value === 'number') return finite(value)
  if (value instanceof TaggedNumber)
    return typeof value.value === 'bigint' ? exactInteger(value.value) : finite(value.value)
  if (value instanceof Slice) return value
  if (depth > 256) throw new ExpressionError('The result is nested too deeply.')
  if (Array.isArray(value) || value instanceof Set) {
    spendItems(Array.isArray(value) ? value.length : value.size)
    return Array.from(value, (item) => wireAny(item, depth + 1))
  }
  if (value instanceof Map) {
    spendItems(value.size)
    const plain = new Map<string, Value>()
    for (const [key, of] of value)
      plain.set(typeof key === 'string' ? key : String(wireAny(key, depth + 1)), wireAny(of, depth + 1))
    return plain
  }
  throw new ExpressionError(`The result must be a value that a record can hold, not ${kindOf(value)}.`)
}
