/**
 * Text to JavaScript: parse, infer, emit. For the flow compiler (into artifacts), the editor (problems while typing)
 * and evaluate.ts. Pure; runs in the browser too.
 */

import { type FieldKind, type FieldType, field } from '../../nodes/contract/field.ts'
import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import { didYouMean } from '../format/closest.ts'
import { type Expression, partsOf } from './ast.ts'
import { Emission, fill, type Read } from './emission.ts'
import { emitForWire, emitStellar, wireKind } from './emit.ts'
import { emitMetron } from './emit-metron.ts'
import { type Implied, impliedBy, NOTHING_IMPLIED } from './implied.ts'
import { type Inference, infer } from './infer.ts'
import { parseExpression } from './parse.ts'
import { type ExpressionProblem, Problems } from './problem.ts'
import type { Dialect } from './tokens.ts'
import { ANY, BOOLEAN, type FieldScope, fitsWant, inWords, type StaticType } from './types.ts'

export type { ExpressionProblem, FieldScope }

/** An expression that may run. */
export interface CompiledExpression {
  /** The type of the field that holds its result; every result may be null. */
  readonly type: FieldType
  /** Paths of the fields it reads, each once, in the order in which they first stand. */
  readonly reads: readonly string[]
  /** Those of `reads` of which no more is asked than whether they are one of a few texts. */
  readonly compared: ReadonlySet<string>
  /** Names of the functions it calls: `fn_<name>` in the code is the function's `apply`. */
  readonly functions: readonly string[]
  /** Names of run-time operations: `op_<name>` in the code is that export of nodes/functions/operations.ts. */
  readonly operations: readonly string[]
  /** What its result says of a record. */
  readonly implied: Implied
  /**
   * One pure JavaScript expression without free names but those above and the given identifiers of fields, each the
   * field's value or null. Its value is fit for a wire: no NaN, integers exact. It may throw ExpressionError.
   * @param isText JavaScript for whether a field is a text; left out, its value is compared.
   */
  emit(fieldName: (path: string) => string, isText?: (path: string, text: string) => string): string
}

/** Compiles for a field of kind `want`. There is an expression when no problem is an error. */
export function compileExpression(
  text: string,
  scope: FieldScope,
  functions: ReadonlyMap<string, ExpressionFunction>,
  want: FieldKind | 'any',
  dialect: Dialect = 'stellar',
): { expression?: CompiledExpression; problems: ExpressionProblem[] } {
  const parsed = parseExpression(text, dialect)
  if (parsed.expression === undefined) return { problems: [...parsed.problems] }
  const problems = new Problems(text)
  const emission = new Emission()
  const { code, type, inference } = translate(parsed.expression, scope, functions, dialect, problems, emission)
  if (!fitsWant(type.kind, want)) {
    problems.error(
      'FLOW-0302',
      parsed.expression.at,
      `The expression gives ${inWords(type.kind)} where ${inWords(want)} is wanted.`,
      want === 'boolean' ? 'Compare it with something.' : 'Convert it, or use another field.',
    )
  }
  if (problems.hasErrors) return { problems: problems.list }
  const finished = emission.finish(emitForWire(code, type, want, emission))
  const reads = emission.reads
  return {
    expression: {
      type: want === 'any' ? field[wireKind(type.kind)]() : field[want](),
      reads: [...new Set(reads.map((read) => read.path))],
      functions: [...emission.functions],
      operations: [...emission.operations],
      implied: inference === undefined ? NOTHING_IMPLIED : impliedBy(parsed.expression, inference, functions, want),
      compared: new Set([...Map.groupBy(reads, ({ path }) => path)].filter(isCompared).map(([path]) => path)),
      emit: (fieldName, isText) =>
        fill(
          finished,
          reads,
          ({ path }) => fieldName(path),
          isText === undefined ? undefined : ({ path }, text) => isText(path, text),
        ),
    },
    problems: problems.list,
  }
}

