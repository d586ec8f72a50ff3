/**
 * What must stand in a record for an expression to be true of it: found by looking, before anything runs.
 *
 * Only texts that some field must equal are looked for; a reader of records can search their bytes for them and spare
 * itself the reading where they are missing. What is found is necessary, never sufficient.
 */

import type { Expression } from './ast.ts'

/** One of the fields equals the text beside it. */
export type ImpliedTexts = readonly { readonly path: string; readonly text: string }[]

/** Conditions that all hold wherever the expression is true. Empty when nothing can be said. */
export function impliedTexts(expression: Expression): readonly ImpliedTexts[] {
  switch (expression.kind) {
    case 'compare':
      return expression.operator === '==' ? [...equality(expression.left, expression.right)] : []
    case 'in':
      return expression.negated ? [] : membership(expression.item, expression.container)
    case 'logical': {
      const parts = expression.operands.map(impliedTexts)
      if (expression.operator === 'and') return parts.flat()
      // One of the operands holds, so one condition of each, taken together, does.
      return parts.every((part) => part.length > 0) ? [parts.flatMap((part) => shortest(part))] : []
    }
    default:
      return []
  }
}

function shortest(conditions: readonly ImpliedTexts[]): ImpliedTexts {
  return conditions.reduce((best, one) => (one.length < best.length ? one : best))
}

function equality(left: Expression, right: Expression): ImpliedTexts[] {
  const [name, constant] = left.kind === 'name' ? [left, right] : [right, left]
  const isText = constant.kind === 'constant' && typeof constant.value === 'string'
  return name.kind === 'name' && isText ? [[{ path: name.path, text: constant.value as string }]] : []
}

function membership(item: Expression, container: Expression): ImpliedTexts[] {
  if (item.kind !== 'name' || container.kind !== 'list' || container.items.length === 0) return []
  const texts = container.items.map((one) => (one.kind === 'constant' ? one.value : undefined))
  if (!texts.every((text) => typeof text === 'string')) return []
  return [texts.map((text) => ({ path: item.path, text }))]
}
