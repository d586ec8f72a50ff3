/**
 * The metron dialect as JavaScript: every operator is an operation of nodes/functions/metron-operations.ts, for types
 * are those of the values. Fields in lambdas are lenient, as in Metron, whose lambdas think every name exists.
 */

import type { ExpressionFunction, FunctionType } from '../../nodes/contract/function.ts'
import type { Call, Expression } from './ast.ts'
import { type Emission, numberCode } from './emission.ts'

const ARITHMETIC = { '+': 'metronAdd', '-': 'metronSubtract', '*': 'metronMultiply', '/': 'metronDivide' } as const
const COMPARE = {
  '<': 'metronLess',
  '<=': 'metronLessOrEqual',
  '>': 'metronGreater',
  '>=': 'metronGreaterOrEqual',
} as const

/**
 * Emits a value of unknown kind. A call of an unknown function, or with too few arguments, is a mistake only when it
 * is reached.
 */
export function emitMetron(
  expression: Expression,
  functions: ReadonlyMap<string, ExpressionFunction>,
  emission: Emission,
): string {
  const emit = (one: Expression): string => {
    switch (one.kind) {
      case 'constant':
        return JSON.stringify(one.value)
      case 'number':
        if (one.tag === 'long') return emission.operation('long', `${one.value}n`)
        if (one.tag === 'float') return emission.operation('float', numberCode(one.value))
        if (one.tag === 'double') return emission.operation('box', numberCode(one.value))
        return numberCode(one.value)
      case 'name':
        return emission.parameter(one.path) ?? field(one.path, emission.isInLambda)
      case 'list':
        return `[${one.items.map(emit).join(', ')}]`
      case 'map':
        return emission.fueled('mapOf', ...one.entries.flatMap(({ key, value }) => [emit(key), emit(value)]))
      case 'call':
        return call(one)
      case 'exists': {
        const path = one.of.kind === 'name' ? one.of.path : ''
        return `(${emission.parameter(path) ?? field(path, true)} !== null)`
      }
      case 'not':
        return emission.operation('metronNot', emit(one.of))
      case 'arithmetic':
        if (one.operator === '%') throw new Error("The metron dialect has no '%'.")
        return emission.operation(ARITHMETIC[one.operator], emit(one.left), emit(one.right))
      case 'compare': {
        const sides = [emit(one.left), emit(one.right)]
        if (one.operator === '==') return emission.fueled('metronEqual', ...sides)
        if (one.operator === '!=') return `(!${emission.fueled('metronEqual', ...sides)})`
        return emission.operation(COMPARE[one.operator], ...sides)
      }
      case 'in': {
        const found = emission.fueled('metronIn', emit(one.item), emit(one.container))
        return one.negated ? `(!${found})` : found
      }
      case 'logical': {
        const operands = one.operands.map((operand) => `() => ${emit(operand)}`)
        return emission.operation(one.operator === 'and' ? 'metronAnd' : 'metronOr', ...operands)
      }
      case 'conditional':
        return `(${emission.operation('metronTest', emit(one.test))} ? ${emit(one.yes)} : ${emit(one.no)})`
      case 'lambda':
        return emission.lambda(one.parameters, () => emit(one.body))
      case 'match': {
        const clauses = one.clauses.map(
          ({ test, action }) => `${emission.operation('metronTest', emit(test))} ? ${emit(action)} : `,
        )
        return emission.operation('metronAction', `(${clauses.join('')}${emit(one.otherwise)})`)
      }
      case 'member':
      case 'index':
      case 'negate':
        throw new Error(`The metron dialect has no '${one.kind}'.`)
    }
  }
  const field = (path: string, lenient: boolean) => emission.operation('metronField', emission.field(path, lenient))
  const argument = (arg: Expression, type: FunctionType) => {
    if (type === 'number') return emission.operation('unbox', emit(arg))
    return type === 'integer' ? emission.operation('unboxInteger', emit(arg)) : emit(arg)
  }
  const call = (one: Call): string => {
    const called = functions.get(one.name)
    if (called === undefined) {
      const message = `Unable to resolve function named '${one.name}'. Valid functions are ${[...functions.keys()].join(', ')}`
      return emission.operation('fail', JSON.stringify(message))
    }
    const { parameters } = called
    const least = parameters.filter((parameter) => parameter.optional !== true && parameter.rest !== true).length
    if (one.args.length < least) {
      const names = parameters.map((parameter) => parameter.name).join(', ')
      return emission.operation(
        'fail',
        JSON.stringify(`${one.name}: missing argument, expects ${COUNTS[least] ?? least} or more: ${names}`),
      )
    }
    const args = one.args.map((arg, i) => argument(arg, parameters[Math.min(i, parameters.length - 1)]?.type ?? 'any'))
    const code = emission.call(one.name, args)
    if (called.returns === 'number') return emission.operation('box', code)
    return called.returns === 'integer' || called.returns === 'any' ? emission.operation('metronField', code) : code
  }
  return emit(expression)
}

const COUNTS = ['no', 'one', 'two', 'three', 'four']
