/** Scores each record with a model, and says why on request. */

import { type FieldKind, field, type Schema, type Value } from '../contract/field.ts'
import type { Model } from '../contract/model.ts'
import { need } from '../contract/need.ts'
import { deriveNode, type NodeMistake, NodeMistakes, Reject } from '../contract/node.ts'
import { option } from '../contract/option.ts'
import { Explainer } from './contributions.ts'
import { scoreOf } from './margin.ts'

/** Kinds a model can read; `any` is looked at record by record. */
const NUMERIC: ReadonlySet<FieldKind> = new Set(['integer', 'int64', 'float64', 'boolean', 'any'])
const GIVEN_INPUT = /^\s*([A-Za-z_][A-Za-z0-9_-]*)\s*=\s*(\S+)\s*$/
const INPUT_MISSING = new Reject('MODEL_INPUT_MISSING')
const NOT_FINITE = new Reject('MODEL_NOT_FINITE')
/** Threshold that stands for the model's own. */
const OWN_THRESHOLD = -1

/**
 * Finds the field for each input of a model.
 * @param given texts `name = field.path`; an input not among them is served by the one field of the wire whose last
 * segment is its name; fields that nodes added come before those of the record itself.
 * @returns a path for each input, in the model's order, or every mistake (FLOW-0202 and FLOW-0403).
 */
export function mapInputs(
  model: Model,
  given: readonly string[],
  schema: Schema,
): { readonly paths: readonly string[]; readonly mistakes: readonly NodeMistake[] } {
  const mistakes: NodeMistake[] = []
  const chosen = new Map<string, string>()
  const names = new Set(model.inputs.map(({ name }) => name))
  for (const [i, text] of given.entries()) {
    const match = GIVEN_INPUT.exec(text)
    const wrong = (message: string, fix: string) =>
      mistakes.push({ code: 'FLOW-0202', option: `inputs.${i}`, message, fix })
    if (match === null) {
      wrong(
        'This is not of the form "name = field.path".',
        'Write the name of an input, "=", then the path of a field.',
      )
      continue
    }
    const [, name, path] = match as unknown as [string, string, string]
    if (!names.has(name))
      wrong(`The model ${model.name} has no input ${name}.`, `Its inputs are ${[...names].join(', ')}.`)
    else if (chosen.has(name)) wrong(`The input ${name} is given twice.`, 'Remove one of the two.')
    else chosen.set(name, path)
  }

  const byLastSegment = new Map<string, string[]>()
  for (const path of schema.fields.keys()) {
    const last = path.slice(path.lastIndexOf('.') + 1)
    if (!names.has(last)) continue
    const paths = byLastSegment.get(last)
    if (paths === undefined) byLastSegment.set(last, [path])
    else paths.push(path)
  }

  const paths: string[] = []
  for (const { name } of model.inputs) {
    const wrong = (message: string, fix: string) => mistakes.push({ code: 'FLOW-0403', option: 'inputs', message, fix })
    const candidates = preferAdded(byLastSegment.get(name) ?? [], schema)
    const path = chosen.get(name) ?? (candidates.length === 1 ? candidates[0]! : undefined)
    if (path === undefined) {
      if (candidates.length === 0) {
        wrong(
          `No field on the wire is called ${name}, an input of the model ${model.name}.`,
          `Put the node that adds it before this one, or name the field: "${name} = some.field".`,
        )
      } else {
        wrong(
          `The input ${name} of the model ${model.name} could be ${candidates.join(' or ')}.`,
          `Say which: "${name} = ${candidates[0]}".`,
        )
      }
      continue
    }
    const type = schema.fields.get(path)
    if (type === undefined && !schema.open.has(path.split('.')[0]!)) {
      wrong(`The wire has no field ${path}, given for the input ${name}.`, 'Name a field that is on the wire.')
    } else if (type !== undefined && !NUMERIC.has(type.kind)) {
      wrong(`The field ${path} for the input ${name} is ${type.kind}, not a number.`, 'Name a field that is a number.')
    } else {
      paths.push(path)
    }
  }
  return { paths, mistakes }
}

