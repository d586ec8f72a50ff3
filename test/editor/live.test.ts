import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { difference } from '../../editor/document/difference.ts'
import { type LiveHistory, NO_HISTORY, observe, ofWire, rateOf, steps } from '../../editor/live/history.ts'
import { type MarksInput, marks, wireWidth } from '../../editor/live/marks.ts'
import { bytes, duration, fullNumber, share, shortNumber, shortRate, spokenRate } from '../../editor/live/numbers.ts'
import { cellText, columnGroups, columnShape, fits, valueAtPath } from '../../editor/panels/records.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import type { FlowMetrics, NodeCounters } from '../../runtime/protocol/metrics.ts'

describe('numbers', () => {
  it('have three digits at most and one decimal on the canvas', () => {
    const cases: [number, string][] = [
      [0, '0'],
      [1.5, '1.5'],
      [42, '42'],
      [565, '565'],
      [999.4, '999'],
      [999.6, '1k'],
      [1_234, '1.2k'],
      [84_310, '84.3k'],
      [123_456, '123k'],
      [999_960, '1M'],
      [1_200_000, '1.2M'],
      [-11.42, '\u221211.4'],
      [Number.NaN, ''],
    ]
    for (const [value, text] of cases) assert.equal(shortNumber(value), text, String(value))
  })

  it('never take more than five characters below 1,000T', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 9e14, noNaN: true }), (value) => shortNumber(value).length <= 5))
  })

  it('have the unit of time that keeps the figure at 1 or more', () => {
    const written = (per_s: number): string => `${shortRate(per_s).figure}${shortRate(per_s).unit}`
    assert.equal(written(4871), '4.9k/s')
    assert.equal(written(0.5), '30/min')
    assert.equal(written(1.5 / 3600), '1.5/h')
    assert.equal(written(0), '0/s')
    fc.assert(
      fc.property(fc.double({ min: 1 / 86_000, max: 0.99, noNaN: true }), (per_s) => {
        assert.ok(Number(shortRate(per_s).figure) >= 0.9)
      }),
    )
  })

  it('are spoken in full', () => {
    assert.equal(spokenRate(1250), '1,250 records per second')
    assert.equal(spokenRate(1.5 / 3600), '1.5 records per hour')
    assert.equal(spokenRate(1), '1 record per second')
    assert.equal(fullNumber(4871), '4,871')
  })

  it('keep a space before their unit', () => {
    assert.equal(share(0.987), '98.7 %')
    assert.equal(bytes(3_400_000_000), '3.4 GB')
    assert.equal(bytes(512), '512 B')
    assert.equal(duration(0.000_000_9), '0.9 µs')
    assert.equal(duration(0.0124), '12.4 ms')
    assert.equal(duration(240), '4 min')
  })
})

const NODE: NodeCounters = { in: 0, out: 0, created: 0, filtered: 0, rejected: 0, errors: 0 }
function frame(at_s: number, wires: Record<string, number>, more: Partial<FlowMetrics> = {}): FlowMetrics {
  return { at_ms: at_s * 1000, nodes: {}, wires, queues: {}, cpu_s: 0, node_cpu_s: {}, ...more }
}
function watched(...frames: FlowMetrics[]): LiveHistory {
  return frames.reduce(observe, NO_HISTORY)
}

describe('the last minute', () => {
  it('gives the difference of counters over the time of the sensor', () => {
    const history = watched(frame(1, { 'a -> b': 100 }), frame(3, { 'a -> b': 5100 }))
    assert.equal(rateOf(history, ofWire('a -> b')), 2500)
    assert.deepEqual(steps(history, ofWire('a -> b')), [2500])
  })

  it('looks further back for wires that carry little', () => {
    const history = watched(...Array.from({ length: 61 }, (_, i) => frame(i, { 'a -> b': i < 30 ? 0 : 1 })))
    assert.equal(rateOf(history, ofWire('a -> b')), 1 / 60)
  })

  it('begins again when counters fall or time goes back', () => {
    assert.equal(watched(frame(1, { 'a -> b': 100 }), frame(2, { 'a -> b': 5 })).frames.length, 1)
    assert.equal(watched(frame(9, { 'a -> b': 1 }), frame(2, { 'a -> b': 5 })).frames.length, 1)
  })

  it('stays bounded however long it is watched', () => {
    const history = watched(...Array.from({ length: 2000 }, (_, i) => frame(i / 10, { 'a -> b': i })))
    assert.ok(history.frames.length <= 128)
  })
})

const FLOW: FlowDocument = {
  lacewing: 1,
  name: 'sample',
  parameters: {},
  nodes: { eve: { type: 'capture.eve', options: {} }, dns: { type: 'rule.filter', options: {} } },
  wires: ['eve -> dns'],
  view: { positions: {}, groups: [], notes: [] },
}
function marked(history: LiveHistory, more: Partial<MarksInput> = {}) {
  return marks({
    document: FLOW,
    deployed: FLOW,
    status: undefined,
    difference: difference(FLOW, FLOW),
    history,
    problems: [],
    titleOf: (id) => id,
    ...more,
  })
}

