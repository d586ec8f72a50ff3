/** Which texts the compiler has a source search for, and where it must not. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileInput } from '../../flows/bundle/compile-flow.ts'
import { compile } from '../../flows/compile/compile.ts'
import type { FlowNode } from '../../flows/format/flow.ts'
import { EXAMPLES } from '../golden/flows.ts'
import { flowOf, language } from './run-flow.ts'

const node = (type: string, options: Record<string, unknown> = {}): FlowNode => ({ type, options })
const keep = (where: string) => node('rule.filter', { where })
const NODES: Record<string, FlowNode> = {
  eve: node('capture.eve', { path: 'in' }),
  dns: keep("event_type == 'dns'"),
  query: keep("dns.type == 'query'"),
  tls: keep("event_type == 'tls' and exists(tls.sni)"),
  any: keep("event_type != 'dns'"),
  cases: node('rule.switch', { cases: ["a: event_type == 'dns'", "b: event_type == 'tls'"] }),
  alarm: node('rule.alert', { where: "'evil' in http.hostname" }),
  all: node('rule.alert'),
  names: node('feature.expression', {
    fields: ['name := dns.rrname', "is_dns := event_type == 'dns'", 'n := dns.id % 2'],
  }),
  named: keep('exists(names.name)'),
  told: keep('names.is_dns'),
  risky: keep("names.n == 1 and event_type == 'dns'"),
  lexical: node('feature.domain', { field: 'tls.sni' }),
  long: keep('lexical.length > 20'),
  score: node('model.score', { model: 'dga' }),
  out: node('sink.file', { path: 'out' }),
  bad: node('sink.file', { path: 'bad' }),
}

/** A flow of the wires, and what of it is searched for, as `"a" "b", "c"`: one of each list. */
function searchedIn(...wires: string[]): { readonly texts: string; readonly passes: Record<string, string> } {
  const ids = new Set(wires.flatMap((wire) => wire.split(' -> ').map((end) => end.split('.')[0]!)))
  const nodes = Object.fromEntries([...ids].map((id) => [id, NODES[id]!]))
  const { prefiltered, problems } = compile(
    compileInput(flowOf(nodes, wires), {}, { folders: [EXAMPLES], isConfined: false }, language),
  )
  assert.ok(prefiltered !== undefined, JSON.stringify(problems))
  const screen = prefiltered.screens.get('eve') ?? []
  return { texts: screen.map((texts) => texts.join(' ')).join(', '), passes: Object.fromEntries(prefiltered.passes) }
}

describe('the prefilter', () => {
  for (const [title, wires, texts, passes] of [
    ['a filter', ['eve -> dns', 'dns -> out'], '"dns"', {}],
    ['conditions of one filter', ['eve -> tls', 'tls -> out'], '"sni", "tls"', {}],
    ['several branches', ['eve -> dns', 'eve -> tls', 'dns -> out', 'tls -> bad'], '"dns" "sni", "dns" "tls"', {}],
    ['a switch', ['eve -> cases', 'cases.a -> out'], '"dns" "tls"', { cases: 'else' }],
    [
      'a filter behind else',
      ['eve -> cases', 'cases.else -> alarm', 'alarm -> out'],
      '"dns" "tls" evil, "dns" "http" "tls", "dns" "hostname" "tls"',
      { cases: 'else' },
    ],
    ['what an operator admits', ['eve -> alarm', 'alarm -> out'], '"hostname", "http", evil', {}],
    [
      'an added field that is another',
      ['eve -> names', 'names -> named', 'named -> out'],
      '"rrname", "dns"',
      { names: 'out' },
    ],
    ['an added condition', ['eve -> names', 'names -> told', 'told -> out'], '"dns"', { names: 'out' }],
    ['what code adds', ['eve -> lexical', 'lexical -> long', 'long -> out'], '"sni", "tls"', { lexical: 'out' }],
  ] as const) {
    it(`searches for what ${title} asks for`, () => {
      const searched = searchedIn(...wires)
      const sorted = (list: string) => list.split(', ').sort()
      assert.deepEqual(sorted(searched.texts), sorted(texts))
      assert.deepEqual(searched.passes, passes)
    })
  }

  it('asks for what only the first of two filters wants: what the first let pass must be counted', () => {
    assert.equal(searchedIn('eve -> dns', 'dns -> query', 'query -> out').texts, '"dns"')
  })

  for (const [title, wires] of [
    ['a sink is beside the filter', ['eve -> dns', 'eve -> bad', 'dns -> out']],
    ['a filter takes what it does not say', ['eve -> any', 'any -> out']],
    ['somebody is wired to the rejects', ['eve -> dns', 'dns -> out', 'eve.rejected -> bad']],
    ['an operator admits everything', ['eve -> all', 'all -> out']],
    ['else leads to a sink', ['eve -> cases', 'cases.a -> out', 'cases.else -> bad']],
    ['a node before the filter may reject', ['eve -> lexical', 'lexical -> score', 'score -> dns', 'dns -> out']],
    ['an added field may throw', ['eve -> names', 'names -> risky', 'risky -> out']],
    ['ways meet before the filter', ['eve -> names', 'eve -> lexical', 'names -> dns', 'lexical -> dns', 'dns -> out']],
    ['there is nothing behind', ['names -> out', 'eve -> names']],
  ] as const) {
    it(`has every record read where ${title}`, () => assert.equal(searchedIn(...wires).texts, ''))
  }
})
