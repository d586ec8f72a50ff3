/** The functions of the expression language as one page of the reference. */

import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import { code, GENERATED, page, table } from './markdown.ts'

export function functionPage(functions: Iterable<ExpressionFunction>): string {
  const groups = new Map<string, ExpressionFunction[]>()
  for (const one of functions) groups.set(one.group, [...(groups.get(one.group) ?? []), one])
  const sections = [...groups].map(([group, members]) => {
    const sorted = members.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    return [`## ${group}`, ...sorted.map(functionSection)].join('\n\n')
  })
  return page(
    GENERATED,
    '# Functions',
    'What an expression can call, by group. The language: expressions.md.',
    ...sections,
  )
}

function functionSection({ name, help, parameters, returns, returnsHelp, examples }: ExpressionFunction): string {
  const signature = parameters.map((one) => {
    const shown = one.rest ? `${one.name}...` : one.name
    return one.optional ? `[${shown}]` : shown
  })
  const rows = parameters.map((one) => [
    code(one.name),
    one.type + (one.optional ? ', may be left out' : '') + (one.rest ? ', any number' : ''),
    one.help,
  ])
  const shown = examples.map(({ expression, result }) => [code(expression), code(JSON.stringify(result) ?? 'null')])
  return [
    `### ${name}`,
    code(`${name}(${signature.join(', ')})`),
    help,
    rows.length === 0 ? '' : table(['argument', 'type', 'meaning'], rows),
    `Gives ${returns}: ${returnsHelp}`,
    shown.length === 0 ? '' : table(['example', 'gives'], shown),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
