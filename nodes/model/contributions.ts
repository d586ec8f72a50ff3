/**
 * Why a record got its score: how much each input moves the margin away from the base, the margin expected of a
 * training row. The contributions and the base add up to the margin.
 *
 * - linear models: coefficient * (input - mean), exact Shapley values of independent inputs.
 * - trees: path-dependent TreeSHAP, Lundberg, Erion and Lee, "Consistent Individualized Feature Attribution for Tree
 *   Ensembles" (2018), algorithm 2. An input that is not known follows both branches, each with its share of `cover`.
 *   What a few leaves add follows from the outcomes of a few tests, so it is worked out once for each set of outcomes
 *   and kept. The idea is that of Yang, "Fast TreeSHAP: Accelerating SHAP Value Computation for Trees" (2021), who keeps
 *   it leaf by leaf, for all outcomes, before the first record.
 */

import type { Model, Tree } from '../contract/model.ts'

/** What the tables of one model may take. */
const TABLES_BYTES = 32 * 1024 * 1024
/**
 * Tests of a twig at most: each more doubles its table. For the sample model 6, 7 and 8 cost 16, 14 and 13 us a record
 * once rows are filled, and take 1.2, 1.3 and 1.9 MB.
 */
const TWIG_TESTS = 7
/** What a twig takes at most besides its table, its thresholds included; an estimate of objects of V8. */
const TWIG_BYTES = 1024

/**
 * Computes contributions for one model, with buffers of its own. Tables are made at the first contribution and filled
 * as records come.
 * @cost linear: inputs. Trees: a few integer compares and additions a leaf, about 15 us for 100 trees of 20 leaves, and
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
    this.#path = new Path(Math.max(0, ...levels(walked)))
  }

  /** Adds the contributions of all trees to `values`. */
  explain(inputs: Float64Array, values: Float64Array): void {
    this.#tables.explain(inputs, values)
    for (const tree of this.#walked) this.#path.explain(tree, 0, [], inputs, values)
  }
}

/** Share of the training rows at an inner node that went left. */
function leftShare(tree: Tree, node: number): number {
  const left = tree.cover[tree.left[node]!]!
  return left / (left + tree.cover[tree.right[node]!]!)
}

function expectedValue(tree: Tree, node: number): number {
  if (tree.left[node] === -1) return tree.value[node]!
  const share = leftShare(tree, node)
  return share * expectedValue(tree, tree.left[node]!) + (1 - share) * expectedValue(tree, tree.right[node]!)
}

function* levels(trees: readonly Tree[]): Generator<number> {
  for (const tree of trees) yield depthOf(tree, 0)
}

function depthOf(tree: Tree, node: number): number {
  if (tree.left[node] === -1) return 0
  return 1 + Math.max(depthOf(tree, tree.left[node]!), depthOf(tree, tree.right[node]!))
}

/**
 * What must hold of one input for a record to come to a node. Where the input is not known, `share` of the training
 * rows come through.
 */
interface Condition {
  readonly input: number
  /** Thresholds that sent it right and left, the closest of each; undefined where none did. */
  readonly above: number | undefined
  readonly upTo: number | undefined
  readonly share: number
}

function isMet({ above, upTo }: Condition, value: number): boolean {
  return (upTo === undefined || value <= upTo) && (above === undefined || !(value <= above))
}

/** The conditions of a child of `node`. An input that has one already gets it narrowed: both hold together. */
function narrow(path: readonly Condition[], tree: Tree, node: number, isLeft: boolean): Condition[] {
  const input = tree.input[node]!
  const threshold = tree.threshold[node]!
  const found = path.find((one) => one.input === input)
  const { above, upTo, share } = found ?? { above: undefined, upTo: undefined, share: 1 }
  const ofLeft = leftShare(tree, node)
  const narrowed = {
    input,
    above: isLeft ? above : Math.max(above ?? threshold, threshold),
    upTo: isLeft ? Math.min(upTo ?? threshold, threshold) : upTo,
    share: share * (isLeft ? ofLeft : 1 - ofLeft),
  }
  return found === undefined ? [...path, narrowed] : path.map((one) => (one === found ? narrowed : one))
}

/**
 * A small subtree at the end of a path. What its leaves contribute follows from its tests, one bit each: the conditions
 * of the path, and the splits below.
 */
