/**
 * Trees cut into twigs, small subtrees with a table each. What a few leaves contribute follows from the outcomes of a
 * few tests, so it is worked out once for each set of outcomes and kept.
 *
 * @source the idea of Yang: Fast TreeSHAP: Accelerating SHAP Value Computation for Trees (2021), who keeps it leaf by leaf,
 * for all outcomes, before the first record
 */

import type { Tree } from '../contract/model.ts'
import { type Condition, narrow, Path } from './tree-path.ts'

/**
 * Tests of a twig at most: each more doubles its table. For the sample model 6, 7 and 8 cost 16, 14 and 13 us a record
 * once rows are filled, and take 1.2, 1.3 and 1.9 MB.
 */
const TWIG_TESTS = 7
/** What a twig takes at most besides its table, its thresholds included; an estimate of objects of V8. */
const TWIG_BYTES = 1024

/**
 * A small subtree at the end of a path. What its leaves contribute follows from its tests, one bit each: the conditions
 * of the path, and the splits below.
 */
export interface Twig {
  readonly tree: Tree
  readonly node: number
  readonly path: readonly Condition[]
  readonly splits: readonly number[]
  /** The inputs its leaves contribute to. */
  readonly inputs: readonly number[]
}

/** A tree cut into twigs, or undefined when their tables need more than `free_bytes` or a path has too many inputs. */
export function cutTwigs(tree: Tree, free_bytes: number): { twigs: Twig[]; bytes: number } | undefined {
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
export class TwigTables {
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
export function thresholdsOf(trees: readonly Tree[], inputs: number): Float64Array[] {
  const thresholds: number[][] = Array.from({ length: inputs }, () => [])
  for (const tree of trees) {
    for (let node = 0; node < tree.left.length; node++) {
      if (tree.left[node] !== -1) thresholds[tree.input[node]!]!.push(tree.threshold[node]!)
    }
  }
  return thresholds.map((some) => Float64Array.from(some).sort())
}
