/**
 * Models that others' trainers made, as models of this project: ONNX tree ensembles, XGBoost's JSON, isolation forests of
 * scikit-learn. Only what those files hold: float32 rows without gaps, one output.
 */

import type { Tree } from '../../nodes/contract/model.ts'

export interface Ensemble {
  readonly base: number
  readonly trees: readonly Tree[]
}

type Lists = { [K in keyof Tree]: number[] }
const emptyTree = (): Lists => ({ input: [], threshold: [], left: [], right: [], value: [], cover: [] })

/* ---- XGBoost ---- */

interface XgboostTree {
  readonly left_children: readonly number[]
  readonly right_children: readonly number[]
  readonly split_indices: readonly number[]
  /** Of a leaf: its value. */
  readonly split_conditions: readonly number[]
  readonly sum_hessian: readonly number[]
}

/** Left when input < condition, all in float32: so when input <= the largest float32 below it. */
export function readXgboost(text: string): Ensemble {
  const { learner } = JSON.parse(text)
  const trees: readonly XgboostTree[] = learner.gradient_booster.model.trees
  const probability = Number(learner.learner_model_param.base_score)
  return {
    base: Math.log(probability / (1 - probability)),
    trees: trees.map((tree) => ({
      input: tree.split_indices,
      threshold: tree.split_conditions.map(floatBelow),
      left: tree.left_children,
      right: tree.right_children,
      value: tree.split_conditions.map(Math.fround),
      cover: tree.sum_hessian,
    })),
  }
}

function floatBelow(value: number): number {
  const float = Float32Array.of(value)
  if (float[0] === 0) return -(2 ** -149)
  const bits = new Int32Array(float.buffer)
  bits[0]! += float[0]! > 0 ? -1 : 1
  return float[0]!
}

/* ---- isolation forests ---- */

interface IsolationTree {
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly feature: readonly number[]
  readonly threshold: readonly number[]
  readonly n: readonly number[]
}

/** Steps to isolate one of n rows on average, in a tree whose splits are drawn. */
function meanPath(n: number): number {
  if (n <= 1) return 0
  return n === 2 ? 1 : 2 * (Math.log(n - 1) + 0.5772156649015329) - (2 * (n - 1)) / n
}

/** The margin is the binary logarithm of the negated `score_samples`. */
export function readIsolationForest(text: string): Ensemble {
  const { trees, max_samples } = JSON.parse(text) as { trees: readonly IsolationTree[]; max_samples: number }
  const scale = -1 / (trees.length * meanPath(max_samples))
  return {
    base: 0,
    trees: trees.map(({ left, right, feature, threshold, n }) => {
      const depths = [0]
      for (let node = 0; node < left.length; node++) {
        if (left[node] === -1) continue
        depths[left[node]!] = depths[node]! + 1
        depths[right[node]!] = depths[node]! + 1
      }
      const value = n.map((rows, node) => (depths[node]! + meanPath(rows)) * scale)
      return { input: feature.map((input) => Math.max(input, 0)), threshold, left, right, value, cover: n }
    }),
  }
}

/* ---- ONNX ---- */

type Field = { readonly number: number; readonly varint: number; readonly bytes: Uint8Array }

/** The fields of a message of Protocol Buffers. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const wire = tag & 7
    const value = wire === 0 || wire === 2 ? varint() : 0
    const length = wire === 2 ? value : wire === 5 ? 4 : wire === 1 ? 8 : 0
    yield { number: tag >>> 3, varint: value, bytes: bytes.subarray(at, at + length) }
    at += length
  }
}

/** Numbers of the messages' fields in onnx.proto. */
const GRAPH = 7
const NODE = 1
const NODE_OPERATION = 4
const NODE_ATTRIBUTE = 5
const ATTRIBUTE = { name: 1, floats: 7, ints: 8, strings: 9 } as const

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** Lists of numbers and texts, by the attribute's name. */
function attributesOf(node: Uint8Array) {
  const numbers = new Map<string, number[]>()
  const texts = new Map<string, string[]>()
  for (const { number, bytes } of fieldsOf(node)) {
    if (number !== NODE_ATTRIBUTE) continue
    const fields = [...fieldsOf(bytes)]
    const name = textOf(fields.find((one) => one.number === ATTRIBUTE.name)!.bytes)
    const floats = fields.filter((one) => one.number === ATTRIBUTE.floats).flatMap((one) => floatsOf(one.bytes))
    const ints = fields.filter((one) => one.number === ATTRIBUTE.ints).map((one) => one.varint)
    numbers.set(name, [...floats, ...ints])
    texts.set(
      name,
      fields.filter((one) => one.number === ATTRIBUTE.strings).map((one) => textOf(one.bytes)),
    )
  }
  return { numbers, texts }
}

function floatsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true))
}

/** The one tree ensemble of an ONNX file, all of whose tests are BRANCH_LEQ. */
export function readOnnxTrees(bytes: Uint8Array): Ensemble {
  const graph = [...fieldsOf(bytes)].find(({ number }) => number === GRAPH)!.bytes
  const nodes = [...fieldsOf(graph)].filter(({ number }) => number === NODE).map((field) => field.bytes)
  const ensemble = nodes.find((node) =>
    [...fieldsOf(node)].some((one) => one.number === NODE_OPERATION && textOf(one.bytes).startsWith('TreeEnsemble')),
  )!
  const { numbers, texts } = attributesOf(ensemble)
  const list = (name: string) => numbers.get(name)!
  const prefix = numbers.has('class_weights') ? 'class' : 'target'
  const trees: Lists[] = []
  for (const [i, mode] of texts.get('nodes_modes')!.entries()) {
    if (mode !== 'BRANCH_LEQ' && mode !== 'LEAF') throw new Error(`a node of the kind ${mode}`)
    const isLeaf = mode === 'LEAF'
    const t = list('nodes_treeids')[i]!
    trees[t] ??= emptyTree()
    const tree = trees[t]
    tree.input.push(list('nodes_featureids')[i]!)
    tree.threshold.push(list('nodes_values')[i]!)
    tree.left.push(isLeaf ? -1 : list('nodes_truenodeids')[i]!)
    tree.right.push(isLeaf ? -1 : list('nodes_falsenodeids')[i]!)
    tree.value.push(0)
    // The files do not say how many rows came to a node.
    tree.cover.push(1)
  }
  for (const [i, weight] of list(`${prefix}_weights`).entries()) {
    trees[list(`${prefix}_treeids`)[i]!]!.value[list(`${prefix}_nodeids`)[i]!] = weight
  }
  return { base: 0, trees }
}