interface Twig {
  readonly tree: Tree
  readonly node: number
  readonly path: readonly Condition[]
  readonly splits: readonly number[]
  /** The inputs its leaves contribute to. */
  readonly inputs: readonly number[]
}

/** A tree cut into twigs, or undefined when their tables need more than `free_bytes` or a path has too many inputs. */
function cutTwigs(tree: Tree, free_bytes: number): { twigs: Twig[]; bytes: number } | undefined {
  const twigs: Twig[] = []
  let bytes = 0
  const cut = (node: number, path: readonly Condition[]): void => {
    if (bytes > free_bytes) return
    const splits = splitsBelow(tree, node, TWIG_TESTS - path.length)
    if (splits !== undefined) {
      const inputs = [...new Set([...path.map(({ input }) => input), ...splits.map((split) => tree.input[split]!)])]
      if (inputs.length === 0) return
      twigs.push({ tree, node, path, splits, inputs })
      bytes += inputs.length * 8 * 2 ** (path.length + splits.length) + TWIG_BYTES
    } else if (tree.left[node] === -1) {
      bytes = Infinity
    } else {
      cut(tree.left[node]!, narrow(path, tree, node, true))
      cut(tree.right[node]!, narrow(path, tree, node, false))
    }
  }
  cut(0, [])
  return bytes > free_bytes ? undefined : { twigs, bytes }
}

/** The inner nodes from `node` down, or undefined when they are more than `most`. */
function splitsBelow(tree: Tree, node: number, most: number): number[] | undefined {
  const splits = tree.left[node] === -1 ? [] : [node]
  for (let i = 0; i < splits.length && splits.length <= most; i++) {
    const left = tree.left[splits[i]!]!
    const right = tree.right[splits[i]!]!
    if (tree.left[left] !== -1) splits.push(left)
    if (tree.left[right] !== -1) splits.push(right)
  }
  return splits.length > most ? undefined : splits
}

