/**
 * Numbers inside an expression.
 *
 * Most are plain: a whole JavaScript number is an integer (in the metron dialect an int), any other number a double, a
 * bigint an integer beyond 2^53. What that can't tell, a double with a whole value, and Metron's long and float, is a
 * TaggedNumber. It exists only where the compiler doesn't know the type; columns and typed arithmetic never see one.
 */

export type NumberTag = 'int' | 'long' | 'float' | 'double'

/** A number whose type its value doesn't show. `value` is a bigint exactly for a long. Never changed. */
export class TaggedNumber {
  readonly tag: 'long' | 'float' | 'double'
  readonly value: number | bigint
  constructor(tag: 'long' | 'float' | 'double', value: number | bigint) {
    this.tag = tag
    this.value = value
  }
}

/** Any number of an expression. */
export type AnyNumber = number | bigint | TaggedNumber

export function isNumber(value: unknown): value is AnyNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof TaggedNumber
}

/** A double as a value of unknown type: tagged when it is whole, for then it would look like an integer. */
export function boxDouble(value: number): number | TaggedNumber {
  return Number.isInteger(value) ? new TaggedNumber('double', value) : value
}

/** The number without its tag. */
export function untag(value: AnyNumber): number | bigint {
  return value instanceof TaggedNumber ? value.value : value
}

/** The number as a double; a bigint rounded. */
export function toDouble(value: AnyNumber): number {
  return Number(untag(value))
}

/** An integer in its only form: a number while safe, a bigint beyond. */
export function exactInteger(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
}

/** The type of a number as Metron sees it. */
export function tagOf(value: AnyNumber): NumberTag {
  if (value instanceof TaggedNumber) return value.tag
  if (typeof value === 'bigint') return 'long'
  return Number.isInteger(value) ? 'int' : 'double'
}

/** True for integers of the stellar dialect: whole plain numbers and bigints. */
export function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
}

/** A long of the metron dialect, wrapped to 64 bits. */
export function long(value: bigint): TaggedNumber {
  return new TaggedNumber('long', BigInt.asIntN(64, value))
}

/** A float of the metron dialect. */
export function float(value: number): TaggedNumber {
  return new TaggedNumber('float', Math.fround(value))
}

/** Arithmetic of doubles, as IEEE 754 has it in either dialect. */
export function inDoubles(sign: '+' | '-' | '*' | '/' | '%', a: number, b: number): number {
  switch (sign) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
  }
}
