/**
 * What the metron dialect admits where, and how its operators group: `and` and `or` have one level and group to the
 * right, `in` takes a following comparison into its right side, `*` is tighter than `/`, a minus is part of a number,
 * `not` needs parentheses. Apache Metron's grammar, restated as forms that an operand may have.
 */

import type { Span } from '../../nodes/contract/problem.ts'
import type { Expression } from './ast.ts'
import { join } from './precedence.ts'
import type { Problems } from './problem.ts'
import * as term from './stellar-terms.gen.ts'
import { gluedNumberLength } from './tokens.ts'

/** From narrow to wide: each of the first four may stand where a later of them may. */
export type Form = 'arithmetic' | 'operand' | 'comparison' | 'logical' | 'conditional' | 'value'
const WIDTH: Readonly<Record<Form, number>> = {
  arithmetic: 0,
  operand: 1,
  comparison: 2,
  logical: 3,
  conditional: 4,
  value: 5,
}

export interface Formed {
  readonly expression: Expression
  readonly form: Form
}

/** An operand with the signs before it, and the operator that joins it to the operand before. */
export interface MetronPart extends Formed {
  readonly operator: { readonly term: number; readonly text: string; readonly at: Span } | undefined
  readonly prefixes: readonly { readonly term: number; readonly at: Span }[]
  /** The operand's own place: its parentheses included. */
  readonly at: Span
  /** Its content where it is one value in parentheses: what `not` needs. */
  readonly inParentheses: Formed | undefined
}

/** The form of a value in parentheses. */
export function formInParentheses(form: Form): Form {
  if (form === 'arithmetic' || form === 'conditional') return 'arithmetic'
  return form === 'value' ? 'value' : 'comparison'
}

const PLACES = {
  test: { admits: (form: Form) => WIDTH[form] <= WIDTH.logical, what: 'A condition' },
  check: { admits: (form: Form) => form !== 'value', what: 'The check of a match clause' },
  argument: { admits: (form: Form) => form !== 'value' && form !== 'logical', what: 'An argument or list element' },
  key: { admits: (form: Form) => WIDTH[form] <= WIDTH.comparison, what: 'A map key' },
} as const

/** Reports a value that Metron's grammar does not have at such a place. */
export function checkPlace(place: keyof typeof PLACES, value: Formed, problems: Problems): void {
  if (PLACES[place].admits(value.form)) return
  problems.error(
    'FLOW-0301',
    value.expression.at,
    `${PLACES[place].what} can't be written like this in the metron dialect.`,
    'Put it in parentheses.',
  )
}

/** Groups a flat chain. Reports what Metron's grammar refuses. */
export function groupMetron(given: readonly MetronPart[], problems: Problems): Formed {
  const parts = given.map((part) => applyPrefixes(part, problems))
  for (const { operator } of parts) {
    if (operator?.term === term.Minus && gluedNumberLength(problems.text, operator.at.start) > 0) {
      problems.error(
        'FLOW-0301',
        operator.at,
        'A minus just before a number is part of the number, so an operator is missing before it.',
        'Put a space on both sides of the minus.',
      )
    }
  }
  if (parts.length === 1) return parts[0]!
  // Right to left over the terms between `and` and `or`: `a and b or c` is `a and (b or c)`. A run of one operator is
  // one node.
  const starts = parts.flatMap((part, i) => (i === 0 || isLogical(part.operator!.term) ? [i] : []))
  const last = groupTerm(parts.slice(starts.at(-1)!), problems)
  if (starts.length === 1) return last
  let reversed = [last.expression]
  let joiner = parts[starts.at(-1)!]!.operator!.term
  for (let k = starts.length - 2; k >= 0; k--) {
    reversed.push(groupTerm(parts.slice(starts[k], starts[k + 1]), problems).expression)
    const before = parts[starts[k]!]!.operator?.term
    if (before === joiner) continue
    reversed = [joinReversed(joiner, reversed)]
    joiner = before ?? joiner
  }
  return { expression: reversed[0]!, form: 'logical' }
}

function isLogical(operator: number): boolean {
  return operator === term.And || operator === term.Or
}

function joinReversed(operator: number, reversed: readonly Expression[]): Expression {
  const operands = reversed.toReversed()
  const at = { start: operands[0]!.at.start, end: operands.at(-1)!.at.end }
  return { kind: 'logical', operator: operator === term.And ? 'and' : 'or', operands, at }
}

