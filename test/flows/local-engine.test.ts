/** The engine in the thread that asks: what `lacewing run` runs a flow in. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compileFlow, compileInput } from '../../flows/bundle/compile-flow.ts'
import { isInputError } from '../../nodes/contract/capability.ts'
import { flowOf, language, startHere } from './run-flow.ts'

const folder = mkdtempSync(join(tmpdir(), 'lacewing-local-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function artifactOf(options: Record<string, unknown>): Promise<string> {
  const nodes = {
    eve: { type: 'capture.eve', options },
    out: { type: 'sink.file', options: { path: 'out.jsonl' } },
  }
  const input = compileInput(flowOf(nodes, ['eve -> out']), {}, { folders: [], isConfined: true }, language)
  const { text } = (await compileFlow(input)).artifact!
  return text
}

const surroundings = { folder, samples: [], secrets: {} }
const LINES = '{"event_type":"dns"}\n'.repeat(5000)

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !isSo(); i++) await wait(10)
  assert.ok(isSo())
}

describe('an engine in the own thread', () => {
  it('runs the artifact of one file any number of times, each time from the beginning', async () => {
    writeFileSync(join(folder, 'in.json'), LINES)
    const file = join(folder, 'flow.mjs')
    writeFileSync(file, await artifactOf({ path: 'in.json' }))
    for (let i = 0; i < 2; i++) {
      const end = await startHere({ ...surroundings, artifact: { file } }).ended
      assert.equal(end.state, 'ended')
      assert.equal(end.metrics.nodes.out?.in, 5000)
      assert.equal(readFileSync(join(folder, 'out.jsonl'), 'utf8'), LINES)
    }
  })

  it('stops a flow that would wait for ever, with all it read delivered', async () => {
    writeFileSync(join(folder, 'in.json'), LINES)
    const engine = startHere({ ...surroundings, artifact: await artifactOf({ path: 'in.json', follow: true }) })
    await engine.ready
    await until(() => engine.metrics().nodes.eve?.in === 5000)
    const end = await engine.stop()
    assert.equal(end.state, 'stopped')
    assert.equal(readFileSync(join(folder, 'out.jsonl'), 'utf8'), LINES)
  })

  it('says why a flow can not be started', async () => {
    const engine = startHere({ ...surroundings, artifact: await artifactOf({ path: 'missing.json' }) })
    await assert.rejects(engine.ready, (error) => isInputError(error) && /missing\.json/.test((error as Error).message))
    const end = await engine.ended
    assert.equal(end.state, 'faulted')
    assert.match(end.fault?.message ?? '', /missing\.json/)
  })

  it('ends a flow that holds more memory than it may', async () => {
    writeFileSync(join(folder, 'in.json'), LINES)
    const artifact = await artifactOf({ path: 'in.json', follow: true })
    const engine = startHere({ ...surroundings, artifact, heap_mib: 1 })
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    // The guard begins to look at collections some time after the start.
    const timer = setInterval(collect, 50)
    const end = await engine.ended
    clearInterval(timer)
    assert.equal(end.state, 'faulted')
    assert.match(end.fault?.message ?? '', /more than its 1 MiB of memory/)
  })
})
