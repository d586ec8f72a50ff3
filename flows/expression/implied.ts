/**
 * What must stand in a record for an expression to be true of it, or to have a value: found by looking, before anything
 * runs.
 *
 * A reader of records can search their bytes for it and spare itself the reading of those that lack it. That must change
 * nothing else, so what is found here is more than a necessary condition: **where a record lacks it, the expression is
 * not true (or null) and does not throw**, for a throw would have counted as an error. Hence what stands behind an
 * operand of `and` that may throw is left out. What is found is never sufficient.
 */

import type { FieldKind } from '../../nodes/contract/field.ts'
import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import { refuel } from '../../nodes/functions/fuel.ts'
import type { Arithmetic, Call, Compare, Expression, In } from './ast.ts'
import type { Inference } from './infer.ts'
import { isTypedNumber, type Kind } from './types.ts'

/** Something about one field. */
export type Fact =
  /** It has a value. */
  | { readonly path: string; readonly is: 'given' }
  /** It is true. */
  | { readonly path: string; readonly is: 'true' }
  /** It is this text. */
  | { readonly path: string; readonly is: 'text'; readonly text: string }
  /** It is a text that holds this one. */
  | { readonly path: string; readonly is: 'part'; readonly text: string }

/** Each of the lists has at least one fact that holds. An empty list never does, and without lists nothing is said. */
export type Conditions<T = Fact> = readonly (readonly T[])[]

export interface Implied {
  /** A record that lacks one of these does not make the expression true. */
  readonly ifTrue: Conditions
  /** A record that lacks one of these makes it null. */
  readonly ifGiven: Conditions
  /** It throws for no record, whatever the fields it reads hold. */
  readonly isTotal: boolean
  /** Fields of which each value of the expression tells the value: records that differ in one differ in the result. */
  readonly tells: readonly string[]
  /** The field that the expression is, when it is nothing else. */
  readonly alias: string | undefined
}

/** Of an expression about which nothing is known. */
export const NOTHING_IMPLIED: Implied = { ifTrue: [], ifGiven: [], isTotal: false, tells: [], alias: undefined }

const NEVER: Conditions<never> = [[]]

/** Conditions kept where one of several ways must hold: each is one of every way, taken together, so they multiply. */
const MAX_CONDITIONS = 8

/** Conditions that all hold where those of at least one of the ways do. */
export function eitherOf<T>(ways: readonly Conditions<T>[]): Conditions<T> {
  let either: Conditions<T> = NEVER
  for (const way of ways) {
    const limit = Math.max(1, Math.floor(MAX_CONDITIONS / Math.max(1, either.length)))
    const shortest = [...way].sort((a, b) => a.length - b.length).slice(0, limit)
    either = either.flatMap((one) => shortest.map((other) => [...one, ...other]))
  }
  return either
}

/** Looks at an expression of the stellar dialect, as compiled for a wire. */
export function impliedBy(
  expression: Expression,
  inference: Inference,
  functions: ReadonlyMap<string, ExpressionFunction>,
  want: FieldKind,
): Implied {
  const looking = new Looking(inference, functions)
  return {
    ifTrue: looking.ifTrue(expression),
    ifGiven: looking.ifGiven(expression),
    isTotal: looking.isTotal(expression) && isFitForWire(inference.types.get(expression)!.kind, want),
    tells: looking.tells(expression),
    alias: looking.field(expression),
  }
}

/** True for a value that goes to a wire unseen: others are looked at before, and may be refused. */
function isFitForWire(kind: Kind, want: FieldKind): boolean {
  if (kind !== 'boolean' && kind !== 'text' && !isTypedNumber(kind)) return false
  return want === 'any' || want === kind || want === 'float64'
}

class Looking {
  readonly #inference: Inference
  readonly #functions: ReadonlyMap<string, ExpressionFunction>

  constructor(inference: Inference, functions: ReadonlyMap<string, ExpressionFunction>) {
    this.#inference = inference
    this.#functions = functions
  }

  /** The path of the field that the expression is. */
  field(expression: Expression): string | undefined {
    const source = this.#inference.sources.get(expression)
    return source?.from === 'field' && source.members.length === 0 ? source.name : undefined
  }

  tells(expression: Expression): readonly string[] {
    const path = this.field(expression)
    if (path !== undefined) return [path]
    return expression.kind === 'list' ? expression.items.flatMap((item) => this.tells(item)) : []
  }