/** A feature computed on the way is meant before a field that came with the record and happens to be called the same. */
function preferAdded(paths: readonly string[], { origins }: Schema): readonly string[] {
  const added = paths.filter((path) => origins.has(path))
  return added.length > 0 ? added : paths
}

/** What explains a model's scores; made when the first contribution is read. */
const explainers = new WeakMap<Model, Explainer>()
function explainerOf(model: Model): Explainer {
  let explainer = explainers.get(model)
  if (explainer === undefined) {
    explainer = new Explainer(model)
    explainers.set(model, explainer)
  }
  return explainer
}

export default deriveNode({
  type: 'model.score',
  version: 1,
  title: 'Score',
  icon: 'brain',
  help: [
    'Scores each record with a model.',
    '',
    "Each input of the model is served by the one field of the wire whose last segment is the input's name (`entropy` by",
    '`lexical.entropy`); where none or several are, say which in `inputs`. `contributions` tells how much each input',
    'moved the margin away from `base`; base and contributions add up to the margin. They cost far more than the',
    'score and are worked out only for records where somebody reads them.',
  ].join('\n'),
  options: {
    model: option.model({ help: 'Name of a model, or path of a model file.' }),
    inputs: option.texts({
      default: [],
      maxItems: 10_000,
      help: 'Fields for inputs that are not found by name, one a line: `entropy = lexical.entropy`.',
    }),
    threshold: option.number({
      default: OWN_THRESHOLD,
      help: "Score from which the second label stands. -1 takes the model's own threshold.",
    }),
    missing: option.choice({
      of: ['pass', 'reject'],
      default: 'pass',
      help: 'What becomes of a record that lacks an input: it passes without a score, or is rejected.',
    }),
  },
  essence: (options) => (typeof options.model === 'string' ? options.model : ''),
  rejects: {
    MODEL_INPUT_MISSING: 'The record lacks an input for which the model has no substitute.',
    MODEL_NOT_FINITE: 'The margin is infinite or not a number: an input is far outside what the model was made for.',
  },
  lacking: (options) => options.missing,
  needs: ({ model, inputs }, schema) => {
    const { paths, mistakes } = mapInputs(model, inputs, schema)
    if (mistakes.length > 0) throw new NodeMistakes(mistakes)
    return { scored: need.model('model', model, paths) }
  },
  /** The score; NaN for a record that passes without one. */
  prepare: (row, { model, missing }): number | Reject => {
    if (row.scored === null) return missing === 'reject' ? INPUT_MISSING : Number.NaN
    const { margin } = row.scored
    return Number.isFinite(margin) ? scoreOf(model, margin) : NOT_FINITE
  },
  adds: ({ model }) => ({
    score: {
      type: field.float64({
        ...(model.link === 'logit' ? { min: 0, max: 1 } : {}),
        help: "The model's score; missing where an input is.",
      }),
      from: (_row, _options, score) => (Number.isNaN(score) ? null : score),
    },
    label: {
      type: field.text({ help: `${model.labels[1]} from the threshold on, below it ${model.labels[0]}.` }),
      from: (_row, { threshold }, score) => {
        if (Number.isNaN(score)) return null
        return model.labels[score >= (threshold === OWN_THRESHOLD ? model.threshold : threshold) ? 1 : 0]
      },
    },
    margin: {
      type: field.float64({
        ...(model.link === 'logit' ? { unit: 'log-odds' } : {}),
        help: 'The sum before the link, to which contributions add up.',
      }),
      from: (row) => row.scored?.margin ?? null,
    },
    contributions: {
      type: field.map({ help: 'By input: how much it moved the margin away from the base.' }),
      from: (row, _options, score) => {
        if (row.scored === null || Number.isNaN(score)) return null
        const values = explainerOf(model).explain(row.scored.inputs)
        const map = new Map<string, Value>()
        for (let i = 0; i < values.length; i++) map.set(model.inputs[i]!.name, values[i]!)
        return map
      },
    },
    base: {
      type: field.float64({ help: 'The margin expected of a training row, before any input is known.' }),
      from: (_row, _options, score) => (Number.isNaN(score) ? null : explainerOf(model).base),
    },
  }),
})
