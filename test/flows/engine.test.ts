import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteText } from '../../nodes/records/json-writer.ts'
import { TapSet } from '../../runtime/engine/tap.ts'
import { flowOf, programOf, runProgram } from './run-flow.ts'

const eve = { type: 'capture.eve', options: { path: 'in' } }
const file = (path: string) => ({ type: 'sink.file', options: { path } })
const lines = (...records: unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')

describe('a flow over EVE', () => {
  it('passes whole records through unchanged, unknown fields and 64-bit integers included', async () => {
    const program = await programOf(flowOf({ eve, out: file('out') }, ['eve -> out']))
    const text = '{"flow_id":18446744073709551615,"event_type":"x","odd":{"__proto__":1.50,"a":[1e2]}}\n'
    const run = await runProgram(program, { in: text })
    assert.equal(run.files.text('out'), text)
  })

  it('rejects each broken line by reason and goes on with the next', async () => {
    const program = await programOf(
      flowOf({ eve, out: file('out'), bad: file('bad') }, ['eve -> out', 'eve.rejected -> bad']),
    )
    const run = await runProgram(program, { in: '{"a":1}\n{"a":\n[1]\nnull\n\r\n{"b":2}\r\n{"c":3}' })
    assert.deepEqual(run.records('out'), [{ a: 1 }, { b: 2 }, { c: 3 }])
    assert.deepEqual(
      run.records('bad').map((record) => record.reject),
      [
        { node: 'eve', reason: 'JSON_BROKEN', excerpt: '{"a":' },
        { node: 'eve', reason: 'JSON_NOT_OBJECT', excerpt: '[1]' },
        { node: 'eve', reason: 'JSON_NOT_OBJECT', excerpt: 'null' },
      ],
    )
    assert.deepEqual(run.end.metrics.nodes.eve, {
      in: 6,
      out: 3,
      created: 0,
      filtered: 0,
      rejected: 3,
      errors: 0,
      reasons: { JSON_BROKEN: 1, JSON_NOT_OBJECT: 2 },
    })
  })

  it('sends each record to the outlet of a switch, and to every wire of an outlet', async () => {
    const split = { type: 'rule.switch', options: { cases: ["dns: event_type == 'dns'", "tls: event_type == 'tls'"] } }
    const flow = flowOf({ eve, split, a: file('a'), b: file('b'), c: file('c'), d: file('d') }, [
      'eve -> split',
      'split.dns -> a',
      'split.dns -> b',
      'split.tls -> c',
      'split.else -> d',
    ])
    const types = ['dns', 'tls', 'flow', 'dns']
    const run = await runProgram(await programOf(flow), { in: lines(...types.map((event_type) => ({ event_type }))) })
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((path) => run.records(path).length),
      [2, 2, 1, 1],
    )
    assert.equal(run.end.metrics.wires['split.dns -> b'], 2)
  })

  it('joins branches where wires meet, and keeps what each added', async () => {
    const names = (field: string) => ({ type: 'feature.expression', options: { fields: [`len := LENGTH(${field})`] } })
    const flow = flowOf(
      {
        eve,
        split: { type: 'rule.switch', options: { cases: ["dns: event_type == 'dns'"] } },
        a: names('dns.rrname'),
        all: { type: 'feature.expression', options: { fields: ['twice := a.len + a.len', 'type := event_type'] } },
        out: file('out'),
      },
      ['eve -> split', 'split.dns -> a', 'a -> all', 'split.else -> all', 'all -> out'],
    )
    const run = await runProgram(await programOf(flow), {
      in: lines({ event_type: 'dns', dns: { rrname: 'abc' } }, { event_type: 'tls' }),
    })
    assert.deepEqual(run.records('out'), [
      { event_type: 'dns', dns: { rrname: 'abc' }, a: { len: 3 }, all: { twice: 6, type: 'dns' } },
      { event_type: 'tls', all: { type: 'tls' } },
    ])
  })

  it('counts a record whose expression fails as an error of its node, and spares the other branch', async () => {
    const flow = flowOf(
      {
        eve,
        cut: { type: 'feature.expression', options: { fields: ['part := SUBSTRING(event_type, 2, 3)'] } },
        out: file('out'),
        all: file('all'),
      },
      ['eve -> cut', 'cut -> out', 'eve -> all'],
    )
    const run = await runProgram(await programOf(flow), {
      in: lines({ event_type: 'dns' }, { event_type: 'x' }, { event_type: 'tls' }),
    })
    assert.equal(run.records('out').length, 2)
    assert.equal(run.records('all').length, 3)
    assert.equal(run.end.state, 'ended')
    const { nodes } = run.end.metrics
    assert.equal(nodes.cut!.errors + nodes.out!.errors, 1)
  })

  it('ends as faulted when a node throws on and on', async () => {
    const flow = flowOf(
      {
        eve,
        cut: { type: 'rule.filter', options: { where: "SUBSTRING(event_type, 2, 3) == 'x'" } },
        out: file('out'),
      },
      ['eve -> cut', 'cut -> out'],
    )
    const run = await runProgram(await programOf(flow), {
      in: lines({ event_type: '' }, { event_type: 'x' }).repeat(2000),
    })
    assert.equal(run.end.state, 'faulted')
    assert.equal(run.end.fault?.node, 'cut')
  })

  it('keeps nodes apart whose ids differ only by a word the compiler uses, or by a sign', async () => {
    const alarm = { type: 'rule.alert', options: { where: 'true', key: 'src_ip', window_s: 60 } }
    const sinks = { alarm_results: file('a'), 'alarm-results': file('b'), eve_rejects: file('c') }
    const wires = ['eve -> alarm', 'alarm -> alarm_results', 'alarm -> alarm-results', 'eve.rejected -> eve_rejects']
    const run = await runProgram(await programOf(flowOf({ eve, alarm, ...sinks }, wires)), {
      in: `${lines({ src_ip: '10.0.0.1' })}x\n`,
    })
    assert.deepEqual(
      ['a', 'b', 'c'].map((path) => run.records(path).length),
      [1, 1, 1],
    )
  })

  it('computes nothing that nobody reads', async () => {
    const flow = flowOf(
      { eve, lexical: { type: 'feature.domain', options: {} }, gone: { type: 'sink.discard', options: {} } },
      ['eve -> lexical', 'lexical -> gone'],
    )
    const run = await runProgram(await programOf(flow), { in: lines({ dns: { rrname: 'example.com' } }) })
    assert.equal(run.end.metrics.nodes.gone!.in, 1)
  })
})

