import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LinearModel, Model, Tree, TreesModel } from '../../nodes/contract/model.ts'
import { Explainer } from '../../nodes/model/contributions.ts'
import { margin, scoreOf } from '../../nodes/model/margin.ts'
import { readModel } from '../../nodes/model/model-file.ts'
import { type Nested, treeOf } from './fakes.ts'

const INPUTS = 4
const head = {
  lacewing_model: 1,
  name: 'm',
  inputs: Array.from({ length: INPUTS }, (_, i) => ({ name: `f${i}` })),
  link: 'logit',
  threshold: 0.5,
  labels: ['no', 'yes'],
} as const
const forest = (trees: readonly Tree[], base = 0.25): TreesModel => ({ ...head, kind: 'trees', base, trees })

const { nested } = fc.letrec<{ nested: Nested }>((tie) => ({
  nested: fc.oneof(
    { maxDepth: 5, depthSize: 'large' },
    fc.double({ min: -5, max: 5, noNaN: true }),
    fc.tuple(fc.nat(INPUTS - 1), fc.integer({ min: -3, max: 3 }), tie('nested'), tie('nested')),
  ),
}))
const covers = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 })
/** Trees with at least one row below every inner node, as the reader of model files demands. */
const trees = fc.array(
  fc
    .tuple(nested, covers)
    .map(([shape, weights]) => treeOf(shape, (leaf) => weights[leaf % weights.length]!))
    .filter((tree) => tree.left.every((left, i) => left === -1 || tree.cover[left]! + tree.cover[tree.right[i]!]! > 0)),
  { minLength: 1, maxLength: 3 },
)
/** What tables may take: nothing, so that every tree is walked; enough for some of the trees; enough for all. */
const tablesBytes = fc.constantFrom(0, 3000, undefined)
const row = fc.array(fc.constantFrom(-3, -2.5, -1, 0, 0.5, 1, 2, 3, 4), { minLength: INPUTS, maxLength: INPUTS })

/** The reading of a tree that the format's text gives, by recursion. */
function readTree(tree: Tree, inputs: readonly number[], node = 0): number {
  if (tree.left[node] === -1 && tree.right[node] === -1) return tree.value[node]!
  const goesLeft = inputs[tree.input[node]!]! <= tree.threshold[node]!
  return readTree(tree, inputs, goesLeft ? tree.left[node]! : tree.right[node]!)
}

/** The leaf expected when only the inputs in the bit set `known` are known. */
function expectation(tree: Tree, inputs: readonly number[], known: number, node = 0): number {
  if (tree.left[node] === -1) return tree.value[node]!
  const [left, right] = [tree.left[node]!, tree.right[node]!]
  const input = tree.input[node]!
  if ((known >> input) & 1) {
    return expectation(tree, inputs, known, inputs[input]! <= tree.threshold[node]! ? left : right)
  }
  const total = tree.cover[left]! + tree.cover[right]!
  return (
    (tree.cover[left]! * expectation(tree, inputs, known, left) +
      tree.cover[right]! * expectation(tree, inputs, known, right)) /
    total
  )
}

/** Shapley values by their definition: over every subset of the other inputs. */
function shapley(model: TreesModel, inputs: readonly number[]): number[] {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
  const worth = (known: number) => model.trees.reduce((sum, tree) => sum + expectation(tree, inputs, known), model.base)
  return inputs.map((_, input) => {
    let sum = 0
    for (let known = 0; known < 1 << INPUTS; known++) {
      if ((known >> input) & 1) continue
      const size = known.toString(2).replaceAll('0', '').length
      const weight = (factorial(size) * factorial(INPUTS - size - 1)) / factorial(INPUTS)
      sum += weight * (worth(known | (1 << input)) - worth(known))
    }
    return sum
  })
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
}

test('the margin of trees is the base and the leaf that each tree gives', () => {
  fc.assert(
    fc.property(trees, row, (some, inputs) => {
      const model = forest(some)
      const expected = some.reduce((sum, tree) => sum + readTree(tree, inputs), model.base)
      assert.equal(margin(model, Float64Array.from(inputs)), expected)
    }),
  )
})

test('an input equal to the threshold goes left, NaN goes right', () => {
  const model = forest([treeOf([0, 1.5, -1, 1])], 0)
  const at = (value: number) => margin(model, Float64Array.of(value, 0, 0, 0))
  assert.deepEqual([at(1.5), at(1.5000000000000002), at(-Infinity), at(Infinity), at(Number.NaN)], [-1, 1, -1, 1, 1])
})

test('the margin of a linear model is its sum, and the link turns it into a score', () => {
  const model: LinearModel = {
    ...head,
    kind: 'linear',
    intercept: 1,
    coefficients: [1, -2, 0, 0.5],
    means: [0, 0, 0, 0],
  }
  assert.equal(margin(model, Float64Array.of(3, 1, 9, 2)), 3)
  assert.equal(scoreOf(model, 0), 0.5)
  assert.equal(scoreOf(model, 1e9), 1)
  assert.equal(scoreOf(model, -1e9), 0)
  assert.equal(scoreOf({ ...model, link: 'identity' }, -7), -7)
})

test('trees that the generator makes are trees to the reader of model files', () => {
  fc.assert(
    fc.property(trees, (some) => {
      assert.deepEqual(readModel(JSON.stringify(forest(some))).mistakes, [])
    }),
  )
})

