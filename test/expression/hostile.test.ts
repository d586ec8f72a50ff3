import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileExpression } from '../../flows/expression/compile.ts'
import { evaluateLine } from '../../flows/expression/evaluate.ts'
import { parseExpression } from '../../flows/expression/parse.ts'
import { field } from '../../nodes/contract/field.ts'
import { functions, metronFunctions } from '../../nodes/functions/index.ts'
import { plain, typed } from './evaluation.ts'

const anything = field.any()
const scope = { type: () => anything, paths: () => ['a', 'b.c'], isOpen: () => true }
const words = fc.constantFrom(
  ...'a b.c x1 $y 1 2.5 1e3 5L .5f "t" \'u\' true NULL NaN + - * / % == != < >= and OR not in NOT IN ? : , . -> => ( ) [ ] { } if then else match default exists( MAP( LENGTH( \\ ` // \n ! # é \u0000 -1 007'.split(
    ' ',
  ),
)
const texts = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.array(words, { maxLength: 25 }).map((list) => list.join(' ')),
  fc.array(words, { maxLength: 25 }).map((list) => list.join('')),
)

test('no text makes the compiler throw, and what it accepts is JavaScript without free names', () => {
  fc.assert(
    fc.property(texts, fc.constantFrom('stellar' as const, 'metron' as const), (text, dialect) => {
      const library = dialect === 'metron' ? metronFunctions : functions
      const { expression, problems } = compileExpression(text, scope, library, 'any', dialect)
      assert.equal(
        expression === undefined,
        problems.some((one) => one.severity === 'error'),
      )
      for (const { at } of problems) assert.ok(at.start >= 0 && at.end >= at.start && at.end <= text.length)
      if (expression === undefined) return
      const code = expression.emit(() => 'v')
      new Function(`"use strict"; return (${code})`)
      const bare = code.replace(/"(?:[^"\\]|\\.)*"/g, '""')
      for (const name of bare.match(/(?<![\w.])[A-Za-z_$][\w$]*/g) ?? [])
        assert.match(name, /^(?:v|p\d+|n|e|fn_[A-Z0-9_]+|op_\w+|null|true|false)$/, name)
    }),
    { numRuns: 3000 },
  )
})

test('the answer to any case is one line of JSON with a result or an error', () => {
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom('stellar' as const, 'metron' as const),
      fc.boolean(),
      (text, dialect, isTyped) => {
        const case_ = { expression: text, variables: { a: 1, 'b.c': [null, 'x'], x1: { k: 2.5 } } }
        const line = evaluateLine(JSON.stringify(case_), { dialect, typed: isTyped })
        assert.ok(!line.includes('\n'))
        assert.equal(Object.keys(JSON.parse(line) as object).length, 1)
      },
    ),
    { numRuns: 2000 },
  )
})

test('a line that is no case is answered by an error', () => {
  const how = { dialect: 'stellar', typed: false } as const
  for (const line of [
    '',
    '{',
    '[]',
    '1',
    '{"expression":5}',
    '{"expression":"1","mode":"x"}',
    '{"expression":"1","variables":[]}',
    '{"a":1,"a":2}',
    '[['.repeat(5000),
  ])
    assert.ok('error' in (JSON.parse(evaluateLine(line, how)) as object), line.slice(0, 40))
})

const ESCAPES = [
  "constructor.constructor('return process')()",
  "this.constructor.constructor('return process')()",
  "''.constructor",
  "'a'['constructor']",
  "[]['constructor']['constructor']",
  'MAP([1], x -> x.constructor)',
  'x.__proto__.polluted',
  "{'__proto__': {'polluted': 1}}.polluted",
  '${7*7}',
  '`${process.exit()}`',
  '(() -> process)()',
  'import(x)',
  "eval('1')",
  "Function('return this')()",
  'globalThis',
  'process.env',
  "require('fs')",
  'a\u2028b',
  "'\u2028'",
  '"\\u0022 + process + \\u0022"',
  'fn_MAP',
  'op_add',
  'arguments',
  'v0',
]

