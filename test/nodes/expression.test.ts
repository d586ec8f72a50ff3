import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeMistakes } from '../../nodes/contract/node.ts'
import expression from '../../nodes/feature/expression.ts'
import { schemaOf } from './fakes.ts'

const addsOf = (fields: string[]) => expression.derive({ fields } as never, schemaOf([])).adds

test('each assignment becomes an expression of its own, in order', () => {
  const adds = addsOf(['total := a + b', ' is_big:= e.total > 1000 '])
  assert.deepEqual(Object.keys(adds), ['total', 'is_big'])
  assert.deepEqual(adds.total, { expression: '         a + b', option: 'fields.0' })
})

test('an expression keeps its place in the text, line breaks included', () => {
  const text = 'ratio :=\n  flow.bytes / 2'
  const added = addsOf([text]).ratio!
  assert.ok('expression' in added)
  assert.equal(added.expression.length, text.length)
  assert.equal(added.expression.indexOf('flow.bytes'), text.indexOf('flow.bytes'))
  assert.equal(added.expression.indexOf('\n'), text.indexOf('\n'))
})

test('every text that is no assignment and every double name is reported at once', () => {
  const fields = ['a + b', 'Total := 1', '__proto__ := 1', 'x := 1', 'x := 2', '']
  assert.throws(
    () => addsOf(fields),
    (error) => {
      assert.ok(error instanceof NodeMistakes)
      assert.deepEqual(
        error.mistakes.map(({ option }) => option),
        ['fields.0', 'fields.1', 'fields.2', 'fields.4', 'fields.5'],
      )
      return true
    },
  )
})

test('a field may bear the name of a member of every object', () => {
  assert.deepEqual(Object.keys(addsOf(['constructor := 1', 'toString := 2'].slice(0, 1))), ['constructor'])
})
