import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NodeMistakes, type OperatorNode } from '../../nodes/contract/node.ts'
import count from '../../nodes/feature/count.ts'
import { WindowCounts } from '../../runtime/engine/key-counts.ts'
import { flowOf, programOf, runProgram } from '../flows/run-flow.ts'
import { schemaOf } from './fakes.ts'

const operator: OperatorNode = count
const needs = (slices: number, max_keys: number) =>
  operator.needs({ key: ['src_ip'], window_s: 60, slices, max_keys } as never, schemaOf([]))

test('more keys than the engine can hold are a mistake of the flow, found before it runs', () => {
  assert.throws(
    () => needs(60, 50_000_000),
    (error) => error instanceof NodeMistakes && error.mistakes[0]!.option === 'max_keys',
  )
  needs(6, 50_000_000)
})

test('what is no mistake fits into the memory of the engine', () => {
  const given = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 50_000_000 }))
  fc.assert(
    fc.property(given, ([slices, max]) => {
      try {
        needs(slices, max)
      } catch {
        return
      }
      // Pages that nobody wrote to cost nothing.
      assert.equal(new WindowCounts({ max, window_us: 60e6, slices }).size, 0)
    }),
    { numRuns: 20, examples: [[[15, 50_000_000]], [[60, 16_330_000]], [[60, 16_331_090]]] },
  )
})

test('long texts are told apart to their end, whatever the kind of their field', async () => {
  const start = 'x'.repeat(2000)
  for (const kind of ['any', 'text']) {
    const options = { path: 'in', fields: [`tag: ${kind}`] }
    const nodes = {
      eve: { type: 'capture.eve', options },
      c: { type: 'feature.count', options: { key: ['tag'] } },
      out: { type: 'sink.file', options: { path: 'out' } },
    }
    const lines = [`${start}a`, `${start}b`, `${start}a`].map((tag) => JSON.stringify({ tag }))
    const program = await programOf(flowOf(nodes, ['eve -> c', 'c -> out']))
    const { records } = await runProgram(program, { in: lines.join('\n') })
    assert.deepEqual(
      records('out').map(({ c }) => c),
      [{ count: 1 }, { count: 1 }, { count: 2 }],
    )
  }
})