test('contributions of trees are the Shapley values by their definition, from tables and by walking', () => {
  fc.assert(
    fc.property(trees, row, tablesBytes, (some, inputs, tables_bytes) => {
      const model = forest(some)
      const values = new Explainer(model, tables_bytes).explain(Float64Array.from(inputs))
      for (const [i, expected] of shapley(model, inputs).entries()) {
        assert.ok(isClose(values[i]!, expected), `input ${i}: ${values[i]}, by definition ${expected}`)
      }
    }),
    { numRuns: 500 },
  )
})

function agree(model: TreesModel, records: readonly Float64Array[], tables_bytes?: number): void {
  const tables = new Explainer(model, tables_bytes)
  const walk = new Explainer(model, 0)
  // Twice: what fills a row, and what reads it.
  for (const inputs of [...records, ...records]) {
    const expected = walk.explain(inputs)
    for (const [i, value] of tables.explain(inputs).entries()) {
      assert.ok(isClose(value, expected[i]!), `input ${i} of ${inputs}: ${value}, walked ${expected[i]}`)
    }
  }
}

test('tables give what walking gives, for inputs that are infinite or not a number too', () => {
  const value = fc.constantFrom(-Infinity, -3, -2, -0, 0, 0.5, 1, 3, Infinity, Number.NaN)
  const records = fc.array(fc.array(value, { minLength: INPUTS, maxLength: INPUTS }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(trees, records, tablesBytes, (some, rows, tables_bytes) => {
      agree(
        forest(some),
        rows.map((one) => Float64Array.from(one)),
        tables_bytes,
      )
    }),
    { numRuns: 300 },
  )
})

function addsUp(model: Model, inputs: Float64Array): void {
  const explainer = new Explainer(model)
  const sum = explainer.explain(inputs).reduce((total, value) => total + value, explainer.base)
  assert.ok(isClose(sum, margin(model, inputs)), `${sum} ${margin(model, inputs)}`)
}

/** Numbers from 0 to 1, the same ones each time. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function grow(random: () => number, inputs: number, depth: number): Nested {
  if (depth === 0 || random() < 0.1) return random() * 4 - 2
  const below = () => grow(random, inputs, depth - 1)
  return [Math.floor(random() * inputs), random() * 6 - 3, below(), below()]
}

test('base and contributions add up to the margin, for deep trees that ask an input again and again', () => {
  const random = randomFrom(1)
  for (let i = 0; i < 20; i++) {
    const deep = treeOf(grow(random, INPUTS, 12), () => 1 + Math.floor(random() * 9))
    const model = forest([deep, treeOf(grow(random, INPUTS, 6))])
    addsUp(
      model,
      Float64Array.from({ length: INPUTS }, () => random() * 8 - 4),
    )
  }
})

test('tables give what walking gives, with fewer and with more inputs on a path than a table is kept for', () => {
  const random = randomFrom(7)
  for (const inputs of [1, 6, 8, 16]) {
    const some = [2, 5, 7, 10].map((depth) =>
      treeOf(grow(random, inputs, depth), () => 1 + Math.floor(random() * random() * 90)),
    )
    const names = Array.from({ length: inputs }, (_, i) => ({ name: `f${i}` }))
    const records = Array.from({ length: 60 }, () => Float64Array.from(names, () => random() * 8 - 4))
    for (const tables_bytes of [undefined, 20_000]) agree({ ...forest(some), inputs: names }, records, tables_bytes)
  }
})

test('contributions that are no numbers come to an end', () => {
  // No model file can say so.
  const explainer = new Explainer(forest([treeOf([0, 0, [1, 0, Number.NaN, 2], 3]), treeOf([0, 0, 1, 2])], 0))
  for (const inputs of [Float64Array.of(-1, 1, 1, 1), Float64Array.of(1, -1, -1, -1)]) {
    assert.ok(Number.isNaN(explainer.explain(inputs)[0]))
  }
})

test('base and contributions add up to the margin of a linear model', () => {
  const number = fc.double({ min: -100, max: 100, noNaN: true })
  const numbers = fc.array(number, { minLength: INPUTS, maxLength: INPUTS })
  fc.assert(
    fc.property(number, numbers, numbers, numbers, (intercept, coefficients, means, inputs) => {
      const model: LinearModel = { ...head, kind: 'linear', intercept, coefficients, means }
      const explainer = new Explainer(model)
      const sum = explainer.explain(Float64Array.from(inputs)).reduce((total, value) => total + value, explainer.base)
      const size = Math.abs(intercept) + coefficients.reduce((most, weight) => most + Math.abs(weight) * 200, 0)
      assert.ok(Math.abs(sum - margin(model, Float64Array.from(inputs))) <= 1e-12 * Math.max(1, size))
    }),
  )
})

test('a tree of one leaf contributes nothing, and no trees at all leave the base', () => {
  const inputs = Float64Array.of(1, 2, 3, 4)
  for (const some of [[], [treeOf(3)]]) {
    const explainer = new Explainer(forest(some))
    assert.deepEqual([...explainer.explain(inputs)], [0, 0, 0, 0])
    assert.equal(explainer.base, margin(forest(some), inputs))
  }
})
