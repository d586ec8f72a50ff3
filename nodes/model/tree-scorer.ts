/**
 * A model of trees made ready for the rows of a running flow, in the one of two forms that is faster for it. Margins are
 * the doubles that the plain reading gives (margin.ts).
 */

import type { Tree, TreesModel } from '../contract/model.ts'
import { MaskedTrees, maskCost } from './leaf-masks.ts'
import { COLUMN_ROWS, WalkedTrees } from './tree-walk.ts'

/** Rows of a batch at most. */
export const BATCH_ROWS = COLUMN_ROWS

/** A step of a walk; nanoseconds, measured. */
const STEP_NS = 1.15
/** Masks must win by so much: their tables take more of the caches, which a flow needs for other things. */
const MASKS_GAIN = 0.75

/** Scores rows of one model, in a memory of its own. */
export class TreeScorer {
  /** One number an input, in the model's order: put them in, then call `margin`. */
  readonly inputs: Float64Array
  /** Up to 64 rows of such numbers, one behind the other: put them in, then call `scoreRows`. */
  readonly rows: Float64Array
  /** What `scoreRows` gives: a margin a row. */
  readonly margins: Float64Array
  readonly #form: WalkedTrees | MaskedTrees

  /**
   * @param model as the reader of model files checked it.
   * @throws RangeError when the nodes of a tree do not fit in 4 GiB, or do not form one.
   * @cost linear in nodes, about 0.3 us each; 9 ms for the sample model in a thread that has compiled nothing yet.
   */
  constructor(model: TreesModel) {
    this.#form = hasMasks(model) ? new MaskedTrees(model, BATCH_ROWS) : new WalkedTrees(model)
    this.inputs = this.#form.inputs
    this.rows = this.#form.rows
    this.margins = this.#form.margins
  }

  /** The margin of `inputs`. Nothing is allocated. */
  margin(): number {
    return this.#form.margin()
  }

  /**
   * Puts the margins of the first `count` rows into `margins`.
   * @param count 0 to 64.
   */
  scoreRows(count: number): void {
    if (!(count >= 0 && count <= BATCH_ROWS)) throw new RangeError(`${count} rows; a batch has at most ${BATCH_ROWS}.`)
    this.#form.scoreRows(count)
  }
}

/**
 * The rule which of two forms a model gets. A walk costs a step a level of each tree. Masks cost by input and by the
 * leaves of the largest tree, whatever the depth, and far more where their tables leave the caches. Measured, in us a row
 * of 100 trees, walks / masks: 12 inputs, depth 4: 0.46 / 0.31, depth 6: 0.75 / 0.51; 20 inputs, depth 4: 0.43 / 0.40;
 * 40 inputs, depth 4: 0.43 / 0.65; the sample model (11 inputs, depth 5): 0.55 / 0.31.
 */
function hasMasks(model: TreesModel): boolean {
  const steps = model.trees.reduce((sum, tree) => sum + depthOf(tree), 0)
  return maskCost(model) < MASKS_GAIN * STEP_NS * steps
}

/** Steps to the deepest leaf. */
function depthOf({ left, right }: Tree): number {
  let level = [0]
  let seen = 0
  for (let depth = 0; ; depth++) {
    seen += level.length
    if (seen > left.length) throw new RangeError('The nodes of a tree lead to one another.')
    level = level.flatMap((node) => (left[node] === -1 ? [] : [left[node]!, right[node]!]))
    if (level.length === 0) return depth
  }
}
