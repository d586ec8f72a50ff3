/**
 * The plain reading of a model: what compiled code must equal, and what scores models too large to compile.
 *
 * Thresholds and inputs are float64 and compared as they are. A trainer that compares in float32 (scikit-learn's own
 * trees, XGBoost, LightGBM in part) can differ here for an input between two neighbouring float32 numbers; export
 * thresholds as the float64 value that parts the training rows.
 */

import type { LinearModel, Model, Tree, TreesModel } from '../contract/model.ts'

/** The value of the leaf that `inputs` reaches: left when `input <= threshold`, else (NaN too) right. */
function leafValue(tree: Tree, inputs: Float64Array): number {
  let node = 0
  let left = tree.left[0]!
  while (left !== -1) {
    node = inputs[tree.input[node]!]! <= tree.threshold[node]! ? left : tree.right[node]!
    left = tree.left[node]!
  }
  return tree.value[node]!
}

function linearMargin(model: LinearModel, inputs: Float64Array): number {
  const { coefficients } = model
  let sum = model.intercept
  for (let i = 0; i < coefficients.length; i++) sum += coefficients[i]! * inputs[i]!
  return sum
}

function treesMargin(model: TreesModel, inputs: Float64Array): number {
  const { trees } = model
  let sum = model.base
  for (let t = 0; t < trees.length; t++) sum += leafValue(trees[t]!, inputs)
  return sum
}

/**
 * Log-odds, or the value itself for the link `identity`.
 * @param inputs one number an input of the model, in its order. Lent; nothing is allocated.
 * @cost trees times depth, or inputs.
 */
export function margin(model: Model, inputs: Float64Array): number {
  return model.kind === 'linear' ? linearMargin(model, inputs) : treesMargin(model, inputs)
}

/** From margin to score by the model's link. */
export function scoreOf(model: Model, margin: number): number {
  return model.link === 'logit' ? 1 / (1 + Math.exp(-margin)) : margin
}
