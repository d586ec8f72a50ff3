/**
 * The expression as a tree, the same for both dialects: grouping is settled, names are not yet looked up. Lists of
 * operands joined by one `and` or `or` are one node, so that a long list is not a deep tree.
 */

import type { Span } from '../../nodes/contract/problem.ts'

/** Java's number types. Outside the metron dialect `int` and `long` are both integers, `float` and `double` doubles. */
export type NumberTag = 'int' | 'long' | 'float' | 'double'
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%'
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>='

interface Part<K extends string> {
  readonly kind: K
  readonly at: Span
}

export interface Constant extends Part<'constant'> {
  readonly value: null | boolean | string
}
/** `value` is a bigint for an integer that a double can't hold exactly. */
export interface NumberConstant extends Part<'number'> {
  readonly tag: NumberTag
  readonly value: number | bigint
}
/** A field, a variable or a parameter of a lambda. `quoted` names are one path segment whatever stands in them. */
export interface Name extends Part<'name'> {
  readonly path: string
  readonly quoted: boolean
}
export interface Member extends Part<'member'> {
  readonly of: Expression
  /** Dotted below `of`. */
  readonly path: string
}
export interface Index extends Part<'index'> {
  readonly of: Expression
  readonly index: Expression
}
export interface List extends Part<'list'> {
  readonly items: readonly Expression[]
}
export interface MapOf extends Part<'map'> {
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[]
}
export interface Call extends Part<'call'> {
  readonly name: string
  readonly nameAt: Span
  readonly args: readonly Expression[]
}
export interface Exists extends Part<'exists'> {
  readonly of: Expression
}
export interface Not extends Part<'not'> {
  readonly of: Expression
}
export interface Negate extends Part<'negate'> {
  readonly of: Expression
}
export interface Arithmetic extends Part<'arithmetic'> {
  readonly operator: ArithmeticOperator
  readonly left: Expression
  readonly right: Expression
}
export interface Compare extends Part<'compare'> {
  readonly operator: CompareOperator
  readonly left: Expression
  readonly right: Expression
}
export interface In extends Part<'in'> {
  readonly negated: boolean
  readonly item: Expression
  readonly container: Expression
}
export interface Logical extends Part<'logical'> {
  readonly operator: 'and' | 'or'
  readonly operands: readonly Expression[]
}
export interface Conditional extends Part<'conditional'> {
  readonly test: Expression
  readonly yes: Expression
  readonly no: Expression
}
export interface Lambda extends Part<'lambda'> {
  readonly parameters: readonly string[]
  readonly body: Expression
}
export interface Match extends Part<'match'> {
  readonly clauses: readonly { readonly test: Expression; readonly action: Expression }[]
  readonly otherwise: Expression
}

export type Expression =
  | Constant
  | NumberConstant
  | Name
  | Member
  | Index
  | List
  | MapOf
  | Call
  | Exists
  | Not
  | Negate
  | Arithmetic
  | Compare
  | In
  | Logical
  | Conditional
  | Lambda
  | Match

/** The direct parts of an expression, in the order in which they are written. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'constant':
    case 'number':
    case 'name':
      return []
    case 'member':
    case 'exists':
    case 'not':
    case 'negate':
      return [expression.of]
    case 'index':
      return [expression.of, expression.index]
    case 'list':
      return expression.items
    case 'map':
      return expression.entries.flatMap(({ key, value }) => [key, value])
    case 'call':
      return expression.args
    case 'arithmetic':
    case 'compare':
      return [expression.left, expression.right]
    case 'in':
      return [expression.item, expression.container]
    case 'logical':
      return expression.operands
    case 'conditional':
      return [expression.test, expression.yes, expression.no]
    case 'lambda':
      return [expression.body]
    case 'match':
      return [...expression.clauses.flatMap(({ test, action }) => [test, action]), expression.otherwise]
  }
}

/** True when the tree is deeper than `limit`. Walks without recursion: nothing may recurse before this is known. */
export function isDeeperThan(expression: Expression, limit: number): boolean {
  let level: Expression[] = [expression]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true
    level = level.flatMap((one) => partsOf(one))
  }
  return false
}
