/** Trees laid out for the kernel that walks them, node by node, several walks at a time. */

import type { Tree, TreesModel } from '../contract/model.ts'
import { Desk } from '../kernels/desk.ts'
import { kernelOf } from '../kernels/kernel.ts'
import { TREES_KERNEL } from '../kernels/trees.gen.ts'

/** See nodes/kernels/trees.as. */
interface Kernel {
  margin(groups: number, end: number, base: number): number
  margins(
    trees: number,
    end: number,
    base: number,
    rows: number,
    columns: number,
    inputs: number,
    first: number,
    out: number,
    count: number,
  ): void
}

/** Rows of a batch at most: the kernel's columns are so long. */
export const COLUMN_ROWS = 64
const NUMBER_BYTES = 8
const NODE_BYTES = 16
/** Trees walked at once, and the bytes of their entry. */
const GROUP_TREES = 10
const GROUP_BYTES = 44
const TREE_BYTES = 8

/**
 * Trees of any depth and number, as data that grows with them alone. See TreeScorer for the members.
 * @memory 16 bytes a node, and 1032 an input, of which 1024 are only touched by batches.
 */
export class WalkedTrees {
  readonly inputs: Float64Array
  readonly rows: Float64Array
  readonly margins: Float64Array
  readonly #kernel: Kernel
  readonly #base: number
  readonly #groups: number
  readonly #groupsEnd: number
  readonly #trees: number
  readonly #treesEnd: number
  readonly #columns: number

  /**
   * @param model as the reader of model files checked it.
   * @throws RangeError when the nodes of a tree do not fit in 4 GiB, or do not form one.
   * @cost linear in nodes, about 0.1 us each.
   */
  constructor(model: TreesModel) {
    const { trees, inputs, base } = model
    const desk = new Desk()
    const reserveNumbers = (count: number) => desk.reserve(count * NUMBER_BYTES)
    // Behind the inputs, in the row and in the columns, stands what leaves ask: no number.
    const row = reserveNumbers(inputs.length + 1)
    const rows = reserveNumbers(inputs.length * COLUMN_ROWS)
    const columns = reserveNumbers((inputs.length + 1) * COLUMN_ROWS)
    const margins = reserveNumbers(COLUMN_ROWS)
    const groups = Math.ceil(trees.length / GROUP_TREES)
    this.#groups = desk.reserve(groups * GROUP_BYTES)
    this.#groupsEnd = this.#groups + groups * GROUP_BYTES
    this.#trees = desk.reserve(trees.length * TREE_BYTES)
    this.#treesEnd = this.#trees + trees.length * TREE_BYTES
    // One more than the trees have: the leaf that fills up the last group.
    const count = trees.reduce((sum, tree) => sum + tree.left.length, 1)
    const nodes = desk.reserve(count * NODE_BYTES)
    this.#columns = columns

    const { buffer } = desk.memory
    const numbers = new Float64Array(buffer)
    const words = new Uint32Array(buffer)
    const noNumber = row + inputs.length * NUMBER_BYTES
    numbers[noNumber / NUMBER_BYTES] = Number.NaN
    const noNumbers = columns / NUMBER_BYTES + inputs.length * COLUMN_ROWS
    numbers.fill(Number.NaN, noNumbers, noNumbers + COLUMN_ROWS)
    const layout = new Layout(numbers, words, { row, noNumber, nodes })
    // Nothing is added by -0, not even to -0.
    const fill = layout.leaf(-0)
    const roots = trees.map((tree) => layout.tree(tree))
    for (let t = 0; t < groups * GROUP_TREES; t++) {
      const { root, depth } = roots[t] ?? fill
      const group = (this.#groups + Math.floor(t / GROUP_TREES) * GROUP_BYTES) / 4
      words[group + (t % GROUP_TREES)] = root
      words[group + GROUP_TREES] = Math.max(words[group + GROUP_TREES]!, depth)
      if (t >= trees.length) continue
      words[this.#trees / 4 + 2 * t] = root
      words[this.#trees / 4 + 2 * t + 1] = depth
    }
    this.inputs = new Float64Array(buffer, row, inputs.length)
    this.rows = new Float64Array(buffer, rows, inputs.length * COLUMN_ROWS)
    this.margins = new Float64Array(buffer, margins, COLUMN_ROWS)
    this.#base = base
    this.#kernel = kernelOf<Kernel>(TREES_KERNEL, desk.memory)
  }

  margin(): number {
    return this.#kernel.margin(this.#groups, this.#groupsEnd, this.#base)
  }

  scoreRows(count: number): void {
    this.#kernel.margins(
      this.#trees,
      this.#treesEnd,
      this.#base,
      this.rows.byteOffset,
      this.#columns,
      this.inputs.length,
      this.inputs.byteOffset,
      this.margins.byteOffset,
      count,
    )
  }
}

/** Where a tree begins, and how many steps its deepest leaf is away. */
interface Root {
  readonly root: number
  readonly depth: number
}

/** Nodes as they are laid out, one behind the other. */
class Layout {
  readonly #numbers: Float64Array
  readonly #words: Uint32Array
  readonly #row: number
  readonly #noNumber: number
  #next: number

  constructor(
    numbers: Float64Array,
    words: Uint32Array,
    { row, noNumber, nodes }: { readonly row: number; readonly noNumber: number; readonly nodes: number },
  ) {
    this.#numbers = numbers
    this.#words = words
    this.#row = row
    this.#noNumber = noNumber
    this.#next = nodes
  }

  leaf(value: number): Root {
    const root = this.#take(1)
    this.#put(root, value, this.#noNumber, root)
    return { root, depth: 0 }
  }

  /** Level by level: what most walks pass lies together. */
  tree(tree: Tree): Root {
    const root = this.#take(1)
    let level = [{ node: 0, at: root }]
    let depth = 0
    for (let left = tree.left.length; ; depth++) {
      const next: typeof level = []
      left -= level.length
      if (left < 0) throw new RangeError('The nodes of a tree lead to one another.')
      for (const { node, at } of level) {
        if (tree.left[node] === -1) {
          this.#put(at, tree.value[node]!, this.#noNumber, at)
          continue
        }
        const children = this.#take(2)
        this.#put(at, tree.threshold[node]!, this.#row + tree.input[node]! * NUMBER_BYTES, children)
        next.push({ node: tree.right[node]!, at: children }, { node: tree.left[node]!, at: children + NODE_BYTES })
      }
      if (next.length === 0) return { root, depth }
      level = next
    }
  }

  #take(count: number): number {
    const at = this.#next
    this.#next = at + count * NODE_BYTES
    return at
  }

  #put(at: number, threshold: number, input: number, children: number): void {
    this.#numbers[at / NUMBER_BYTES] = threshold
    this.#words[at / 4 + 2] = input
    this.#words[at / 4 + 3] = children
  }
}
