/**
 * Evaluates expressions outside of flows: `lacewing eval` and cases of tests. Compiles as flows do and runs the code
 * at once; keeps the types of numbers that a wire would drop.
 */

import { field } from '../../nodes/contract/field.ts'
import { ExpressionError, type ExpressionFunction, type ExpressionValue } from '../../nodes/contract/function.ts'
import { metronFunctions, functions as stellarFunctions } from '../../nodes/functions/index.ts'
import * as operations from '../../nodes/functions/operations.ts'
import { textOf } from '../../nodes/functions/values.ts'
import { compileForEvaluation } from './compile.ts'
import type { Read } from './emission.ts'
import { JsonError, readJson } from './exact-json.ts'
import type { ExpressionProblem } from './problem.ts'
import type { Dialect } from './tokens.ts'
import { decodeValue, encodeValue, numberOf } from './typed-values.ts'
import type { FieldScope } from './types.ts'

export interface HowToEvaluate {
  readonly dialect: Dialect
  /** Print types of numbers and collections. */
  readonly typed: boolean
}

/** The result as JSON text, or what is wrong. `isInput`: the expression or the variables, not the evaluation. */
export type Answer = { readonly result: string } | { readonly error: string; readonly isInput: boolean }

type Variables = ReadonlyMap<string, ExpressionValue>

interface Case {
  readonly expression: string | null
  readonly variables: Variables
  readonly setup: readonly string[]
  readonly mode: 'value' | 'predicate' | 'validate'
  readonly missing: 'null' | 'error'
}

/** The expression or the case is wrong in itself. */
class InputMistake extends Error {}

/** Evaluates an expression over variables, a JSON object that may hold typed values. */
export function evaluateCase(expression: string, variables: string, how: HowToEvaluate): Answer {
  return answer(how, () => {
    const given = readMap(variables, how, 'The variables')
    return { expression, variables: readVariables(given, how), setup: [], mode: 'value', missing: 'null' }
  })
}

/** Evaluates one line of `--cases` and gives the line of its answer. */
export function evaluateLine(line: string, how: HowToEvaluate): string {
  const given = answer(how, () => readCase(line, how))
  return 'result' in given ? `{"result":${given.result}}` : `{"error":${JSON.stringify(given.error)}}`
}

function answer(how: HowToEvaluate, read: () => Case): Answer {
  try {
    return { result: encodeValue(run(read(), how.dialect), how.typed) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { error: error.message, isInput: error instanceof InputMistake || error instanceof JsonError }
  }
}

function readMap(text: string, { dialect }: HowToEvaluate, what: string): Map<string, unknown> {
  const value = readJson(text, (source) => numberOf(source, dialect))
  if (!(value instanceof Map)) throw new JsonError(`${what} must be a JSON object, as {"x": 1}.`)
  return value as Map<string, unknown>
}

function readVariables(given: ReadonlyMap<string, unknown>, { dialect }: HowToEvaluate): Variables {
  const evaluate = (expression: string, variables: Variables) =>
    run({ expression, variables, setup: [], mode: 'value', missing: 'null' }, dialect)
  return new Map([...given].map(([name, value]) => [name, decodeValue(value, dialect, evaluate)]))
}

function readCase(line: string, how: HowToEvaluate): Case {
  const given = readMap(line, how, 'A case')
  const expression = given.get('expression') ?? null
  const variables = given.get('variables') ?? new Map<string, unknown>()
  const setup = given.get('setup') ?? []
  const mode = given.get('mode') ?? 'value'
  const missing = given.get('missing') ?? 'null'
  if (expression !== null && typeof expression !== 'string') throw new JsonError('"expression" must be a text.')
  if (!(variables instanceof Map)) throw new JsonError('"variables" must be an object.')
  if (!Array.isArray(setup) || !setup.every((one) => typeof one === 'string'))
    throw new JsonError('"setup" must be a list of texts.')
  if (mode !== 'value' && mode !== 'predicate' && mode !== 'validate')
    throw new JsonError('"mode" must be "value", "predicate" or "validate".')
  if (missing !== 'null' && missing !== 'error') throw new JsonError('"missing" must be "null" or "error".')
  return { expression, variables: readVariables(variables, how), setup, mode, missing }
}

function run({ expression, variables, setup, mode, missing }: Case, dialect: Dialect): ExpressionValue {
  for (const one of setup) execute(one, variables, missing, dialect)
  const isBlank = expression === null || expression.trim() === ''
  if (mode === 'validate') {
    if (!isBlank) validate(expression, dialect)
    return true
  }
  if (isBlank) return mode === 'predicate' ? true : null
  const value = execute(expression, variables, missing, dialect)
  if (mode === 'value') return value
  if (value === null) return dialect === 'metron' ? null : false
  if (typeof value === 'boolean') return value
  throw new ExpressionError(`The rule '${expression}' does not return a boolean value.`)
}

/** Metron validates by evaluating with every variable null; the stellar dialect by its static checks. */
function validate(expression: string, dialect: Dialect): void {
  if (dialect === 'metron') execute(expression, new Map(), 'null', dialect)
  else prepare(expression, new Map(), dialect)
}

const LIBRARY: Readonly<Record<Dialect, ReadonlyMap<string, ExpressionFunction>>> = {
  stellar: stellarFunctions,
  metron: metronFunctions,
}

const OPERATIONS: ReadonlyMap<string, unknown> = new Map(Object.entries(operations))

function prepare(expression: string, variables: Variables, dialect: Dialect) {
  const functions = LIBRARY[dialect]
  const compiled = compileForEvaluation(expression, scopeOf(variables), functions, dialect)
  const errors = compiled.problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0) throw new InputMistake(describe(expression, errors, dialect))
  return compiled
}