test('no expression gets hold of anything but its arguments', () => {
  for (const expression of ESCAPES) {
    for (const dialect of ['stellar', 'metron'] as const) {
      const answer = plain(dialect, expression, { variables: { x: {} } })
      const isHarmless =
        answer === null ||
        typeof answer === 'string' ||
        JSON.stringify(answer) === '[null]' ||
        (typeof answer === 'object' && 'error' in answer)
      assert.ok(isHarmless, `${expression}: ${JSON.stringify(answer)}`)
    }
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('maps keep keys that are special in JavaScript as plain keys', () => {
  const variables = JSON.parse('{"m": {"__proto__": 1, "constructor": 2}}') as object
  assert.deepEqual(typed('stellar', '[m.__proto__, m.constructor, m.toString]', { variables }), {
    $list: [{ $int: '1' }, { $int: '2' }, null],
  })
})

test('work without end stops with an error', () => {
  const twenty = Array.from({ length: 20 }, (_, i) => i)
  const tooMuch = [
    "REDUCE(l, (a, x) -> REDUCE(l, (b, y) -> b + b, a), 'ab')",
    'MAP(l, a -> MAP(l, b -> MAP(l, c -> MAP(l, d -> MAP(l, e -> 1)))))',
    "REDUCE(l, (a, x) -> JOIN([a, a, a, a], a), 'abcdefgh')",
    "REDUCE(l, (a, x) -> REGEXP_REPLACE(a, '.', a), 'abcdefgh')",
    'REDUCE(l, (a, x) -> ZIP(a, a, a, a), l)',
    'REDUCE(l, (a, x) -> MAP(l, y -> a) == a, [1])',
    "FILL_LEFT('a', 'b', 999999999)",
    "FORMAT('%65536d%65536d', 1, 1)",
    'REDUCE(l, (a, x) -> a * a, 1000)',
  ]
  const variables = { l: twenty }
  /** Of one evaluation; nothing of what it gives is printed. */
  const took_ms = (expression: string) => {
    const start = performance.now()
    typed('stellar', `LENGTH([${expression}])`, { variables })
    return performance.now() - start
  }
  const tank_ms = took_ms(tooMuch[1]!)
  for (const expression of tooMuch) {
    const answer = typed('stellar', expression, { variables })
    if (!expression.includes('FORMAT') && !expression.includes('=='))
      assert.ok(answer !== null && 'error' in (answer as object), expression)
    const spent_ms = took_ms(expression)
    assert.ok(spent_ms < 20 * tank_ms, `${expression} took ${spent_ms} ms, a tank of lambda calls ${tank_ms} ms`)
  }
})

test('the tank is full again for the next record', () => {
  const variables = { l: Array.from({ length: 1000 }, (_, i) => i) }
  for (let i = 0; i < 3; i++) {
    const answer = typed('stellar', 'LENGTH(FILTER(l, a -> LENGTH(FILTER(l, b -> b == a)) == 1)) > 1', { variables })
    assert.ok('error' in (answer as object))
    assert.deepEqual(typed('stellar', 'LENGTH(MAP(l, a -> a + 1))', { variables }), { $int: '1000' })
  }
})

test('a list that holds itself ends with an error', () => {
  const given = { variables: { l: [] }, setup: ['LIST_ADD(l, l)'] }
  for (const expression of ['l', 'TO_STRING(l)', 'l == [l]', 'l and true']) {
    const answer = typed('metron', expression, given)
    assert.ok(typeof answer === 'boolean' || 'error' in (answer as object), expression)
  }
})

test('fuzzed bytes of a valid expression are either read or refused', () => {
  const text =
    "match { a.b[0] in ['x', 'y'] and not (n - 1 > .5) => MAP(l, (x) -> x ? 1 : {'k': x}), default => FORMAT('%s', n) }"
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 2 }), (at, put) => {
      const mutated = text.slice(0, at) + put + text.slice(at + 1)
      const parsed = parseExpression(mutated)
      assert.equal(parsed.expression === undefined, parsed.problems.length > 0)
    }),
    { numRuns: 1000 },
  )
})
