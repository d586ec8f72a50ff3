import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { compileFlow, compileInput } from '../../flows/bundle/compile-flow.ts'
import type { FlowDocument, FlowNode } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import { type ByteWriter, InputError } from '../../nodes/contract/capability.ts'
import type { EngineEnd } from '../../runtime/engine/engine.ts'
import { imbalance } from '../../runtime/engine/ledger.ts'
import { makeSharedEngineStarter, type Sharing } from '../../runtime/engine/shared-engine.ts'
import type { OutputFiles } from '../../runtime/engine/shared-outputs.ts'
import { makeEngineStarter } from '../../runtime/engine/thread-engine.ts'
import { DiskFiles } from '../../runtime/io/files.ts'
import { FRAMES, pcapng } from '../packets/random-captures.ts'
import { capabilities, flowOf, language } from './run-flow.ts'

const WORKER = new URL('../../runtime/worker-main.ts', import.meta.url)
const EXAMPLES = fileURLToPath(new URL('../../flows/examples/', import.meta.url))
const EVE = readFileSync(join(EXAMPLES, 'samples', 'eve.json'), 'utf8')
const DNS_PCAP = readFileSync(join(EXAMPLES, 'samples', 'dns.pcap'))

const startAlone = makeEngineStarter(WORKER)
const startShared = makeSharedEngineStarter(
  WORKER,
  capabilities,
  ({ folder, samples }) => new DiskFiles({ folder, samples }),
)
const folder = mkdtempSync(join(tmpdir(), 'lacewing-workers-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Compiled {
  readonly artifact: string
  readonly by: 'blocks' | 'key'
  readonly source: string
}

/** @param by how the test expects the flow to be shared. */
async function compiled(flow: FlowDocument, by: 'blocks' | 'key', parameters = {}): Promise<Compiled> {
  const place = { folders: [EXAMPLES], isConfined: false }
  const { compilation, artifact } = await compileFlow(compileInput(flow, parameters, place, language))
  assert.deepEqual(
    compilation.problems.filter(({ severity }) => severity === 'error'),
    [],
  )
  const { split } = artifact!.manifest
  assert.ok(split.by === by, split.by === 'one' ? split.why : split.by)
  return { artifact: artifact!.text, by, source: split.source }
}

const startOf = ({ artifact }: Compiled) => ({ artifact, folder, samples: [EXAMPLES], secrets: {} })
const readOutput = (name: string) => readFileSync(join(folder, name), 'latin1')

async function runAlone(flow: Compiled, more = {}): Promise<EngineEnd> {
  return startAlone({ ...startOf(flow), ...more }).ended
}

/** Lets workers read only when all are there: on a small input the first would be done before the last has started. */
class MeetingFiles extends DiskFiles {
  readonly #met = Promise.withResolvers<void>()
  #missing: number

  constructor(workers: number) {
    super({ folder, samples: [EXAMPLES] })
    this.#missing = workers
  }

  override async reads(path: string): Promise<void> {
    await super.reads(path)
    this.#missing -= 1
    if (this.#missing === 0) this.#met.resolve()
    await this.#met.promise
  }
}

async function runShared(flow: Compiled, sharing: Partial<Sharing>, more = {}): Promise<EngineEnd> {
  const { by, source } = flow
  const { workers = 2 } = sharing
  const start = makeSharedEngineStarter(WORKER, capabilities, () => new MeetingFiles(workers))
  return start({ ...startOf(flow), ...more }, { by, source, ...sharing, workers }).ended
}

function assertSameCounters(shared: EngineEnd, alone: EngineEnd): void {
  assert.deepEqual(shared.metrics.nodes, alone.metrics.nodes)
  assert.deepEqual(shared.metrics.wires, alone.metrics.wires)
  assert.deepEqual(imbalance(shared.metrics), {})
  assert.deepEqual(shared.positions, {})
}

const node = (type: string, options: Record<string, unknown> = {}): FlowNode => ({ type, options })
const eve = (path: string, more = {}) => node('capture.eve', { path, max_line_bytes: 4096, ...more })
const file = (path: string, more = {}) => node('sink.file', { path, ...more })

/** Lines that try everything: broken ones, empty ones, one too long, no LF at the end, a mark inside, CR. */
const ODD = [
  ...EVE.split('\n').slice(0, 150),
  '',
  '  \r',
  '{"event_type":"dns"',
  '\ufeff{"event_type":"dns"}',
  `{"event_type":"long","text":"${'x'.repeat(9000)}"}`,
  '{"event_type":"stats"}\r',
  ...EVE.split('\n').slice(150, 300),
  '{"event_type":"last"}',
].join('\n')

interface Case {
  readonly title: string
  readonly flow: () => FlowDocument
  readonly by: 'blocks' | 'key'
  readonly input?: Readonly<Record<string, Uint8Array | string>>
  readonly parameters?: Readonly<Record<string, string>>
  /** Field by which records of a flow shared by key are in order. */
  readonly key?: (record: Record<string, unknown>) => unknown
  readonly sharing?: Partial<Sharing>
  readonly workers?: readonly number[]
}

const example = (name: string) => {
  const { flow } = readFlow(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8'))
  return flow!
}

/** Both directions of a conn have the same. */
const conn: Case['key'] = ({ src_ip, src_port, dest_ip, dest_port }) =>
  [`${src_ip} ${src_port}`, `${dest_ip} ${dest_port}`].sort()

const CASES: readonly Case[] = [
  {
    title: 'the example dga-eve',
    flow: () => example('dga-eve'),
    by: 'blocks',
    parameters: { output: 'a.out' },
    sharing: { block_bytes: 20_000 },
  },
  {
    title: 'a switch, and what was rejected in a file of its own',
    flow: () =>
      flowOf(
        {
          eve: eve('in.json'),
          split: node('rule.switch', { cases: ["dns: event_type == 'dns'"] }),
          a: file('a.out'),
          b: file('b.out'),
          c: file('c.out'),
        },
        ['eve -> split', 'split.dns -> a', 'split.else -> b', 'eve.rejected -> c'],
      ),
    by: 'blocks',
    input: { 'in.json': ODD },
    sharing: { block_bytes: 100 },
  },
  {
    title: 'CSV with its head once, from a compressed file',
    flow: () =>
      flowOf(
        {
          eve: eve('in.json.gz'),
          keep: node('rule.filter', { where: "event_type == 'dns'" }),
          a: file('a.out', { format: 'csv', columns: ['event_type', 'src_ip', 'dns.rrname'] }),
        },
        ['eve -> keep', 'keep -> a'],
      ),
    by: 'blocks',
    input: { 'in.json.gz': gzipSync(ODD) },
    sharing: { block_bytes: 3000 },
  },
  {
    title: 'a file so large that all of them have a part',
    flow: () =>
      flowOf({ eve: eve('in.json'), name: node('feature.domain', { field: 'dns.rrname' }), a: file('a.out') }, [
        'eve -> name',
        'name -> a',
      ]),
    by: 'blocks',
    input: { 'in.json': EVE.repeat(8) },
    sharing: { block_bytes: 30_000 },
  },
  {
    title: 'CSV of nothing but its head',
    flow: () =>
      flowOf(
        {
          eve: eve('in.json'),
          keep: node('rule.filter', { where: "event_type == 'no such type'" }),
          a: file('a.out', { format: 'csv', columns: ['event_type'] }),
        },
        ['eve -> keep', 'keep -> a'],
      ),
    by: 'blocks',
    input: { 'in.json': ODD },
    workers: [3],
  },
  {
    title: 'an empty file',
    flow: () => flowOf({ eve: eve('in.json'), a: file('a.out') }, ['eve -> a']),
    by: 'blocks',
    input: { 'in.json': '' },
    workers: [3],
  },
  {
    title: 'records dealt out because their pace is kept',
    flow: () => flowOf({ eve: eve('in.json', { rate_per_s: 3000 }), a: file('a.out') }, ['eve -> a']),
    by: 'blocks',
    input: { 'in.json': ODD },
    sharing: { block_records: 7 },
  },
  {
    title: 'packets of a capture file',
    flow: () =>
      flowOf({ pcap: node('capture.pcap', { path: 'in.pcap' }), packet: node('parse.packet'), a: file('a.out') }, [
        'pcap -> packet',
        'packet -> a',
      ]),
    by: 'blocks',
    input: { 'in.pcap': DNS_PCAP },
    sharing: { block_records: 10 },
  },
  {
    title: 'a capture file that is cut short, and its rejects',
    flow: () =>
      flowOf({ pcap: node('capture.pcap', { path: 'in.pcap' }), a: file('a.out'), b: file('b.out') }, [
        'pcap -> a',
        'pcap.rejected -> b',
      ]),
    by: 'blocks',
    input: { 'in.pcap': DNS_PCAP.subarray(0, 5000) },
    sharing: { block_records: 3 },
  },
  {
    title: 'alerts that are suppressed by key within a window',
    flow: () =>
      flowOf(
        {
          eve: eve('in.json'),
          alarm: node('rule.alert', { where: "event_type == 'dns'", key: 'src_ip', window_s: 60 }),
          a: file('a.out'),
        },
        ['eve -> alarm', 'alarm -> a'],
      ),
    by: 'key',
    input: { 'in.json': EVE },
    key: ({ src_ip }) => src_ip,
  },
  {
    title: 'rejects, and lines that need no reading, of a flow shared by key',
    flow: () =>
      flowOf(
        {
          eve: eve('in.json'),
          keep: node('rule.filter', { where: "event_type == 'dns'" }),
          alarm: node('rule.alert', { where: 'true', key: 'src_ip', window_s: 1 }),
          a: file('a.out', { format: 'csv', columns: ['src_ip', 'timestamp', 'alarm.repeats'] }),
          b: file('b.out'),
        },
        ['eve -> keep', 'keep -> alarm', 'alarm -> a', 'eve.rejected -> b'],
      ),
    by: 'key',
    input: { 'in.json': ODD },
  },
  {
    title: 'the example dga-pcap',
    flow: () => example('dga-pcap'),
    by: 'key',
    parameters: { output: 'a.out', threshold: '0.1' },
    key: conn,
  },
  {
    title: 'DNS messages of a capture, and what is rejected',
    flow: () =>
      flowOf(
        {
          pcap: node('capture.pcap', { path: 'in.pcap' }),
          packet: node('parse.packet'),
          dns: node('parse.dns'),
          a: file('a.out'),
          b: file('b.out'),
          c: file('c.out'),
        },
        ['pcap -> packet', 'packet -> dns', 'dns -> a', 'packet.rejected -> b', 'pcap.rejected -> c'],
      ),
    by: 'key',
    input: { 'in.pcap': DNS_PCAP.subarray(0, -3) },
    key: conn,
  },
  {
    title: 'hosts of a pcapng file',
    flow: () =>
      flowOf(
        {
          pcap: node('capture.pcap', { path: 'in.pcap' }),
          packet: node('parse.packet'),
          count: node('feature.count', { key: ['src_ip'], window_s: 60 }),
          a: file('a.out'),
        },
        ['pcap -> packet', 'packet -> count', 'count -> a'],
      ),
    by: 'key',
    input: {
      'in.pcap': pcapng(
        [...FRAMES, ...FRAMES].map((bytes) => ({ bytes, wire: bytes.length })),
        1,
      ),
    },
    key: ({ src_ip }) => src_ip,
  },
]

/** Records of each key in order, and all lines as a set: what several workers keep of a flow shared by key. */
function ordered(text: string, key: Case['key']): unknown {
  const lines = text.split('\n')
  if (key === undefined) return [lines[0], lines.sort()]
  const records = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
  const byKey = Map.groupBy(records, (record) => JSON.stringify(key(record) ?? null))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1))
}

describe('several workers', () => {
  for (const {
    title,
    flow,
    by,
    input = {},
    parameters = {},
    key,
    sharing = {},
    workers: numbers = [1, 2, 3, 7],
  } of CASES) {
    it(`write and count what one does: ${title}`, async () => {
      for (const [name, bytes] of Object.entries(input)) writeFileSync(join(folder, name), bytes)
      const document = flow()
      const program = await compiled(document, by, parameters)
      const sinks = Object.values(document.nodes).filter(({ type }) => type === 'sink.file')
      const outputs = sinks.map(({ options }) => parameters.output ?? String(options.path))
      assert.ok(outputs.length > 0)
      // In which order rejects come hangs on where batches end.
      const readAll = () =>
        outputs.map((name) => (name === 'c.out' ? readOutput(name).split('\n').sort().join('\n') : readOutput(name)))
      const alone = await runAlone(program)
      assert.equal(alone.state, 'ended', alone.fault?.message)
      const expected = readAll()
      for (const workers of numbers) {
        for (const name of outputs) writeFileSync(join(folder, name), 'from before')
        const shared = await runShared(program, { ...sharing, workers })
        assert.equal(shared.state, 'ended', shared.fault?.message)
        const written = readAll()
        if (by === 'blocks') assert.deepEqual(written, expected, `${workers} workers`)
        else {
          const inOrder = (texts: string[]) => texts.map((text) => ordered(text, key))
          assert.deepEqual(inOrder(written), inOrder(expected), `${workers} workers`)
        }
        assertSameCounters(shared, alone)
      }
    })
  }
})

const passThrough = () => flowOf({ eve: eve('in.json'), a: file('a.out') }, ['eve -> a'])

describe('several workers given only so many records', () => {
  for (const [by, flow] of [
    ['blocks', passThrough()],
    [
      'key',
      flowOf(
        {
          eve: eve('in.json'),
          alarm: node('rule.alert', { where: 'true', key: 'src_ip', window_s: 5 }),
          a: file('a.out'),
        },
        ['eve -> alarm', 'alarm -> a'],
      ),
    ],
  ] as const) {
    it(`take the same ones as one does: by ${by}`, async () => {
      writeFileSync(join(folder, 'in.json'), EVE)
      const program = await compiled(flow, by)
      const alone = await runAlone(program, { maxRecords: 123 })
      const expected = readOutput('a.out')
      const shared = await runShared(program, { workers: 3, block_records: 10, block_bytes: 5000 }, { maxRecords: 123 })
      assert.equal(shared.metrics.nodes.eve?.in, 123)
      assertSameCounters(shared, alone)
      assert.deepEqual(readOutput('a.out').split('\n').sort(), expected.split('\n').sort())
      if (by === 'blocks') assert.equal(readOutput('a.out'), expected)
    })
  }
})

describe('what goes wrong in one of several workers', () => {
  it('stops all of them and is told once, with its node', async () => {
    writeFileSync(join(folder, 'in.json'), '{"event_type":"a"}\n'.repeat(100_000))
    const nodes = {
      eve: eve('in.json'),
      cut: node('rule.filter', { where: "SUBSTRING(event_type, 5, 9) == 'x'" }),
      a: file('a.out'),
    }
    const program = await compiled(flowOf(nodes, ['eve -> cut', 'cut -> a']), 'blocks')
    const end = await runShared(program, { workers: 3, block_bytes: 50_000 })
    assert.equal(end.state, 'faulted')
    assert.equal(end.fault?.node, 'cut')
    assert.match(end.fault?.stack ?? '', /flow\.js:\d+:\d+ \(node cut\)/)
    assert.deepEqual(imbalance(end.metrics), {})
  })

  it('ends them when it takes more memory than one may', async () => {
    const key = 'y'.repeat(200)
    const lines = Array.from({ length: 150_000 }, (_, i) => `{"event_type":"a","src_ip":"${i}${key}"}\n`)
    writeFileSync(join(folder, 'in.json'), lines.join(''))
    const alarm = node('rule.alert', { where: 'true', key: 'src_ip', window_s: 1000, max_keys: 1_000_000 })
    const flow = flowOf({ eve: eve('in.json'), alarm, out: node('sink.discard') }, ['eve -> alarm', 'alarm -> out'])
    const end = await runShared(await compiled(flow, 'key'), { workers: 2 }, { heap_mib: 16 })
    assert.equal(end.state, 'faulted')
    assert.match(end.fault?.message ?? '', /more than its 16 MiB of memory/)
  })

  it('costs nothing of what a damaged file holds before the damage', async () => {
    const bytes = gzipSync(EVE)
    writeFileSync(join(folder, 'in.json.gz'), bytes.subarray(0, bytes.length / 2))
    const flow = flowOf({ eve: eve('in.json.gz'), a: file('a.out') }, ['eve -> a'])
    const program = await compiled(flow, 'blocks')
    const alone = await runAlone(program)
    const expected = readOutput('a.out')
    const shared = await runShared(program, { workers: 3, block_bytes: 10_000 })
    assert.equal(alone.state, 'faulted')
    assert.equal(shared.state, 'faulted')
    assert.equal(shared.fault?.message, alone.fault?.message)
    assert.equal(readOutput('a.out'), expected)
    assertSameCounters(shared, alone)
  })

  it('keeps them from starting, with the words one would say', async () => {
    const program = await compiled(flowOf({ eve: eve('no such file'), a: file('a.out') }, ['eve -> a']), 'blocks')
    const sharing = { workers: 2, by: program.by, source: program.source }
    const engine = startShared(startOf(program), sharing)
    await assert.rejects(engine.ready, /^InputError: Node eve: 'no such file' could not be read: there is no such file/)
    assert.equal((await engine.ended).state, 'faulted')
  })

  it('keeps a flow from emptying the file it reads', async () => {
    writeFileSync(join(folder, 'in.json'), EVE)
    const program = await compiled(flowOf({ eve: eve('in.json'), a: file('in.json') }, ['eve -> a']), 'blocks')
    const end = await runShared(program, { workers: 2 })
    assert.match(end.fault?.message ?? '', /also read by another node of this flow/)
    assert.equal(readFileSync(join(folder, 'in.json'), 'utf8'), EVE)
  })
})

/** A writer that holds everything back until it is let go, or fails. */
class HeldWriter implements ByteWriter {
  readonly opened_bytes = 0
  readonly pieces: Buffer[] = []
  readonly release = Promise.withResolvers<void>()

  write(bytes: Uint8Array, start: number, end: number): boolean {
    this.pieces.push(Buffer.from(bytes.subarray(start, end)))
    return true
  }
  drained = () => this.release.promise
  synced = () => this.release.promise
  close = () => this.release.promise
}

describe('the outputs of several workers', () => {
  const lines = Array.from(
    { length: 60_000 },
    (_, i) => `{"event_type":"a","n":${i},"text":"${'x'.repeat(1000)}"}\n`,
  ).join('')

  async function startHeld(workers: number) {
    writeFileSync(join(folder, 'in.json'), lines)
    const program = await compiled(passThrough(), 'blocks')
    const writer = new HeldWriter()
    const files: OutputFiles = { reads: async () => undefined, write: async () => writer }
    const start = makeSharedEngineStarter(WORKER, capabilities, () => files)
    return { writer, engine: start(startOf(program), { workers, by: 'blocks', source: program.source }) }
  }

  it('hold the workers back when they are not written, within a bound, and lose nothing', async () => {
    const workers = 3
    const { writer, engine } = await startHeld(workers)
    const held = Promise.withResolvers<number>()
    let before = 0
    engine.onMetrics(({ nodes }) => {
      const given = nodes.eve?.in ?? 0
      if (given > 0 && given === before) held.resolve(given)
      before = given
    })
    const given_bytes = (await held.promise) * 1030
    // 8 MiB on their way for each, a batch of lines, and what stands in buffers.
    assert.ok(given_bytes < workers * (11 << 20), `${given_bytes} bytes were taken`)
    writer.release.resolve()
    const end = await engine.ended
    assert.equal(end.state, 'ended', end.fault?.message)
    assert.ok(Buffer.concat(writer.pieces).toString() === lines)
  })

  it('fail the sink when they can not be written, and count what was not', async () => {
    const { writer, engine } = await startHeld(2)
    writer.release.promise.catch(() => undefined)
    writer.release.reject(new InputError('The disk is full.'))
    const end = await engine.ended
    assert.equal(end.state, 'faulted')
    assert.deepEqual([end.fault?.node, end.fault?.message], ['a', 'The disk is full.'])
    assert.equal(end.metrics.nodes.a?.out, 0)
    assert.equal(end.metrics.nodes.a?.errors, end.metrics.nodes.a?.in)
    assert.deepEqual(imbalance(end.metrics), {})
  })
})

describe('several workers that run on', () => {
  it('show records on their wires, and deliver what they read when they are stopped', async () => {
    writeFileSync(join(folder, 'in.json'), EVE)
    const flow = flowOf({ eve: eve('in.json', { repeat: true }), a: file('a.out') }, ['eve -> a'])
    const program = await compiled(flow, 'blocks')
    const sharing = { workers: 2, by: program.by, source: program.source, block_records: 100 }
    const engine = startShared(startOf(program), sharing)
    await engine.ready
    const seen: number[] = []
    const shown = Promise.withResolvers<void>()
    const isOpen = engine.openTap('t', 'eve -> a', 40, ({ samples }) => {
      seen.push(...samples.map(({ sequence }) => sequence))
      // So many that one worker alone did not show them.
      if (new Set(seen.map((sequence) => sequence % 2)).size === 2) shown.resolve()
    })
    assert.ok(isOpen)
    assert.equal(
      engine.openTap('u', 'no -> wire', 1, () => undefined),
      false,
    )
    await shown.promise
    engine.closeTap('t')
    assert.equal(new Set(seen).size, seen.length)
    const end = await engine.stop()
    assert.equal(end.state, 'stopped', end.fault?.message)
    assert.deepEqual(imbalance(end.metrics), {})
    const written = readOutput('a.out').split('\n')
    assert.equal(written.pop(), '')
    assert.equal(written.length, end.metrics.nodes.a?.out)
    const known = new Set(EVE.split('\n'))
    assert.ok(written.every((line) => known.has(line)))
  })

  it('let messages in, however fast the reads are answered', async () => {
    writeFileSync(join(folder, 'in.json'), EVE.repeat(20))
    const program = await compiled(flowOf({ eve: eve('in.json'), out: node('sink.discard') }, ['eve -> out']), 'blocks')
    // The first worker alone, which must hear of others that start late.
    const sharing = { workers: 1, by: program.by, source: program.source, block_bytes: 5000 }
    const engine = startShared(startOf(program), sharing)
    await engine.ready
    let turns = 0
    let next = setImmediate(function look() {
      turns += 1
      next = setImmediate(look)
    })
    await engine.ended
    clearImmediate(next)
    assert.ok(turns > 3, `${turns} turns`)
  })

  it('follow a log that is rotated, each for its own keys', async () => {
    const log = join(folder, 'log.json')
    const lines = EVE.split('\n').slice(0, 400)
    writeFileSync(log, `${lines.slice(0, 200).join('\n')}\n`)
    const alarm = node('rule.alert', { where: "src_ip != ''", key: 'src_ip', window_s: 1 })
    const nodes = { eve: eve('log.json', { follow: true }), alarm, a: file('a.out') }
    const program = await compiled(flowOf(nodes, ['eve -> alarm', 'alarm -> a']), 'key')
    const engine = startShared(startOf(program), { workers: 3, by: program.by, source: program.source })
    await engine.ready
    await rename(log, `${log}.1`)
    writeFileSync(log, `${lines.slice(200).join('\n')}\n`)
    const read = Promise.withResolvers<void>()
    engine.onMetrics(({ nodes }) => {
      if (nodes.eve?.in === lines.length) read.resolve()
    })
    await read.promise
    const end = await engine.stop()
    assert.equal(end.state, 'stopped', end.fault?.message)
    const followed = readOutput('a.out')
    writeFileSync(log, `${lines.join('\n')}\n`)
    const whole = { ...nodes, eve: eve('log.json') }
    const alone = await runAlone(await compiled(flowOf(whole, ['eve -> alarm', 'alarm -> a']), 'key'))
    const key: Case['key'] = ({ src_ip }) => src_ip
    assert.deepEqual(ordered(followed, key), ordered(readOutput('a.out'), key))
    assert.deepEqual(end.metrics.nodes, alone.metrics.nodes)
  })
})
