/** Sends each record to the first outlet whose expression is true. */

import { type Need, need } from '../contract/need.ts'
import { keepNode, type NodeMistake, NodeMistakes, type OutletSpec } from '../contract/node.ts'
import { option } from '../contract/option.ts'

const CASE = /^\s*([a-z][a-z0-9_-]*)\s*:/

/** The outlet of records that no case takes. */
const ELSE = 'else'

interface Cases {
  /** Outlets in the order of their first case; `else` last unless a case names it. */
  readonly outlets: readonly string[]
  /** By case: where its records go, and its expression, at the place it has in the text. */
  readonly targets: readonly number[]
  readonly expressions: readonly string[]
  readonly otherwise: number
  readonly mistakes: readonly NodeMistake[]
}

function parseCases(texts: readonly string[]): Cases {
  const outlets: string[] = []
  const targets: number[] = []
  const expressions: string[] = []
  const mistakes: NodeMistake[] = []
  const indexOf = (outlet: string): number => {
    const known = outlets.indexOf(outlet)
    return known === -1 ? outlets.push(outlet) - 1 : known
  }
  for (const [i, text] of texts.entries()) {
    const match = CASE.exec(text)
    if (match === null) {
      mistakes.push({
        code: 'FLOW-0202',
        option: `cases.${i}`,
        message: 'This is not of the form "outlet: expression".',
        fix: 'Write the name of the outlet (small letters, digits, "-" and "_"), then ":", then the expression.',
      })
      continue
    }
    const [before, outlet] = match as unknown as [string, string]
    if (outlet === 'rejected') {
      mistakes.push({
        code: 'FLOW-0202',
        option: `cases.${i}`,
        message: "The outlet 'rejected' is the one of records in error.",
        fix: 'Name the outlet otherwise.',
      })
      continue
    }
    targets.push(indexOf(outlet))
    expressions.push(before.replace(/[^\n]/g, ' ') + text.slice(before.length))
  }
  const otherwise = indexOf(ELSE)
  return { outlets, targets, expressions, otherwise, mistakes }
}

/** `choose` runs for every record and sees only the options: what they say is read once. */
const parsed = new WeakMap<readonly string[], Cases>()
function readCases(texts: readonly string[]): Cases {
  let cases = parsed.get(texts)
  if (cases === undefined) {
    cases = parseCases(texts)
    parsed.set(texts, cases)
  }
  return cases
}

type Row = Readonly<Record<string, boolean | null>>
const caseNames = Array.from({ length: 64 }, (_, i) => `case${i}`)

export default keepNode({
  type: 'rule.switch',
  version: 1,
  title: 'Switch',
  icon: 'split',
  help: [
    'Sends each record to the outlet of the first case that is true, and to `else` when none is.',
    '',
    'A case is `outlet: expression`. Several cases may name the same outlet.',
  ].join('\n'),
  options: {
    cases: option.texts({
      maxItems: caseNames.length,
      help: "One case a line, `outlet: expression`: `dns: event_type == 'dns'`. The first that is true takes the record.",
    }),
  },
  essence: (options) => {
    const texts = Array.isArray(options.cases) ? options.cases.map(String) : []
    return parseCases(texts).outlets.join(', ')
  },
  outlets: (options) => {
    const { outlets } = readCases(options.cases)
    const specs = new Map<string, OutletSpec>()
    for (const outlet of outlets) {
      specs.set(outlet, { help: outlet === ELSE ? 'Records that no case takes.' : `Records of the case ${outlet}.` })
    }
    return Object.fromEntries(specs)
  },
  needs: (options) => {
    const { expressions, mistakes } = readCases(options.cases)
    if (mistakes.length > 0) throw new NodeMistakes(mistakes)
    const needs: Record<string, Need<boolean | null>> = {}
    for (const [i, text] of expressions.entries()) needs[caseNames[i]!] = need.expression(`cases.${i}`, text, 'boolean')
    return needs
  },
  otherwise: ELSE,
  choose: (row: Row, options) => {
    const { targets, otherwise } = readCases(options.cases)
    for (let i = 0; i < targets.length; i++) if (row[caseNames[i]!] === true) return targets[i]!
    return otherwise
  },
  examples: [
    {
      title: 'the first case that is true takes the record',
      options: { cases: ["dns: event_type == 'dns'", 'high: dest_port > 1023'] },
      given: [{ event_type: 'dns', dest_port: 5353 }, { event_type: 'flow', dest_port: 8080 }, { event_type: 'tls' }],
      outlet: 'high',
      expect: [{ event_type: 'flow', dest_port: 8080 }],
    },
    {
      title: 'what no case takes leaves by else',
      options: { cases: ["dns: event_type == 'dns'"] },
      given: [{ event_type: 'dns' }, { event_type: 'tls' }],
      outlet: 'else',
      expect: [{ event_type: 'tls' }],
    },
  ],
})
