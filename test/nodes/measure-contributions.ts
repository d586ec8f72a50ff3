/**
 * What contributions of the sample model cost: `node test/nodes/measure-contributions.ts`. Prints one line of JSON.
 * Every input is drawn from around the model's own thresholds for it, evenly: more kinds of records than traffic has,
 * so the tables fill later than they would there.
 */

import { readFileSync } from 'node:fs'
import { Explainer } from '../../nodes/model/contributions.ts'
import { readModel } from '../../nodes/model/model-file.ts'

/** Alerts in a million events of the benchmark. */
const RECORDS = 1400
const { model } = readModel(readFileSync(new URL('../../flows/examples/models/dga.json', import.meta.url), 'utf8'))
if (model?.kind !== 'trees') throw new Error('flows/examples/models/dga.json is not a model of trees.')

let seed = 1
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
const thresholds = model.inputs.map((_, input) =>
  model.trees.flatMap((tree) =>
    tree.threshold.filter((_, node) => tree.left[node] !== -1 && tree.input[node] === input),
  ),
)
const draw = () =>
  Float64Array.from(thresholds, (some) => (some[Math.floor(random() * some.length)] ?? 0) * (0.9 + random() * 0.2))
const records = Array.from({ length: RECORDS }, draw)

function measure(explainer: Explainer) {
  const start_ms = performance.now()
  explainer.explain(records[0]!)
  const first_ms = performance.now() - start_ms
  for (let i = 1; i < RECORDS; i++) explainer.explain(records[i]!)
  const all_ms = performance.now() - start_ms
  const warm_ms = performance.now()
  for (const record of records) explainer.explain(record)
  return { first_ms, first_1400_ms: all_ms, later_us_per_record: ((performance.now() - warm_ms) * 1000) / RECORDS }
}

console.log(JSON.stringify({ tables: measure(new Explainer(model)), walk: measure(new Explainer(model, 0)) }))
