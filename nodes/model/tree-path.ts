/**
 * The walk of path-dependent TreeSHAP along one path of a tree: what the leaves below contribute to each input.
 *
 * @source Lundberg, Erion, Lee: Consistent Individualized Feature Attribution for Tree Ensembles (2018), algorithm 2
 */

import type { Tree } from '../contract/model.ts'

/** Share of the training rows at an inner node that went left. */
export function leftShare(tree: Tree, node: number): number {
  const left = tree.cover[tree.left[node]!]!
  return left / (left + tree.cover[tree.right[node]!]!)
}

/**
 * What must hold of one input for a record to come to a node. Where the input is not known, `share` of the training
 * rows come through.
 */
export interface Condition {
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
export function narrow(path: readonly Condition[], tree: Tree, node: number, isLeft: boolean): Condition[] {
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
 * The path from the root to the node at hand, one entry for each different input on it (entry 0 stands for none).
 * Every level of the recursion works on its own copy of the path, laid out one behind the other: level d begins at
 * d * width. Per entry:
 * - `#input` the input that splits there
 * - `#zero`  share of the rows that come through when the input is not known
 * - `#one`   1 when the record itself comes through, else 0
 * - `#weight` sum over the subsets of the inputs so far, by size: how many of their orders there are
 */
export class Path {
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
