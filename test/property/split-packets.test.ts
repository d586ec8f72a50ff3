/**
 * Workers that share a capture by what it foretells of its packets do together what one worker does: flows over random
 * packets, of which some are damaged, cut, wrapped or fragments, and over both directions of many conns.
 */

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { FlowDocument, FlowNode } from '../../flows/format/flow.ts'
import type { Host, Program, ProgramStage, SourceStage } from '../../nodes/contract/program.ts'
import { type FlowRun, flowOf, keyShare, programOf, runProgram } from '../flows/run-flow.ts'
import { captureFile, classic, FRAMES, pcapng } from '../packets/random-captures.ts'

const node = (type: string, options: Record<string, unknown> = {}): FlowNode => ({ type, options })
const sink = (path: string) => node('sink.file', { path })
const pcap = node('capture.pcap', { path: 'in' })
const packets = node('parse.packet')

const FLOWS: Readonly<Record<string, FlowDocument>> = {
  'DNS messages by conn, and all that is rejected': flowOf(
    {
      ...{ pcap, packets, dns: node('parse.dns', { ports: [53, 5000] }) },
      ...{ out: sink('out'), bad: sink('bad'), worse: sink('worse'), worst: sink('worst') },
    },
    [
      'pcap -> packets',
      'packets -> dns',
      'dns -> out',
      'dns.rejected -> bad',
      'packets.rejected -> worse',
      'pcap.rejected -> worst',
    ],
  ),
  'alerts by host': flowOf(
    { pcap, packets, loud: node('rule.alert', { key: 'src_ip', window_s: 1 }), out: sink('out') },
    ['pcap -> packets', 'packets -> loud', 'loud -> out'],
  ),
  'counts by host and port behind a filter': flowOf(
    {
      ...{ pcap, packets, udp: node('rule.filter', { where: "proto == 'UDP'" }) },
      ...{ count: node('feature.count', { key: ['dest_ip', 'dest_port', 'ip_ttl'] }), out: sink('out') },
    },
    ['pcap -> packets', 'packets -> udp', 'udp -> count', 'count -> out'],
  ),
  'alerts by both addresses and messages by conn': flowOf(
    {
      ...{ pcap, packets, loud: node('rule.alert', { key: '[dest_ip, src_ip]', window_s: 1 }) },
      ...{ dns: node('parse.dns'), out: sink('out'), other: sink('other') },
    },
    ['pcap -> packets', 'packets -> loud', 'packets -> dns', 'loud -> out', 'dns -> other'],
  ),
}

/** Many conns between few hosts, queries and answers, each several times. */
const conns = fc
  .array(
    fc.record({ isAnswer: fc.boolean(), host: fc.nat(3), server: fc.nat(1), port: fc.nat(2), frame: fc.nat(99) }),
    { minLength: 1, maxLength: 60 },
  )
  .chain((all) => fc.constantFrom('classic', 'pcapng').map((form) => ({ all, form })))
  .map(({ all, form }) => {
    const frames = all.map(({ isAnswer, host, server, port, frame }) => {
      if (frame < 20) return FRAMES[frame % FRAMES.length]!
      const bytes = FRAMES[isAnswer ? 15 : 14]!.slice()
      const [client_at, server_at, port_at] = isAnswer ? [33, 29, 37] : [29, 33, 35]
      bytes[client_at] = host + 1
      bytes[server_at] = server + 100
      bytes[port_at] = port
      return bytes
    })
    const given = frames.map((bytes) => ({ bytes, wire: bytes.length }))
    return form === 'classic' ? classic(given, 1, true) : pcapng(given, 1)
  })

