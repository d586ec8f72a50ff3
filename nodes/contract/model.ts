/**
 * A learned model as data: the model file (docs/reference/model-file.md) after it was checked.
 *
 * The compiler turns it into code of the flow; nodes see it as the value of an `option.model()` option.
 */

/** One input of a model. `name` is the feature's own name (`entropy`); a node maps it to a field of its wire. */
export interface ModelInput {
  readonly name: string
  readonly help?: string
  /** Used in place of a missing value. Without it a record that lacks the input is not scored. */
  readonly missing?: number
}

/**
 * A binary decision tree in parallel arrays, one entry a node; node 0 is the root. At an inner node go to `left` when
 * `input <= threshold`, else to `right`; NaN goes right. A leaf has `left = right = -1` and adds `value`.
 * `cover` is the number (or weight) of training rows that reached the node; contributions need it.
 */
export interface Tree {
  readonly input: readonly number[]
  readonly threshold: readonly number[]
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly value: readonly number[]
  readonly cover: readonly number[]
}

interface ModelHead {
  readonly lacewing_model: 1
  readonly name: string
  readonly title?: string
  readonly inputs: readonly ModelInput[]
  /** `logit`: score = 1 / (1 + exp(-margin)). `identity`: score = margin. */
  readonly link: 'logit' | 'identity'
  /** At or above it the label is `labels[1]`, below it `labels[0]`. */
  readonly threshold: number
  readonly labels: readonly [string, string]
  /** Free facts for the model card: training data, figures, date, licence. */
  readonly card?: Readonly<Record<string, unknown>>
}

/** margin = intercept + sum(coefficients[i] * input[i]). */
export interface LinearModel extends ModelHead {
  readonly kind: 'linear'
  readonly intercept: number
  readonly coefficients: readonly number[]
  /** Mean of each input over the training rows: the base from which contributions are counted. */
  readonly means: readonly number[]
}

/** margin = base + sum over trees of the value of the leaf reached. */
export interface TreesModel extends ModelHead {
  readonly kind: 'trees'
  readonly base: number
  readonly trees: readonly Tree[]
}

export type Model = LinearModel | TreesModel

/** What a model made of one record: used again for the next one. */
export interface Scored {
  /** One number an input, in the model's order; the substitute where one was missing. */
  readonly inputs: Float64Array
  /** The sum before the link: log-odds, or the value itself. */
  readonly margin: number
}
