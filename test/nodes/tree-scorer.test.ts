import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Tree, TreesModel } from '../../nodes/contract/model.ts'
import { MAX_LEAVES, MaskedTrees, maskCost } from '../../nodes/model/leaf-masks.ts'
import { margin } from '../../nodes/model/margin.ts'
import { readModel } from '../../nodes/model/model-file.ts'
import { BATCH_ROWS, TreeScorer } from '../../nodes/model/tree-scorer.ts'
import { WalkedTrees } from '../../nodes/model/tree-walk.ts'
import { type Nested, treeOf } from './fakes.ts'

/** Few, so that thresholds repeat and inputs meet them; what is no finite number stands in rows alone. */
const THRESHOLDS = [-3, -1, -Number.MIN_VALUE, -0, 0, Number.MIN_VALUE, 0.1, 0.1 + 2 ** -56, 2, Number.MAX_VALUE]
const VALUES = [...THRESHOLDS, Number.NaN, Infinity, -Infinity, 0.05, 1]
/** Sums of these depend on their order. */
const LEAVES = [0, -0, 0.1, -0.1, 0.7, 1e16, -1e16, 1e-20, 3]

function modelOf(inputs: number, trees: readonly Tree[], base = 0.25): TreesModel {
  return {
    lacewing_model: 1,
    kind: 'trees',
    name: 'm',
    inputs: Array.from({ length: inputs }, (_, i) => ({ name: `f${i}` })),
    link: 'logit',
    threshold: 0.5,
    labels: ['no', 'yes'],
    base,
    trees,
  }
}

/** Draws from a stream of bits: whole numbers below a bound. */
function drawsFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A tree of exactly `depth`, along one path at least. `ragged` of 8 nodes elsewhere are leaves. */
function grow(draw: (below: number) => number, inputs: number, depth: number, ragged: number, isSpine = true): Nested {
  if (depth === 0 || (!isSpine && draw(8) < ragged)) return LEAVES[draw(LEAVES.length)]!
  const spine = isSpine ? draw(2) : -1
  const child = (side: number) => grow(draw, inputs, depth - 1, ragged, side === spine)
  return [draw(inputs), THRESHOLDS[draw(THRESHOLDS.length)]!, child(0), child(1)]
}

function rowsFor(draw: (below: number) => number, inputs: number, count: number): Float64Array[] {
  return Array.from({ length: count }, () => Float64Array.from({ length: inputs }, () => VALUES[draw(VALUES.length)]!))
}

/** A form of trees, or the scorer that chooses one. */
interface Scorer {
  readonly inputs: Float64Array
  readonly rows: Float64Array
  readonly margins: Float64Array
  margin(): number
  scoreRows(count: number): void
}

/** Both forms, where the trees are small enough for masks, and what the scorer chooses. */
function formsOf(model: TreesModel): Scorer[] {
  const forms = [new TreeScorer(model), new WalkedTrees(model)]
  const isSmall = model.trees.every(({ left }) => left.length < 2 * MAX_LEAVES)
  return isSmall ? [...forms, new MaskedTrees(model, BATCH_ROWS)] : forms
}

/** Single rows and batches give the double of the plain reading; deepEqual tells -0 from 0. */
function agree(model: TreesModel, rows: readonly Float64Array[]): void {
  const expected = rows.map((row) => margin(model, row))
  for (const scorer of formsOf(model)) {
    const single = rows.map((row) => {
      scorer.inputs.set(row)
      return scorer.margin()
    })
    assert.deepEqual(single, expected)
    for (const [i, row] of rows.entries()) scorer.rows.set(row, i * row.length)
    scorer.scoreRows(rows.length)
    assert.deepEqual([...scorer.margins.subarray(0, rows.length)], expected)
  }
}

const shape = fc.record({
  seed: fc.nat(),
  trees: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 200 })),
  inputs: fc.integer({ min: 1, max: 40 }),
  depth: fc.integer({ min: 1, max: 12 }),
  rows: fc.integer({ min: 0, max: BATCH_ROWS }),
  base: fc.constantFrom(0, -0, 0.25, -1e16),
})