/** A field that is compared oftener is fetched once instead. */
const MAX_COMPARED = 2
const isCompared = ([, reads]: readonly [string, readonly Read[]]) =>
  reads.length <= MAX_COMPARED && reads.every(({ is }) => is !== undefined)

/** Code whose value keeps tags and infinities, for evaluate.ts: `name` writes the access to a variable. */
export function compileForEvaluation(
  text: string,
  scope: FieldScope,
  functions: ReadonlyMap<string, ExpressionFunction>,
  dialect: Dialect,
): {
  readonly problems: readonly ExpressionProblem[]
  readonly functions: readonly string[]
  readonly operations: readonly string[]
  readonly reads: readonly Read[]
  readonly code: (name: (read: Read) => string) => string
} {
  const parsed = parseExpression(text, dialect)
  const problems = new Problems(text)
  const emission = new Emission()
  let code = 'null'
  if (parsed.expression !== undefined) {
    // Metron knows a missing function only when it gets there; so does its emitter.
    const translated =
      dialect === 'metron'
        ? { code: emitMetron(parsed.expression, functions, emission), type: ANY }
        : translate(parsed.expression, scope, functions, dialect, problems, emission)
    const isDouble = translated.type.kind === 'float64'
    if (!problems.hasErrors)
      code = emission.finish(isDouble ? emission.operation('box', translated.code) : translated.code)
  }
  return {
    problems: [...parsed.problems, ...problems.list],
    functions: [...emission.functions],
    operations: [...emission.operations],
    reads: emission.reads,
    code: (name) => fill(code, emission.reads, name),
  }
}

function translate(
  expression: Expression,
  scope: FieldScope,
  functions: ReadonlyMap<string, ExpressionFunction>,
  dialect: Dialect,
  problems: Problems,
  emission: Emission,
): { code: string; type: StaticType; inference?: Inference } {
  if (dialect === 'metron') {
    checkMetronNames(expression, scope, functions, problems)
    return { code: emitMetron(expression, functions, emission), type: metronType(expression) }
  }
  const inference = infer(expression, scope, functions, problems)
  if (problems.hasErrors) return { code: 'null', type: inference.type }
  return { code: emitStellar(expression, inference, functions, emission), type: inference.type, inference }
}

/** What can be told of a Metron expression before it runs. */
function metronType(expression: Expression): StaticType {
  switch (expression.kind) {
    case 'compare':
    case 'in':
    case 'not':
    case 'exists':
    case 'logical':
      return BOOLEAN
    case 'lambda':
      return { kind: 'lambda', nullable: false }
    default:
      return ANY
  }
}

/** Reports functions and fields that a Metron expression in a flow can't find. */
function checkMetronNames(
  expression: Expression,
  scope: FieldScope,
  functions: ReadonlyMap<string, ExpressionFunction>,
  problems: Problems,
): void {
  const visit = (one: Expression, parameters: ReadonlySet<string>): void => {
    if (one.kind === 'call' && !functions.has(one.name))
      problems.error(
        'FLOW-0303',
        one.nameAt,
        `There is no function '${one.name}'.`,
        didYouMean(one.name, functions.keys(), 'The reference of expressions lists all functions.'),
      )
    if (one.kind === 'name' && !parameters.has(one.path) && scope.type(one.path) === undefined) {
      if (scope.isOpen(one.path))
        problems.warning(
          'FLOW-0211',
          one.at,
          `The field '${one.path}' is not among those known here; where it is missing it reads as null.`,
          didYouMean(one.path, scope.paths(), 'Check the spelling.'),
        )
      else
        problems.error(
          'FLOW-0207',
          one.at,
          `There is no field '${one.path}' here.`,
          didYouMean(one.path, scope.paths(), 'Put the node that adds it before this one.'),
        )
    }
    const inner = one.kind === 'lambda' ? new Set([...parameters, ...one.parameters]) : parameters
    for (const part of partsOf(one)) visit(part, inner)
  }
  visit(expression, new Set())
}
