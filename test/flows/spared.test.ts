/** What the compiler spares is never missed: known flows over real records, with prefilter and projection on and off. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { Loop } from '../../runtime/engine/loop.ts'
import { EXAMPLES, GOLDEN_FLOWS } from '../golden/flows.ts'
import { type FlowRun, flowOf, programOf, runProgram } from './run-flow.ts'

const EVE = readFileSync(`${EXAMPLES}samples/eve.json`)
const DNS = readFileSync(`${EXAMPLES}samples/dns.pcap`)
/** By the names that flows give them. */
const filesOf = (eve: Uint8Array, pcap: Uint8Array) => ({
  ...{ 'samples/eve.json': eve, 'eve.json': eve },
  ...{ 'samples/dns.pcap': pcap, 'dns.pcap': pcap },
})
/** A capture file without packets. */
const NO_PACKETS = DNS.subarray(0, 24)
/** Two sources come to each other's records in no order that could be held, so each is given records by itself. */
const INPUTS = [filesOf(EVE, NO_PACKETS), filesOf(new Uint8Array(0), DNS)]

/** What was written, by file, and what was counted, but for what was not read. */
function outcome({ end, files }: FlowRun, isOrdered: boolean): unknown {
  const nodes = Object.entries(end.metrics.nodes).map(([id, { unread: _, ...counters }]) => [id, counters])
  const written = [...files.written.keys()].map((path) => {
    const lines = files.text(path).split('\n')
    return [path, isOrdered ? lines : lines.sort()]
  })
  return { nodes: Object.fromEntries(nodes), wires: end.metrics.wires, written: Object.fromEntries(written) }
}

describe('prefilter and projection', () => {
  for (const flow of GOLDEN_FLOWS) {
    it(`change nothing of what ${flow.name} writes and counts`, async () => {
      // Where ways meet before a sink, their order follows the batches, and so what was not read.
      const sinks = flow.wires.map((wire) => wire.split(' -> ')[1]!)
      const isOrdered = new Set(sinks).size === sinks.length
      let reference: unknown
      for (const prefilter of [false, true]) {
        for (const projection of [false, true]) {
          const program = await programOf(flow, {}, [EXAMPLES], { prefilter, projection })
          const runs = []
          for (const input of INPUTS) runs.push(await runProgram(program, input))
          const outcomes = runs.map((run) => outcome(run, isOrdered))
          reference ??= outcomes
          assert.ok(isDeepStrictEqual(outcomes, reference), `differs: ${JSON.stringify({ prefilter, projection })}`)
          const nodes = runs.flatMap(({ end }) => Object.values(end.metrics.nodes))
          if (!prefilter) assert.ok(nodes.every(({ unread = 0 }) => unread === 0))
        }
      }
    })
  }
})

describe('records that are not read', () => {
  const flow = flowOf(
    {
      eve: { type: 'capture.eve', options: { path: 'in' } },
      lexical: { type: 'feature.domain', options: { field: 'tls.sni' } },
      names: { type: 'feature.expression', options: { fields: ["is_query := dns.type == 'query'"] } },
      ways: { type: 'rule.switch', options: { cases: ['dns: names.is_query'] } },
      dns: { type: 'sink.file', options: { path: 'dns' } },
      smb: { type: 'rule.filter', options: { where: "event_type == 'smb'" } },
      out: { type: 'sink.file', options: { path: 'smb' } },
    },
    ['eve -> lexical', 'lexical -> names', 'names -> ways', 'ways.dns -> dns', 'ways.else -> smb', 'smb -> out'],
  )
  const LINES = [
    '{"event_type":"tls","tls":{"sni":"www.example.com"}}',
    '{"event_type":"dns","dns":{"type":"query"}}',
    '{"event_type":"flow"}',
    '{"event_type":"smb"}',
  ]

  it('are counted at every node they pass, and at the one that filters them', async () => {
    const { end } = await runProgram(await programOf(flow), { in: LINES.join('\n') })
    const { nodes, wires } = end.metrics
    assert.equal(nodes.eve!.unread, 2)
    const passed = ['eve', 'lexical', 'names', 'ways'].map((id) => nodes[id]!.out)
    assert.deepEqual(passed, [4, 4, 4, 4])
    assert.deepEqual([nodes.smb!.in, nodes.smb!.filtered, nodes.smb!.out], [3, 2, 1])
    assert.equal(wires['ways.else -> smb'], 3)
  })

  it('are shown with the fields they would have had, on every wire they pass', async () => {
    const program = await programOf(flow)
    const shown = async (wire: string) => {
      const look = (loop: Loop) => loop.openTap('tap', wire, 100)
      const { loop, end } = await runProgram(program, { in: LINES.join('\n') }, { alwaysWatched: true }, look)
      assert.equal(end.metrics.nodes.eve!.unread, 2)
      return loop.collectSamples()[0]!.samples.map(({ record }) => record as Record<string, unknown>)
    }
    assert.deepEqual((await shown('eve -> lexical'))[0], JSON.parse(LINES[0]!))
    const passed = await shown('names -> ways')
    assert.deepEqual(
      passed.map(({ event_type }) => event_type),
      ['tls', 'dns', 'flow', 'smb'],
    )
    const [tls, unnamed] = await shown('ways.else -> smb')
    assert.equal((tls!.lexical as Record<string, unknown>).registrable, 'example.com')
    assert.deepEqual(unnamed!.names, { is_query: false })
  })
})