function execute(
  expression: string,
  variables: Variables,
  missing: 'null' | 'error',
  dialect: Dialect,
): ExpressionValue {
  const compiled = prepare(expression, variables, dialect)
  const read = (one: Read) => {
    const value = lookUp(variables, one.path, dialect)
    if (value !== undefined) return value
    if (missing === 'null' || one.lenient) return null
    throw new ExpressionError(`variable: ${one.path} is not defined`)
  }
  const names = compiled.reads.map((_one, i) => `v${i}`)
  const readers = compiled.reads.map((one) => () => read(one))
  const indexOf = new Map(compiled.reads.map((one, i) => [one, i]))
  const body = `'use strict'; return ${compiled.code((one) => `v${indexOf.get(one)}()`)}`
  const code = new Function(
    ...names,
    ...compiled.functions.map((name) => `fn_${name}`),
    ...compiled.operations.map((name) => `op_${name}`),
    body,
  )
  try {
    return code(
      ...readers,
      ...compiled.functions.map((name) => LIBRARY[dialect].get(name)!.apply),
      ...compiled.operations.map((name) => OPERATIONS.get(name)),
    ) as ExpressionValue
  } catch (error) {
    if (dialect !== 'metron' || !(error instanceof ExpressionError)) throw error
    throw new ExpressionError(metronMessage(expression, error.message, compiled.reads, variables), { cause: error })
  }
}

/** Every variable may be of any kind: the case decides. A path with an index is a name only when a variable has it. */
function scopeOf(variables: Variables): FieldScope {
  const anything = field.any()
  return {
    type: (path) => (!path.includes('[') || variables.has(path) ? anything : undefined),
    paths: () => variables.keys(),
    isOpen: () => true,
  }
}

/** The variable of a name; in the stellar dialect also a member of one, `a.b` of `{"a": {"b": 1}}`. */
function lookUp(variables: Variables, path: string, dialect: Dialect): ExpressionValue | undefined {
  const exact = variables.get(path)
  if (exact !== undefined) return exact
  if (path === '_') return new Map(variables) as ExpressionValue
  if (dialect === 'metron') return undefined
  for (let end = path.lastIndexOf('.'); end > 0; end = path.lastIndexOf('.', end - 1)) {
    let value: unknown = variables.get(path.slice(0, end))
    if (value === undefined) continue
    for (const name of path.slice(end + 1).split('.')) value = value instanceof Map ? value.get(name) : undefined
    return value as ExpressionValue | undefined
  }
  return undefined
}

function describe(expression: string, problems: readonly ExpressionProblem[], dialect: Dialect): string {
  if (dialect === 'metron') {
    const { at, message } = problems[0]!
    return metronMessage(expression, `Syntax error @ ${at.line}:${at.column - 1} ${message}`, [], new Map())
  }
  return problems
    .map(({ code, message, fix, at }) => `${code} line ${at.line}, column ${at.column}: ${message} ${fix}`)
    .join('\n')
}

function metronMessage(expression: string, cause: string, reads: readonly Read[], variables: Variables): string {
  const names = [...new Set(reads.map((one) => one.path))]
  const values = names.map((name) => {
    const value = variables.get(name) ?? null
    return `${name}=${value === null ? 'missing' : textOf(value).slice(0, 256)}`
  })
  const using = values.length === 0 ? '' : ` with relevant variables ${values.join(',')}`
  return `Unable to parse: ${expression} due to: ${cause}${using}`
}
