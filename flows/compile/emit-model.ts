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
 * Writes `function <name>(x0, x1, ...)`, which gives the margin for inputs without null; NaN goes right in a tree, as the
 * interpreter has it. Sums run in the order of the file, so that both give the same double.
 */
export function emitMargin(text: ProgramText, name: string, model: Model): void {
  const inputs = model.inputs.map((_, i) => `x${i}`).join(', ')
  if (model.kind === 'linear') {
    text.line(`function ${name}(${inputs}) {`)
    text.line(`let margin = ${number(model.intercept)}`)
    for (const [i, coefficient] of model.coefficients.entries()) {
      text.line(`margin += ${number(coefficient)} * x${i} // ${comment(model.inputs[i]!.name)}`)
    }
    text.line('return margin')
    text.line('}')
    return
  }
  emitTrees(text, name, model, inputs)
}

function emitTrees(text: ProgramText, name: string, model: TreesModel, inputs: string): void {
  for (const [i, tree] of model.trees.entries()) {
    text.line(`function ${name}_tree_${i}(${inputs}) {`)
    emitNode(text, tree, 0)
    text.line('}')
  }
  text.line(`function ${name}(${inputs}) {`)
  text.line(`let margin = ${number(model.base)}`)
  for (const i of model.trees.keys()) text.line(`margin += ${name}_tree_${i}(${inputs})`)
  text.line('return margin')
  text.line('}')
}

/** Depth is bounded by the reader of model files through the number of nodes; the walk keeps its own stack. */
function emitNode(text: ProgramText, tree: Tree, root: number): void {
  const todo: (number | '}')[] = [root]
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    if (node === '}') {
      text.line('}')
      continue
    }
    if (tree.left[node] === -1) {
      text.line(`return ${number(tree.value[node]!)}`)
      continue
    }
    text.line(`if (x${tree.input[node]} <= ${number(tree.threshold[node]!)}) {`)
    todo.push(tree.right[node]!, '}', tree.left[node]!)
  }
}

function number(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function comment(text: string): string {
  return text.replace(/[^\w .:-]/g, '_')
}
