/** Trees laid out for the kernel that finds the leaves of all of them at once: masks of leaves for each rank of an input. */

import type { Tree, TreesModel } from '../contract/model.ts'
import { Desk } from '../kernels/desk.ts'
import { kernelOf } from '../kernels/kernel.ts'
import { MASKS_KERNEL } from '../kernels/masks.gen.ts'

/** See nodes/kernels/masks.as. */
interface Kernel {
  margin(tables: number, row: number): number
  margins(tables: number, rows: number, rowBytes: number, out: number, count: number): void
}

/** The most leaves that a tree has bits for. */
export const MAX_LEAVES = 64
/** What tables may take: half of a usual cache of second level. */
const MAX_TABLES_BYTES = 512 * 1024
/** An input's search, what a byte of its mask adds, and a leaf; nanoseconds, measured. */
const INPUT_NS = 4
const BYTE_NS = 0.035
const LEAF_NS = 1.2

const NUMBER_BYTES = 8
const WORD_BYTES = 4
const MASK_UNIT_BYTES = 64
const QUAD_INPUTS = 4
const QUAD_BYTES = 52
const TABLES_BYTES = 48
/** The kernel looks at so many trees at a time. */
const UNIT_TREES = 8

/** How large the tables of a model are. */
interface Sizes {
  readonly thresholds: readonly Float64Array[]
  /** Leaves of the largest tree. */
  readonly leaves: number
  readonly treeBytes: number
  readonly maskBytes: number
}

/** What a row costs with masks, in nanoseconds; infinite for a model that is too large for them. */
export function maskCost({ trees, inputs }: TreesModel): number {
  const leaves = mostLeaves(trees)
  if (leaves > MAX_LEAVES) return Infinity
  const { thresholds, maskBytes } = sizesOf(trees, inputs.length)
  const used = thresholds.filter(({ length }) => length > 0)
  const masks = used.reduce((sum, { length }) => sum + length + 1, 0)
  if (masks * maskBytes > MAX_TABLES_BYTES) return Infinity
  return used.length * (INPUT_NS + BYTE_NS * maskBytes) + LEAF_NS * trees.length
}

function mostLeaves(trees: readonly Tree[]): number {
  return trees.reduce((most, { left }) => Math.max(most, (left.length + 1) / 2), 1)
}

function sizesOf(trees: readonly Tree[], inputs: number): Sizes {
  const some = Array.from({ length: inputs }, () => new Set<number>())
  for (const { left, input, threshold } of trees) {
    for (let node = 0; node < left.length; node++) {
      // A set takes -0 for 0, as comparing does.
      if (left[node] !== -1) some[input[node]!]!.add(threshold[node]!)
    }
  }
  const leaves = mostLeaves(trees)
  const treeBytes = 2 ** Math.max(0, Math.ceil(Math.log2(leaves / 8)))
  const maskBytes = Math.ceil((trees.length * treeBytes) / MASK_UNIT_BYTES) * MASK_UNIT_BYTES
  return { thresholds: some.map((set) => Float64Array.from(set).sort()), leaves, treeBytes, maskBytes }
}

/** Trees of at most 64 leaves. See TreeScorer for the members. */
export class MaskedTrees {
  readonly inputs: Float64Array
  readonly rows: Float64Array
  readonly margins: Float64Array
  readonly #kernel: Kernel
  readonly #tables: number

