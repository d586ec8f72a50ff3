/** How flows may be shared by several workers, and that records which are shared by key stay together. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compileInput } from '../../flows/bundle/compile-flow.ts'
import { compile } from '../../flows/compile/compile.ts'
import type { FlowDocument, FlowNode } from '../../flows/format/flow.ts'
import type { Value } from '../../nodes/contract/field.ts'
import { operatorNode } from '../../nodes/contract/node.ts'
import type { KeyPart } from '../../nodes/contract/program.ts'
import { KEY_BASIS, keyHash, pairHash, workerOf } from '../../nodes/records/key-hash.ts'
import { flowOf, keyShare, language, programOf, runProgram } from './run-flow.ts'

const node = (type: string, options: Record<string, unknown> = {}): FlowNode => ({ type, options })
/** An operator that says nothing of what it keeps. */
const everything = operatorNode({
  type: 'rule.everything',
  version: 1,
  title: 'Everything',
  help: 'Keeps what it likes.',
  icon: 'box',
  options: {},
  needs: () => ({}),
  adds: () => ({}),
  start: () => ({ onBatch() {} }),
})
const withEverything = { ...language, catalogue: new Map([...language.catalogue, [everything.type, everything]]) }
const eve = node('capture.eve', { path: 'in' })
const out = node('sink.file', { path: 'out' })
const alert = (key: string) => node('rule.alert', { key, window_s: 60 })

/** A flow of the nodes one behind the other, and a sink. */
const chainOf = (...before: FlowNode[]) => {
  const nodes = Object.fromEntries([...before, out].map((one, i) => [`n${i}`, one]))
  const ids = Object.keys(nodes)
  return flowOf(
    nodes,
    ids.slice(1).map((id, i) => `${ids[i]} -> ${id}`),
  )
}
const pcap = node('capture.pcap', { path: 'in' })
const dns = node('parse.dns')
const chain = (...middle: FlowNode[]) => chainOf(eve, ...middle)
const packets = (...middle: FlowNode[]) => chainOf(pcap, node('parse.packet'), ...middle)
const withWires = (flow: FlowDocument, ...wires: string[]) => ({ ...flow, wires: [...flow.wires, ...wires] })

function splitOf(flow: ReturnType<typeof flowOf>) {
  const { split, problems } = compile(compileInput(flow, {}, { folders: [], isConfined: false }, withEverything))
  assert.ok(split !== undefined, JSON.stringify(problems))
  return split.split
}

describe('the split of a flow', () => {
  const BY_BLOCKS = { by: 'blocks', source: 'n0' }
  const byKey = (...fields: KeyPart[]) => ({ by: 'key', source: 'n0', fields, foretold: false })
  const byForetold = (...fields: KeyPart[]) => ({ by: 'key', source: 'n0', fields, foretold: true })
  const addresses = ['dest_ip', 'src_ip'] as const
  const ports = ['dest_port', 'src_port'] as const
  for (const [title, flow, expected] of [
    ['nothing kept', chain(node('rule.filter')), BY_BLOCKS],
    ['alerts without a window', chain(node('rule.alert', { key: 'src_ip' })), BY_BLOCKS],
    ['alerts with one', chain(alert('src_ip')), byKey('src_ip')],
    ['a list of fields', chain(alert('[src_ip, dns.rrname, 7]')), byKey('dns.rrname', 'src_ip')],
    ['two keys with a field in common', chain(alert('[src_ip, dest_ip]'), alert('[proto, src_ip]')), byKey('src_ip')],
    ['counts', chain(node('feature.count', { key: ['dest_port', 'src_ip'] })), byKey('dest_port', 'src_ip')],
    ['conns', packets(dns), byForetold(addresses, ports)],
    ['hosts', packets(alert('src_ip')), byForetold('src_ip')],
    ['hosts behind a filter', packets(node('rule.filter'), alert('[src_ip, proto]')), byForetold('src_ip')],
    ['both addresses and conns', packets(alert('[src_ip, dest_ip, proto]'), dns), byForetold(addresses)],
    [
      'hosts by two ways',
      withWires(packets(node('rule.filter'), node('rule.filter'), alert('src_ip')), 'n1 -> n3', 'n2 -> n4'),
      byForetold('src_ip'),
    ],
    ['link types', packets(alert('[link_type, proto]')), byKey('link_type')],
    ['link types and hosts', packets(alert('[link_type, src_ip]')), byForetold('src_ip')],
  ] as const) {
    it(`is by what all keep has in common: ${title}`, () => assert.deepEqual(splitOf(flow), expected))
  }

  const added = node('feature.expression', { fields: ['name := dns.rrname'] })
  const rejects = flowOf({ n0: eve, loud: alert('reject.reason'), out }, ['n0.rejected -> loud', 'loud -> out'])
  const two = flowOf({ a: eve, b: eve, out }, ['a -> out', 'b -> out'])
  for (const [title, flow, why] of [
    ['a key that is computed', chain(alert('TO_LOWER(src_ip)')), /no field of n0/],
    ['a key that a node added', chain(added, alert('n1.name')), /no field of n0/],
    ['keys without a field in common', chain(alert('src_ip'), alert('dest_ip')), /n1 and n2/],
    ['state that hangs on everything', packets(dns, node('rule.everything')), /n3 does .* any record before/],
    ['hosts as a node turned them', packets(dns, alert('src_ip')), /n3 keeps state by what no field/],
    ['conns and hosts', packets(alert('src_ip'), dns), /n2 and n3 keep state/],
    [
      'hosts beside hosts as a node turned them',
      withWires(packets(dns, node('rule.filter'), alert('src_ip')), 'n1 -> n3'),
      /n4 keeps state/,
    ],
    ['hosts beside packets', withWires(packets(node('rule.filter'), alert('src_ip')), 'n0 -> n2'), /n3 keeps state/],
    ['hosts beside rejects', withWires(packets(alert('src_ip')), 'n1.rejected -> n2'), /n2 keeps state/],
    [
      'link types beside records that have none any more',
      withWires(packets(dns, node('rule.filter'), alert('link_type')), 'n1 -> n3'),
      /n4 keeps state/,
    ],
    ['a parser behind another node', chainOf(pcap, node('rule.filter'), node('parse.packet'), dns), /n3 keeps state/],
    ['several sources', two, /2/],
    ['standard input', flowOf({ n0: node('capture.eve', { path: '-' }), out }, ['n0 -> out']), /only once/],
    ['what is kept of rejects', rejects, /n0\.rejected/],
  ] as const) {
    it(`says why one worker must see all: ${title}`, () => {
      const split = splitOf(flow)
      assert.equal(split.by, 'one')
      assert.match(split.by === 'one' ? split.why : '', why)
    })
  }
})

