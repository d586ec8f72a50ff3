/**
 * Types of an expression of the stellar dialect, from the leaves up. Reports unknown fields and functions, wrong
 * arguments and operands, each with its place. The emitter relies on the result and checks nothing again.
 */

import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import { didYouMean } from '../format/closest.ts'
import type { Arithmetic, Call, Compare, Expression, Index, Member, Name } from './ast.ts'
import type { Problems } from './problem.ts'
import {
  ANY,
  BOOLEAN,
  type FieldScope,
  fitsParameter,
  inWords,
  isNumeric,
  isOpenKind,
  isTypedNumber,
  returnKind,
  type StaticType,
  unify,
} from './types.ts'

/** Where a name's value comes from: a lambda's parameter or a field, and members below it. */
export interface Source {
  readonly from: 'parameter' | 'field'
  /** The parameter's name or the field's path. */
  readonly name: string
  readonly members: readonly string[]
}

export interface Inference {
  readonly type: StaticType
  readonly types: ReadonlyMap<Expression, StaticType>
  /** For names, and for accesses that are a field of their own (`dns.answers[0].rdata` where the scope knows it). */
  readonly sources: ReadonlyMap<Expression, Source>
}

/** Infers types. The expression's depth is known to be bounded. */
export function infer(
  expression: Expression,
  scope: FieldScope,
  functions: ReadonlyMap<string, ExpressionFunction>,
  problems: Problems,
): Inference {
  const inferrer = new Inferrer(scope, functions, problems)
  const type = inferrer.infer(expression)
  return { type, types: inferrer.types, sources: inferrer.sources }
}

/** `a.b[0].c` as text when only constant indexes stand in it. */
function pathText(access: Expression): string | undefined {
  if (access.kind === 'name') return access.path
  if (access.kind === 'member') {
    const of = pathText(access.of)
    return of === undefined ? undefined : `${of}.${access.path}`
  }
  if (access.kind !== 'index' || access.index.kind !== 'number') return undefined
  const of = pathText(access.of)
  return of === undefined ? undefined : `${of}[${access.index.value}]`
}

class Inferrer {
  readonly types = new Map<Expression, StaticType>()
  readonly sources = new Map<Expression, Source>()
  readonly #scope: FieldScope
  readonly #functions: ReadonlyMap<string, ExpressionFunction>
  readonly #problems: Problems
  readonly #parameters: (readonly string[])[] = []

  constructor(scope: FieldScope, functions: ReadonlyMap<string, ExpressionFunction>, problems: Problems) {
    this.#scope = scope
    this.#functions = functions
    this.#problems = problems
  }

  infer(expression: Expression): StaticType {
    const type = this.#typeOf(expression)
    this.types.set(expression, type)
    return type
  }

  #typeOf(expression: Expression): StaticType {
    switch (expression.kind) {
      case 'constant':
        if (expression.value === null) return { kind: 'null', nullable: true }
        return { kind: typeof expression.value === 'string' ? 'text' : 'boolean', nullable: false }
      case 'number': {
        const isDouble = expression.tag === 'double' || expression.tag === 'float'
        if (isDouble) return { kind: 'float64', nullable: false }
        return { kind: typeof expression.value === 'bigint' ? 'int64' : 'integer', nullable: false }
      }
      case 'name':
        return this.#name(expression)
      case 'member':
      case 'index':
        return this.#access(expression)
      case 'list':
        for (const item of expression.items) this.infer(item)
        return { kind: 'list', nullable: false }
      case 'map':
        for (const { key, value } of expression.entries) {
          this.infer(key)
          this.infer(value)
        }
        return { kind: 'map', nullable: false }
      case 'call':
        return this.#call(expression)
      case 'exists':
        this.infer(expression.of)
        return BOOLEAN
      case 'not':
        this.#condition(expression.of)
        return BOOLEAN
      case 'negate':
        return this.#negate(expression.of)
      case 'arithmetic':
        return this.#arithmetic(expression)
      case 'compare':
        return this.#compare(expression)
      case 'in':
        this.infer(expression.item)
        this.#container(expression.container)
        return BOOLEAN
      case 'logical':
        for (const operand of expression.operands) this.#condition(operand)
        return BOOLEAN
      case 'conditional':
        this.#condition(expression.test)
        return unify(this.infer(expression.yes), this.infer(expression.no))
      case 'lambda':
        this.#parameters.push(expression.parameters)
        this.infer(expression.body)
        this.#parameters.pop()
        return { kind: 'lambda', nullable: false }
      case 'match': {
        for (const { test } of expression.clauses) this.#condition(test)
        const actions = [...expression.clauses.map(({ action }) => action), expression.otherwise]
        return actions.map((action) => this.#action(action)).reduce(unify)
      }
    }
  }

