/** What an expression implies of a record, and what it must not be taken to imply. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileExpression } from '../../flows/expression/compile.ts'
import type { Conditions } from '../../flows/expression/implied.ts'
import type { FieldKind } from '../../nodes/contract/field.ts'
import { functions } from '../../nodes/functions/index.ts'

const KINDS: Readonly<Record<string, FieldKind>> = {
  t: 'text',
  u: 'text',
  n: 'integer',
  d: 'float64',
  b: 'boolean',
  x: 'any',
  m: 'map',
}

function impliedBy(text: string) {
  const scope = {
    type: (path: string) => (KINDS[path] === undefined ? undefined : { kind: KINDS[path] }),
    paths: () => Object.keys(KINDS),
    isOpen: () => false,
  }
  const { expression, problems } = compileExpression(text, scope, functions, 'any')
  assert.ok(expression !== undefined, JSON.stringify(problems))
  return expression.implied
}

/** `t=dns|t=tls, n?`: facts joined by or, conditions by and; `?` is given, `=` the text, `~` part of it, `!` true. */
const inShort = (conditions: Conditions) =>
  conditions
    .map((facts) =>
      facts
        .map((fact) => {
          if (fact.is === 'text') return `${fact.path}=${fact.text}`
          if (fact.is === 'part') return `${fact.path}~${fact.text}`
          return fact.path + (fact.is === 'given' ? '?' : '!')
        })
        .join('|'),
    )
    .join(', ')

describe('what must hold where an expression is true', () => {
  for (const [text, expected] of [
    ["t == 'dns'", 't=dns'],
    ["'dns' == x", 'x=dns'],
    ["t in ['a', 'b']", 't=a|t=b'],
    ["t == 'a' and u == 'b'", 't=a, u=b'],
    ["t == 'a' or u == 'b'", 't=a|u=b'],
    ["t == 'a' and n > 1 or u == 'b'", 't=a|u=b, n?|u=b'],
    ['n > 1', 'n?'],
    ['n + d > 1', 'n?, d?'],
    ['d / n >= 1', 'd?, n?'],
    ['t < u', 't?, u?'],
    ['exists(t)', 't?'],
    ['t != null', 't?'],
    ['n == 3', 'n?'],
    ['b', 'b!'],
    ['b and exists(m.key)', 'b!, m?'],
    ["STARTS_WITH(t, 'ab')", 't~ab, t?'],
    ["ENDS_WITH(t, '.org')", 't~.org, t?'],
    ["'ab' in t", 't~ab, t?'],
    ["REGEXP_MATCH(t, 'a.*')", 't?'],
    ['LENGTH(t) > 3', ''],
    ["if b then t == 'a' else u == 'b'", 'b!|u=b, t=a|u=b'],
    // A null is like any other value here.
    ["t != 'dns'", ''],
    ['t == null', ''],
    ['t == u', ''],
    ['not exists(t)', ''],
    ["t in ['a', null]", ''],
    ["t == 'a' or exists(u) or n != 1", ''],
    // What may throw before is not passed over.
    ["IN_SUBNET(t, '10.0.0.0/8') and u == 'b'", 't?'],
    ["u == 'b' and IN_SUBNET(t, '10.0.0.0/8')", 'u=b, t?'],
    ["x > 1 and u == 'b'", 'x?'],
    ["x and u == 'b'", 'x!'],
    ["n % 2 == 0 and u == 'b'", 'n?'],
  ] as const) {
    it(text, () => assert.equal(inShort(impliedBy(text).ifTrue), expected))
  }
})

describe('what never throws', () => {
  for (const text of [
    "t == 'a'",
    'n > 1 and t < u',
    'b or not (x == 1)',
    'STARTS_WITH(t, u)',
    "x in ['a', 1]",
    'd * n',
  ]) {
    it(text, () => assert.equal(impliedBy(text).isTotal, true))
  }
  for (const text of [
    'x',
    'x > 1',
    'n * n > 1',
    'n % 2',
    'LENGTH(t) > 1',
    'b and x',
    "TO_UPPER(t) == 'A'",
    'x == m',
    '[t]',
  ]) {
    it(`is not said of ${text}`, () => assert.equal(impliedBy(text).isTotal, false))
  }
})
