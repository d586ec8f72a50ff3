import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import { writeFlow } from '../../flows/format/write.ts'
import { anyFlow, flowText, goodFlow } from './flows.ts'

/** Objects made from JSON have a prototype or not; only their members matter here. */
const bare = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([key, member]) => [key, bare(member)]))
}

suite('writing a flow', () => {
  test('reading what was written gives the same document, and writing that the same text', () => {
    fc.assert(
      fc.property(anyFlow, (flow) => {
        const text = writeFlow(flow)
        const { flow: again, problems } = readFlow(text)
        assert.deepEqual(problems, [])
        assert.deepEqual(bare(again), bare(flow))
        assert.equal(writeFlow(again!), text)
      }),
      { numRuns: 500 },
    )
  })

  test('the order of keys and wires in memory does not show in the text', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
      const result = Object.create(null)
      for (const [key, member] of Object.entries(value).reverse()) result[key] = reversed(member)
      return result
    }
    fc.assert(
      fc.property(anyFlow, (flow) => {
        const other = reversed(flow) as FlowDocument
        assert.equal(writeFlow({ ...other, wires: [...flow.wires].reverse() }), writeFlow(flow))
      }),
    )
  })

  test('the text has sorted keys, short lists on one line, one wire a line and a line feed at the end', () => {
    const flow = goodFlow(
      flowText({
        nodes: { b: { type: 'sink.file', options: { z: [1, 2], a: { c: [[]], b: {} } } }, a: { type: 'capture.eve' } },
        wires: ['b -> c', 'a->b'],
        view: { positions: { b: [1, -2.5], a: [0, 0] } },
      }),
    )
    assert.equal(
      writeFlow(flow),
      `{
  "lacewing": 1,
  "name": "small",
  "nodes": {
    "a": {
      "options": {},
      "type": "capture.eve"
    },
    "b": {
      "options": {
        "a": {
          "b": {},
          "c": [
            []
          ]
        },
        "z": [1, 2]
      },
      "type": "sink.file"
    }
  },
  "view": {
    "positions": {
      "a": [0, 0],
      "b": [1, -2.5]
    }
  },
  "wires": [
    "a -> b",
    "b -> c"
  ]
}
`,
    )
  })

  test('moving one node changes one line', () => {
    const at = (x: number) =>
      writeFlow(goodFlow(flowText({ view: { positions: { a: [x, 0], b: [1, 1] } } }))).split('\n')
    const [before, after] = [at(0), at(10)]
    assert.equal(before.length, after.length)
    assert.equal(before.filter((line, i) => line !== after[i]).length, 1)
  })

  test('a value that JSON can not hold is refused instead of changed', () => {
    const circle: unknown[] = []
    circle.push(circle)
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, 1n, [undefined], circle]) {
      const flow = { ...goodFlow(flowText()), nodes: { a: { type: 't.t', options: { value } } } }
      assert.throws(() => writeFlow(flow), TypeError)
    }
  })
})
