/** New fields from expressions: the general-purpose feature. */

import { type AddedExpression, deriveNode, type NodeMistake, NodeMistakes } from '../contract/node.ts'
import { option } from '../contract/option.ts'

const ASSIGNMENT = /^\s*([a-z][a-z0-9_]*)\s*:=/

/**
 * Reads `name := expression`. The expression keeps its place in the text (what stands before it becomes blanks), so
 * that a problem in it points where the user wrote it.
 * @throws NodeMistakes with every text that is not one, and every name that stands twice.
 */
function readAssignments(texts: readonly string[]): Record<string, AddedExpression> {
  const assignments = new Map<string, AddedExpression>()
  const mistakes: NodeMistake[] = []
  for (const [i, text] of texts.entries()) {
    const place = `fields.${i}`
    const match = ASSIGNMENT.exec(text)
    if (match === null) {
      mistakes.push({
        code: 'FLOW-0202',
        option: place,
        message: 'This is not of the form "name := expression".',
        fix: 'Write a name in small letters, digits and underscores, then ":=", then the expression.',
      })
      continue
    }
    const [before, name] = match as unknown as [string, string]
    if (assignments.has(name)) {
      mistakes.push({
        code: 'FLOW-0202',
        option: place,
        message: `The name ${name} stands twice.`,
        fix: 'Give each field a name of its own.',
      })
      continue
    }
    assignments.set(name, {
      expression: before.replace(/[^\n]/g, ' ') + text.slice(before.length),
      option: place,
    })
  }
  if (mistakes.length > 0) throw new NodeMistakes(mistakes)
  return Object.fromEntries(assignments)
}

export default deriveNode({
  type: 'feature.expression',
  version: 1,
  title: 'Expressions',
  icon: 'square-function',
  help: [
    'Adds a field for each expression.',
    '',
    "A later expression may use the fields of earlier ones, as `<id>.<name>` with this node's id: in a node `calc`,",
    '`ratio := flow.bytes_toserver / flow.bytes_toclient` and then `is_upload := calc.ratio > 10`.',
  ].join('\n'),
  options: {
    fields: option.assignments({
      help: 'One field a line: `name := expression`. A name is small letters, digits and underscores.',
    }),
  },
  essence: (options) => {
    const texts = Array.isArray(options.fields) ? options.fields.map(String) : []
    return texts.length === 1 ? texts[0]! : `${texts.length} fields`
  },
  needs: {},
  adds: (options) => readAssignments(options.fields),
  examples: [
    {
      title: 'two fields, the second from the first',
      options: { fields: ['total := flow.bytes_toserver + flow.bytes_toclient', 'is_large := node.total > 1000'] },
      given: [{ flow: { bytes_toserver: 900, bytes_toclient: 200 } }],
      expect: [{ node: { total: 1100, is_large: true } }],
    },
  ],
})
