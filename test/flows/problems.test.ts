import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileInput } from '../../flows/bundle/compile-flow.ts'
import { checkWires } from '../../flows/compile/wire-fields.ts'
import type { FlowNode } from '../../flows/format/flow.ts'
import { flowOf, language } from './run-flow.ts'

const eve = { type: 'capture.eve', options: { path: 'in' } }
const out = { type: 'sink.discard', options: {} }

/** Codes and places of all problems, in order of the nodes. */
function problemsOf(nodes: Record<string, FlowNode>, wires: readonly string[]): string[] {
  const input = compileInput(flowOf(nodes, wires), {}, { folders: [], isConfined: true }, language)
  return checkWires(input)
    .problems.map(({ code, node, option, wire }) => [code, node ?? wire, option].filter(Boolean).join(' '))
    .sort()
}

describe('problems', () => {
  it('of names, options, wires and expressions are all reported at once', () => {
    const nodes = {
      eve,
      odd: { type: 'feature.domian', options: {} },
      wrong: { type: 'rule.filter', options: { were: 'true' } },
      loud: { type: 'rule.alert', options: { where: 'dga.score >', severity: 9 } },
      calc: { type: 'feature.expression', options: { fields: ['a := LENGHT(src_ip)', 'b := src_ipp'] } },
      out,
    }
    const wires = [
      'eve -> odd',
      'odd -> wrong',
      'wrong -> loud',
      'loud -> out',
      'eve -> calc',
      'calc.nope -> out',
      'gone -> out',
    ]
    assert.deepEqual(problemsOf(nodes, wires), [
      'FLOW-0201 odd',
      'FLOW-0202 loud severity',
      'FLOW-0202 wrong were',
      'FLOW-0203 gone -> out',
      'FLOW-0204 calc.nope -> out',
      'FLOW-0207 calc fields.1',
      'FLOW-0303 calc fields.0',
    ])
  })

  it('say nothing of fields behind a mistake, for nobody knows what would be there', () => {
    const filter = { type: 'rule.filter', options: { where: 'odd.value > 3' } }
    assert.deepEqual(
      problemsOf({ eve, odd: { type: 'feature.nothing', options: {} }, filter, out }, [
        'eve -> odd',
        'odd -> filter',
        'filter -> out',
      ]),
      ['FLOW-0201 odd'],
    )
  })

  it('name a cycle and still find what is wrong within it', () => {
    const a = { type: 'rule.filter', options: { where: '1 +' } }
    const b = { type: 'rule.filter', options: {} }
    assert.deepEqual(problemsOf({ eve, a, b, out }, ['eve -> a', 'a -> b', 'b -> a', 'b -> out']), [
      'FLOW-0205 a',
      'FLOW-0301 a where',
    ])
  })

  it('name a field the wire lacks, and the one that was probably meant', () => {
    const lexical = { type: 'feature.domain', options: {} }
    const filter = { type: 'rule.filter', options: { where: 'lexical.entrpy > 3' } }
    const input = compileInput(
      flowOf({ eve, lexical, filter, out }, ['eve -> lexical', 'lexical -> filter', 'filter -> out']),
      {},
      { folders: [], isConfined: true },
      language,
    )
    const [problem, ...others] = checkWires(input).problems
    assert.deepEqual(others, [])
    assert.equal(problem?.code, 'FLOW-0207')
    assert.deepEqual([problem?.node, problem?.option, problem?.at?.column], ['filter', 'where', 1])
    assert.match(problem?.fix ?? '', /lexical\.entropy/)
  })
})