describe('the hash of a key', () => {
  const value = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.bigInt(),
      fc.string(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    ),
  })).value

  it('is the same for equal values, 0 and -0 and maps in another order among them', () => {
    const hash = (one: Value) => keyHash(KEY_BASIS, one)
    assert.equal(hash(0), hash(-0))
    fc.assert(
      fc.property(value, (one) => {
        const copy = structuredClone(one)
        const turned = copy instanceof Map ? new Map([...copy].reverse()) : copy
        assert.equal(hash(turned), hash(one))
        assert.ok(Number.isInteger(hash(one)))
      }),
    )
  })

  it('is the same for what nodes take for the same: numbers of one value, texts of the same UTF-8', () => {
    const hash = (one: Value) => keyHash(KEY_BASIS, one)
    for (const exponent of [53, 64, 100, 1000]) assert.equal(hash(2 ** exponent), hash(2n ** BigInt(exponent)))
    assert.equal(hash(-(2 ** 60)), hash(-(2n ** 60n)))
    const encoder = new TextEncoder()
    const texts = fc.tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 0xd800, max: 0xdfff }))
    fc.assert(
      fc.property(texts, ([text, unit]) => {
        const given = text + String.fromCharCode(unit)
        assert.equal(hash(given), hash(new TextDecoder('utf-8', { ignoreBOM: true }).decode(encoder.encode(given))))
      }),
    )
  })

  it('is the same for two values in either order, and for no two others', () => {
    const pair = (a: Value, b: Value) => pairHash(KEY_BASIS, a, b)
    fc.assert(fc.property(value, value, (a, b) => assert.equal(pair(a, b), pair(b, a))))
    assert.equal(new Set([pair(1, 2), pair(1, 1), pair(2, 2), pair(1, 3), pair('1', 2)]).size, 5)
  })

  it('gives each worker its part of addresses, whatever their number', () => {
    for (const workers of [2, 3, 8]) {
      const counts = new Array<number>(workers).fill(0)
      for (let i = 0; i < 8000; i++) {
        counts[workerOf(keyHash(KEY_BASIS, `10.${i % 7}.${i % 250}.${i % 191}`), workers)]! += 1
      }
      for (const count of counts) assert.ok(Math.abs(count * workers - 8000) < 8000 / 4, String(counts))
    }
  })
})

describe('a flow split by key', () => {
  it('gives each record to one worker, all of a key to the same, and what has no key to the first', async () => {
    const flow = flowOf(
      { eve, dns: node('rule.filter', { where: "event_type == 'dns'" }), loud: alert('src_ip'), out },
      ['eve -> dns', 'dns -> loud', 'loud -> out'],
    )
    const program = await programOf(flow)
    const lines = Array.from({ length: 300 }, (_, i) => {
      const timestamp = new Date(i * 1000).toISOString()
      const event = { timestamp, event_type: i % 3 === 0 ? 'tls' : 'dns', src_ip: `10.0.0.${i % 17}` }
      return i % 50 === 49 ? 'broken' : JSON.stringify(event)
    })
    const given = { in: lines.join('\n') }
    const alone = await runProgram(program, given)
    const of = 3
    const sets: Set<string>[] = []
    const written: string[] = []
    const totals = { in: 0, out: 0, rejected: 0, filtered: 0 }
    for (let index = 0; index < of; index++) {
      const run = await runProgram(program, given, { share: keyShare(index, of) })
      const { nodes } = run.end.metrics
      totals.in += nodes.eve!.in
      totals.out += nodes.loud!.out
      totals.rejected += nodes.eve!.rejected
      totals.filtered += nodes.dns!.filtered + nodes.loud!.filtered
      assert.equal(nodes.eve!.rejected > 0, index === 0)
      const records = run.records('out')
      sets.push(new Set(records.map(({ src_ip }) => String(src_ip))))
      written.push(...records.map((record) => JSON.stringify(record)))
    }
    const { eve: source, dns, loud } = alone.end.metrics.nodes
    const expected = { in: source!.in, out: loud!.out, rejected: source!.rejected }
    assert.deepEqual(totals, { ...expected, filtered: dns!.filtered + loud!.filtered })
    const all = alone.records('out').map((record) => JSON.stringify(record))
    assert.deepEqual(written.sort(), all.sort())
    assert.equal(
      sets.reduce((sum, set) => sum + set.size, 0),
      new Set(sets.flatMap((set) => [...set])).size,
    )
    assert.ok(sets.every(({ size }) => size > 0))
  })
})
