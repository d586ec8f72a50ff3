/**
 * The stellar dialect once more, as plainly as it can be said: walks the tree, integers are bigints, doubles are
 * numbers. Slow, and independent of the compiler; tests compare the two.
 */

import type { Expression } from '../../flows/expression/ast.ts'
import { partsOf } from '../../flows/expression/ast.ts'

export type Plain = null | boolean | string | bigint | number | Plain[]

/** The rules say that this has no value. */
export class NoValue extends Error {}

const isNumber = (value: Plain): value is bigint | number => typeof value === 'bigint' || typeof value === 'number'

function truth(value: Plain): boolean {
  if (value === null) return false
  if (typeof value === 'boolean') return value
  throw new NoValue()
}

function same(a: Plain, b: Plain): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number compare by exact value
  if (isNumber(a) && isNumber(b)) return a == b
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]!))
  return a === b
}

function ordered(operator: string, a: Plain, b: Plain): boolean {
  if (a === null || b === null) return false
  const isOrdered =
    (isNumber(a) && isNumber(b)) ||
    (typeof a === 'string' && typeof b === 'string') ||
    (typeof a === 'boolean' && typeof b === 'boolean')
  if (!isOrdered) throw new NoValue()
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}

function calculate(operator: string, a: Plain, b: Plain): Plain {
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b
  for (const one of [a, b]) {
    const isTextBesideNull = operator === '+' && typeof one === 'string' && (a === null || b === null)
    if (one !== null && !isNumber(one) && !isTextBesideNull) throw new NoValue()
  }
  if (a === null || b === null) return null
  if (!isNumber(a) || !isNumber(b)) throw new NoValue()
  if (operator === '/') return Number(a) / Number(b)
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (operator === '+') return a + b
    if (operator === '-') return a - b
    if (operator === '*') return a * b
    if (b === 0n) throw new NoValue()
    return a % b
  }
  const [x, y] = [Number(a), Number(b)]
  if (operator === '+') return x + y
  if (operator === '-') return x - y
  return operator === '*' ? x * y : x % y
}

function contains(container: Plain, item: Plain): boolean {
  if (container === null) return false
  if (typeof container === 'string') return typeof item === 'string' && container.includes(item)
  if (Array.isArray(container)) return container.some((one) => same(one, item))
  throw new NoValue()
}

/** The value of an expression without calls, maps and lambdas. @throws NoValue */
export function interpret(expression: Expression, fields: Readonly<Record<string, Plain>>): Plain {
  const value = (one: Expression) => interpret(one, fields)
  switch (expression.kind) {
    case 'constant':
      return expression.value
    case 'number':
      return expression.tag === 'double' ? Number(expression.value) : BigInt(expression.value)
    case 'name':
      return fields[expression.path] ?? null
    case 'list':
      return expression.items.map(value)
    case 'exists':
      return value(expression.of) !== null
    case 'not':
      return !truth(value(expression.of))
    case 'negate': {
      const of = value(expression.of)
      if (of !== null && !isNumber(of)) throw new NoValue()
      return of === null ? null : -of
    }
    case 'arithmetic':
      return calculate(expression.operator, value(expression.left), value(expression.right))
    case 'compare': {
      const [a, b] = [value(expression.left), value(expression.right)]
      if (expression.operator === '==') return same(a, b)
      return expression.operator === '!=' ? !same(a, b) : ordered(expression.operator, a, b)
    }
    case 'in':
      return contains(value(expression.container), value(expression.item)) !== expression.negated
    case 'logical':
      return expression.operator === 'and'
        ? expression.operands.every((operand) => truth(value(operand)))
        : expression.operands.some((operand) => truth(value(operand)))
    case 'conditional':
      return value(truth(value(expression.test)) ? expression.yes : expression.no)
    case 'match':
      return value(expression.clauses.find(({ test }) => truth(value(test)))?.action ?? expression.otherwise)
    default:
      throw new Error(`No rule for ${expression.kind} with ${partsOf(expression).length} parts.`)
  }
}
