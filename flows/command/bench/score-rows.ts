/**
 * Scores rows with models of a hundred trees and prints what a row costs, as one line of JSON. Started by `lacewing bench`.
 *
 *   node score-rows.ts
 */

import { BATCH_ROWS, TreeScorer } from '../../../nodes/model/tree-scorer.ts'
import { Dice } from '../../examples/make-samples.ts'
import { seededTrees } from './seeded-trees.ts'

const INPUTS = 20
const ROWS = 200 * BATCH_ROWS
/** The first passes are not counted: V8 is still compiling. */
const WARM_PASSES = 3
const PASSES = 9
const SEED = 20_260_306

const dice = new Dice(SEED)
const data = Float64Array.from({ length: ROWS * INPUTS }, () => dice.roll(1000))

/** CPU microseconds a row, the median of the passes. */
function measure(depth: number): number {
  const inputs = Array.from({ length: INPUTS }, (_, i) => [`f${i}`, 1000] as const)
  const scorer = new TreeScorer(seededTrees({ name: 'rows', trees: 100, depth, inputs, base: 0 }))
  const costs_us: number[] = []
  for (let pass = -WARM_PASSES; pass < PASSES; pass++) {
    const before = process.cpuUsage()
    for (let first = 0; first < ROWS; first += BATCH_ROWS) {
      scorer.rows.set(data.subarray(first * INPUTS, (first + BATCH_ROWS) * INPUTS))
      scorer.scoreRows(BATCH_ROWS)
    }
    const { user, system } = process.cpuUsage(before)
    if (pass >= 0) costs_us.push((user + system) / ROWS)
  }
  return costs_us.sort((a, b) => a - b)[PASSES >> 1]!
}

process.stdout.write(`${JSON.stringify({ boosted_us: measure(4), forest_us: measure(8) })}\n`)