function applyPrefixes(part: MetronPart, problems: Problems): MetronPart {
  if (part.prefixes.length === 0) return part
  const first = part.prefixes[0]!
  const { expression } = part
  const at = { start: first.at.start, end: part.at.end }
  if (part.prefixes.length === 1 && first.term === term.Not && part.inParentheses !== undefined) {
    checkPlace('test', part.inParentheses, problems)
    return { ...part, expression: { kind: 'not', of: expression, at }, form: 'comparison', prefixes: [] }
  }
  if (part.prefixes.length === 1 && first.term === term.Minus && expression.kind === 'number') {
    if (gluedNumberLength(problems.text, first.at.start) === part.at.end - first.at.start)
      return { ...part, form: 'arithmetic', prefixes: [] }
  }
  if (first.term === term.Not)
    problems.error('FLOW-0301', first.at, "'not' needs parentheses in the metron dialect.", 'Write not(...).')
  else
    problems.error(
      'FLOW-0301',
      first.at,
      'In the metron dialect only a number may have a minus sign, with nothing between.',
      'Write 0 - x for the negative of x.',
    )
  return { ...part, prefixes: [] }
}

/** `a + 1 in b == c` and the like, without `and` and `or`. */
function groupTerm(parts: readonly MetronPart[], problems: Problems): Formed {
  let end = parts.length
  let container: Expression | undefined
  let inOperator: MetronPart['operator']
  for (let i = parts.length - 1; i >= 0; i--) {
    const operator = parts[i]!.operator
    if (i > 0 && operator!.term !== term.In && operator!.term !== term.NotIn) continue
    const left = groupComparison(parts.slice(i, end), problems)
    if (inOperator !== undefined && WIDTH[left.form] > WIDTH.operand) {
      problems.error(
        'FLOW-0301',
        left.expression.at,
        "In the metron dialect a comparison can't stand to the left of 'in'.",
        'Put parentheses around the part with in.',
      )
    }
    container =
      container === undefined ? left.expression : join(inOperator!.term, inOperator!.text, left.expression, container)
    if (i === 0) return { expression: container, form: inOperator === undefined ? left.form : 'logical' }
    inOperator = operator
    end = i
  }
  throw new Error('A term has a first part.')
}

function groupComparison(parts: readonly MetronPart[], problems: Problems): Formed {
  let result: Expression | undefined
  let operator: MetronPart['operator']
  let start = 0
  for (let i = 1; i <= parts.length; i++) {
    if (i < parts.length && parts[i]!.operator!.term !== term.Compare) continue
    const side = groupSum(parts.slice(start, i), problems)
    if (i === parts.length && result === undefined) return side
    if (WIDTH[side.form] > WIDTH.comparison) reportForm(side, problems)
    result = result === undefined ? side.expression : join(operator!.term, operator!.text, result, side.expression)
    operator = parts[i]?.operator
    start = i
  }
  return { expression: result!, form: 'comparison' }
}

function groupSum(parts: readonly MetronPart[], problems: Problems): Formed {
  if (parts.length === 1) return parts[0]!
  for (const part of parts) if (part.form !== 'arithmetic') reportForm(part, problems)
  const expression = groupBy(parts, [term.Plus, term.Minus], (sum) =>
    groupBy(sum, [term.Slash], (quotient) => groupBy(quotient, [term.Star], (one) => one[0]!.expression)),
  )
  return { expression, form: 'arithmetic' }
}

function groupBy(
  parts: readonly MetronPart[],
  operators: readonly number[],
  inner: (parts: readonly MetronPart[]) => Expression,
): Expression {
  let result: Expression | undefined
  let operator: MetronPart['operator']
  let start = 0
  for (let i = 1; i <= parts.length; i++) {
    if (i < parts.length && !operators.includes(parts[i]!.operator!.term)) continue
    const side = inner(parts.slice(start, i))
    result = result === undefined ? side : join(operator!.term, operator!.text, result, side)
    operator = parts[i]?.operator
    start = i
  }
  return result!
}

function reportForm({ expression }: Formed, problems: Problems): void {
  problems.error(
    'FLOW-0301',
    expression.at,
    'In the metron dialect only numbers, names, calls and arithmetic in parentheses can be operands of an operator here.',
    'Texts are joined with JOIN or FORMAT; give other values a name or convert them first.',
  )
}
