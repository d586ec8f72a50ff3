/** What a capture passes over changes nothing: flows over random packets write and count the same with it and without. */

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { FlowDocument, FlowNode } from '../../flows/format/flow.ts'
import type { LoopStart } from '../../runtime/engine/loop.ts'
import { type FlowRun, flowOf, programOf, runProgram } from '../flows/run-flow.ts'
import { captureFile, classic, FRAMES } from '../packets/random-captures.ts'

const pcap: FlowNode = { type: 'capture.pcap', options: { path: 'in' } }
const packets: FlowNode = { type: 'parse.packet', options: {} }
const sink = (path: string): FlowNode => ({ type: 'sink.file', options: { path } })
const filter = (where: string): FlowNode => ({ type: 'rule.filter', options: { where } })

interface Case {
  readonly flow: FlowDocument
  /** Some packets need no reading. */
  readonly isForetold: boolean
}
const CASES: Readonly<Record<string, Case>> = {
  'DNS messages': {
    flow: flowOf({ pcap, packets, dns: { type: 'parse.dns', options: {} }, out: sink('out') }, [
      'pcap -> packets',
      'packets -> dns',
      'dns -> out',
    ]),
    isForetold: true,
  },
  'DNS messages and a filter, with rejects': {
    flow: flowOf(
      {
        pcap,
        packets,
        dns: { type: 'parse.dns', options: { ports: [53, 5000] } },
        web: filter("proto == 'TCP' and (src_port == 443 or dest_port == 443)"),
        out: sink('out'),
        bad: sink('bad'),
        worse: sink('worse'),
        tls: sink('tls'),
      },
      [
        'pcap -> packets',
        'packets -> dns',
        'packets -> web',
        'web -> tls',
        'dns -> out',
        'dns.rejected -> bad',
        'packets.rejected -> worse',
      ],
    ),
    isForetold: true,
  },
  'a filter that may throw': {
    flow: flowOf({ pcap, packets, some: filter('src_port % (dest_port - 53) == 0'), out: sink('out') }, [
      'pcap -> packets',
      'packets -> some',
      'some -> out',
    ]),
    isForetold: true,
  },
  'a filter of which not all is foretold': {
    flow: flowOf({ pcap, packets, some: filter("proto == 'UDP' and ip_ttl > 3"), out: sink('out') }, [
      'pcap -> packets',
      'packets -> some',
      'some -> out',
    ]),
    isForetold: false,
  },
  'a filter beside a sink': {
    flow: flowOf({ pcap, packets, some: filter("proto == 'UDP'"), out: sink('out'), all: sink('all') }, [
      'pcap -> packets',
      'packets -> some',
      'packets -> all',
      'some -> out',
    ]),
    isForetold: false,
  },
}

function whole({ end, files }: FlowRun): unknown {
  const nodes = Object.entries(end.metrics.nodes).map(([id, { unread: _, ...counters }]) => [id, counters])
  const written = [...files.written.keys()].map((path) => [path, files.text(path)])
  return { nodes: Object.fromEntries(nodes), wires: end.metrics.wires, state: end.state, written, at: end.positions }
}

suite('a flow over packets of which some are passed over', () => {
  for (const [name, { flow, isForetold }] of Object.entries(CASES)) {
    test(`writes and counts the same as without: ${name}`, async () => {
      const without = await programOf(flow, {}, [], { prefilter: false })
      const program = await programOf(flow)
      let unread = 0
      await fc.assert(
        fc.asyncProperty(
          captureFile,
          fc.constantFrom(1, 3, 1024),
          fc.constantFrom(5, undefined),
          async (file, batchRecords, most) => {
            const options: Partial<LoopStart> = { batchRecords, ...(most === undefined ? {} : { maxRecords: most }) }
            const reference = await runProgram(without, { in: file }, options)
            const run = await runProgram(program, { in: file }, options)
            assert.deepEqual(whole(run), whole(reference))
            assert.equal(reference.end.metrics.nodes.pcap!.unread, undefined)
            unread += run.end.metrics.nodes.pcap!.unread ?? 0
          },
        ),
        { numRuns: 150 },
      )
      assert.equal(unread > 0, isForetold, `${unread} not read`)
    })
  }

  test('passes over none while somebody looks at a wire they would pass', async () => {
    const { flow } = CASES['DNS messages']!
    const frames = FRAMES.slice(2, 9).map((bytes) => ({ bytes, wire: bytes.length }))
    const program = await programOf(flow)
    for (const [wire, samples, unread] of [
      ['pcap -> packets', 7, undefined],
      ['packets -> dns', 7, undefined],
      ['dns -> out', 0, 4],
    ] as const) {
      const { end, loop } = await runProgram(program, { in: classic(frames, 1, true) }, {}, (one) => {
        one.openTap('look', wire, 100)
      })
      assert.equal(end.metrics.nodes.pcap!.unread, unread, wire)
      const [frame] = loop.collectSamples()
      assert.equal(frame?.samples.length ?? 0, samples, wire)
    }
  })
})
