import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { makeSamples } from '../../flows/examples/make-samples.ts'
import { readNames } from '../../flows/examples/train/split.ts'
import type { Model, TreesModel } from '../../nodes/contract/model.ts'
import domain from '../../nodes/feature/domain.ts'
import { margin, scoreOf } from '../../nodes/model/margin.ts'
import { readModel } from '../../nodes/model/model-file.ts'
import { TreeScorer } from '../../nodes/model/tree-scorer.ts'
import { TextSlice } from '../../nodes/records/text-slice.ts'
import { derive, optionsFor, schemaOf } from './fakes.ts'

const folder = new URL('../../flows/examples/models/', import.meta.url)
const text = readFileSync(new URL('dga.json', folder), 'utf8')
const { model, mistakes } = readModel(text)
const features = derive(domain, optionsFor(domain, {}), schemaOf(['dns.rrname']))
const utf8 = new TextSlice()
const scorer = new TreeScorer(model as TreesModel)

/** By the scorer, which must give the double of the plain reading. */
function scoreName(model: Model, name: string): number {
  const added = features({ name: utf8.of(name) }) as Record<string, number>
  for (const [i, input] of model.inputs.entries()) scorer.inputs[i] = added[input.name]!
  const scored = scorer.margin()
  assert.equal(scored, margin(model, scorer.inputs))
  return scoreOf(model, scored)
}

test('the sample model is valid, small, and asks for features the node adds', () => {
  assert.deepEqual(mistakes, [])
  assert.ok(text.length < 300_000)
  const added = Object.keys(features({ name: utf8.of('example.com') }) as object)
  for (const { name } of model!.inputs) assert.ok(added.includes(name), name)
})

test('in the samples the model finds nearly all generated names and no other', () => {
  const { eve, generated } = makeSamples()
  const made = new Set(generated)
  const asked = new Set([...eve.matchAll(/"type":"query","id":\d+,"rrname":"([^"]+)"/g)].map((match) => match[1]!))
  const found = [...asked].filter((name) => scoreName(model!, name) > 0.9)
  assert.deepEqual(
    found.filter((name) => !made.has(name)),
    [],
  )
  assert.ok(found.length > 0.9 * made.size, `${found.length} of ${made.size}`)
})

test('subdomains, capitals and a final dot do not change a score', () => {
  for (const label of ['example.com', 'xkqzvwptqw.net']) {
    const score = scoreName(model!, label)
    for (const name of [`www.${label}`, `a.b.c.${label}`, label.toUpperCase(), `${label}.`]) {
      assert.equal(scoreName(model!, name), score)
    }
  }
})

test('the figures of the model card are those of the model', (context) => {
  const { test: figures } = model!.card as { readonly test: Readonly<Record<string, number>> }
  const card = readFileSync(new URL('dga.md', folder), 'utf8')
  assert.ok(card.includes(`| ROC AUC | ${figures.roc_auc!.toFixed(4)} |`))
  // Reference data, used when present.
  const list = fileURLToPath(new URL('../../../shared/data/dga/domains.csv.gz', import.meta.url))
  if (!existsSync(list)) {
    context.diagnostic('the list of names is not here; the figures were compared between card and model only')
    return
  }
  const tested = readNames(list).filter(({ part }) => part === 'test')
  const alarms = { true: 0, false: 0 }
  const rows = { true: 0, false: 0 }
  for (const { name, isDga } of tested) {
    rows[`${isDga}`]++
    if (scoreName(model!, name) >= model!.threshold) alarms[`${isDga}`]++
  }
  assert.equal(Number((alarms.true / rows.true).toFixed(4)), figures.recall)
  assert.equal(Number((alarms.false / rows.false).toFixed(5)), figures.false_positive_rate)
})
