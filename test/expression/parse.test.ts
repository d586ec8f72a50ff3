import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { generateParser } from '../../flows/expression/generate.ts'
import { stellarParser } from '../../flows/expression/language.ts'
import { MAX_LENGTH, parseExpression } from '../../flows/expression/parse.ts'

const DIALECTS = ['stellar', 'metron'] as const

test('the generated parser is what the grammar says', () => {
  for (const [name, text] of Object.entries(generateParser()))
    assert.equal(readFileSync(new URL(`../../flows/expression/${name}`, import.meta.url), 'utf8'), text, name)
})

test('the tree names functions, fields, texts, numbers and words, for the editor to colour', () => {
  const text = "if TO_UPPER(a.b) == 'X' then 1 else null // c"
  const found: string[] = []
  stellarParser()
    .parse(text)
    .iterate({
      enter: ({ name, from, to, node }) => {
        if (node.firstChild === null) found.push(`${name} ${text.slice(from, to)}`)
      },
    })
  assert.deepEqual(found, [
    'If if',
    'FunctionName TO_UPPER',
    'LeftParen (',
    'Name a.b',
    'RightParen )',
    'Compare ==',
    "String 'X'",
    'Then then',
    'Number 1',
    'Else else',
    'Null null',
    'Comment // c',
  ])
})

/** `line:column message` of each problem. */
function mistakes(text: string, dialect: (typeof DIALECTS)[number] = 'stellar'): string[] {
  return parseExpression(text, dialect).problems.map(({ at, message }) => `${at.line}:${at.column} ${message}`)
}

test('a syntax error says where and what', () => {
  assert.deepEqual(mistakes('a +'), ['1:4 The expression ends too early.'])
  assert.deepEqual(mistakes('a\n  b'), ["2:3 'b' is not expected here."])
  assert.deepEqual(mistakes('(a or b'), ["1:1 '(' is not closed."])
  assert.deepEqual(mistakes('[a)'), ["1:3 ')' stands where ']' must close '['."])
  assert.deepEqual(mistakes('a)'), ["1:2 ')' closes a bracket that was not opened."])
  assert.deepEqual(mistakes('a = 1'), ["1:3 '=' is not an operator."])
  assert.deepEqual(mistakes("'a\\d'"), ["1:3 '\\d' is not an escape of the stellar dialect."])
  assert.deepEqual(mistakes('()'), ['1:1 The parentheses are empty.'])
  assert.deepEqual(mistakes('(1) -> 2'), ['1:2 A parameter of a lambda is a plain name.'])
  assert.deepEqual(mistakes('[a, ]'), ["1:5 Something is missing before ']'."])
  assert.deepEqual(mistakes("exists('a')"), ["1:8 'exists' takes the name of a field."])
})

test('every error of the characters is reported, not just the first', () => {
  assert.equal(mistakes('a ! b # c ~ d').length, 3)
})

test('texts longer than the limit are refused unread', () => {
  for (const dialect of DIALECTS) {
    const { problems } = parseExpression('a'.repeat(MAX_LENGTH + 1), dialect)
    assert.equal(problems[0]?.code, 'FLOW-0304')
    assert.equal(parseExpression(`'${'a'.repeat(MAX_LENGTH - 2)}'`, dialect).problems.length, 0)
  }
})

test('nesting up to 256 is taken, and any deeper text gets problems without overflowing the stack', () => {
  for (const dialect of DIALECTS) {
    assert.deepEqual(parseExpression(`${'('.repeat(256)}a${')'.repeat(256)}`, dialect).problems, [])
    const deep = [
      `${'('.repeat(257)}a${')'.repeat(257)}`,
      '('.repeat(32000),
      `${'['.repeat(32000)}${']'.repeat(32000)}`,
      'not '.repeat(16000),
      `${'- '.repeat(30000)}a`,
      `${'a ? b : '.repeat(8000)}c`,
      'x->'.repeat(20000),
      `${'if a then b else '.repeat(3800)}c`,
      `a${'[0]'.repeat(20000)}`,
      'a+'.repeat(32000),
      `${'a and b or '.repeat(5900)}c`,
      `${'x in '.repeat(13000)}y`,
    ]
    for (const text of deep) {
      const parsed = parseExpression(text, dialect)
      if (!text.startsWith('a and b or') || dialect === 'metron')
        assert.ok(parsed.problems.length > 0, `${dialect} ${text.slice(0, 20)}`)
    }
  }
})

test('a hundred thousand brackets within one text are refused at once', () => {
  const [problem] = parseExpression(`${'('.repeat(MAX_LENGTH)}`).problems
  assert.equal(problem?.code, 'FLOW-0304')
})

test('long lists joined by one word are one level deep', () => {
  for (const dialect of DIALECTS)
    assert.deepEqual(parseExpression(`${"a == 'x' or ".repeat(5000)}b`, dialect).problems, [])
})
