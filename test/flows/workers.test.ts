import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { compileFlow, compileInput } from '../../flows/bundle/compile-flow.ts'
import type { FlowDocument, FlowNode } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import type { EngineEnd } from '../../runtime/engine/engine.ts'
import { imbalance } from '../../runtime/engine/ledger.ts'
import { makeSharedEngineStarter, type Sharing } from '../../runtime/engine/shared-engine.ts'
import { makeEngineStarter } from '../../runtime/engine/thread-engine.ts'
import { DiskFiles } from '../../runtime/io/files.ts'
import { flowOf, language } from './run-flow.ts'

const WORKER = new URL('../../runtime/worker-main.ts', import.meta.url)
const EXAMPLES = fileURLToPath(new URL('../../flows/examples/', import.meta.url))
const EVE = readFileSync(join(EXAMPLES, 'samples', 'eve.json'), 'utf8')
const DNS_PCAP = readFileSync(join(EXAMPLES, 'samples', 'dns.pcap'))

const startAlone = makeEngineStarter(WORKER)
const startShared = makeSharedEngineStarter(WORKER, ({ folder, samples }) => new DiskFiles({ folder, samples }))
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

async function runShared(flow: Compiled, sharing: Partial<Sharing>, more = {}): Promise<EngineEnd> {
  const { by, source } = flow
  const engine = startShared({ ...startOf(flow), ...more }, { workers: 2, by, source, ...sharing })
  return engine.ended
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

const OUTPUTS = ['a.out', 'b.out']

interface Case {
  readonly title: string
  readonly flow: () => FlowDocument
  readonly by: 'blocks' | 'key'
  readonly input?: Readonly<Record<string, Uint8Array | string>>
  readonly parameters?: Readonly<Record<string, string>>
  /** Field by which records of a flow shared by key are in order. */
  readonly key?: (record: Record<string, unknown>) => unknown
  readonly sharing?: Partial<Sharing>
}

const example = (name: string) => {
  const { flow } = readFlow(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8'))
  return flow!
}

const CASES: readonly Case[] = [
  {
    title: 'the example dga-eve',
    flow: () => example('dga-eve'),
    by: 'blocks',
    parameters: { output: 'a.out' },
    sharing: { block_bytes: 20_000 },
  },
  {
    title: 'two sinks, a switch, and what was rejected in a file',
    flow: () =>
      flowOf(
        {
          eve: eve('in.json'),
          split: node('rule.switch', { cases: ["dns: event_type == 'dns'"] }),
          a: file('a.out'),
          b: file('b.out'),
        },
        ['eve -> split', 'split.dns -> a', 'split.else -> b', 'eve.rejected -> b'],
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
  },
  {
    title: 'an empty file',
    flow: () => flowOf({ eve: eve('in.json'), a: file('a.out') }, ['eve -> a']),
    by: 'blocks',
    input: { 'in.json': '' },
  },
  {
    title: 'records dealt out because their pace is kept',
    flow: () => flowOf({ eve: eve('in.json', { rate_per_s: 1_000_000 }), a: file('a.out') }, ['eve -> a']),
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
  for (const { title, flow, by, input = {}, parameters = {}, key, sharing = {} } of CASES) {
    it(`write and count what one does: ${title}`, async () => {
      for (const [name, bytes] of Object.entries(input)) writeFileSync(join(folder, name), bytes)
      const program = await compiled(flow(), by, parameters)
      const outputs = OUTPUTS.filter((name) => program.artifact.includes(`"path":"${name}"`))
      const alone = await runAlone(program)
      assert.equal(alone.state, 'ended', alone.fault?.message)
      const expected = outputs.map(readOutput)
      for (const workers of [1, 2, 3, 7]) {
        for (const name of outputs) writeFileSync(join(folder, name), 'from before')
        const shared = await runShared(program, { ...sharing, workers })
        assert.equal(shared.state, 'ended', shared.fault?.message)
        const written = outputs.map(readOutput)
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
