import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileFlow, compileInput } from '../../flows/bundle/compile-flow.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { flowOf, language } from './run-flow.ts'

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
