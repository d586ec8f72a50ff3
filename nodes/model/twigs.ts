/**
 * Trees cut into twigs, small subtrees with a table each. What a few leaves contribute follows from the outcomes of a
 * few tests, so it is worked out once for each set of outcomes and kept.
 *
 * @source the idea of Yang: Fast TreeSHAP: Accelerating SHAP Value Computation for Trees (2021), who keeps it leaf by leaf,
 * for all outcomes, before the first record
 */

import type { Tree } from '../contract/model.ts'
import { Desk } from '../kernels/desk.ts'
import { kernelOf } from '../kernels/kernel.ts'
import { TWIGS_KERNEL } from '../kernels/twigs.gen.ts'
import { type Condition, narrow, Path } from './tree-path.ts'

/**
 * Tests of a twig at most: each more doubles its table. For the sample model 6, 7 and 8 cost 16, 14 and 13 us a record
 * once rows are filled, read by JavaScript (by the kernel half of it), and take 1.2, 1.3 and 1.9 MB.
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

/** See nodes/kernels/twigs.as. */
interface Kernel {
  addTwigs(state: number): number
}

const NUMBER_BYTES = 8
const WORD_BYTES = 4
const TEST_BYTES = 12
const TWIG_ENTRY_BYTES = 12
/** Words of the kernel's state, by their place in it. */
const STATE = { twig: 0, end: 1, test: 2, sum: 3, row: 4, words: 5 } as const

/** Tables of what twigs contribute: a row for each outcome of a twig's tests, filled by the first record that has it. */
export class TwigTables {
  readonly #twigs: readonly Twig[]
  /** By input: the thresholds it is compared with, sorted. A record's inputs become ranks, and compares of integers. */
  readonly #thresholds: readonly Float64Array[]
  readonly #path = new Path(TWIG_TESTS)
  readonly #contributions: Float64Array
  readonly #kernel: Kernel
  /** Where the kernel's state and the first of its twigs stand. */
  readonly #state: number
  readonly #first: number
  /** What the state is before the first twig. */
  readonly #start: Uint32Array
  /** All of these are views of the kernel's memory. */
  readonly #words: Uint32Array
  readonly #numbers: Float64Array
  readonly #ranks: Int32Array
  readonly #sums: Float64Array

  constructor(twigs: readonly Twig[], thresholds: readonly Float64Array[]) {
    this.#twigs = twigs
    this.#thresholds = thresholds
    this.#contributions = new Float64Array(thresholds.length)
    const desk = new Desk()
    const inputs = thresholds.length
    this.#state = desk.reserve(STATE.words * WORD_BYTES)
    const ranks = desk.reserve(inputs * WORD_BYTES)
    const sums = desk.reserve(inputs * NUMBER_BYTES)
    const tests = desk.reserve(
      twigs.reduce((sum, { path, splits }) => sum + path.length + splits.length, 0) * TEST_BYTES,
    )
    const places = desk.reserve(twigs.reduce((sum, twig) => sum + twig.inputs.length, 0) * WORD_BYTES)
    this.#first = desk.reserve(twigs.length * TWIG_ENTRY_BYTES)
    const rows = twigs.reduce((sum, twig) => sum + rowsOf(twig) * twig.inputs.length, 0)
    const table = desk.reserve(rows * NUMBER_BYTES)

    const { buffer } = desk.memory
    this.#words = new Uint32Array(buffer)
    this.#numbers = new Float64Array(buffer)
    this.#ranks = new Int32Array(buffer, ranks, inputs)
    this.#sums = new Float64Array(buffer, sums, inputs)
    const end = this.#first + twigs.length * TWIG_ENTRY_BYTES
    this.#start = Uint32Array.of(this.#first, end, tests, places, 0)
    // A row that is not filled begins with what is no number.
    this.#numbers.fill(Number.NaN, table / NUMBER_BYTES, table / NUMBER_BYTES + rows)

    const words = this.#words
    let test = tests / WORD_BYTES
    let place = places / WORD_BYTES
    let entry = this.#first / WORD_BYTES
    let row = table
    const putTest = (input: number, low: number, high: number) => {
      words[test++] = ranks + input * WORD_BYTES
      words[test++] = low
      words[test++] = high
    }
    for (const twig of twigs) {
      for (const { input, above, upTo } of twig.path) {
        const some = thresholds[input]!
        const low = above === undefined ? 0 : rankOf(some, above) + 1
        putTest(input, low, upTo === undefined ? some.length : rankOf(some, upTo))
      }
      for (const split of twig.splits) {
        const input = twig.tree.input[split]!
        putTest(input, 0, rankOf(thresholds[input]!, twig.tree.threshold[split]!))
      }
      for (const input of twig.inputs) words[place++] = sums + input * NUMBER_BYTES
      words[entry++] = test * WORD_BYTES
      words[entry++] = place * WORD_BYTES
      words[entry++] = row
      row += rowsOf(twig) * twig.inputs.length * NUMBER_BYTES
    }
    this.#kernel = kernelOf<Kernel>(TWIGS_KERNEL, desk.memory)
  }

  /** Adds the contributions of all twigs to `values`. */
  explain(inputs: Float64Array, values: Float64Array): void {
    const ranks = this.#ranks
    const sums = this.#sums
    for (let i = 0; i < ranks.length; i++) ranks[i] = rankOf(this.#thresholds[i]!, inputs[i]!)
    sums.fill(0)
    const words = this.#words
    const state = this.#state / WORD_BYTES
    words.set(this.#start, state)
    while (this.#kernel.addTwigs(this.#state) !== 0) {
      const twig = (words[state + STATE.twig]! - this.#first) / TWIG_ENTRY_BYTES
      this.#fill(words[state + STATE.row]! / NUMBER_BYTES, this.#twigs[twig]!, inputs)
    }
    for (let i = 0; i < sums.length; i++) values[i]! += sums[i]!
  }

  #fill(row: number, twig: Twig, inputs: Float64Array): void {
    const contributions = this.#contributions
    const to = twig.inputs
    for (let i = 0; i < to.length; i++) contributions[to[i]!] = 0
    this.#path.explain(twig.tree, twig.node, twig.path, inputs, contributions)
    for (let i = 0; i < to.length; i++) this.#numbers[row + i] = contributions[to[i]!]!
  }
}

/** Rows of a twig's table: one for each outcome of its tests. */
function rowsOf({ path, splits }: Twig): number {
  return 2 ** (path.length + splits.length)
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
