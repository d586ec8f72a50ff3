/**
 * What each pass makes of a few flows, as text. `npm run golden` rewrites the files, and git shows what changed; without
 * it any difference fails.
 */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileFlow, compileInput } from '../../flows/bundle/compile-flow.ts'
import { PASSES, showPass } from '../../flows/compile/show.ts'
import { language } from '../flows/run-flow.ts'
import { EXAMPLES, GOLDEN_FLOWS } from './flows.ts'

const isRewriting = process.env.LACEWING_GOLDEN === 'write'

for (const flow of GOLDEN_FLOWS) {
  describe(`golden texts of ${flow.name}`, async () => {
    const input = compileInput(flow, {}, { folders: [EXAMPLES], isConfined: true }, language)
    const { compilation } = await compileFlow(input)
    // The text of a module is long; that of the two flows that differ most is enough to see what changed.
    for (const pass of flow.name === 'dga-pcap' ? PASSES.filter((one) => one !== 'emit') : PASSES) {
      it(`${pass} makes what the golden file says`, () => {
        const file = fileURLToPath(new URL(`./${flow.name}/${pass}.txt`, import.meta.url))
        // Models are constants of many lines that say nothing about the passes.
        const text = `${withoutModels(showPass(compilation, pass)).trimEnd()}\n`
        if (isRewriting) {
          mkdirSync(fileURLToPath(new URL(`./${flow.name}/`, import.meta.url)), { recursive: true })
          writeFileSync(file, text)
        }
        assert.equal(text, readFileSync(file, 'utf8'))
      })
    }
  })
}

function withoutModels(text: string): string {
  return text
    .replace(/^const (model_\w+) = .*$/gm, 'const $1 = ...')
    .replace(/^( {2}margin \+= \(x\d.*\n)+/gm, '  ...\n')
}
