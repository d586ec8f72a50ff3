/**
 * Why a record got its score: how much each input moves the margin away from the base, the margin expected of a
 * training row. The contributions and the base add up to the margin.
 *
 * - linear models: coefficient * (input - mean), exact Shapley values of independent inputs.
 * - trees: path-dependent TreeSHAP, Lundberg, Erion and Lee, "Consistent Individualized Feature Attribution for Tree
 *   Ensembles" (2018), algorithm 2. An input that is not known follows both branches, each with its share of `cover`.
 *   Most trees are cut into twigs with tables of what they contribute (twigs.ts); the others are walked (tree-path.ts).
 */

import type { Model, Tree } from '../contract/model.ts'
import { leftShare, Path } from './tree-path.ts'
import { cutTwigs, type Twig, TwigTables, thresholdsOf } from './twigs.ts'

/** What the tables of one model may take. */
const TABLES_BYTES = 32 * 1024 * 1024

/**
 * Computes contributions for one model, with buffers of its own. Tables are made at the first contribution and filled
 * as records come.
 * @cost linear: inputs. Trees: a few integer compares and additions a leaf, about 8 us for 100 trees of 20 leaves, and
 * 2 to 3 us for each row of a table that is met for the first time; the first contribution takes some 15 ms, of which
 * cutting the trees is 5. A tree whose tables do not fit any more, or with more than 7 different inputs on a path, is
 * walked for each record: leaves times depth squared, 0.4 ms for those 100 trees.
 * @memory 1.3 MB of tables for those 100 trees, at most `tables_bytes`; about 250 bytes an input; for trees that are
 * walked 28 bytes times the square of their depth, 2 MB for the deepest that the reader of model files allows.
 */
export class Explainer {
  /** The margin expected of a training row, when no input is known. */
  readonly base: number
  readonly #model: Model
  readonly #values: Float64Array
  readonly #tables_bytes: number
  #trees: TreesExplainer | undefined

  /** @param tables_bytes what tables may take. With 0 every tree is walked; the results differ by rounding only. */
  constructor(model: Model, tables_bytes = TABLES_BYTES) {
    this.#model = model
    this.#values = new Float64Array(model.inputs.length)
    this.#tables_bytes = tables_bytes
    if (model.kind === 'linear') {
      this.base = model.coefficients.reduce((sum, weight, i) => sum + weight * model.means[i]!, model.intercept)
    } else {
      this.base = model.trees.reduce((sum, tree) => sum + expectedValue(tree, 0), model.base)
    }
  }

  /**
   * @param inputs one number an input, in the model's order. Lent.
   * @returns the contribution of each input, in the same order. Lent: the next call overwrites it.
   */
  explain(inputs: Float64Array): Float64Array {
    const model = this.#model
    const values = this.#values
    if (model.kind === 'linear') {
      for (let i = 0; i < values.length; i++) values[i] = model.coefficients[i]! * (inputs[i]! - model.means[i]!)
    } else {
      values.fill(0)
      this.#trees ??= new TreesExplainer(model.trees, values.length, this.#tables_bytes)
      this.#trees.explain(inputs, values)
    }
    return values
  }
}

/** Gives trees tables, in their order, while they fit, and walks the others. */
class TreesExplainer {
  readonly #tables: TwigTables
  readonly #walked: readonly Tree[]
  readonly #path: Path

  constructor(trees: readonly Tree[], inputs: number, tables_bytes: number) {
    const tabulated: Tree[] = []
    const walked: Tree[] = []
    const twigs: Twig[] = []
    let free_bytes = tables_bytes
    for (const tree of trees) {
      const cut = cutTwigs(tree, free_bytes)
      if (cut === undefined) {
        walked.push(tree)
      } else {
        free_bytes -= cut.bytes
        tabulated.push(tree)
        for (const twig of cut.twigs) twigs.push(twig)
      }
    }
    this.#tables = new TwigTables(twigs, thresholdsOf(tabulated, inputs))
    this.#walked = walked
    this.#path = new Path(walked.reduce((most, tree) => Math.max(most, depthOf(tree, 0)), 0))
  }

  /** Adds the contributions of all trees to `values`. */
  explain(inputs: Float64Array, values: Float64Array): void {
    this.#tables.explain(inputs, values)
    for (const tree of this.#walked) this.#path.explain(tree, 0, [], inputs, values)
  }
}

function expectedValue(tree: Tree, node: number): number {
  if (tree.left[node] === -1) return tree.value[node]!
  const share = leftShare(tree, node)
  return share * expectedValue(tree, tree.left[node]!) + (1 - share) * expectedValue(tree, tree.right[node]!)
}

function depthOf(tree: Tree, node: number): number {
  if (tree.left[node] === -1) return 0
  return 1 + Math.max(depthOf(tree, tree.left[node]!), depthOf(tree, tree.right[node]!))
}
