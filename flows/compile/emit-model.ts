/** A model in the emitted code: a linear one as code of its own, trees as the tables that a scorer lays out. */

import type { LinearModel, Model } from '../../nodes/contract/model.ts'
import { type ModuleText, RUNTIME } from './emit-module.ts'

/** What the code that scores a record calls. `need` is the name of the need that asks for the margin. */
export interface ModelNeed {
  readonly node: string
  readonly need: string
  readonly option: string
  readonly model: Model
}

/**
 * Writes what stands outside of the program's start: `function margin_<need>(inputs)` of a linear model. The sum runs in
 * the order of the file, so that it gives the double that the plain reading gives (nodes/model/margin.ts).
 */
export function writeMargin(module: ModuleText, { node, need, model }: ModelNeed): void {
  if (model.kind === 'linear') writeLinear(module, module.nameOf('margin', node, need), model)
}

function writeLinear(module: ModuleText, name: string, { intercept, coefficients, inputs }: LinearModel): void {
  module.line(`function ${name}(inputs) {`)
  module.line(`let margin = ${number(intercept)}`)
  for (const [i, coefficient] of coefficients.entries()) {
    module.line(`margin += ${number(coefficient)} * inputs[${i}] // ${comment(inputs[i]!.name)}`)
  }
  module.line('return margin')
  module.line('}')
}

/**
 * Writes what is made when the program starts: the numbers that a record's inputs are put into. Those of trees lie in the
 * memory of the scorer, which works on data: nested choices as JavaScript took more than three times as long a record.
 */
export function writeInputs(module: ModuleText, { node, need, option, model }: ModelNeed): void {
  const inputs = module.nameOf('inputs', node, need)
  if (model.kind === 'linear') module.line(`const ${inputs} = new Float64Array(${model.inputs.length})`)
  else {
    const scorer = module.nameOf('scorer', node, need)
    const made = module.imported(RUNTIME.scorer, 'TreeScorer')
    module.line(`const ${scorer} = new ${made}(${module.nameOf('model', node, option)})`)
    module.line(`const ${inputs} = ${scorer}.inputs`)
  }
  // A half, so that the member is a double from the beginning: with 0 it would begin as a small integer, for V8.
  module.line(`const ${module.nameOf('scored', node, need)} = { inputs: ${inputs}, margin: 0.5 }`)
}

/** JavaScript that scores inputs of which each is given as JavaScript, and gives what came of it. */
export function scoredBy(module: ModuleText, { node, need, model }: ModelNeed, values: readonly string[]): string {
  const inputs = module.nameOf('inputs', node, need)
  const fill = values.map((value, i) => `${inputs}[${i}] = ${value}`)
  const margin =
    model.kind === 'linear'
      ? `${module.nameOf('margin', node, need)}(${inputs})`
      : `${module.nameOf('scorer', node, need)}.margin()`
  const scored = module.nameOf('scored', node, need)
  return `(${[...fill, `${scored}.margin = ${margin}`, scored].join(', ')})`
}

function number(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function comment(text: string): string {
  return text.replace(/[^\w .:-]/g, '_')
}
