/**
 * How operators group in the stellar dialect, loosest first: `or`; `and`; `not`; `==` `!=`; `<` `<=` `>` `>=` `in`
 * `not in`; `+` `-`; `*` `/` `%`; minus sign. All group to the left.
 */

import type { Span } from '../../nodes/contract/problem.ts'
import type { ArithmeticOperator, CompareOperator, Expression } from './ast.ts'
import * as term from './stellar-terms.gen.ts'

/** An operator or operand of a flat chain, as the tree gives it. */
export type ChainToken =
  | { readonly operator: number; readonly text: string; readonly at: Span }
  | { readonly operand: Expression }

const NOT = 3
const SIGN = 8

function strength(operator: number, text: string): number {
  switch (operator) {
    case term.Or:
      return 1
    case term.And:
      return 2
    case term.Compare:
      return text === '==' || text === '!=' ? 4 : 5
    case term.In:
    case term.NotIn:
      return 5
    case term.Plus:
    case term.Minus:
      return 6
    default:
      return 7
  }
}

/** Joins two operands. */
export function join(operator: number, text: string, left: Expression, right: Expression): Expression {
  const at = { start: left.at.start, end: right.at.end }
  switch (operator) {
    case term.And:
      return { kind: 'logical', operator: 'and', operands: [left, right], at }
    case term.Or:
      return { kind: 'logical', operator: 'or', operands: [left, right], at }
    case term.In:
    case term.NotIn:
      return { kind: 'in', negated: operator === term.NotIn, item: left, container: right, at }
    case term.Compare:
      return { kind: 'compare', operator: text as CompareOperator, left, right, at }
    default:
      return { kind: 'arithmetic', operator: text as ArithmeticOperator, left, right, at }
  }
}

/** The tree of a chain. The parser's grammar guarantees that operands and operators alternate. */
export function groupStellar(tokens: readonly ChainToken[]): Expression {
  let next = 0
  const prefixed = (least: number): Expression => {
    const token = tokens[next++]!
    if ('operand' in token) return token.operand
    const isNot = token.operator === term.Not
    // A `not` to the right of a tighter operator, as in `a == not b`, takes just its operand.
    const of = climb(isNot && least <= NOT ? NOT : SIGN)
    return { kind: isNot ? 'not' : 'negate', of, at: { start: token.at.start, end: of.at.end } }
  }
  const climb = (least: number): Expression => {
    let left = prefixed(least)
    // A list of the operands of one `and` or `or`, until another operator comes: joined once, not pair by pair.
    let same: { operator: number; operands: Expression[] } | undefined
    while (next < tokens.length) {
      const token = tokens[next]!
      if ('operand' in token) break
      const own = strength(token.operator, token.text)
      if (own < least) break
      next++
      const right = climb(own + 1)
      if (same !== undefined && same.operator === token.operator) {
        same.operands.push(right)
        left = { ...left, at: { start: left.at.start, end: right.at.end } }
        continue
      }
      left = join(token.operator, token.text, left, right)
      same = undefined
      if (left.kind === 'logical') {
        const operands = [...left.operands]
        left = { ...left, operands }
        same = { operator: token.operator, operands }
      }
    }
    return left
  }
  return climb(0)
}
