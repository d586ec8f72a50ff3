import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { compileFlow, compileInput } from '../../flows/bundle/compile-flow.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { makeEngineStarter } from '../../runtime/engine/thread-engine.ts'
import { flowOf, language, startHere } from './run-flow.ts'

const flow = flowOf(
  { eve: { type: 'capture.eve', options: { path: '${secret:PLACE}' } }, out: { type: 'sink.discard', options: {} } },
  ['eve -> out'],
)
const artifactOf = async (document: FlowDocument) => {
  const { artifact } = await compileFlow(compileInput(document, {}, { folders: [], isConfined: true }, language))
  return artifact!
}

describe('an artifact', () => {
  it('has the same bytes for the same flow, wherever its boxes stand and whatever it is called on screen', async () => {
    const first = await artifactOf(flow)
    const moved = { ...flow, title: 'Other', view: { positions: { eve: [9, 9] as const }, groups: [], notes: [] } }
    assert.equal((await artifactOf(moved)).text, first.text)
    assert.equal((await artifactOf(flow)).hash, first.hash)
  })

  it('says what it reaches and never holds a secret, a path of this machine or an absolute source name', async () => {
    const { manifest, text } = await artifactOf(flow)
    assert.deepEqual(manifest.secrets, ['PLACE'])
    assert.deepEqual(manifest.uses, ['clock', 'files'])
    assert.deepEqual(manifest.nodes, { eve: 'capture.eve@1', out: 'sink.discard@1' })
    const map = Buffer.from(text.slice(text.lastIndexOf('base64,') + 7), 'base64').toString()
    assert.ok(!text.includes(process.cwd()) && !map.includes(process.cwd()))
    const { sources } = JSON.parse(map) as { sources: string[] }
    assert.ok(sources.includes('nodes/capture/eve.ts'))
  })
})

/** The two engines, and the artifact as each is given it by its programs. */
const ENGINES = {
  'a thread of its own': (text: string) =>
    [makeEngineStarter(new URL('../../runtime/worker-main.ts', import.meta.url)), text] as const,
  'the thread that asks': (text: string, folder: string) => {
    const file = join(folder, 'artifact.mjs')
    const mapAt = text.lastIndexOf('//# sourceMappingURL=')
    writeFileSync(file, text.slice(0, mapAt))
    writeFileSync(`${file}.map`, Buffer.from(text.slice(text.indexOf(',', mapAt) + 1), 'base64'))
    return [startHere, { file }] as const
  },
}

describe('a stack trace from a flow', () => {
  for (const [thread, engineOf] of Object.entries(ENGINES)) {
    it(`names the source files, and the node the flow worked for, in ${thread}`, () => stackTrace(engineOf))
  }

  async function stackTrace(engineOf: (typeof ENGINES)[keyof typeof ENGINES]): Promise<void> {
    const cut = { type: 'rule.filter', options: { where: "SUBSTRING(event_type, 5, 9) == 'x'" } }
    const nodes = {
      eve: { type: 'capture.eve', options: { path: 'in.json' } },
      cut,
      out: { type: 'sink.discard', options: {} },
    }
    const { text } = await artifactOf(flowOf(nodes, ['eve -> cut', 'cut -> out']))
    const folder = mkdtempSync(join(tmpdir(), 'lacewing-stack-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    const input = '{"event_type":"a"}\n'.repeat(3000)
    writeFileSync(join(folder, 'in.json'), input)
    const [startEngine, artifact] = engineOf(text, folder)
    const end = await startEngine({ artifact, folder, samples: [], secrets: {} }).ended
    assert.equal(end.state, 'faulted')
    assert.equal(end.fault?.node, 'cut')
    assert.match(end.fault?.stack ?? '', /nodes\/functions\/\w+\.ts:\d+:\d+/)
    assert.match(end.fault?.stack ?? '', /flow\.js:\d+:\d+ \(node cut\)/)
  }
})
