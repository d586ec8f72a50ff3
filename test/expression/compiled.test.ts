import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileExpression } from '../../flows/expression/compile.ts'
import { evaluateLine } from '../../flows/expression/evaluate.ts'
import { parseExpression } from '../../flows/expression/parse.ts'
import { type FieldKind, field, type Value } from '../../nodes/contract/field.ts'
import { ExpressionError } from '../../nodes/contract/function.ts'
import { functions } from '../../nodes/functions/index.ts'
import * as operations from '../../nodes/functions/operations.ts'
import { interpret, NoValue, type Plain } from './interpreter.ts'

const KINDS: Readonly<Record<string, FieldKind>> = {
  port: 'integer',
  'flow.id': 'int64',
  score: 'float64',
  name: 'text',
  flag: 'boolean',
  items: 'list',
}
const OPERATIONS = new Map<string, unknown>(Object.entries(operations))

const leaf = fc.constantFrom(
  ...Object.keys(KINDS),
  ...Object.keys(KINDS),
  '0',
  '1',
  '7',
  '2.0',
  '0.5',
  '9007199254740991',
  '9007199254740993',
  '1e300',
  "''",
  "'ab'",
  "'b'",
  'true',
  'false',
  'null',
  'NaN',
)
const { text } = fc.letrec<{ text: string }>((tie) => {
  const part = tie('text')
  const infix = fc.constantFrom(...'+ - * / % == != < <= > >= and or in + - * == < and or'.split(' '), 'not in')
  return {
    text: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true, maxDepth: 5 },
      leaf,
      fc.tuple(part, infix, part).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
      fc.tuple(part, infix, part).map(([a, sign, b]) => `${a} ${sign} ${b}`),
      part.map((a) => `(not ${a})`),
      part.map((a) => `(-${a})`),
      fc.tuple(part, part, part).map(([a, b, c]) => `(if ${a} then ${b} else ${c})`),
      fc.tuple(part, part, part).map(([a, b, c]) => `(match { ${a} => ${b}, default => ${c} })`),
      fc.array(part, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.constantFrom(...Object.keys(KINDS)).map((name) => `exists(${name})`),
    ),
  }
})

const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 4, nil: null })
const record = fc.record({
  port: orNull(fc.constantFrom(0n, 1n, 7n, 53n, 9007199254740991n, -9007199254740991n)),
  'flow.id': orNull(fc.constantFrom(1n, 9007199254740993n, -(2n ** 63n), 2n ** 64n - 1n)),
  score: orNull(fc.constantFrom(0, 0.5, 1, 7, -2.25, 1e300, 9007199254740992)),
  name: orNull(fc.constantFrom('', 'ab', 'b', 'é')),
  flag: orNull(fc.boolean()),
  items: orNull(fc.constantFrom<Plain[]>([], [1n], ['ab', null], [true, 0.5])),
})

/** A value as a wire holds it: nothing infinite, integers as numbers while safe. */
function onWire(value: Plain): Value {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return Array.isArray(value) ? value.map(onWire) : value
}

/** What the interpreter gives, or that there is no value. */
function expected(source: string, fields: Readonly<Record<string, Plain>>): { value: Plain } | undefined {
  const { expression } = parseExpression(source)
  try {
    return { value: interpret(expression!, fields) }
  } catch (error) {
    if (error instanceof NoValue) return undefined
    throw error
  }
}

