/** Functions of numbers. All work on doubles. */

import { ExpressionError, type ExpressionFunction, type ExpressionValue } from '../contract/function.ts'
import { spendItems } from './fuel.ts'
import { exactInteger, float, isNumber, toDouble, untag } from './number.ts'
import { kindOf, needItems, needNumber, textOf } from './values.ts'

/** On the double value; a missing or null argument gives NaN. */
function onDouble(name: string, calculate: (x: number) => number): (x?: unknown) => number {
  return (x = null) => (x === null ? Number.NaN : calculate(needNumber(x, name, 'x')))
}

export const ABS: ExpressionFunction = {
  name: 'ABS',
  group: 'math',
  help: 'The absolute value.',
  parameters: [{ name: 'x', type: 'number', help: 'A number.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null.',
  examples: [{ expression: 'ABS(0 - 7.5)', result: 7.5 }],
  apply: onDouble('ABS', Math.abs),
}

export const CEILING: ExpressionFunction = {
  name: 'CEILING',
  group: 'math',
  help: 'The next whole number above.',
  parameters: [{ name: 'x', type: 'number', help: 'A number.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null.',
  examples: [{ expression: 'CEILING(1.2)', result: 2 }],
  apply: onDouble('CEILING', Math.ceil),
}

export const FLOOR: ExpressionFunction = {
  name: 'FLOOR',
  group: 'math',
  help: 'The next whole number below.',
  parameters: [{ name: 'x', type: 'number', help: 'A number.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null.',
  examples: [{ expression: 'FLOOR(1.8)', result: 1 }],
  apply: onDouble('FLOOR', Math.floor),
}

export const ROUND: ExpressionFunction = {
  name: 'ROUND',
  group: 'math',
  help: 'The nearest whole number, halves up: 2.5 to 3, -2.5 to -2.',
  parameters: [{ name: 'x', type: 'number', help: 'A number.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null or NaN. Beyond the range of 64 bits the nearest end of it.',
  examples: [
    { expression: 'ROUND(2.5)', result: 3 },
    { expression: 'ROUND(0 - 2.5)', result: -2 },
  ],
  apply: onDouble('ROUND', (x) => Math.min(Math.max(Math.round(x), -(2 ** 63)), 2 ** 63) + 0),
}

export const SQRT: ExpressionFunction = {
  name: 'SQRT',
  group: 'math',
  help: 'The square root.',
  parameters: [{ name: 'x', type: 'number', help: 'A number.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null or a negative number.',
  examples: [{ expression: 'SQRT(16)', result: 4 }],
  apply: onDouble('SQRT', Math.sqrt),
}

export const SIN: ExpressionFunction = {
  name: 'SIN',
  group: 'math',
  help: 'The sine.',
  parameters: [{ name: 'x', type: 'number', help: 'An angle in radians.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null.',
  examples: [{ expression: 'SIN(0)', result: 0 }],
  apply: onDouble('SIN', Math.sin),
}

export const COS: ExpressionFunction = {
  name: 'COS',
  group: 'math',
  help: 'The cosine.',
  parameters: [{ name: 'x', type: 'number', help: 'An angle in radians.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null.',
  examples: [{ expression: 'COS(0)', result: 1 }],
  apply: onDouble('COS', Math.cos),
}

export const TAN: ExpressionFunction = {
  name: 'TAN',
  group: 'math',
  help: 'The tangent.',
  parameters: [{ name: 'x', type: 'number', help: 'An angle in radians.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null.',
  examples: [{ expression: 'TAN(0)', result: 0 }],
  apply: onDouble('TAN', Math.tan),
}

export const EXP: ExpressionFunction = {
  name: 'EXP',
  group: 'math',
  help: "Euler's number to a power.",
  parameters: [{ name: 'x', type: 'number', help: 'The power.' }],
  returns: 'number',
  returnsHelp: 'A double; NaN for null.',
  examples: [{ expression: 'EXP(0)', result: 1 }],
  apply: onDouble('EXP', Math.exp),
}

export const LN: ExpressionFunction = {
  name: 'LN',
  group: 'math',
  help: 'The natural logarithm.',
  parameters: [{ name: 'x', type: 'number', help: 'A number.' }],
  returns: 'number',
  returnsHelp: 'A double; -Infinity for 0, NaN for null or a negative number.',
  examples: [{ expression: 'LN(1)', result: 0 }],
  apply: onDouble('LN', Math.log),
}

export const LOG2: ExpressionFunction = {
  name: 'LOG2',
  group: 'math',
  help: 'The logarithm to base 2.',
  parameters: [{ name: 'x', type: 'number', help: 'A number.' }],
  returns: 'number',
  returnsHelp: 'A double; -Infinity for 0, NaN for null or a negative number.',
  examples: [{ expression: 'LOG2(8)', result: 3 }],
  apply: onDouble('LOG2', (x) => Math.log(x) / Math.log(2)),
}

export const LOG10: ExpressionFunction = {
  name: 'LOG10',
  group: 'math',
  help: 'The logarithm to base 10.',
  parameters: [{ name: 'x', type: 'number', help: 'A number.' }],
  returns: 'number',
  returnsHelp: 'A double; -Infinity for 0, NaN for null or a negative number.',
  examples: [{ expression: 'LOG10(1000)', result: 3 }],
  apply: onDouble('LOG10', Math.log10),
}

export const IS_NAN: ExpressionFunction = {
  name: 'IS_NAN',
  group: 'math',
  help: 'Whether a number is NaN, the result of a calculation without result.',
  parameters: [{ name: 'x', type: 'number', help: 'A number; null is an error.' }],
  returns: 'boolean',
  returnsHelp: 'True for NaN.',
  examples: [{ expression: 'IS_NAN(NaN)', result: true }],
  apply: (x: unknown) => Number.isNaN(needNumber(x, 'IS_NAN', 'x')),
}

/** The greatest or least of a list: `sign` 1 or -1. */
function best(name: string, given: unknown, sign: 1 | -1): ExpressionValue {
  let found: ExpressionValue = null
  const items = needItems(given, name, 'items')
  spendItems(items.length)
  for (const item of items) if (item !== null && (found === null || order(name, item, found) * sign > 0)) found = item
  return found
}

/** Compares two elements as the kind of the first. */
function order(name: string, item: ExpressionValue, other: ExpressionValue): number {
  if (isNumber(item)) {
    const right = isNumber(other) ? untag(other) : typeof other === 'string' ? Number(other.trim() || 'x') : Number.NaN
    if (!isNumber(other) && Number.isNaN(right)) return mixed(name, item, other)
    const left = untag(item)
    // Java counts NaN as greater than every other number.
    const isNaNLeft = Number.isNaN(left)
    const isNaNRight = Number.isNaN(right)
    if (isNaNLeft || isNaNRight) return Number(isNaNLeft) - Number(isNaNRight)
    return left < right ? -1 : left > right ? 1 : 0
  }
  if (typeof item === 'string' && (typeof other === 'string' || isNumber(other))) {
    const right = textOf(other)
    return item < right ? -1 : item > right ? 1 : 0
  }
  if (typeof item === 'boolean' && typeof other === 'boolean') return Number(item) - Number(other)
  return mixed(name, item, other)
}

function mixed(name: string, a: unknown, b: unknown): never {
  throw new ExpressionError(`${name}: ${kindOf(a)} and ${kindOf(b)} have no order.`)
}

export const MAX: ExpressionFunction = {
  name: 'MAX',
  group: 'math',
  help: 'The greatest element of a list.',
  parameters: [{ name: 'items', type: 'any', help: 'A list or set of numbers, or of texts. Nulls are left out.' }],
  returns: 'any',
  returnsHelp: 'The element; null when there is none.',
  examples: [
    { expression: 'MAX([1, 2.5, null])', result: 2.5 },
    { expression: 'MAX([])', result: null },
  ],
  apply: (items: unknown) => best('MAX', items, 1),
}

export const MIN: ExpressionFunction = {
  name: 'MIN',
  group: 'math',
  help: 'The least element of a list.',
  parameters: [{ name: 'items', type: 'any', help: 'A list or set of numbers, or of texts. Nulls are left out.' }],
  returns: 'any',
  returnsHelp: 'The element; null when there is none.',
  examples: [{ expression: "MIN(['b', 'a'])", result: 'a' }],
  apply: (items: unknown) => best('MIN', items, -1),
}

/** A value as an integer within a number of bits; null when it is none. */
export function convertInteger(value: unknown, bits: 32 | 64): bigint | null {
  const whole = wholeOf(value, 0)
  return whole !== null && BigInt.asIntN(bits, whole) === whole ? whole : null
}

function wholeOf(value: unknown, depth: number): bigint | null {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'string')
    return /^[+-]?\d{1,32}$/.test(value.trim()) ? BigInt(value.trim().replace('+', '')) : null
  if (isNumber(value)) {
    const number = untag(value)
    if (typeof number === 'bigint') return number
    return Number.isFinite(number) ? BigInt(Math.trunc(number)) : null
  }
  return Array.isArray(value) && value.length > 0 && depth < 8 ? wholeOf(value[0], depth + 1) : null
}

/** A value as a double; null when it is none. */
export function convertDouble(value: unknown, depth = 0): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (isNumber(value)) return toDouble(value)
  if (Array.isArray(value) && value.length > 0 && depth < 8) return convertDouble(value[0], depth + 1)
  if (typeof value !== 'string') return null
  const text = value.trim()
  if (/^[+-]?(?:NaN|Infinity)$/.test(text)) return Number(text.replace(/[+-]NaN/, 'NaN'))
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?$/.test(text) ? Number(text.replace(/[fFdD]$/, '')) : null
}

export const TO_INTEGER: ExpressionFunction = {
  name: 'TO_INTEGER',
  group: 'math',
  help: 'A value as an integer: a number loses its fraction, a text must be an integer, true is 1, a list gives its first.',
  parameters: [{ name: 'x', type: 'any', help: 'Any value.' }],
  returns: 'integer',
  returnsHelp: 'Null when it is no integer, or one beyond 2^53. In the metron dialect an int of 32 bits.',
  examples: [
    { expression: "TO_INTEGER(' 42 ')", result: 42 },
    { expression: 'TO_INTEGER(5.7)', result: 5 },
    { expression: "TO_INTEGER('5.7')", result: null },
  ],
  apply: (x: unknown) => {
    const whole = convertInteger(x, 64)
    const exact = whole === null ? null : exactInteger(whole)
    return typeof exact === 'bigint' ? null : exact
  },
}

export const TO_LONG: ExpressionFunction = {
  name: 'TO_LONG',
  group: 'math',
  help: 'As TO_INTEGER, with up to 64 bits.',
  parameters: [{ name: 'x', type: 'any', help: 'Any value.' }],
  returns: 'any',
  returnsHelp: 'Null when it is no integer of 64 bits.',
  examples: [{ expression: "TO_LONG('9007199254740993') - 9007199254740990", result: 3 }],
  apply: (x: unknown) => {
    const whole = convertInteger(x, 64)
    return whole === null ? null : exactInteger(whole)
  },
}

export const TO_FLOAT: ExpressionFunction = {
  name: 'TO_FLOAT',
  group: 'math',
  help: 'A value as a number of 32-bit precision.',
  parameters: [{ name: 'x', type: 'any', help: 'Any value.' }],
  returns: 'number',
  returnsHelp: 'Null when it is no number. In the metron dialect a float.',
  examples: [{ expression: "TO_FLOAT('0.5')", result: 0.5 }],
  apply: (x: unknown) => {
    const double = convertDouble(x)
    return double === null ? null : Math.fround(double)
  },
}

export const TO_DOUBLE: ExpressionFunction = {
  name: 'TO_DOUBLE',
  group: 'math',
  help: 'A value as a double.',
  parameters: [{ name: 'x', type: 'any', help: 'Any value.' }],
  returns: 'number',
  returnsHelp: 'Null when it is no number.',
  examples: [
    { expression: "TO_DOUBLE('1e3')", result: 1000 },
    { expression: "TO_DOUBLE('x')", result: null },
  ],
  apply: (x: unknown) => convertDouble(x),
}

/** Java's Float of a converted value, for the metron dialect. */
export function convertFloat(x: unknown): ExpressionValue {
  const double = convertDouble(x)
  return double === null ? null : float(double)
}
