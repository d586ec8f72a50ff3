import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileFlow } from '../../flows/bundle/compile-flow.ts'
import { type RunTools, run } from '../../flows/command/run.ts'
import { makeSharedEngineStarter } from '../../runtime/engine/shared-engine.ts'
import { makeEngineStarter } from '../../runtime/engine/thread-engine.ts'
import { DiskFiles } from '../../runtime/io/files.ts'
import { capabilities, language } from './run-flow.ts'

const WORKER = new URL('../../runtime/worker-main.ts', import.meta.url)
const EXAMPLES = fileURLToPath(new URL('../../flows/examples/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lacewing-run-workers-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const startShared = makeSharedEngineStarter(
  WORKER,
  capabilities,
  ({ folder, samples }) => new DiskFiles({ folder, samples }),
)
const tools: RunTools = {
  compile: async (flow, parameters, modelText) => {
    const { compilation, artifact } = await compileFlow({ flow, parameters, ...language, modelText })
    return { problems: compilation.problems, artifact: artifact! }
  },
  startEngine: makeEngineStarter(WORKER),
  startShared: async (start, sharing) => startShared(start, sharing),
  samples: [],
  readSecrets: () => ({}),
}

/** What a run says on standard error, and its exit code. */
async function said(t: TestContext, flow: string, options: Partial<Parameters<typeof run>[1]>) {
  const lines: string[] = []
  t.mock.method(console, 'error', (line: string) => void lines.push(line))
  const code = await run(flow, { set: [], workers: '1', ...options }, tools)
  return { code, text: lines.join('\n') }
}

const statsOf = (name: string) => {
  const { nodes, wires, records_in, records_out, rejected } = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  return { nodes, wires, records_in, records_out, rejected }
}

describe('run --workers', () => {
  it('writes the output and the statistics of one worker', async (t) => {
    const flow = join(EXAMPLES, 'dga-eve.json')
    for (const workers of ['1', '2']) {
      const set = [`output=${join(folder, `${workers}.jsonl`)}`]
      const { code, text } = await said(t, flow, { set, workers, stats: join(folder, `${workers}.json`) })
      assert.equal(code, 0, text)
      assert.doesNotMatch(text, /one worker/)
    }
    assert.equal(readFileSync(join(folder, '2.jsonl'), 'utf8'), readFileSync(join(folder, '1.jsonl'), 'utf8'))
    assert.deepEqual(statsOf('2.json'), statsOf('1.json'))
  })

  it('runs in one worker what can not be shared, and says why', async (t) => {
    const set = [`output=${join(folder, 'one.jsonl')}`]
    const nodes = {
      pcap: { type: 'capture.pcap', options: { path: join(EXAMPLES, 'samples', 'dns.pcap') } },
      packets: { type: 'parse.packet', options: {} },
      dns: { type: 'parse.dns', options: {} },
      alarm: { type: 'rule.alert', options: { key: 'src_ip', window_s: 60 } },
      out: { type: 'sink.file', options: { path: 'one.jsonl' } },
    }
    const wires = ['pcap -> packets', 'packets -> dns', 'dns -> alarm', 'alarm -> out']
    writeFileSync(join(folder, 'clients.json'), JSON.stringify({ lacewing: 1, name: 'clients', nodes, wires }))
    const pcap = await said(t, join(folder, 'clients.json'), { workers: '2' })
    assert.equal(pcap.code, 0, pcap.text)
    assert.match(pcap.text, /^The flow runs in one worker\. alarm keeps state by what no field of pcap tells\.$/m)
    const kept = await said(t, join(EXAMPLES, 'dga-eve.json'), { set, workers: '2', data: folder })
    assert.equal(kept.code, 0, kept.text)
    assert.match(
      kept.text,
      /^The flow runs in one worker\. Several workers stop at many places, and --data keeps one\.$/m,
    )
  })

  it('fails when one of them does, and names the node', async (t) => {
    writeFileSync(join(folder, 'in.json'), '{"event_type":"a"}\n'.repeat(20_000))
    const flow = join(folder, 'throws.json')
    const nodes = {
      eve: { type: 'capture.eve', options: { path: 'in.json' } },
      cut: { type: 'rule.filter', options: { where: "SUBSTRING(event_type, 5, 9) == 'x'" } },
      out: { type: 'sink.discard', options: {} },
    }
    writeFileSync(flow, JSON.stringify({ lacewing: 1, name: 'throws', nodes, wires: ['eve -> cut', 'cut -> out'] }))
    const { code, text } = await said(t, flow, { workers: '2' })
    assert.equal(code, 1)
    assert.equal(text.match(/The flow stopped at node cut: /g)?.length, 1)
  })

  it('takes whole numbers from 1 to 64', async (t) => {
    for (const workers of ['0', '1.5', 'many', '65']) {
      await assert.rejects(said(t, join(EXAMPLES, 'dga-eve.json'), { workers }), /^InputError: --workers/)
    }
  })
})