  ifTrue(expression: Expression): Conditions {
    switch (expression.kind) {
      case 'constant':
        return expression.value === true ? [] : NEVER
      case 'name':
      case 'member':
      case 'index': {
        const path = this.field(expression)
        return path === undefined ? this.ifGiven(expression) : [[{ path, is: 'true' }]]
      }
      case 'exists':
        return this.ifGiven(expression.of)
      case 'compare':
        return this.#comparison(expression)
      case 'in':
        return expression.negated ? [] : this.#membership(expression)
      case 'logical':
        return expression.operator === 'and'
          ? this.#all(expression.operands)
          : eitherOf(expression.operands.map((operand) => this.ifTrue(operand)))
      case 'conditional': {
        const { test, yes, no } = expression
        const either = eitherOf([this.#all([test, yes]), this.ifTrue(no)])
        return this.#isTotalCondition(test) ? either : []
      }
      case 'call':
        return [
          ...this.#affix(expression),
          ...this.#argumentGiven(expression, (result) => result === false || result === null),
        ]
      default:
        return []
    }
  }

  ifGiven(expression: Expression): Conditions {
    switch (expression.kind) {
      case 'constant':
        return expression.value === null ? NEVER : []
      case 'name':
      case 'member':
      case 'index': {
        const source = this.#inference.sources.get(expression)
        // Where there is no map there are no members.
        if (source?.from === 'field') return [[{ path: source.name, is: 'given' }]]
        if (source !== undefined || expression.kind === 'name') return []
        if (expression.kind === 'index' && !this.isTotal(expression.index)) return []
        return this.ifGiven(expression.of)
      }
      case 'negate':
        return this.#isTypedNumber(expression.of) ? this.ifGiven(expression.of) : []
      case 'arithmetic':
        return this.#operands(expression)
      case 'call':
        return this.#argumentGiven(expression, (result) => result === null)
      default:
        return []
    }
  }

  /** True when it can be evaluated for every record without a throw. */
  isTotal(expression: Expression): boolean {
    switch (expression.kind) {
      case 'constant':
      case 'number':
        return true
      case 'name':
        return this.#inference.sources.get(expression)?.from === 'field'
      case 'member':
      case 'index':
        return this.field(expression) !== undefined
      case 'exists':
        return this.isTotal(expression.of)
      case 'not':
        return this.#isTotalCondition(expression.of)
      case 'logical':
        return expression.operands.every((operand) => this.#isTotalCondition(operand))
      case 'conditional':
        return this.#isTotalCondition(expression.test) && this.isTotal(expression.yes) && this.isTotal(expression.no)
      case 'compare':
        return this.#isTotalComparison(expression)
      case 'in':
        return this.isTotal(expression.item) && (isConstantList(expression.container) || this.#areTexts(expression))
      case 'arithmetic':
        return this.#isInDoubles(expression) && this.isTotal(expression.left) && this.isTotal(expression.right)
      case 'call':
        return isAffix(expression) && expression.args.every((arg) => this.#kind(arg) === 'text' && this.isTotal(arg))
      default:
        return false
    }
  }

  /** Of conditions that stand in a row, of which the first that is not true ends the row. */
  #all(operands: readonly Expression[]): Conditions {
    const found: Conditions[] = []
    for (const operand of operands) {
      found.push(this.ifTrue(operand))
      if (!this.#isTotalCondition(operand)) break
    }
    return found.flat()
  }

  #isTotalCondition(expression: Expression): boolean {
    const kind = this.#kind(expression)
    return (kind === 'boolean' || kind === 'null') && this.isTotal(expression)
  }

  #comparison({ operator, left, right }: Compare): Conditions {
    if (operator === '==' || operator === '!=') {
      const [one, constant] = isConstant(right) ? [left, right] : [right, left]
      if (!isConstant(constant)) return []
      const isNull = constant.kind === 'constant' && constant.value === null
      // Null equals nothing but null.
      if (operator === '!=') return isNull ? this.ifGiven(one) : []
      if (isNull) return []
      const path = this.field(one)
      const isText = constant.kind === 'constant' && typeof constant.value === 'string'
      const kind = this.#kind(one)
      if (path === undefined || !isText || (kind !== 'text' && kind !== 'any')) return this.ifGiven(one)
      return [[{ path, is: 'text', text: constant.value as string }]]
    }
    // A null is neither less nor greater, but both sides are evaluated.
    return [...(this.isTotal(right) ? this.ifGiven(left) : []), ...(this.isTotal(left) ? this.ifGiven(right) : [])]
  }

  #isTotalComparison({ operator, left, right }: Compare): boolean {
    if (!this.isTotal(left) || !this.isTotal(right)) return false
    const [a, b] = [this.#kind(left), this.#kind(right)]
    if (isTypedNumber(a) && isTypedNumber(b)) return true
    if (operator === '==' || operator === '!=')
      return isConstant(left) || isConstant(right) || (isPlain(a) && isPlain(b))
    return a === 'text' && b === 'text'
  }

  #membership(expression: In): Conditions {
    const { item, container } = expression
    if (isConstantList(container)) {
      if (container.items.some((one) => one.kind === 'constant' && one.value === null)) return []
      const path = this.field(item)
      const texts = container.items.map((one) => (one.kind === 'constant' ? one.value : undefined))
      const kind = this.#kind(item)
      if (
        path === undefined ||
        (kind !== 'text' && kind !== 'any') ||
        !texts.every((text) => typeof text === 'string')
      ) {
        return container.items.length === 0 ? NEVER : this.ifGiven(item)
      }
      return [texts.map((text) => ({ path, is: 'text', text }))]
    }
    const isFound = this.isTotal(item) ? this.ifGiven(container) : []
    const path = this.field(container)
    if (path === undefined || !this.#areTexts(expression) || !isText(item)) return isFound
    return [[{ path, is: 'part', text: item.value }], ...isFound]
  }

  #areTexts({ item, container }: In): boolean {
    return this.#kind(item) === 'text' && this.#kind(container) === 'text' && this.isTotal(container)
  }

  /** Null with anything is null, where both are known to be numbers, or texts. */
  #operands({ operator, left, right }: Arithmetic): Conditions {
    const areTexts = operator === '+' && this.#kind(left) === 'text' && this.#kind(right) === 'text'
    if (!areTexts && !(this.#isTypedNumber(left) && this.#isTypedNumber(right))) return []
    return [...(this.isTotal(right) ? this.ifGiven(left) : []), ...(this.isTotal(left) ? this.ifGiven(right) : [])]
  }

  #isInDoubles({ operator, left, right }: Arithmetic): boolean {
    const isDouble = operator === '/' || this.#kind(left) === 'float64' || this.#kind(right) === 'float64'
    return isDouble && this.#isTypedNumber(left) && this.#isTypedNumber(right)
  }

  #isTypedNumber(expression: Expression): boolean {
    return isTypedNumber(this.#kind(expression))
  }

  /**
   * Functions are pure, so what one gives for null is found by asking it: where all other arguments are constants, and
   * the result is as wanted, the argument that is none must be given.
   */
  #argumentGiven({ name, args }: Call, isWanted: (result: unknown) => boolean): Conditions {
    const open = args.flatMap((arg, i) => (isConstant(arg) || isConstantList(arg) ? [] : [i]))
    if (open.length !== 1) return []
    const values = args.map((arg, i) => (i === open[0] ? null : constantValue(arg)))
    // The library gets doubles in a box at times; they are not worth the case.
    if (values.flat().some((value) => value === undefined)) return []
    try {
      refuel()
      if (!isWanted(this.#functions.get(name)!.apply(...(values as never[])))) return []
    } catch {
      return []
    }
    return this.ifGiven(args[open[0]!]!)
  }

  /** What a text must hold that begins or ends with another. */
  #affix(call: Call): Conditions {
    const [of, affix] = call.args
    if (!isAffix(call) || of === undefined || affix === undefined || !isText(affix)) return []
    const path = this.field(of)
    return path === undefined || this.#kind(of) !== 'text' ? [] : [[{ path, is: 'part', text: affix.value }]]
  }

  #kind(expression: Expression): Kind {
    return this.#inference.types.get(expression)!.kind
  }
}

/** Functions that, of two texts, tell whether one begins or ends with the other, and throw for none. */
const isAffix = ({ name }: Call): boolean => name === 'STARTS_WITH' || name === 'ENDS_WITH'

const isPlain = (kind: Kind): boolean => kind === 'text' || kind === 'boolean' || kind === 'null'

function isConstant(expression: Expression): expression is Expression & { kind: 'constant' | 'number' } {
  return expression.kind === 'constant' || expression.kind === 'number'
}

function isConstantList(expression: Expression): expression is Expression & { kind: 'list' } {
  return expression.kind === 'list' && expression.items.every(isConstant)
}

function isText(expression: Expression): expression is Expression & { kind: 'constant'; value: string } {
  return expression.kind === 'constant' && typeof expression.value === 'string'
}

/** Undefined for a double. */
function constantValue(expression: Expression): unknown {
  if (expression.kind === 'list') return expression.items.map(constantValue)
  if (expression.kind === 'constant') return expression.value
  return expression.kind === 'number' && (expression.tag === 'int' || expression.tag === 'long')
    ? expression.value
    : undefined
}
