import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { plainValue, readJson } from '../../flows/format/json.ts'

const LIMITS = { nesting: 32, values: 10_000, mistakes: 100 }

/** The value, or the kind of the mistake that ended the reading. */
function read(text: string): unknown {
  const { root, mistakes } = readJson(text, LIMITS)
  return root === undefined ? mistakes.at(-1)?.kind : plainValue(root)
}

suite('JSON with places', () => {
  test('agrees with JSON.parse on any JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (json, space) => {
        const text = JSON.stringify(JSON.parse(json), null, space)
        // JSON.stringify gives both the same spelling: prototypes and -0 aside, values are equal.
        assert.equal(JSON.stringify(read(text)), JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  test('refuses what JSON.parse refuses, on texts with characters changed', () => {
    const noise = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '\\u12',
      '0',
      '-',
      '.',
      'e',
      'tru',
      ' ',
      '\n',
      '\t',
      '/',
    )
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 3 }),
        fc.array(fc.tuple(fc.nat(200), noise), { maxLength: 3 }),
        (json, changes) => {
          let text = json
          for (const [at, piece] of changes) text = text.slice(0, at) + piece + text.slice(at + 1)
          let isJson = true
          try {
            JSON.parse(text)
          } catch {
            isJson = false
          }
          const { root, mistakes } = readJson(text, LIMITS)
          assert.equal(root !== undefined, isJson, JSON.stringify({ text, mistakes }))
        },
      ),
      { numRuns: 500 },
    )
  })

  const syntax: [string, string, RegExp][] = [
    ['nothing', '', /empty/],
    ['only a byte order mark', '\ufeff', /empty/],
    ['an open object', '{', /ends where a key/],
    ['a word', 'nul', /nul instead/],
    ['NaN', '{"a": NaN}', /NaN instead/],
    ['Infinity', '[-Infinity]', /instead of a number/],
    ['a number with a leading zero', '[01]', /number/],
    ['a number without digits after the point', '[1.]', /number/],
    ['a comma too many', '[1,]', /comma stands before/],
    ['a comma missing', '{"a": 1 "b": 2}', /comma is missing/],
    ['a comment', '{ // why\n}', /comment/],
    ['single quotes', "{'a': 1}", /single quote/],
    ['a text without end', '["a', /not closed/],
    ['a line break in a text', '["a\nb"]', /line break/],
    ['an unknown escape', '["\\x41"]', /escape/],
    ['half a Unicode escape', '["\\u12"]', /escape/],
    ['something after the end', '{} {}', /follows after the end/],
    ['a key without quotes', '{a: 1}', /key in double quotes/],
  ]
  for (const [what, text, message] of syntax) {
    test(`refuses ${what} and says so`, () => {
      const { root, mistakes } = readJson(text, LIMITS)
      assert.equal(root, undefined)
      const last = mistakes.at(-1)!
      assert.equal(last.kind, 'syntax')
      assert.match((last as { message: string }).message, message)
    })
  }

  test('keeps lone surrogates, NUL and escapes as they are written', () => {
    const text = '["\\ud800", "\\u0000", "\\"\\\\\\/\\b\\f\\n\\r\\t", "\\u00e9é😀"]'
    assert.deepEqual(read(text), JSON.parse(text))
  })

  test('keeps __proto__ as data and leaves all prototypes alone', () => {
    const value = read('{"__proto__": {"x": 1}, "constructor": {"prototype": {"x": 1}}}') as Record<string, unknown>
    assert.deepEqual(Object.keys(value), ['__proto__', 'constructor'])
    assert.equal(Object.getPrototypeOf(value), null)
    assert.equal(({} as { x?: unknown }).x, undefined)
  })

  test('finds a key that stands twice, with both places, and keeps the first', () => {
    const { root, mistakes } = readJson('{"a": {"b": 1, "b": 2}}', LIMITS)
    assert.deepEqual(mistakes, [{ kind: 'twice', start: 15, end: 18, first: { start: 7, end: 10 }, path: ['a', 'b'] }])
    assert.equal(JSON.stringify(plainValue(root!)), '{"a":{"b":1}}')
  })

  test('a key is the same key however its escapes are written', () => {
    assert.equal(readJson('{"a": 1, "\\u0061": 2}', LIMITS).mistakes[0]?.kind, 'twice')
  })

  test('reports numbers that can not be kept', () => {
    const { mistakes } = readJson('[1e400, -1e400, 9007199254740993, 9007199254740991, 1e300]', LIMITS)
    assert.deepEqual(
      mistakes.map((mistake) => [mistake.kind, mistake.start]),
      [
        ['number', 1],
        ['number', 8],
        ['number', 16],
      ],
    )
  })

  test('reads 32 levels and refuses the 33rd', () => {
    assert.equal(Array.isArray(read('['.repeat(32) + ']'.repeat(32))), true)
    assert.equal(read('['.repeat(33) + ']'.repeat(33)), 'limit')
    assert.equal(read('{"a":'.repeat(33)), 'limit')
  })

  test('refuses depth 100,000 without running out of stack', () => {
    assert.equal(read('['.repeat(100_000)), 'limit')
    assert.equal(read('{"a":'.repeat(100_000)), 'limit')
  })

  test('ends at the value after the last that is allowed', () => {
    assert.equal((read(`[${'0,'.repeat(9_998)}0]`) as unknown[]).length, 9_999)
    assert.equal(read(`[${'0,'.repeat(9_999)}0]`), 'limit')
  })
})