  /** @param batchRows how many rows `rows` takes. */
  constructor(model: TreesModel, batchRows: number) {
    const { trees, base } = model
    const inputs = model.inputs.length
    const { thresholds, leaves, treeBytes, maskBytes } = sizesOf(trees, inputs)
    const used = thresholds.map((_, input) => input).filter((input) => thresholds[input]!.length > 0)
    // Searches of four inputs take as many steps as the longest of them.
    used.sort((a, b) => thresholds[a]!.length - thresholds[b]!.length)
    const quads = Math.ceil(used.length / QUAD_INPUTS)
    const paddedTrees = Math.ceil(trees.length / UNIT_TREES) * UNIT_TREES

    const desk = new Desk()
    const reserveNumbers = (count: number) => desk.reserve(count * NUMBER_BYTES)
    const row = reserveNumbers(inputs)
    const rows = reserveNumbers(inputs * batchRows)
    const margins = reserveNumbers(batchRows)
    this.#tables = desk.reserve(TABLES_BYTES)
    const quadsAt = desk.reserve(quads * QUAD_BYTES)
    const places = desk.reserve(quads * QUAD_INPUTS * WORD_BYTES)
    const bits = desk.reserve(maskBytes)
    const values = reserveNumbers(paddedTrees * leaves)
    const lists = used.map((input, k): List => {
      const last = Math.min(k - (k % QUAD_INPUTS) + QUAD_INPUTS, used.length) - 1
      const length = 2 ** Math.ceil(Math.log2(thresholds[used[last]!]!.length + 1))
      const masks = desk.reserve((thresholds[input]!.length + 1) * maskBytes)
      return { input, length, thresholds: reserveNumbers(length), masks }
    })

    const numbers = new Float64Array(desk.memory.buffer)
    const words = new Uint32Array(desk.memory.buffer)
    const tables = [quadsAt, quadsAt + quads * QUAD_BYTES, places, places + used.length * WORD_BYTES, maskBytes, bits]
    words.set([...tables, paddedTrees, treeBytes, values, leaves * NUMBER_BYTES], this.#tables / WORD_BYTES)
    numbers[this.#tables / NUMBER_BYTES + 5] = base

    writeQuads(words.subarray(quadsAt / WORD_BYTES), lists)

    // Nothing is added by -0, not even to -0.
    numbers.fill(-0, values / NUMBER_BYTES, values / NUMBER_BYTES + paddedTrees * leaves)
    const cuts: Cut[][] = thresholds.map(() => [])
    for (const [t, tree] of trees.entries()) {
      const leafValues = numbers.subarray(values / NUMBER_BYTES + t * leaves)
      readTree(tree, t * treeBytes, leafValues, cuts)
    }
    for (const { input, length, thresholds: at, masks } of lists) {
      numbers.fill(Infinity, at / NUMBER_BYTES, at / NUMBER_BYTES + length)
      numbers.set(thresholds[input]!, at / NUMBER_BYTES)
      writeMasks(desk.bytes.subarray(masks), maskBytes, thresholds[input]!, cuts[input]!)
    }

    this.inputs = new Float64Array(desk.memory.buffer, row, inputs)
    this.rows = new Float64Array(desk.memory.buffer, rows, inputs * batchRows)
    this.margins = new Float64Array(desk.memory.buffer, margins, batchRows)
    this.#kernel = kernelOf<Kernel>(MASKS_KERNEL, desk.memory)
  }

  margin(): number {
    return this.#kernel.margin(this.#tables, this.inputs.byteOffset)
  }

  scoreRows(count: number): void {
    const { inputs, rows, margins } = this
    this.#kernel.margins(this.#tables, rows.byteOffset, inputs.byteLength, margins.byteOffset, count)
  }
}

/** Where the thresholds of an input and its masks lie. `length` is that of the thresholds with what fills them up. */
interface List {
  readonly input: number
  readonly length: number
  readonly thresholds: number
  readonly masks: number
}

function writeQuads(words: Uint32Array, lists: readonly List[]): void {
  const quads = Math.ceil(lists.length / QUAD_INPUTS)
  for (let lane = 0; lane < quads * QUAD_INPUTS; lane++) {
    // Where the last quad lacks an input, one is searched for again, and nothing comes of it.
    const { input, length, thresholds, masks } = lists[lane] ?? lists.at(-1)!
    const quad = Math.floor(lane / QUAD_INPUTS) * (QUAD_BYTES / WORD_BYTES)
    const at = quad + (lane % QUAD_INPUTS)
    words[at] = input * NUMBER_BYTES
    words[at + QUAD_INPUTS] = thresholds
    words[at + 2 * QUAD_INPUTS] = masks
    words[quad + 3 * QUAD_INPUTS] = (length / 2) * NUMBER_BYTES
  }
}

/** The leaves that a record can't come to for which a test fails: those on the left of it. */
interface Cut {
  readonly threshold: number
  /** The byte with which the tree's bits begin. */
  readonly firstByte: number
  /** The first of the leaves, and the one behind the last. */
  readonly from: number
  readonly to: number
}

/** Puts the values of a tree's leaves in order, and the cuts of its tests to those of their inputs. */
function readTree(tree: Tree, firstByte: number, values: Float64Array, cuts: readonly Cut[][]): void {
  let leaf = 0
  const read = (node: number): void => {
    const left = tree.left[node]!
    if (left === -1) {
      values[leaf++] = tree.value[node]!
      return
    }
    const from = leaf
    read(left)
    cuts[tree.input[node]!]!.push({ threshold: tree.threshold[node]!, firstByte, from, to: leaf })
    read(tree.right[node]!)
  }
  read(0)
}

/** The mask of each rank of an input: that of the rank before, without what the next threshold cuts. */
function writeMasks(masks: Uint8Array, maskBytes: number, thresholds: Float64Array, cuts: Cut[]): void {
  cuts.sort((a, b) => a.threshold - b.threshold)
  masks.fill(0xff, 0, maskBytes)
  let next = 0
  for (const [rank, threshold] of thresholds.entries()) {
    const mask = (rank + 1) * maskBytes
    masks.copyWithin(mask, mask - maskBytes, mask)
    for (; next < cuts.length && cuts[next]!.threshold <= threshold; next++) {
      const { firstByte, from, to } = cuts[next]!
      for (let leaf = from; leaf < to; leaf++) masks[mask + firstByte + (leaf >> 3)]! &= ~(1 << (leaf & 7))
    }
  }
}
