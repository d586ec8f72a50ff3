/** Whatever the flow and the records: the plain and the watched form agree, and so do all sizes of batches. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { FlowNode } from '../../flows/format/flow.ts'
import { flowOf, programOf, runProgram } from '../flows/run-flow.ts'

const name = fc.constantFrom('www.example.com', 'qzxkvjwq.biz', '', 'a.b.c.d.co.uk', '<b>x</b>.test', '\u0000é.org')
const event = fc.record(
  {
    timestamp: fc.integer({ min: 0, max: 3600 }).map((s) => new Date(s * 1000).toISOString()),
    event_type: fc.constantFrom('dns', 'tls', 'flow'),
    src_ip: fc.constantFrom('10.0.0.1', '10.0.0.2'),
    dest_port: fc.oneof(fc.integer({ min: 0, max: 65535 }), fc.constant(null)),
    dns: fc.record({ rrname: name, type: fc.constantFrom('query', 'answer') }, { requiredKeys: [] }),
  },
  { requiredKeys: ['event_type'] },
)
const line = fc.oneof(
  { weight: 20, arbitrary: event.map((record) => JSON.stringify(record)) },
  { weight: 1, arbitrary: fc.constantFrom('{', '[]', '{"a":1', 'x') },
)

const middles: Record<string, FlowNode> = {
  keep: { type: 'rule.filter', options: { where: "event_type == 'dns' or dest_port > 1000" } },
  split: { type: 'rule.switch', options: { cases: ["dns: event_type == 'dns'", 'high: dest_port > 50000'] } },
  lexical: { type: 'feature.domain', options: {} },
  calc: {
    type: 'feature.expression',
    options: { fields: ['l := LENGTH(dns.rrname)', 'p := dest_port % 7'], as: 'calc' },
  },
  loud: {
    type: 'rule.alert',
    options: { where: 'exists(dns.rrname)', key: 'src_ip', window_s: 60, reason: '{dns.rrname} {dest_port}' },
  },
}
const outletsOf = (id: string) => (id.startsWith('split') ? ['dns', 'high', 'else'] : ['out'])

/** A tree of nodes under one source, with a sink at each loose end, and one fan-in where two ends meet. */
const flow = fc
  .array(fc.record({ kind: fc.constantFrom(...Object.keys(middles)), at: fc.nat(), outlet: fc.nat() }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps) => {
    const nodes: Record<string, FlowNode> = { eve: { type: 'capture.eve', options: { path: 'in' } } }
    const wires: string[] = []
    steps.forEach(({ kind, at, outlet }, i) => {
      const from = Object.keys(nodes)[at % (i + 1)]!
      const outlets = outletsOf(from)
      const id = `${kind}_${i}`
      const node = middles[kind]!
      nodes[id] = 'as' in node.options ? { ...node, options: { ...node.options, as: `calc_${i}` } } : node
      wires.push(`${from}.${outlets[outlet % outlets.length]} -> ${id}`)
    })
    const ends = Object.keys(nodes).filter((id) => !wires.some((wire) => wire.startsWith(`${id}.`)))
    nodes.all = { type: 'rule.filter', options: {} }
    nodes.sink = { type: 'sink.file', options: { path: 'all' } }
    nodes.bad = { type: 'sink.file', options: { path: 'bad' } }
    for (const end of ends) wires.push(`${end}.${outletsOf(end)[0]} -> all`)
    wires.push('all -> sink', 'eve.rejected -> bad')
    return flowOf(
      nodes,
      wires.map((wire) => wire.replace('.out ', ' ')),
    )
  })

describe('compiled flows', () => {
  it('give the same records plain and watched, and at batch sizes 1, 7 and 4096', async () => {
    await fc.assert(
      fc.asyncProperty(flow, fc.array(line, { maxLength: 60 }), async (document, lines) => {
        const program = await programOf(document)
        const given = { in: `${lines.join('\n')}\n` }
        const reference = await runProgram(program, given, { batchRecords: 4096 })
        const { nodes } = reference.end.metrics
        // Where branches meet, the order between them depends on the size of batches; within a branch it never does.
        const isTree = document.wires.filter((wire) => wire.endsWith('-> all')).length === 1
        const seen = (text: string) => (isTree ? text.split('\n') : text.split('\n').sort())
        for (const batchRecords of [1, 7, 4096]) {
          for (const alwaysWatched of [false, true]) {
            const run = await runProgram(program, given, { batchRecords, alwaysWatched }, (loop) => {
              if (alwaysWatched) for (const wire of document.wires) loop.openTap(wire, wire, 100)
            })
            assert.deepEqual(seen(run.files.text('all')), seen(reference.files.text('all')))
            assert.deepEqual(run.files.text('bad'), reference.files.text('bad'))
            assert.deepEqual(run.end.metrics.nodes, nodes)
          }
        }
      }),
      { numRuns: 25 },
    )
  })
})