  /** A lambda without parameters as an action stands for its body. */
  #action(action: Expression): StaticType {
    const type = this.infer(action)
    return action.kind === 'lambda' && action.parameters.length === 0 ? this.types.get(action.body)! : type
  }

  #condition(expression: Expression): void {
    const { kind } = this.infer(expression)
    if (kind === 'boolean' || isOpenKind(kind)) return
    this.#problems.error(
      'FLOW-0302',
      expression.at,
      `A condition must be true or false; this is ${inWords(kind)}.`,
      'Compare it with something.',
    )
  }

  #name(name: Name): StaticType {
    const segments = name.quoted ? [name.path] : name.path.split('.')
    if (this.#parameters.some((names) => names.includes(segments[0]!))) {
      this.sources.set(name, { from: 'parameter', name: segments[0]!, members: segments.slice(1) })
      return ANY
    }
    for (let length = segments.length; length > 0; length--) {
      const path = segments.slice(0, length).join('.')
      const type = this.#scope.type(path)
      if (type === undefined) continue
      const members = segments.slice(length)
      if (members.length > 0 && type.kind !== 'map' && type.kind !== 'any') break
      this.sources.set(name, { from: 'field', name: path, members })
      return members.length > 0 ? ANY : { kind: type.kind, nullable: true }
    }
    this.sources.set(name, { from: 'field', name: name.path, members: [] })
    if (this.#scope.isOpen(name.path)) {
      this.#problems.warning(
        'FLOW-0211',
        name.at,
        `The field '${name.path}' is not among those known here; where it is missing it reads as null.`,
        didYouMean(name.path, this.#scope.paths(), 'Check the spelling.'),
      )
    } else {
      const holder = segments.length > 1 ? this.#scope.type(segments.slice(0, -1).join('.')) : undefined
      this.#problems.error(
        'FLOW-0207',
        name.at,
        `There is no field '${name.path}' here.`,
        holder?.kind === 'list'
          ? `'${segments.slice(0, -1).join('.')}' is a list: write an index, as in ${segments.slice(0, -1).join('.')}[0].${segments.at(-1)}.`
          : didYouMean(name.path, this.#scope.paths(), 'Put the node that adds it before this one.'),
      )
    }
    return ANY
  }

  #access(access: Member | Index): StaticType {
    const path = pathText(access)
    const known = path === undefined ? undefined : this.#scope.type(path)
    if (known !== undefined) {
      this.sources.set(access, { from: 'field', name: path!, members: [] })
      return { kind: known.kind, nullable: true }
    }
    const { kind } = this.infer(access.of)
    if (access.kind === 'member') {
      if (kind !== 'map' && !isOpenKind(kind))
        this.#problems.error(
          'FLOW-0302',
          access.at,
          `Only a map has members; this is ${inWords(kind)}.`,
          "Take out what follows the '.'.",
        )
      return ANY
    }
    const index = this.infer(access.index)
    if (kind !== 'map' && kind !== 'list' && !isOpenKind(kind))
      this.#problems.error(
        'FLOW-0302',
        access.at,
        `Only lists and maps have elements; this is ${inWords(kind)}.`,
        'Use SUBSTRING for a part of a text.',
      )
    else if (kind === 'list' && !isOpenKind(index.kind) && (!isNumeric(index.kind) || index.kind === 'float64'))
      this.#problems.error(
        'FLOW-0302',
        access.index.at,
        `The index of a list is an integer; this is ${inWords(index.kind)}.`,
        'Write a whole number, from 0.',
      )
    return ANY
  }

  #call(call: Call): StaticType {
    const given = call.args.map((arg) => this.infer(arg))
    const called = this.#functions.get(call.name)
    if (called === undefined) {
      this.#problems.error(
        'FLOW-0303',
        call.nameAt,
        `There is no function '${call.name}'.`,
        didYouMean(call.name, this.#functions.keys(), 'The reference of expressions lists all functions.'),
      )
      return ANY
    }
    const { parameters } = called
    const least = parameters.filter((one) => one.optional !== true && one.rest !== true).length
    const most = parameters.at(-1)?.rest === true ? Number.POSITIVE_INFINITY : parameters.length
    if (given.length < least || given.length > most) {
      const count =
        least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`
      this.#problems.error(
        'FLOW-0303',
        call.at,
        `${call.name} takes ${count} argument${count === '1' ? '' : 's'}; ${given.length} ${given.length === 1 ? 'is' : 'are'} given.`,
        `Write ${signature(called)}.`,
      )
    }
    given.forEach(({ kind }, i) => {
      const parameter = parameters[Math.min(i, parameters.length - 1)]
      if (parameter === undefined || fitsParameter(kind, parameter.type)) return
      this.#problems.error(
        'FLOW-0302',
        call.args[i]!.at,
        `${call.name}: ${parameter.name} must be ${inWords(parameter.type)}; this is ${inWords(kind)}.`,
        `Write ${signature(called)}.`,
      )
    })
    return { kind: returnKind(called.returns), nullable: true }
  }

  #negate(of: Expression): StaticType {
    const type = this.infer(of)
    if (isNumeric(type.kind)) return type
    if (!isOpenKind(type.kind)) this.#operandProblem(of, type, '-')
    return { kind: 'number', nullable: true }
  }

  #operandProblem(operand: Expression, type: StaticType, sign: string): void {
    this.#problems.error(
      'FLOW-0302',
      operand.at,
      `'${sign}' needs numbers; this is ${inWords(type.kind)}.`,
      type.kind === 'text' ? 'Convert it with TO_DOUBLE or TO_LONG; JOIN and FORMAT make texts.' : 'Use a number here.',
    )
  }

  #arithmetic({ operator, left, right }: Arithmetic): StaticType {
    const a = this.infer(left)
    const b = this.infer(right)
    const nullable = a.nullable || b.nullable
    if (operator === '+' && (a.kind === 'text' || b.kind === 'text')) {
      const other = a.kind === 'text' ? b : a
      if (other.kind !== 'text' && !isOpenKind(other.kind)) {
        this.#problems.error(
          'FLOW-0302',
          (a.kind === 'text' ? right : left).at,
          `'+' joins a text only with a text; this is ${inWords(other.kind)}.`,
          'Convert it with TO_STRING.',
        )
      }
      return { kind: 'text', nullable }
    }
    if (!isNumeric(a.kind) && !isOpenKind(a.kind)) this.#operandProblem(left, a, operator)
    if (!isNumeric(b.kind) && !isOpenKind(b.kind)) this.#operandProblem(right, b, operator)
    if (operator === '/') return { kind: 'float64', nullable }
    if (isTypedNumber(a.kind) && isTypedNumber(b.kind))
      return { kind: a.kind === 'float64' || b.kind === 'float64' ? 'float64' : 'int64', nullable }
    return { kind: operator === '+' && isOpenKind(a.kind) && isOpenKind(b.kind) ? 'any' : 'number', nullable }
  }

  #compare({ operator, left, right, at }: Compare): StaticType {
    const a = this.infer(left).kind
    const b = this.infer(right).kind
    if (isOpenKind(a) || isOpenKind(b)) return BOOLEAN
    const comparable = a === b || (isNumeric(a) && isNumeric(b))
    if (operator === '==' || operator === '!=') {
      if (!comparable)
        this.#problems.warning(
          'FLOW-0302',
          at,
          `${capital(inWords(a))} is never equal to ${inWords(b)}.`,
          'Convert one side, with TO_STRING or TO_LONG.',
        )
    } else if (!comparable || !(isNumeric(a) || a === 'text' || a === 'boolean')) {
      const isChain = left.kind === 'compare' && a === 'boolean'
      this.#problems.error(
        'FLOW-0302',
        at,
        `'${operator}' can't order ${inWords(a)} and ${inWords(b)}.`,
        isChain ? 'Write a < b and b < c instead of a < b < c.' : 'Compare two numbers or two texts.',
      )
    }
    return BOOLEAN
  }

  #container(container: Expression): void {
    const { kind } = this.infer(container)
    if (kind === 'text' || kind === 'list' || kind === 'map' || isOpenKind(kind)) return
    this.#problems.error(
      'FLOW-0302',
      container.at,
      `'in' looks into a text, list or map; this is ${inWords(kind)}.`,
      'Use == to compare.',
    )
  }
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

/** `SUBSTRING(text, start, end?)`, as the reference writes it. */
export function signature({ name, parameters }: ExpressionFunction): string {
  const list = parameters.map((one) => `${one.name}${one.rest ? '...' : one.optional ? '?' : ''}`)
  return `${name}(${list.join(', ')})`
}
