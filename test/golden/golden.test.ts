/**
 * What each pass makes of three flows, as text. `npm run golden` rewrites the files, and git shows what changed; without
 * it any difference fails.
 */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileFlow, compileInput } from '../../flows/bundle/compile-flow.ts'
import { PASSES, showPass } from '../../flows/compile/show.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import { flowOf, language } from '../flows/run-flow.ts'

const EXAMPLES = fileURLToPath(new URL('../../flows/examples/', import.meta.url))
const isRewriting = process.env.LACEWING_GOLDEN === 'write'

const example = (name: string): FlowDocument => readFlow(readFileSync(`${EXAMPLES}${name}.json`, 'utf8')).flow!

/** Every shape of node, every kind of border: a switch, a fan-in, rejects, an operator in the middle, two sources. */
const shapes = flowOf(
  {
    eve: { type: 'capture.eve', options: { path: 'eve.json' } },
    pcap: { type: 'capture.pcap', options: { path: 'dns.pcap' } },
    packets: { type: 'parse.packet', options: {} },
    dns: { type: 'parse.dns', options: {} },
    split: { type: 'rule.switch', options: { cases: ["dns: event_type == 'dns'"] } },
    lexical: { type: 'feature.domain', options: {} },
    loud: { type: 'rule.alert', options: { where: 'lexical.entropy > 3', key: 'dns.rrname', window_s: 60 } },
    out: { type: 'sink.file', options: { path: 'out.jsonl' } },
    bad: { type: 'sink.file', options: { path: 'bad.jsonl' } },
    gone: { type: 'sink.discard', options: {} },
  },
  [
    'eve -> split',
    'eve.rejected -> bad',
    'pcap -> packets',
    'packets -> dns',
    'packets.rejected -> bad',
    'dns -> lexical',
    'dns.rejected -> bad',
    'split.dns -> lexical',
    'split.else -> gone',
    'lexical -> loud',
    'loud -> out',
  ],
  'shapes',
)

for (const flow of [example('dga-eve'), example('dga-pcap'), shapes]) {
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