describe('taps', () => {
  it('show records of a wire with the fields added so far, bounded, and say how many were missed', async () => {
    const flow = flowOf(
      { eve, lexical: { type: 'feature.domain', options: {} }, gone: { type: 'sink.discard', options: {} } },
      ['eve -> lexical', 'lexical -> gone'],
    )
    const program = await programOf(flow)
    const input = lines({ flow_id: 1, dns: { rrname: 'example.com' } }).repeat(100)
    const run = await runProgram(program, { in: input }, {}, (loop) => {
      assert.equal(loop.openTap('t', 'lexical -> gone', 8), true)
      assert.equal(loop.openTap('u', 'lexical -> nowhere', 8), false)
    })
    const [frame] = run.loop.collectSamples()
    assert.equal(frame!.samples.length, 2)
    assert.equal(frame!.missed, 98)
    const { flow_id, lexical } = frame!.samples[0]!.record as {
      flow_id: number
      lexical: { length: number; tld: string }
    }
    assert.deepEqual([flow_id, lexical.length, lexical.tld], [1, 7, 'com'])
  })

  it('count what passes while they want no more, and number what they show', () => {
    let passed = 5
    const taps = new TapSet(2, (wire) => (wire === 0 ? passed : 0))
    taps.open('t', 0, 8)
    const text = new ByteText()
    text.text('{}')
    const sequences: number[] = []
    let missed = 0
    for (const batch of [3, 4, 1, 10, 2]) {
      assert.equal(taps.isAnyWanting, taps.wants(0))
      // As the loop does: records are offered only while they are wanted.
      if (taps.isAnyWanting) {
        taps.begin()
        for (let i = 0; i < batch; i++) if (taps.wires[0]!.offer()) taps.wires[0]!.take(text)
      }
      passed += batch
      if (batch !== 4 && batch !== 10) continue
      for (const frame of taps.collect()) {
        sequences.push(...frame.samples.map(({ sequence }) => sequence))
        missed += frame.missed
      }
    }
    assert.deepEqual(sequences, [6, 7, 13, 14])
    assert.equal(missed, 3 + 4 + 1 + 10 - 4)
    taps.close('t')
    assert.equal(taps.isAnyWanting, false)
  })
})
