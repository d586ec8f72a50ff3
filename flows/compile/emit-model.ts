/** A model as JavaScript: straight code where that is small, else the interpreter over the model's own arrays. */

import type { Model, Tree, TreesModel } from '../../nodes/contract/model.ts'
import type { ProgramText } from './emit-text.ts'

/** Above this many tree nodes the code would be slower to load than the interpreter is to run. */
const STRAIGHT_NODES = 20_000

/** True when `emitMargin` writes code of its own for the model. */
export function isStraight(model: Model): boolean {
  return model.kind === 'linear' || model.trees.reduce((sum, tree) => sum + tree.left.length, 0) <= STRAIGHT_NODES
}

/**
 * Writes `function <name>(inputs)`, which gives the margin for a Float64Array of inputs; NaN goes right in a tree, as the
 * interpreter has it. Sums run in the order of the file, so that both give the same double.
 */
export function emitMargin(text: ProgramText, name: string, model: Model): void {
  if (model.kind === 'trees') {
    emitTrees(text, name, model)
    return
  }
  text.line(`function ${name}(inputs) {`)
  text.line(`let margin = ${number(model.intercept)}`)
  for (const [i, coefficient] of model.coefficients.entries()) {
    text.line(`margin += ${number(coefficient)} * inputs[${i}] // ${comment(model.inputs[i]!.name)}`)
  }
  text.line('return margin')
  text.line('}')
}

/**
 * Several trees share a function: each call costs, but V8 leaves functions beyond its size limit unoptimised. Measured
 * on 100 trees of 37 nodes: 2.5 us a record with a function a tree, 1.4 us in groups of 10, 1.6 us in groups of 50.
 */
const GROUP_NODES = 400

function emitTrees(text: ProgramText, name: string, { trees, base }: TreesModel): void {
  const groups: Tree[][] = []
  let nodes = Number.POSITIVE_INFINITY
  for (const tree of trees) {
    if (nodes + tree.left.length > GROUP_NODES) {
      groups.push([])
      nodes = 0
    }
    groups.at(-1)!.push(tree)
    nodes += tree.left.length
  }
  for (const [i, group] of groups.entries()) {
    const used = new Set(group.flatMap((tree) => tree.input.filter((_, node) => tree.left[node] !== -1)))
    text.line(`function ${name}_trees_${i}(inputs, margin) {`)
    for (const input of [...used].sort((a, b) => a - b)) text.line(`const x${input} = inputs[${input}]`)
    for (const tree of group) text.line(`margin += ${choice(tree, 0)}`)
    text.line('return margin')
    text.line('}')
  }
  text.line(`function ${name}(inputs) {`)
  text.line(`let margin = ${number(base)}`)
  for (const i of groups.keys()) text.line(`margin = ${name}_trees_${i}(inputs, margin)`)
  text.line('return margin')
  text.line('}')
}

/** The tree below a node as one expression. The reader of model files bounds the depth. */
function choice(tree: Tree, node: number): string {
  if (tree.left[node] === -1) return number(tree.value[node]!)
  const test = `x${tree.input[node]} <= ${number(tree.threshold[node]!)}`
  return `(${test} ? ${choice(tree, tree.left[node]!)} : ${choice(tree, tree.right[node]!)})`
}

function number(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function comment(text: string): string {
  return text.replace(/[^\w .:-]/g, '_')
}
