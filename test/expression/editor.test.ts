import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitAssignment } from '../../flows/expression/assignments.ts'
import { complete } from '../../flows/expression/complete.ts'
import { JsonError, readJson } from '../../flows/expression/exact-json.ts'
import { type Fields, field } from '../../nodes/contract/field.ts'
import { functions } from '../../nodes/functions/index.ts'

const fields: Fields = {
  event_type: field.text({ help: 'Kind of event.' }),
  'dns.rrname': field.text(),
  'dns.rcode': field.text(),
  'my-node.score': field.float64(),
}
const scope = { type: (path: string) => fields[path], paths: () => Object.keys(fields), isOpen: () => false }

/** Completion at the `|` of a text: the replaced range and the first candidates. */
function at(marked: string, count = 3): unknown[] {
  const offset = marked.indexOf('|')
  const { from, to, candidates } = complete(marked.replace('|', ''), offset, scope, functions)
  return [from, to, ...candidates.slice(0, count).map((one) => one.text)]
}

test('completion offers fields, functions and words that fit what is typed', () => {
  assert.deepEqual(at('dns.r|', 2), [0, 5, 'dns.rrname', 'dns.rcode'])
  assert.deepEqual(at('a == dns.|', 2), [5, 9, 'dns.rrname', 'dns.rcode'])
  assert.deepEqual(at('1 + STRING_|', 1), [4, 11, 'STRING_ENTROPY'])
  assert.deepEqual(at('a an|', 1), [2, 4, 'and'])
  assert.deepEqual(at('eve|nt == 1', 1), [0, 5, 'event_type'])
})

test('completion knows the parameters of the lambdas around', () => {
  assert.deepEqual(at('MAP(x, answer -> MAP(y, (a, b) -> a|', 1), [34, 35, 'a'])
  assert.deepEqual(at('MAP(x, answer -> an|)', 1), [17, 19, 'answer'])
})

test('completion puts odd names into backquotes and says what candidates are', () => {
  const { candidates } = complete('my', 2, scope, functions)
  assert.equal(candidates[0]?.text, '`my-node.score`')
  const [first] = complete('event', 5, scope, functions).candidates
  assert.deepEqual(first, { kind: 'field', text: 'event_type', detail: 'text', help: 'Kind of event.' })
})

test('completion is silent in texts, numbers and comments', () => {
  for (const text of ["'dns.r|'", "'dns.r|", 'a // dn|', '12|', '"a|b"']) assert.equal(at(text).length, 2, text)
})

test('completion never throws, wherever the cursor is', () => {
  const text = "match { a.b[0] in ['x'] => MAP(l, (x) -> x), default => 'é' } // c"
  for (let i = 0; i <= text.length; i++) {
    const { from, to } = complete(text, i, scope, functions)
    assert.ok(from <= i && i <= Math.max(to, i) && from <= to)
  }
})

test('an assignment is split at its first sign, with the places of both parts', () => {
  const { name, nameAt, expression, expressionAt } = splitAssignment("  ratio :=\n a / b == ':='")
  assert.deepEqual([name, expression], ['ratio', "a / b == ':='"])
  assert.deepEqual([nameAt.start, nameAt.end, expressionAt.line, expressionAt.column], [2, 7, 2, 2])
  assert.equal(splitAssignment(' a + b ').name, undefined)
  assert.equal(splitAssignment(' a + b ').expression, 'a + b')
  assert.deepEqual([splitAssignment(':=').name, splitAssignment(':=').expression], ['', ''])
})

test('exact JSON keeps the text of numbers and treats no key specially', () => {
  const value = readJson('{"__proto__": [8, 8.0, -0, 12345678901234567890], "a": "\\u0041"}', (source) => source)
  assert.deepEqual(
    value,
    new Map<string, unknown>([
      ['__proto__', ['8', '8.0', '-0', '12345678901234567890']],
      ['a', 'A'],
    ]),
  )
})

test('exact JSON refuses what JSON.parse refuses, and keys that stand twice', () => {
  for (const text of [
    '',
    '[1,]',
    '{"a":}',
    '01',
    '1.',
    '+1',
    'nul',
    '"\n"',
    '[1] 2',
    "'a'",
    '{"a":1,"a":1}',
    '['.repeat(100000),
  ])
    assert.throws(() => readJson(text, Number), JsonError, text.slice(0, 20))
})