/** Where `value` stands among sorted thresholds: how many of them send it right. NaN stands behind them all. */
function rankOf(thresholds: Float64Array, value: number): number {
  let low = 0
  let high = thresholds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value <= thresholds[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

/** Tables of what twigs contribute: a row for each outcome of a twig's tests, filled by the first record that has it. */
class TwigTables {
  readonly #twigs: readonly Twig[]
  /** By input: the thresholds it is compared with, sorted. A record's inputs become ranks, and compares of integers. */
  readonly #thresholds: readonly Float64Array[]
  readonly #ranks: Int32Array
  /** Twig by twig, three numbers a test: the input, and the lowest and the highest rank that pass. */
  readonly #tests: Int32Array
  /** Twig by twig, the inputs it contributes to: what the numbers of its rows belong to. */
  readonly #inputs: Int32Array
  /** By twig: where its tests and its inputs end, and where its table begins. */
  readonly #testsEnd: Int32Array
  readonly #inputsEnd: Int32Array
  readonly #table: Int32Array
  /** The tables; a row not filled begins with NaN. */
  readonly #rows: Float64Array
  readonly #path = new Path(TWIG_TESTS)
  readonly #contributions: Float64Array

  constructor(twigs: readonly Twig[], thresholds: readonly Float64Array[]) {
    this.#twigs = twigs
    this.#thresholds = thresholds
    this.#ranks = new Int32Array(thresholds.length)
    this.#contributions = new Float64Array(thresholds.length)
    this.#testsEnd = new Int32Array(twigs.length)
    this.#inputsEnd = new Int32Array(twigs.length)
    this.#table = new Int32Array(twigs.length)
    const tests: number[] = []
    const inputs: number[] = []
    let rows = 0
    for (const [t, twig] of twigs.entries()) {
      for (const { input, above, upTo } of twig.path) {
        const some = thresholds[input]!
        const low = above === undefined ? 0 : rankOf(some, above) + 1
        tests.push(input, low, upTo === undefined ? some.length : rankOf(some, upTo))
      }
      for (const split of twig.splits) {
        const input = twig.tree.input[split]!
        tests.push(input, 0, rankOf(thresholds[input]!, twig.tree.threshold[split]!))
      }
      inputs.push(...twig.inputs)
      this.#testsEnd[t] = tests.length
      this.#inputsEnd[t] = inputs.length
      this.#table[t] = rows
      rows += twig.inputs.length * 2 ** (twig.path.length + twig.splits.length)
    }
    this.#tests = Int32Array.from(tests)
    this.#inputs = Int32Array.from(inputs)
    this.#rows = new Float64Array(rows).fill(Number.NaN)
  }

  /** Adds the contributions of all twigs to `values`. */
  explain(inputs: Float64Array, values: Float64Array): void {
    const ranks = this.#ranks
    const tests = this.#tests
    const contributesTo = this.#inputs
    const testsEnd = this.#testsEnd
    const inputsEnd = this.#inputsEnd
    const table = this.#table
    const rows = this.#rows
    for (let i = 0; i < ranks.length; i++) ranks[i] = rankOf(this.#thresholds[i]!, inputs[i]!)
    let test = 0
    let first = 0
    for (let t = 0; t < table.length; t++) {
      // The bit of a failed test is the sign of either difference. Branches, which nobody can foretell, cost more.
      let failed = 0
      for (const end = testsEnd[t]!; test < end; test += 3) {
        const rank = ranks[tests[test]!]!
        failed = (failed << 1) | (((rank - tests[test + 1]!) | (tests[test + 2]! - rank)) >>> 31)
      }
      const end = inputsEnd[t]!
      let row = table[t]! + failed * (end - first)
      if (Number.isNaN(rows[row]!)) this.#fill(row, this.#twigs[t]!, inputs)
      for (; first < end; first++) values[contributesTo[first]!]! += rows[row++]!
    }
  }

  #fill(row: number, twig: Twig, inputs: Float64Array): void {
    const contributions = this.#contributions
    const to = twig.inputs
    for (let i = 0; i < to.length; i++) contributions[to[i]!] = 0
    this.#path.explain(twig.tree, twig.node, twig.path, inputs, contributions)
    for (let i = 0; i < to.length; i++) this.#rows[row + i] = contributions[to[i]!]!
  }
}

/** By input, the thresholds of all trees that have tables. */
function thresholdsOf(trees: readonly Tree[], inputs: number): Float64Array[] {
  const thresholds: number[][] = Array.from({ length: inputs }, () => [])
  for (const tree of trees) {
    for (let node = 0; node < tree.left.length; node++) {
      if (tree.left[node] !== -1) thresholds[tree.input[node]!]!.push(tree.threshold[node]!)
    }
  }
  return thresholds.map((some) => Float64Array.from(some).sort())
}

/**
 * The path from the root to the node at hand, one entry for each different input on it (entry 0 stands for none).
 * Every level of the recursion works on its own copy of the path, laid out one behind the other: level d begins at
 * d * width. Per entry:
 * - `#input` the input that splits there
 * - `#zero`  share of the rows that come through when the input is not known
 * - `#one`   1 when the record itself comes through, else 0
 * - `#weight` sum over the subsets of the inputs so far, by size: how many of their orders there are
 */
class Path {
  readonly #width: number
  readonly #input: Int32Array
  readonly #zero: Float64Array
  readonly #one: Float64Array
  readonly #weight: Float64Array
  #tree!: Tree
  #inputs!: Float64Array
  #values!: Float64Array

  constructor(depth: number) {
    this.#width = depth + 2
    const size = this.#width * (depth + 1)
    this.#input = new Int32Array(size)
    this.#zero = new Float64Array(size)
    this.#one = new Float64Array(size)
    this.#weight = new Float64Array(size)
  }

  /**
   * Adds the contributions of the leaves from `node` down to `values`.
   * @param path the conditions for coming to `node`: none for a whole tree.
   */
  explain(tree: Tree, node: number, path: readonly Condition[], inputs: Float64Array, values: Float64Array): void {
    this.#tree = tree
    this.#inputs = inputs
    this.#values = values
    this.#extend(0, 0, 1, 1, -1)
    for (let i = 0; i < path.length; i++) {
      const condition = path[i]!
      const one = isMet(condition, inputs[condition.input]!) ? 1 : 0
      // As in #descend: neither the record nor any row comes here.
      if (condition.share === 0 && one === 0) return
      this.#extend(0, i + 1, condition.share, one, condition.input)
    }
    this.#visit(node, 0, path.length + 1)
  }

  /** `at` is where the level's path begins, `length` how many entries it has. */
  #visit(node: number, at: number, length: number): void {
    const tree = this.#tree
    if (tree.left[node] === -1) {
      const value = tree.value[node]!
      for (let i = 1; i < length; i++) {
        const share = this.#sumWithout(at, length, i)
        this.#values[this.#input[at + i]!]! += share * (this.#one[at + i]! - this.#zero[at + i]!) * value
      }
      return
    }
    const input = tree.input[node]!
    const goesLeft = this.#inputs[input]! <= tree.threshold[node]!
    const share = leftShare(tree, node)

    // An input that splits a second time on this path replaces its entry: both conditions hold together.
    let zero = 1
    let one = 1
    let earlier = 1
    while (earlier < length && this.#input[at + earlier] !== input) earlier++
    if (earlier < length) {
      zero = this.#zero[at + earlier]!
      one = this.#one[at + earlier]!
      this.#unwind(at, length, earlier)
      length--
    }
    this.#descend(tree.left[node]!, at, length, zero * share, goesLeft ? one : 0, input)
    this.#descend(tree.right[node]!, at, length, zero * (1 - share), goesLeft ? 0 : one, input)
  }

  #descend(node: number, at: number, length: number, zero: number, one: number, input: number): void {
    // Neither the record nor any row comes here: the subtree adds nothing.
    if (zero === 0 && one === 0) return
    const next = at + this.#width
    // Paths have a handful of entries, for which a loop is several times faster than copyWithin.
    for (let i = 0; i < length; i++) {
      this.#input[next + i] = this.#input[at + i]!
      this.#zero[next + i] = this.#zero[at + i]!
      this.#one[next + i] = this.#one[at + i]!
      this.#weight[next + i] = this.#weight[at + i]!
    }
    this.#extend(next, length, zero, one, input)
    this.#visit(node, next, length + 1)
  }

  /** EXTEND: adds an entry; each subset so far goes on without the input (`zero`) and with it (`one`). */
  #extend(at: number, length: number, zero: number, one: number, input: number): void {
    const weight = this.#weight
    this.#input[at + length] = input
    this.#zero[at + length] = zero
    this.#one[at + length] = one
    weight[at + length] = length === 0 ? 1 : 0
    for (let i = length - 1; i >= 0; i--) {
      weight[at + i + 1]! += (one * weight[at + i]! * (i + 1)) / (length + 1)
      weight[at + i] = (zero * weight[at + i]! * (length - i)) / (length + 1)
    }
  }

  /** UNWIND: takes entry `i` out again, as if it had never been added. */
  #unwind(at: number, length: number, i: number): void {
    const weight = this.#weight
    const zero = this.#zero[at + i]!
    const one = this.#one[at + i]!
    let next = weight[at + length - 1]!
    for (let j = length - 2; j >= 0; j--) {
      if (one !== 0) {
        const before = weight[at + j]!
        weight[at + j] = (next * length) / ((j + 1) * one)
        next = before - (weight[at + j]! * zero * (length - 1 - j)) / length
      } else {
        weight[at + j] = (weight[at + j]! * length) / (zero * (length - 1 - j))
      }
    }
    for (let j = i; j < length - 1; j++) {
      this.#input[at + j] = this.#input[at + j + 1]!
      this.#zero[at + j] = this.#zero[at + j + 1]!
      this.#one[at + j] = this.#one[at + j + 1]!
    }
  }

  /** The sum of the weights that UNWIND of entry `i` would leave, without changing the path. */
  #sumWithout(at: number, length: number, i: number): number {
    const weight = this.#weight
    const zero = this.#zero[at + i]!
    const one = this.#one[at + i]!
    let sum = 0
    let next = weight[at + length - 1]!
    for (let j = length - 2; j >= 0; j--) {
      if (one !== 0) {
        const without = (next * length) / ((j + 1) * one)
        sum += without
        next = weight[at + j]! - (without * zero * (length - 1 - j)) / length
      } else {
        sum += (weight[at + j]! * length) / (zero * (length - 1 - j))
      }
    }
    return sum
  }
}
