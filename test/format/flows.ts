/** Flow documents and texts for the tests of the format. */

import fc from 'fast-check'
import type { FlowDocument, FlowNode, FlowParameter } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import { escapeTemplate } from '../../flows/format/template.ts'

/** The text of a small flow with the given top-level members put over it. */
export function flowText(over: Record<string, unknown> = {}): string {
  return JSON.stringify({ lacewing: 1, name: 'small', nodes: { a: { type: 'capture.eve' } }, ...over })
}

/** The document in a text that must be good. */
export function goodFlow(text: string): FlowDocument {
  const { flow, problems } = readFlow(text)
  if (flow === undefined) throw new Error(problems.map(({ message }) => message).join(' '))
  return flow
}

const name = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/),
  fc.constantFrom('constructor', 'in', 'out', 'rejected', 'prototype', 'valueof'),
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('${', '$${', '$', ''),
)
const number = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(1e21, 2 ** 53, 1e300))
  .map((value) => value + 0)
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '1', '10', '9'))

/** Entries as a dictionary without prototype, the first of two equal keys. */
function dictionary<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  const result: Record<string, T> = Object.create(null)
  for (const [key, value] of entries) if (!Object.hasOwn(result, key)) result[key] = value
  return result
}

const { value: optionValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text.map(escapeTemplate),
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(dictionary),
  ),
}))

const line = fc.string({ maxLength: 20 }).filter((value) => !/[\0-\x1f\x7f]/.test(value))
const node: fc.Arbitrary<FlowNode> = fc
  .record({
    type: fc.constantFrom('capture.eve', 'rule.filter', 'flow:inner', '@scope/pack/parse.modbus'),
    version: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    title: fc.option(line, { nil: undefined }),
    options: fc.array(fc.tuple(key, optionValue), { maxLength: 5 }).map(dictionary),
  })
  .map((value) => withoutUndefined(value) as FlowNode)
const parameter: fc.Arbitrary<FlowParameter> = fc
  .oneof(
    fc.record({ type: fc.constant('string' as const), default: fc.option(text, { nil: undefined }) }),
    fc.record({ type: fc.constant('integer' as const), default: fc.option(fc.integer(), { nil: undefined }) }),
    fc.record({ type: fc.constant('number' as const), default: fc.option(number, { nil: undefined }) }),
    fc.record({ type: fc.constant('boolean' as const), help: text }),
  )
  .map((value) => withoutUndefined(value) as FlowParameter)
const pixel = fc.integer({ min: -100_000, max: 100_000 })
const position = fc.tuple(pixel, pixel) as fc.Arbitrary<readonly [number, number]>
const wire = fc.tuple(name, name).map(([from, to]) => `${from} -> ${to}`)

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}

/** Any document the format allows, with hostile names where names are free. */
export const anyFlow: fc.Arbitrary<FlowDocument> = fc
  .record({
    lacewing: fc.constant(1 as const),
    name,
    title: fc.option(line, { nil: undefined }),
    description: fc.option(text, { nil: undefined }),
    parameters: fc.array(fc.tuple(name, parameter), { maxLength: 4 }).map(dictionary),
    nodes: fc.array(fc.tuple(name, node), { maxLength: 6 }).map(dictionary),
    wires: fc.array(wire, { maxLength: 6 }).map((wires) => wires.sort()),
    view: fc.record({
      positions: fc.array(fc.tuple(name, position), { maxLength: 4 }).map(dictionary),
      groups: fc.array(fc.record({ title: line, nodes: fc.array(name, { maxLength: 3 }) }), { maxLength: 2 }),
      notes: fc.array(fc.record({ text, position }), { maxLength: 2 }),
    }),
  })
  .map((flow) => withoutUndefined(flow) as FlowDocument)
