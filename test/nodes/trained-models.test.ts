import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { TreesModel } from '../../nodes/contract/model.ts'
import { margin } from '../../nodes/model/margin.ts'
import { readModel } from '../../nodes/model/model-file.ts'
import { TreeScorer } from '../../nodes/model/tree-scorer.ts'
import { type Ensemble, readIsolationForest, readOnnxTrees, readXgboost } from './trained-models.ts'

/** Reference data, used when present. */
const FOLDER = new URL('../../../shared/data/models/trained/', import.meta.url)

interface Reference {
  readonly file: string
  readonly read: (bytes: Buffer) => Ensemble
  /** What the trainer's own program gave for the rows, as margins. */
  readonly margins: (expected: Readonly<Record<string, never[]>>) => readonly number[]
}

const ofSecondClass = ({ probabilities }: { readonly probabilities?: readonly (readonly number[])[] }) =>
  probabilities!.map(([, second]) => second!)

const references: readonly Reference[] = [
  { file: 'xgboost.json', read: (bytes) => readXgboost(bytes.toString()), margins: (expected) => expected.margin! },
  {
    file: 'isolation-forest.json',
    read: (bytes) => readIsolationForest(bytes.toString()),
    margins: ({ score_samples }) => score_samples!.map((score) => Math.log2(-score)),
  },
  { file: 'gboost-regressor.onnx', read: readOnnxTrees, margins: (expected) => expected.margin! },
  { file: 'forest.onnx', read: readOnnxTrees, margins: ofSecondClass },
  { file: 'dga-forest.onnx', read: readOnnxTrees, margins: ofSecondClass },
]

function modelOf({ base, trees }: Ensemble, inputs: number): TreesModel {
  const given = {
    lacewing_model: 1,
    kind: 'trees',
    name: 'trained',
    inputs: Array.from({ length: inputs }, (_, i) => ({ name: `f${i}` })),
    link: 'identity',
    threshold: 0,
    labels: ['no', 'yes'],
    base,
    trees,
  }
  const { model, mistakes } = readModel(JSON.stringify(given))
  assert.deepEqual(mistakes, [])
  return model as TreesModel
}

describe('models of other trainers', () => {
  for (const { file, read, margins } of references) {
    it(`${file} gives what its trainer gave, and the kernel what the plain reading gives`, (context) => {
      if (!existsSync(FOLDER)) {
        context.diagnostic('the reference models are not here')
        return
      }
      const expected = JSON.parse(
        readFileSync(new URL(file.replace(/\.\w+$/, '.expected.json'), FOLDER), 'utf8'),
      ) as Record<string, never[]>
      const rows = (expected.rows as readonly (readonly number[])[]).map((row) => Float64Array.from(row))
      const model = modelOf(read(readFileSync(new URL(file, FOLDER))), rows[0]!.length)
      const scorer = new TreeScorer(model)
      const wanted = margins(expected)
      assert.equal(wanted.length, rows.length)
      for (const [i, row] of rows.entries()) {
        scorer.inputs.set(row)
        const given = scorer.margin()
        assert.equal(given, margin(model, row))
        // The trainers add float32 numbers.
        assert.ok(Math.abs(given - wanted[i]!) < 2e-5, `row ${i}: ${given}, by the trainer ${wanted[i]}`)
      }
    })
  }
})
