/**
 * Lines that need no reading are left out of every batch and yet accounted for: whatever the lines, however the file
 * comes in, and whoever looks. That what the compiler asks for is right is held elsewhere.
 *
 * 10,000 lines; LACEWING_LONG=1 tries 1,000,000.
 */

import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { ByteReader } from '../../nodes/contract/capability.ts'
import type { Program, ProgramStage } from '../../nodes/contract/program.ts'
import { type FlowRun, flowOf, MemoryFiles, programOf, runProgram } from '../flows/run-flow.ts'
import { Random } from '../json/random-records.ts'
import { spelled } from './spelling.ts'

const LINES_A_RUN = 100
const RUNS = (process.env.LACEWING_LONG === '1' ? 1_000_000 : 10_000) / LINES_A_RUN

/* ---- lines ---- */

const WORDS = ['dns', 'tls', 'query', 'answer', 'a/b', 'a"b', 'é', '\\', '']
const word = fc.constantFrom(...WORDS)

const event = fc
  .tuple(
    fc.record(
      { event_type: word, proto: word, dns: fc.record({ type: word, rrname: word }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
    fc.nat(),
  )
  .map(([record, seed]) => Buffer.from(spelled(record, new Random(seed))))
/** Bytes as they come, and an event that something happened to. */
const broken = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
  fc.tuple(event, fc.nat(), fc.integer({ min: 11, max: 255 })).map(([bytes, at, byte]) => {
    if (bytes.length > 0) bytes[at % bytes.length] = byte
    return bytes
  }),
  fc.tuple(event, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
  fc
    .constantFrom('', ' ', '\r', '{}', '{', '}', '[]', '{"a":1}{', ' {"event_type":"dns"} \r')
    .map((text) => Buffer.from(text)),
)
const linesOf = (one: fc.Arbitrary<Buffer>) => fc.array(one, { minLength: LINES_A_RUN, maxLength: LINES_A_RUN })

/* ---- flows ---- */

const NODES = {
  eve: { type: 'capture.eve', options: { path: 'in' } },
  out_a: { type: 'sink.file', options: { path: 'a' } },
  out_b: { type: 'sink.file', options: { path: 'b' } },
}
const WIRES = ['eve -> a', 'eve -> b', 'a -> out_a', 'b -> out_b']
const CONDITIONS: readonly (readonly [string, string])[] = [
  ["event_type == 'dns'", "event_type == 'dns' and dns.type == 'query'"],
  ["dns.type == 'query' and dns.rrname == 'a/b'", "event_type == 'tls'"],
  ["event_type in ['dns', 'tls'] and proto == 'é'", "event_type == 'tls' and proto == 'answer'"],
  ["dns.rrname == 'a/b'", "dns.rrname == 'é' or dns.rrname == 'a/b'"],
]

interface Pair {
  readonly screened: Program
  /** The same flow with every line read, because somebody is wired to the rejects. */
  readonly reference: Program
}

async function pairOf([first, second]: readonly [string, string]): Promise<Pair> {
  const nodes = {
    ...NODES,
    a: { type: 'rule.filter', options: { where: first } },
    b: { type: 'rule.filter', options: { where: second } },
  }
  const bad = { type: 'sink.discard', options: {} }
  return {
    screened: await programOf(flowOf(nodes, WIRES)),
    reference: await programOf(flowOf({ ...nodes, bad }, [...WIRES, 'eve.rejected -> bad'])),
  }
}

/** Files that come in pieces, every other one only later. */
class CutFiles extends MemoryFiles {
  readonly #pieces: readonly number[]

  constructor(given: Buffer, pieces: readonly number[]) {
    super({ in: given })
    this.#pieces = pieces
  }

  override async read(path: string): Promise<ByteReader> {
    const reader = await super.read(path)
    let turn = 0
    return {
      ...reader,
      read: (into, offset) => {
        const most = this.#pieces[turn % this.#pieces.length]!
        const count = reader.read(into.subarray(0, Math.min(into.length, offset + most)), offset)
        return turn++ % 2 === 0 ? count : Promise.resolve(count)
      },
    }
  }
}

const clock = { now_ms: () => performance.now(), sleep: async () => undefined }

interface Given {
  readonly lines: readonly Buffer[]
  readonly pieces: readonly number[]
  readonly batchRecords: number
}

async function runCut(program: Program, { lines, pieces, batchRecords }: Given, taps: readonly string[] = []) {
  const files = new CutFiles(Buffer.concat(lines.flatMap((bytes) => [bytes, Buffer.from('\n')])), pieces)
  const options = { capabilities: { files, clock }, batchRecords, alwaysWatched: taps.length > 0 }
  const run = await runProgram(program, {}, options, (loop) => {
    for (const wire of taps) loop.openTap(wire, wire, 1000)
  })
  return { ...run, files }
}

const written = ({ files }: FlowRun) => ['a', 'b'].map((path) => files.text(path))
const countersOf = ({ end }: FlowRun, id: string) => {
  const { unread, reasons, ...counters } = end.metrics.nodes[id]!
  return counters
}

const given = (one: fc.Arbitrary<Buffer>): fc.Arbitrary<Given> =>
  fc.record({
    lines: linesOf(one),
    pieces: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
    batchRecords: fc.constantFrom(1, 7, 1024),
  })

describe('lines that need no reading', () => {
  let pairs: readonly Pair[] = []
  before(async () => {
    pairs = await Promise.all(CONDITIONS.map(pairOf))
  })
  const which = fc.nat(CONDITIONS.length - 1)

  it('change neither what is written nor what is counted, however the file is cut', async (t) => {
    let unread = 0
    await fc.assert(
      fc.asyncProperty(which, given(event), async (at, some) => {
        const { screened, reference } = pairs[at]!
        const run = await runCut(screened, some)
        const expected = await runCut(reference, some)
        assert.deepEqual(written(run), written(expected))
        for (const id of ['eve', 'a', 'b', 'out_a', 'out_b']) {
          assert.deepEqual(countersOf(run, id), countersOf(expected, id))
        }
        assert.equal(expected.end.metrics.nodes.eve!.unread, undefined)
        unread += run.end.metrics.nodes.eve!.unread ?? 0
      }),
      { numRuns: RUNS },
    )
    t.diagnostic(`${unread} of ${RUNS * LINES_A_RUN} lines were not read`)
    assert.ok(unread > (RUNS * LINES_A_RUN) / 10)
  })

  it('that are broken within their braces count as filtered; all other lines that are none are rejected', async () => {
    await fc.assert(
      fc.asyncProperty(which, given(fc.oneof(event, broken)), async (at, some) => {
        const { screened, reference } = pairs[at]!
        const run = await runCut(screened, some)
        const expected = await runCut(reference, some)
        assert.deepEqual(written(run), written(expected))
        const [eve, all] = [countersOf(run, 'eve'), countersOf(expected, 'eve')]
        assert.equal(eve.in, all.in)
        const spared = all.rejected - eve.rejected
        assert.ok(spared >= 0 && spared <= (run.end.metrics.nodes.eve!.unread ?? 0))
        for (const id of ['a', 'b']) {
          const { in: came, filtered, ...rest } = countersOf(run, id)
          const { in: allCame, filtered: allFiltered, ...allRest } = countersOf(expected, id)
          assert.deepEqual([came - spared, filtered - spared, rest], [allCame, allFiltered, allRest])
        }
      }),
      { numRuns: RUNS / 4 },
    )
  })

  it('are shown to who looks at a wire they pass, and count the same', async () => {
    await fc.assert(
      fc.asyncProperty(which, given(fc.oneof(event, broken)), async (at, some) => {
        const { screened } = pairs[at]!
        const plain = await runCut(screened, some)
        for (const taps of [['eve -> a'], WIRES]) {
          const run = await runCut(screened, some, taps)
          assert.deepEqual(written(run), written(plain))
          assert.deepEqual(run.end.metrics.nodes, plain.end.metrics.nodes)
          const seen = run.loop.collectSamples().find(({ tap }) => tap === 'eve -> a')
          const { out } = countersOf(plain, 'eve')
          assert.equal((seen?.samples.length ?? 0) + (seen?.missed ?? 0), out)
        }
      }),
      { numRuns: RUNS / 4 },
    )
  })

  it('count among the records that a source is to give', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => Buffer.from(`{"event_type":"${i % 10 === 9 ? 'dns' : 'tls'}"}`))
    for (const maxRecords of [1, 9, 10, 11, 35, 50, 51]) {
      const files = new CutFiles(Buffer.from(lines.join('\n')), [1 << 20])
      const run = await runProgram(pairs[0]!.screened, {}, { capabilities: { files, clock }, maxRecords })
      const records = Math.min(maxRecords, lines.length)
      const { in: came, unread } = run.end.metrics.nodes.eve!
      assert.deepEqual([came, unread], [records, records - Math.floor(records / 10)])
      assert.equal(files.text('a').split('\n').length - 1, Math.floor(records / 10))
    }
  })

  it('move event time', async () => {
    const at = (s: number, type: string) =>
      `{"timestamp":"1970-01-01T00:00:${String(s).padStart(2, '0')}.000000+0000","event_type":"${type}"}\n`
    for (const alwaysWatched of [false, true]) {
      let stages: readonly ProgramStage[] = []
      const { screened } = pairs[0]!
      const program: Program = { ...screened, start: (host) => (stages = screened.start(host)) }
      const given = { in: at(1, 'dns') + at(2, 'tls') + at(3, 'dns') + at(4, 'tls') + at(7, 'tls') }
      const run = await runProgram(program, given, { alwaysWatched })
      assert.equal(run.end.metrics.nodes.eve!.unread, 3)
      const source = stages.find((stage) => stage.kind === 'source')!
      assert.equal(source.newest_us(), 7_000_000)
    }
  })

  it('are in braces: any other line is rejected, whatever it lacks', async () => {
    const given = { in: 'nonsense\n{"a":1\n[{"event_type":"tls"}]\n{"event_type":"tls"}\n' }
    const run = await runProgram(pairs[0]!.screened, given)
    assert.equal(run.end.metrics.nodes.eve?.rejected, 3)
    assert.equal(run.end.metrics.nodes.a?.filtered, 1)
  })
})
