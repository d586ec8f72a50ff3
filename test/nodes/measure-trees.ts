/**
 * What models of trees cost a row: `node test/nodes/measure-trees.ts`. Microseconds of CPU a row, least, median and
 * greatest of some passes in turn, for 100 full trees of random tests: as deep as boosted ones (4) and as those of a
 * forest (8) over 20 inputs, and boosted ones over 12 inputs with as few thresholds as trainers by histogram make.
 * `single` and `batch` are the scorer, `plain` is the plain reading, `straight` is the model as
 * nested choices in JavaScript. Filling in the inputs counts.
 */

import type { Tree, TreesModel } from '../../nodes/contract/model.ts'
import { margin } from '../../nodes/model/margin.ts'
import { BATCH_ROWS, TreeScorer } from '../../nodes/model/tree-scorer.ts'

const TREES = 100
const ROWS = 200 * BATCH_ROWS
const PASSES = 7

let seed = 1
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

interface Shape {
  readonly name: string
  readonly depth: number
  readonly inputs: number
  /** Different thresholds an input can have. */
  readonly thresholds: number
}

const SHAPES: readonly Shape[] = [
  { name: 'boosted', depth: 4, inputs: 20, thresholds: Infinity },
  { name: 'forest', depth: 8, inputs: 20, thresholds: Infinity },
  { name: 'histogram', depth: 4, inputs: 12, thresholds: 64 },
]

function fullTree({ depth, inputs, thresholds }: Shape): Tree {
  const inner = 2 ** depth - 1
  const threshold = () => (Number.isFinite(thresholds) ? Math.floor(random() * thresholds) / thresholds : random())
  const perNode = <T>(of: (isLeaf: boolean, node: number) => T) =>
    Array.from({ length: 2 * inner + 1 }, (_, node) => of(node >= inner, node))
  return {
    input: perNode((isLeaf) => (isLeaf ? 0 : Math.floor(random() * inputs))),
    threshold: perNode((isLeaf) => (isLeaf ? 0 : threshold())),
    left: perNode((isLeaf, node) => (isLeaf ? -1 : 2 * node + 1)),
    right: perNode((isLeaf, node) => (isLeaf ? -1 : 2 * node + 2)),
    value: perNode((isLeaf) => (isLeaf ? random() - 0.5 : 0)),
    cover: perNode(() => 1),
  }
}

function modelOf(shape: Shape): TreesModel {
  return {
    lacewing_model: 1,
    kind: 'trees',
    name: 'random',
    inputs: Array.from({ length: shape.inputs }, (_, i) => ({ name: `f${i}` })),
    link: 'logit',
    threshold: 0.5,
    labels: ['no', 'yes'],
    base: 0.25,
    trees: Array.from({ length: TREES }, () => fullTree(shape)),
  }
}

/** Nested choices, several trees a function: V8 leaves functions beyond its size limit unoptimised. */
function straight({ trees, base }: TreesModel): (inputs: Float64Array) => number {
  const choice = (tree: Tree, node: number): string => {
    const left = tree.left[node]!
    if (left === -1) return String(tree.value[node])
    return `(x${tree.input[node]} <= ${tree.threshold[node]} ? ${choice(tree, left)} : ${choice(tree, tree.right[node]!)})`
  }
  const perGroup = Math.max(1, Math.floor(400 / trees[0]!.left.length))
  const groups = Array.from({ length: Math.ceil(trees.length / perGroup) }, (_, g) => {
    const group = trees.slice(g * perGroup, (g + 1) * perGroup)
    const used = [...new Set(group.flatMap((tree) => tree.input))].map((i) => `const x${i} = inputs[${i}]`)
    const sums = group.map((tree) => `margin += ${choice(tree, 0)}`)
    return `const g${g} = (inputs, margin) => { ${[...used, ...sums].join('\n')}; return margin }`
  })
  const calls = groups.map((_, g) => `margin = g${g}(inputs, margin)`)
  return new Function(`${groups.join('\n')}
return (inputs) => { let margin = ${base}; ${calls.join('; ')}; return margin }`)()
}

/** Runs over all rows and gives the sum of the margins, which all forms must share. */
type Form = () => number

function formsOf(model: TreesModel): ReadonlyMap<string, Form> {
  const inputCount = model.inputs.length
  const data = Float64Array.from({ length: ROWS * inputCount }, random)
  const scorer = new TreeScorer(model)
  const oneByOne = (inputs: Float64Array, score: (inputs: Float64Array) => number) => () => {
    let sum = 0
    for (let row = 0; row < ROWS; row++) {
      for (let i = 0; i < inputCount; i++) inputs[i] = data[row * inputCount + i]!
      sum += score(inputs)
    }
    return sum
  }
  const inBatches = () => {
    let sum = 0
    for (let first = 0; first < ROWS; first += BATCH_ROWS) {
      scorer.rows.set(data.subarray(first * inputCount, (first + BATCH_ROWS) * inputCount))
      scorer.scoreRows(BATCH_ROWS)
      for (let row = 0; row < BATCH_ROWS; row++) sum += scorer.margins[row]!
    }
    return sum
  }
  return new Map<string, Form>([
    ['plain', oneByOne(new Float64Array(inputCount), (inputs) => margin(model, inputs))],
    ['straight', oneByOne(new Float64Array(inputCount), straight(model))],
    ['single', oneByOne(scorer.inputs, () => scorer.margin())],
    ['batch', inBatches],
  ])
}

function measure(form: Form, expected: number): number {
  const before = process.cpuUsage()
  const sum = form()
  const { user, system } = process.cpuUsage(before)
  if (sum !== expected) throw new Error(`The margins add up to ${sum}, not to ${expected}.`)
  return (user + system) / ROWS
}

for (const shape of SHAPES) {
  const forms = formsOf(modelOf(shape))
  const expected = forms.get('plain')!()
  const costs_us = new Map([...forms.keys()].map((form) => [form, [] as number[]]))
  // The first passes are thrown away: V8 is still compiling.
  for (let pass = -3; pass < PASSES; pass++) {
    for (const [form, run] of forms) {
      const cost_us = measure(run, expected)
      if (pass >= 0) costs_us.get(form)!.push(cost_us)
    }
  }
  for (const [form, some] of costs_us) {
    const sorted = some.sort((a, b) => a - b).map((cost_us) => cost_us.toFixed(3).padStart(8))
    const [least, median, greatest] = [sorted[0], sorted[PASSES >> 1], sorted.at(-1)]
    console.log(
      `${shape.name.padEnd(9)} ${TREES} x depth ${shape.depth}, ${shape.inputs} inputs  ${form.padEnd(8)} ${least} ${median} ${greatest} us`,
    )
  }
}
