import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileInput } from '../../flows/bundle/compile-flow.ts'
import { compile } from '../../flows/compile/compile.ts'
import type { FlowNode } from '../../flows/format/flow.ts'
import { flowOf, language, programOf, runProgram } from './run-flow.ts'

const filter: FlowNode = { type: 'rule.filter', options: {} }
const eve: FlowNode = { type: 'capture.eve', options: { path: 'in' } }

describe('a flow as large as a flow may be', () => {
  it('runs when it is one long chain: loops end before they are too deep to compile', async () => {
    const nodes: Record<string, FlowNode> = { eve, out: { type: 'sink.file', options: { path: 'out' } } }
    const ids = Array.from({ length: 1900 }, (_, i) => `f${i}`)
    for (const id of ids) nodes[id] = filter
    const wires = ['eve', ...ids].map((id, i) => `${id} -> ${ids[i] ?? 'out'}`)
    const run = await runProgram(await programOf(flowOf(nodes, wires)), { in: '{"a":1}\n' })
    assert.deepEqual(run.records('out'), [{ a: 1 }])
  })

  it('is compiled in one look at each node, however many ways lead through it', () => {
    const nodes: Record<string, FlowNode> = { eve, out: { type: 'sink.discard', options: {} } }
    const wires: string[] = []
    let last = 'eve'
    for (let i = 0; i < 100; i++) {
      for (const id of [`a${i}`, `b${i}`, `j${i}`]) nodes[id] = filter
      wires.push(`${last} -> a${i}`, `${last} -> b${i}`, `a${i} -> j${i}`, `b${i} -> j${i}`)
      last = `j${i}`
    }
    const input = compileInput(
      flowOf(nodes, [...wires, `${last} -> out`]),
      {},
      { folders: [], isConfined: true },
      language,
    )
    assert.notEqual(compile(input).module, undefined)
  })
})