test('compiled for typed fields an expression gives what an interpreter gives', () => {
  const names = Object.keys(KINDS)
  const scope = {
    type: (path: string) => (Object.hasOwn(KINDS, path) ? field[KINDS[path]!]() : undefined),
    paths: () => names,
    isOpen: () => false,
  }
  let run = 0
  fc.assert(
    fc.property(text, record, (source, fields) => {
      const { expression } = compileExpression(source, scope, functions, 'any')
      if (expression === undefined) return
      const code = expression.emit((path) => path.replace('.', '_'))
      const used = expression.operations.map((name) => OPERATIONS.get(name))
      const evaluate = new Function(
        ...names.map((name) => name.replace('.', '_')),
        ...expression.operations.map((name) => `op_${name}`),
        `'use strict'; return ${code}`,
      )
      const wanted = expected(source, fields)
      const given = names.map((name) => onWire(fields[name as keyof typeof fields]))
      if (wanted === undefined) {
        assert.throws(() => evaluate(...given, ...used), ExpressionError)
        return
      }
      run++
      // Where only a double or an integer is known to come, the field is a double.
      const value = expression.type.kind === 'float64' && wanted.value !== null ? Number(wanted.value) : wanted.value
      assert.deepEqual(evaluate(...given, ...used), onWire(value), code)
    }),
    { numRuns: 4000 },
  )
  assert.ok(run > 500, `${run} of 4000 texts had a value`)
})

const numberText = (value: number) => (Object.is(value, -0) ? '-0' : String(value))

/** Typed JSON of a value, as variables and as `--typed` prints it. */
function typedJson(value: Plain): string {
  if (typeof value === 'bigint') return `{"$${BigInt.asIntN(32, value) === value ? 'int' : 'long'}":"${value}"}`
  if (typeof value === 'number') return `{"$double":"${numberText(value)}"}`
  return Array.isArray(value) ? `{"$list":[${value.map(typedJson).join(',')}]}` : JSON.stringify(value)
}

/** Doubles in their JavaScript text, so that ways of writing do not matter. */
function normalised(json: string): string {
  return json.replace(/"\$double":"([^"]*)"/g, (_all, number) => `"$double":"${numberText(Number(number))}"`)
}

test('evaluated with types known only at run time it gives the same, with the same types', () => {
  let run = 0
  fc.assert(
    fc.property(text, record, (source, fields) => {
      const variables = Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}:${typedJson(value)}`)
      const line = `{"expression":${JSON.stringify(source)},"variables":{${variables.join(',')}}}`
      const answer = evaluateLine(line, { dialect: 'stellar', typed: true })
      // Static checks refuse some expressions that would have a value, as a comparison in a part that is not reached.
      if (/"error":"FLOW-/.test(answer)) return
      const wanted = expected(source, fields)
      if (wanted === undefined) {
        assert.match(answer, /^\{"error":/, answer)
        return
      }
      run++
      assert.equal(normalised(answer), normalised(`{"result":${typedJson(wanted.value)}}`))
    }),
    { numRuns: 4000 },
  )
  assert.ok(run > 500, `${run} of 4000 texts had a value`)
})

/** Every pair of values that differ in kind, size or sign, under every operator: what chance would find too rarely. */
test('every operator gives what the interpreter gives for every pair of typical values', () => {
  const values: Plain[] = [
    null,
    true,
    false,
    '',
    'ab',
    'b',
    0n,
    1n,
    -7n,
    53n,
    9007199254740991n,
    -9007199254740991n,
    9007199254740993n,
    2n ** 64n - 1n,
    0,
    -0,
    1,
    2.5,
    -7,
    9007199254740992,
    1e300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    [],
    [1n],
    ['ab'],
  ]
  const signs = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'and', 'or']
  const wrong: string[] = []
  for (const sign of signs) {
    for (const a of values) {
      for (const b of values) {
        const line = `{"expression":"a ${sign} b","variables":{"a":${typedJson(a)},"b":${typedJson(b)}}}`
        const answer = evaluateLine(line, { dialect: 'stellar', typed: true })
        const wanted = expected(`a ${sign} b`, { a, b })
        const isSame =
          wanted === undefined
            ? answer.startsWith('{"error":')
            : normalised(answer) === normalised(`{"result":${typedJson(wanted.value)}}`)
        if (!isSame) wrong.push(`${line} gives ${answer}`)
      }
    }
  }
  assert.deepEqual(wrong, [])
})