test('the kernel gives the doubles of the plain reading, row by row and in batches', () => {
  fc.assert(
    fc.property(shape, ({ seed, trees, inputs, depth, rows, base }) => {
      const draw = drawsFrom(seed)
      // Full trees of depth 12 have 8,191 nodes: many of them are left to the ragged.
      const ragged = trees * 2 ** depth > 20_000 ? 3 + draw(4) : draw(7)
      const some = Array.from({ length: trees }, () =>
        treeOf(grow(draw, inputs, draw(4) === 0 ? draw(depth + 1) : depth, ragged)),
      )
      agree(modelOf(inputs, some, base), rowsFor(draw, inputs, rows))
    }),
    { numRuns: 150 },
  )
})

test('small trees, whose leaves take one, two, four and eight bytes of bits', () => {
  fc.assert(
    fc.property(shape, fc.integer({ min: 0, max: 6 }), ({ seed, trees, inputs, rows, base }, depth) => {
      const draw = drawsFrom(seed)
      const ragged = draw(7)
      const some = Array.from({ length: trees }, () => treeOf(grow(draw, inputs, depth, ragged)))
      const model = modelOf(inputs, some, base)
      assert.equal(formsOf(model).length, 3)
      agree(model, rowsFor(draw, inputs, rows))
    }),
    { numRuns: 100 },
  )
})

test('many thresholds of one input, and values between and on them', () => {
  const thresholds = Array.from({ length: 700 }, (_, i) => (i * 37) % 700)
  const some = thresholds.map((threshold) => treeOf([0, threshold, threshold / 7, -1]))
  const values = [-1, 0, 0.5, 1, 1.5, 349.5, 350, 698, 698.5, 699, 699.5, 1e9, Infinity, Number.NaN]
  agree(
    modelOf(1, some),
    values.map((value) => Float64Array.of(value)),
  )
})

test('trees of too many leaves get no masks', () => {
  const draw = drawsFrom(3)
  const full = (depth: number) => modelOf(4, [treeOf(grow(draw, 4, depth, 0))])
  assert.ok(Number.isFinite(maskCost(full(6))))
  assert.equal(maskCost(full(7)), Infinity)
})

test('the models of the test are models to the reader of model files', () => {
  const draw = drawsFrom(5)
  const some = Array.from({ length: 20 }, (_, i) => treeOf(grow(draw, 9, i % 12, 2)))
  assert.deepEqual(readModel(JSON.stringify(modelOf(9, some))).mistakes, [])
})

test('each value below, at and above a threshold goes where the contract says', () => {
  const model = modelOf(1, [treeOf([0, 0.1, -1, 1])], 0)
  const scorer = new TreeScorer(model)
  const at = (value: number) => {
    scorer.inputs[0] = value
    return scorer.margin()
  }
  const below = 0.1 - 2 ** -56
  const above = 0.1 + 2 ** -56
  assert.deepEqual([-Infinity, below, 0.1, above, Infinity, Number.NaN].map(at), [-1, -1, -1, 1, 1, 1])
})

test('the deepest tree that is allowed, beside trees of one leaf', () => {
  let deep: Nested = 0
  for (let i = 256; i > 0; i--) deep = [i % 3, i, i, deep]
  const model = modelOf(3, [treeOf(7), treeOf(deep), treeOf(-0.1)])
  const rows = [0, 1.5, 100, 254.5, 255.5, 256, 300, Number.NaN].map((value) => Float64Array.of(value, value, value))
  assert.equal(new Set(rows.map((row) => margin(model, row))).size, 6)
  agree(model, rows)
})

test('a row of ten thousand inputs, of which trees ask the last', () => {
  const inputs = 10_000
  const model = modelOf(inputs, [treeOf([inputs - 1, 0, 1, 2]), treeOf([0, 0, 4, 8])], 0)
  const rows = Array.from({ length: BATCH_ROWS }, (_, i) => {
    const row = new Float64Array(inputs)
    row[0] = i % 2
    row[inputs - 1] = i % 3
    return row
  })
  agree(model, rows)
})

test('what is no tree is refused and does not hang', () => {
  const round: Tree = { input: [0, 0], threshold: [0, 0], left: [1, 0], right: [1, 0], value: [0, 0], cover: [1, 1] }
  assert.throws(() => new TreeScorer(modelOf(1, [round])), RangeError)
})

test('more rows than a batch has are refused', () => {
  const scorer = new TreeScorer(modelOf(1, []))
  for (const count of [-1, BATCH_ROWS + 1, Number.NaN]) assert.throws(() => scorer.scoreRows(count), RangeError)
})
