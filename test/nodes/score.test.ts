import assert from 'node:assert/strict'
import { test } from 'node:test'
import { field } from '../../nodes/contract/field.ts'
import { NodeMistakes } from '../../nodes/contract/node.ts'
import score, { mapInputs } from '../../nodes/model/score.ts'
import { derive, linearModel as model, optionsFor, schemaOf } from './fakes.ts'

const wire = schemaOf(['lexical.length', 'lexical.entropy', 'lexical.labels', 'src_port'])
const runner = (given: Readonly<Record<string, unknown>> = {}) =>
  derive(score, optionsFor(score, { model: 'demo', ...given }, { model }), wire)

/** A row as the compiler fills it: the inputs 6 and 2. */
const scored = (margin: number) => ({ scored: { inputs: Float64Array.of(6, 2), margin } })

test('every input is found by the last segment of a field', () => {
  assert.deepEqual(mapInputs(model, [], wire), { paths: ['lexical.length', 'lexical.entropy'], mistakes: [] })
})

test('given fields win over those found by name', () => {
  assert.deepEqual(mapInputs(model, [' length = src_port '], wire).paths, ['src_port', 'lexical.entropy'])
})

test('an input that no field or several serve is a mistake that names them', () => {
  const twice = schemaOf(['a.length', 'b.length'])
  const { mistakes } = mapInputs(model, [], twice)
  assert.deepEqual(
    mistakes.map(({ code }) => code),
    ['FLOW-0403', 'FLOW-0403'],
  )
  assert.match(mistakes[0]!.message, /length of the model demo could be a\.length or b\.length/)
  assert.match(mistakes[1]!.message, /No field on the wire is called entropy/)
  assert.deepEqual(mapInputs(model, ['length = a.length', 'entropy = b.length'], twice).mistakes, [])
})

test('what is given wrongly is reported where it stands', () => {
  const given = ['nonsense', 'size = src_port', 'length = src_port', 'length = src_port', 'entropy = no.field']
  const { mistakes } = mapInputs(model, given, wire)
  assert.deepEqual(
    mistakes.map(({ code, option }) => `${code} ${option}`),
    ['FLOW-0202 inputs.0', 'FLOW-0202 inputs.1', 'FLOW-0202 inputs.3', 'FLOW-0403 inputs'],
  )
})

test('a text field is no input, a field under an open root may be one', () => {
  const texts = schemaOf(['x.length', 'x.entropy'], field.text())
  assert.match(mapInputs(model, [], texts).mistakes[0]!.message, /x\.length for the input length is text/)
  assert.deepEqual(mapInputs(model, ['length = dns.z_length'], wire).paths, ['dns.z_length', 'lexical.entropy'])
})

test('the node throws its mistakes for the compiler to report', () => {
  assert.throws(() => derive(score, optionsFor(score, { model: 'demo' }, { model }), schemaOf([])), NodeMistakes)
})

test('it needs what the model makes of the fields that its inputs were mapped to', () => {
  const { needs } = score.derive(optionsFor(score, { model: 'demo' }, { model }), wire)
  assert.deepEqual(Object.keys(needs), ['scored'])
  assert.deepEqual(needs.scored, {
    from: 'model',
    model,
    inputs: ['lexical.length', 'lexical.entropy'],
    option: 'model',
    optional: true,
  })
})

test('a record gets score, label, margin, base and contributions that add up', () => {
  const added = runner()(scored(4))
  assert.ok(typeof added === 'object')
  assert.equal(added.score, 1 / (1 + Math.exp(-4)))
  assert.equal(added.label, 'odd')
  assert.equal(added.margin, 4)
  assert.equal(added.base, 3)
  assert.deepEqual(
    added.contributions,
    new Map([
      ['length', 1],
      ['entropy', 0],
    ]),
  )
})

test('a record that lacks an input passes without a score, or is rejected', () => {
  assert.deepEqual(runner()({ scored: null }), {
    score: null,
    label: null,
    margin: null,
    contributions: null,
    base: null,
  })
  assert.equal(runner({ missing: 'reject' })({ scored: null }), 'MODEL_INPUT_MISSING')
})

test('a margin that is not finite is rejected, never put on a wire', () => {
  for (const margin of [Infinity, -Infinity, Number.NaN]) {
    assert.equal(runner()(scored(margin)), 'MODEL_NOT_FINITE')
  }
})

test('the threshold of the node stands before that of the model; -1 is none', () => {
  const label = (threshold: number, margin: number) => {
    const added = runner({ threshold })(scored(margin))
    return typeof added === 'object' ? added.label : added
  }
  assert.equal(label(-1, 0), 'odd')
  assert.equal(label(0.6, 0), 'ordinary')
  assert.equal(label(0, -700), 'odd')
})