/** Counters of all runs together, by node, and all lines written, by file. */
function together(runs: readonly FlowRun[]): unknown {
  const counters = new Map<string, number>()
  const lines = new Map<string, string[]>()
  for (const { end, files } of runs) {
    for (const [id, counts] of Object.entries(end.metrics.nodes)) {
      for (const [name, count] of Object.entries(counts)) {
        if (typeof count !== 'number') continue
        counters.set(`${id} ${name}`, (counters.get(`${id} ${name}`) ?? 0) + count)
      }
    }
    for (const path of files.written.keys()) {
      lines.set(path, [...(lines.get(path) ?? []), ...files.text(path).split('\n')].filter(Boolean).sort())
    }
  }
  return { counters, lines }
}

/** The program, and the event time that the run of it begun last has reached. */
function timed(program: Program): { readonly program: Program; newest_us(): number } {
  let stages: readonly ProgramStage[] = []
  const start = (host: Host) => {
    stages = program.start(host)
    return stages
  }
  const newest_us = () => (stages.find(({ kind }) => kind === 'source') as SourceStage).newest_us()
  return { program: { ...program, start }, newest_us }
}

suite('workers that share the packets of a capture', () => {
  for (const [name, flow] of Object.entries(FLOWS)) {
    test(`write and count what one does: ${name}`, async () => {
      const programs = [await programOf(flow), await programOf(flow, {}, [], { prefilter: false })].map(timed)
      let shared = 0
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(captureFile, conns),
          fc.constantFrom(...programs),
          fc.constantFrom(2, 3, 7),
          fc.constantFrom(1, 3, 1024),
          fc.constantFrom(5, undefined),
          fc.boolean(),
          async (file, { program, newest_us }, of, batchRecords, most, alwaysWatched) => {
            const { split } = program
            assert.ok(split.by === 'key' && split.foretold)
            const options = { batchRecords, alwaysWatched, ...(most === undefined ? {} : { maxRecords: most }) }
            const alone = await runProgram(program, { in: file }, options)
            const reached_us = newest_us()
            const runs: FlowRun[] = []
            for (let index = 0; index < of; index++) {
              // Some workers have somebody looking at them, and pass over nothing.
              const look = (loop: FlowRun['loop']) => {
                if (index % 2 === 1) loop.openTap('look', flow.wires[0]!, 1000)
              }
              runs.push(await runProgram(program, { in: file }, { ...options, share: keyShare(index, of) }, look))
              assert.equal(newest_us(), reached_us)
            }
            assert.deepEqual(together(runs), together([alone]))
            if (runs.filter(({ files }) => files.text('out') !== '').length > 1) shared += 1
          },
        ),
        { numRuns: 150 },
      )
      assert.ok(shared > 10, `${shared} runs in which several workers wrote`)
    })
  }

  test('forget a conn after the time after which one worker does, whatever came between', async () => {
    const program = await programOf(FLOWS['DNS messages by conn, and all that is rejected']!)
    const times_s = [0, 301, 302, 603, 604]
    // One host at each other time only, so that what comes between is of the other, which is the other worker's.
    const all = times_s.flatMap((time_s, i) => (i % 2 === 0 ? [0, 1] : [1]).map((host) => ({ time_s, host })))
    const file = classic(
      all.map(({ host }) => {
        const bytes = FRAMES[14]!.slice()
        bytes[29] = host
        return { bytes, wire: bytes.length }
      }),
      1,
      true,
    )
    const view = new DataView(file.buffer)
    for (const [i, { time_s }] of all.entries()) view.setUint32(24 + i * (16 + FRAMES[14]!.length), time_s, true)
    const alone = await runProgram(program, { in: file })
    const first = alone.records('out').filter(({ src_ip }) => src_ip === '10.0.0.0')
    assert.deepEqual(
      first.map(({ dns }) => (dns as Record<string, unknown>).tx_id),
      [0, 0, 0],
    )
    const runs: FlowRun[] = []
    for (const index of [0, 1]) runs.push(await runProgram(program, { in: file }, { share: keyShare(index, 2) }))
    assert.ok(runs.every(({ files }) => files.text('out') !== ''))
    assert.deepEqual(together(runs), together([alone]))
  })
})
