import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { MODEL_LIMITS, readModel } from '../../nodes/model/model-file.ts'

const head = {
  lacewing_model: 1,
  name: 'm',
  inputs: [{ name: 'a' }, { name: 'b', missing: 0, help: 'The second.' }],
  link: 'logit',
  threshold: 0.5,
  labels: ['no', 'yes'],
}
const linear = { ...head, kind: 'linear', intercept: 0.5, coefficients: [1, -2], means: [0, 1] }
const stump = {
  input: [1, 0, 0],
  threshold: [0.5, 0, 0],
  left: [1, -1, -1],
  right: [2, -1, -1],
  value: [0, -1, 1],
  cover: [10, 4, 6],
}
const trees = { ...head, kind: 'trees', base: 0.1, trees: [stump] }
const read = (value: unknown) => readModel(JSON.stringify(value))
const withTree = (change: object) => read({ ...trees, trees: [stump, { ...stump, ...change }] })

test('a valid model of each kind is read as it stands', () => {
  assert.deepEqual(read(linear), { model: linear, mistakes: [] })
  assert.deepEqual(read(trees), { model: trees, mistakes: [] })
})

test('the examples of the reference are valid', () => {
  const page = readFileSync(new URL('../../docs/reference/model-file.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/```json\n([^`]*)```/g)].map((match) => match[1]!)
  assert.equal(examples.length, 2)
  for (const example of examples) assert.deepEqual(readModel(example).mistakes, [])
})

test('every malformed file is refused with what is wrong and where', () => {
  for (const [text, pattern] of [
    ['', /not JSON/],
    ['{', /not JSON/],
    ['null', /one JSON object/],
    ['[]', /one JSON object/],
    ['{}', /"lacewing_model" must be 1/],
    ['{"lacewing_model": 2}', /reads version 1/],
    ['{"lacewing_model": 1, "kind": "pickle"}', /"kind" must be/],
    [JSON.stringify(linear).replace('0.5,"coeff', '1e400,"coeff'), /"intercept" must be a finite number, not infinite/],
    [
      JSON.stringify(linear).replace('[1,-2]', '["NaN",-2]'),
      /coefficients\[0\] must be a finite number, not the text "NaN"/,
    ],
    [JSON.stringify(linear).replace('[1,-2]', '[1,-1e999]'), /coefficients\[1\] must be a finite number/],
  ] as const) {
    const { model, mistakes } = readModel(text)
    assert.equal(model, undefined)
    assert.match(mistakes.join('\n'), pattern)
  }
})

test('inputs are checked: names, doubles, counts, substitutes', () => {
  for (const [change, pattern] of [
    [{ inputs: [] }, /"inputs" must be a list of 1 to 10000/],
    [{ inputs: [{ name: 'a' }, { name: 'a' }] }, /inputs\[1\]\.name "a" stands twice/],
    [{ inputs: [{ name: '__proto__' }, { name: 'b' }] }, /inputs\[0\]\.name "__proto__" can't be a field's name/],
    [{ inputs: [{ name: 'constructor' }, { name: 'b' }] }, /can't be a field's name/],
    [{ inputs: [{ name: 'a.b' }, { name: 'b' }] }, /can't be a field's name/],
    [
      { inputs: [{ name: 'a', missing: null }, { name: 'b' }] },
      /inputs\[0\]\.missing must be a finite number, not null/,
    ],
    [{ inputs: [{ name: 'a', scale: 2 }, { name: 'b' }] }, /inputs\[0\] has the unknown key "scale"/],
    [{ inputs: ['a', 'b'] }, /inputs\[0\] must be an object/],
    [{ coefficients: [1] }, /"coefficients" has 1 numbers for 2 inputs/],
    [{ means: 'x' }, /"means" must be a list/],
    [{ labels: ['one'] }, /"labels" must be a list of two/],
    [{ link: 'softmax' }, /"link" must be/],
    [{ threshold: '0.5' }, /"threshold" must be a finite number, not the text "0.5"/],
    [{ external_data: '../../etc/passwd' }, /unknown key "external_data"/],
    [{ intercept: 1e308, coefficients: [1e308, 1], means: [1, 0] }, /sum is infinite/],
  ] as const) {
    const { model, mistakes } = read({ ...linear, ...change })
    assert.equal(model, undefined)
    assert.match(mistakes.join('\n'), pattern)
  }
})

test('own keys named __proto__ are unknown keys, not a prototype', () => {
  const text = JSON.stringify(linear).replace('{', '{"__proto__": {"kind": "trees"},')
  assert.match(readModel(text).mistakes.join('\n'), /unknown key "__proto__"/)
})

test('a tree that is no tree is refused with its place', () => {
  for (const [change, pattern] of [
    [{ left: [0, -1, -1] }, /trees\[1\]\.left\[0\] is 0; it must be a node from 1 to 2/],
    [{ left: [2, -1, -1] }, /trees\[1\]\.right\[0\] leads to node 2, which is reached already/],
    [{ left: [1, 2, -1], right: [2, 1, -1] }, /reached already/],
    [{ left: [99, -1, -1] }, /trees\[1\]\.left\[0\] is 99/],
    [{ left: [4294967297, -1, -1] }, /is 4294967297/],
    [{ left: [1.5, -1, -1] }, /is 1\.5/],
    [{ left: [-2, -1, -1] }, /is -2/],
    [{ left: [-1, -1, -1] }, /trees\[1\]\.left\[0\] is -1/],
    [{ left: [-1, -1, -1], right: [-1, -1, -1] }, /node 1 is not reached/],
    [{ input: [2, 0, 0] }, /trees\[1\]\.input\[0\] is 2; the model has inputs 0 to 1/],
    [{ input: [-1, 0, 0] }, /input\[0\] is -1/],
    [{ input: [0.5, 0, 0] }, /input\[0\] is 0\.5/],
    [{ cover: [10, 0, 0] }, /no training row reached a child of node 0/],
    [{ cover: [10, -4, 6] }, /cover\[1\] must not be negative/],
    [{ value: [0, -1] }, /one equal length/],
    [{ value: [0, 'NaN', 1] }, /value\[1\] must be a finite number, not the text "NaN"/],
    [{ threshold: [null, 0, 0] }, /threshold\[0\] must be a finite number, not null/],
    [{ left: 7 }, /must have the lists/],
    [{ input: [], threshold: [], left: [], right: [], value: [], cover: [] }, /length of at least 1/],
    [{ extra: [] }, /unknown key "extra"/],
  ] as const) {
    const { model, mistakes } = withTree(change)
    assert.equal(model, undefined)
    assert.match(mistakes.join('\n'), pattern)
  }
})

test('all mistakes are reported at once, a flood of them counted', () => {
  const { mistakes } = read({ ...linear, link: 'x', threshold: null, coefficients: ['a', 'b'] })
  assert.equal(mistakes.length, 4)
  const flood = readModel(JSON.stringify({ ...linear, coefficients: Array(1000).fill(null) })).mistakes
  assert.equal(flood.length, MODEL_LIMITS.mistakes + 1)
  assert.match(flood.at(-1)!, /And \d+ more/)
})

test('a text of 10^5 nested lists is refused without a stack overflow, wherever it stands', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  assert.ok(readModel(deep).mistakes.length > 0)
  for (const key of ['inputs', 'card', 'coefficients', 'labels', 'name']) {
    const text = `{"lacewing_model": 1, "kind": "linear", "${key}": ${key === 'card' ? `{"x": ${deep}}` : deep}}`
    assert.ok(readModel(text).mistakes.length > 0, key)
  }
})

test('a chain of 10^5 nodes is refused as too deep', () => {
  const count = 100_001
  const ints = (from: (i: number) => number) => Array.from({ length: count }, (_, i) => from(i))
  const isInner = (i: number) => i % 2 === 0 && i + 2 < count
  const chain = {
    input: ints(() => 0),
    threshold: ints(() => 0),
    left: ints((i) => (isInner(i) ? i + 1 : -1)),
    right: ints((i) => (isInner(i) ? i + 2 : -1)),
    value: ints(() => 0),
    cover: ints(() => 1),
  }
  assert.deepEqual(read({ ...trees, trees: [chain] }).mistakes, ['trees[0] is deeper than 256.'])
})

test('too much is refused: trees, inputs, characters, a long card', () => {
  const leaf = { input: [0], threshold: [0], left: [-1], right: [-1], value: [0], cover: [1] }
  assert.match(read({ ...trees, trees: Array(10_001).fill(leaf) }).mistakes.join(), /at most 10000 trees/)
  const inputs = Array.from({ length: 10_001 }, (_, i) => ({ name: `x${i}` }))
  assert.match(read({ ...trees, inputs }).mistakes.join(), /1 to 10000 inputs/)
  assert.match(readModel(' '.repeat(MODEL_LIMITS.text + 1)).mistakes.join(), /may have 67108864/)
  assert.match(read({ ...linear, card: { text: 'x'.repeat(300_000) } }).mistakes.join(), /"card" is longer/)
})

test('the reader never throws, and takes no file in which one value was exchanged for a strange one', () => {
  const strange = fc.constantFrom<unknown>(null, 'NaN', {}, [], true, '')
  const paths = [
    ['base'],
    ['threshold'],
    ['labels'],
    ['inputs'],
    ['trees', 0],
    ['trees', 0, 'left', 0],
    ['trees', 0, 'value', 1],
    ['inputs', 0],
  ]
  fc.assert(
    fc.property(fc.constantFrom(...paths), strange, (path, value) => {
      const copy = structuredClone(trees) as never as Record<string, unknown>
      let at: Record<string | number, unknown> = copy
      for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>
      at[path.at(-1)!] = value
      assert.ok(read(copy).mistakes.length > 0)
    }),
  )
})
