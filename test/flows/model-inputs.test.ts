import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import type { LinearModel } from '../../nodes/contract/model.ts'
import { linearModel } from '../nodes/fakes.ts'
import { flowOf, programOf, runProgram } from './run-flow.ts'

const folder = mkdtempSync(join(tmpdir(), 'lacewing-model-inputs-'))
after(() => rmSync(folder, { recursive: true }))

const model: LinearModel = { ...linearModel, link: 'identity' }
mkdirSync(join(folder, 'models'))
writeFileSync(join(folder, 'models', 'demo.json'), JSON.stringify(model))

suite('inputs of a model', () => {
  test('are numbers whatever their kind, with the substitute where one is missing, in score and contributions', async () => {
    const fields = ['a.length: any', 'a.entropy: any']
    const flow = flowOf(
      {
        eve: { type: 'capture.eve', options: { path: 'in', fields } },
        demo: { type: 'model.score', options: { model: 'demo', inputs: ['length = a.length'] } },
        out: { type: 'sink.file', options: { path: 'out' } },
      },
      ['eve -> demo', 'demo -> out'],
    )
    const program = await programOf(flow, {}, [folder])
    const given = [
      { length: 6, entropy: 2 },
      { length: 6 },
      { length: true, entropy: 2 ** 60 },
      { length: 6, entropy: null },
      { length: 'long', entropy: 1 },
      { entropy: 1 },
      { length: 8, entropy: false },
    ]
    const run = await runProgram(program, { in: given.map((a) => JSON.stringify({ a })).join('\n') })
    const got = run.records('out').map(({ demo }) => demo as Record<string, unknown>)
    // base = -1 + 0.5 x 4 + 1 x 2
    const of = (length: number, entropy: number) => ({ length: 0.5 * (length - 4), entropy: entropy - 2 })
    const expected = [of(6, 2), of(6, 2), of(1, 2 ** 60), of(6, 2), null, null, of(8, 0)]
    assert.equal(got.length, expected.length)
    for (const [i, contributions] of expected.entries()) {
      assert.deepEqual(got[i]?.contributions ?? null, contributions, JSON.stringify(given[i]))
      if (contributions !== null) {
        assert.equal(got[i]!.score, 3 + contributions.length + contributions.entropy)
        assert.equal(got[i]!.margin, got[i]!.score)
      }
    }
  })
})
