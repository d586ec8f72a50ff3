import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileFlow } from '../../flows/bundle/compile-flow.ts'
import { type RunTools, run } from '../../flows/command/run.ts'
import { makeEngineStarter } from '../../runtime/engine/thread-engine.ts'
import { language } from './run-flow.ts'

const EXAMPLES = fileURLToPath(new URL('../../flows/examples/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lacewing-resume-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const tools: RunTools = {
  compile: async (flow, parameters, modelText) => {
    const { compilation, artifact } = await compileFlow({ flow, parameters, ...language, modelText })
    return { problems: compilation.problems, artifact: artifact! }
  },
  startEngine: makeEngineStarter(new URL('../../runtime/worker-main.ts', import.meta.url)),
  startShared: () => assert.fail('One worker was asked for.'),
  samples: [],
  readSecrets: () => ({}),
}

describe('a run that goes on where the one before stopped', () => {
  for (const example of ['dga-eve', 'dga-pcap']) {
    it(`writes what one run over all of ${example} writes, byte for byte`, async () => {
      const flow = join(EXAMPLES, `${example}.json`)
      const whole = join(folder, `${example}-whole.jsonl`)
      const parts = join(folder, `${example}-parts.jsonl`)
      const data = join(folder, example)
      const part = { set: [`output=${parts}`], workers: '1', data }
      assert.equal(await run(flow, { set: [`output=${whole}`], workers: '1' }, tools), 0)
      assert.equal(await run(flow, { ...part, records: '700' }, tools), 0)
      assert.equal(await run(flow, { ...part, records: '1', resume: true }, tools), 0)
      assert.equal(await run(flow, { ...part, resume: true }, tools), 0)
      assert.equal(readFileSync(parts, 'utf8'), readFileSync(whole, 'utf8'))
    })
  }
})