describe('marks', () => {
  it('say what passes a wire, in its name too', () => {
    const mark = marked(watched(frame(0, { 'eve -> dns': 0 }), frame(1, { 'eve -> dns': 1250 }))).wires.get(
      'eve -> dns',
    )!
    assert.equal(mark.name, 'eve to dns, 1,250 records per second, 0 dropped')
    assert.equal(mark.state, 'live')
    assert.deepEqual(mark.label, { outlet: '', figure: '1.3k', unit: '/s' })
  })

  it('make a wire 2.5 px thicker a decade, 16 px at most', () => {
    assert.deepEqual([1, 10, 100, 1000, 10_000, 100_000, 1e6, 1e9].map(wireWidth), [1.5, 4, 6.5, 9, 11.5, 14, 16, 16])
    assert.equal(wireWidth(0), 1.5)
  })

  it('call a wire silent after a minute', () => {
    const carried = Array.from({ length: 70 }, (_, i) => frame(i, { 'eve -> dns': Math.min(i, 5) }))
    const mark = marked(watched(...carried)).wires.get('eve -> dns')!
    assert.equal(mark.state, 'silent')
    assert.match(mark.name, /silent for 1 min, 0 dropped/)
  })

  it('tell what is drawn from what runs', () => {
    const mark = marked(NO_HISTORY, { deployed: undefined }).wires.get('eve -> dns')!
    assert.deepEqual([mark.state, mark.name], ['draft', 'eve to dns, not deployed'])
  })

  it('put errors before warnings and show two badges at most', () => {
    const counters = { ...NODE, in: 5000, filtered: 5000, rejected: 3, errors: 2 }
    const history = watched(frame(1, {}, { nodes: { dns: counters } }), frame(2, {}, { nodes: { dns: counters } }))
    const badges = marked(history).nodes.get('dns')!.badges
    assert.deepEqual(
      badges.map(({ kind, text }) => [kind, text]),
      [
        ['bad', '2 errors'],
        ['hot', '0 of 5k pass'],
      ],
    )
  })

  it('show the fill of the queue before a node', () => {
    const queues = { dns: { records: 71, bound: 100 } }
    const mark = marked(watched(frame(0, { 'eve -> dns': 0 }), frame(1, { 'eve -> dns': 99 }, { queues }))).wires.get(
      'eve -> dns',
    )!
    assert.equal(mark.queue_ratio, 0.71)
    assert.match(mark.name, /queue 71 percent/)
  })

  it('name the missing field of a broken wire', () => {
    const problem = {
      code: 'FLOW-0207',
      severity: 'error',
      message: 'Field dns.rrname is not on this wire.',
      fix: 'Put parse.dns between them.',
      wire: 'eve -> dns',
    } as const
    const mark = marked(NO_HISTORY, { problems: [problem] }).wires.get('eve -> dns')!
    assert.deepEqual([mark.state, mark.label.figure], ['broken', 'dns.rrname?'])
  })
})

describe('the table of records', () => {
  const samples = [
    {
      sequence: 1,
      record: {
        timestamp: '2026-11-22T14:07:31.482913+0000',
        dns: { rrname: 'a.example' },
        dga: { score: 0.991234 },
        'odd.key': 1,
      },
    },
  ]
  const fields = [
    { path: 'timestamp', kind: 'text' as const },
    { path: 'dns.rrname', kind: 'text' as const },
    { path: 'tls.sni', kind: 'text' as const },
    { path: 'dga.score', kind: 'float64' as const, origin: 'dga' },
  ]

  it('groups columns by the node that added them and leaves out what no record has', () => {
    const groups = columnGroups(fields, samples)
    assert.deepEqual(
      groups.map(({ origin, columns }) => [origin, columns.map(({ title }) => title)]),
      [
        [undefined, ['timestamp', 'dns.rrname', 'odd.key']],
        ['dga', ['score']],
      ],
    )
  })

  it('tells how the values of a column are spread', () => {
    const column = (path: string, isNumber: boolean) => ({ path, title: path, note: '', isNumber })
    const records = [0, 1, 1, 12, null].map((score, sequence) => ({
      sequence,
      record: { score, type: 'A', id: sequence },
    }))
    assert.deepEqual(columnShape(records, column('score', true)), {
      distinct: 3,
      bars: [0.5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5],
    })
    assert.deepEqual(columnShape(records, column('type', false)), { distinct: 1, bars: [1] })
    assert.deepEqual(columnShape(records, column('id', false)), { distinct: 5, bars: [] })
    assert.deepEqual(columnShape([], column('score', true)), { distinct: 0, bars: [] })
  })

  it('reads paths without walking into prototypes', () => {
    assert.equal(valueAtPath(samples[0]!.record, 'dns.rrname'), 'a.example')
    assert.equal(valueAtPath(samples[0]!.record, 'odd.key'), 1)
    assert.equal(valueAtPath({}, 'constructor.name'), undefined)
    assert.equal(valueAtPath(JSON.parse('{"__proto__": {"a": 1}}'), '__proto__.a'), 1)
  })

  it('writes missing values as nothing and times without their day', () => {
    const [own, dga] = columnGroups(fields, samples)
    const { record } = samples[0]!
    assert.equal(cellText(valueAtPath(record, 'timestamp'), own!.columns[0]!), '14:07:31.482')
    assert.equal(cellText(valueAtPath(record, 'dga.score'), dga!.columns[0]!), '0.991')
    assert.equal(cellText(undefined, own!.columns[0]!), '')
    assert.equal(cellText(0, dga!.columns[0]!), '0')
  })

  it('is filtered by text or by one comparison', () => {
    const { record } = samples[0]!
    assert.ok(
      fits(record, 'A.EXAMPLE') &&
        fits(record, 'dga.score > 0.5') &&
        fits(record, "dns.rrname == 'a.example'") &&
        fits(record, ''),
    )
    assert.ok(!fits(record, 'dga.score < 0.5') && !fits(record, 'nothing') && !fits(record, 'tls.sni > 1'))
  })
})
