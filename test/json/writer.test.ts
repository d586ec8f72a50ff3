import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Slice, type Value } from '../../nodes/contract/field.ts'
import { JsonReader } from '../../nodes/records/json-reader.ts'
import { ByteText, RecordWriter, writeNumber, writeText, writeValue } from '../../nodes/records/json-writer.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const written = (write: (out: ByteText) => void): string => {
  const out = new ByteText(1)
  write(out)
  return out.toString()
}
/** The record with fields added, with marks from a reader and without; both must be equal. */
const record = (raw: string, added: Record<string, Value>): string => {
  const writer = new RecordWriter(Object.keys(added))
  const bytes = bytesOf(`--${raw}\n--`)
  const end = bytes.length - 3
  const reader = new JsonReader([], writer.keys)
  const values = Object.values(added)
  const alone = written((out) => writer.write(out, bytes, 2, end, values))
  if (raw !== '') {
    assert.equal(reader.read(bytes, 2, end), 0)
    assert.equal(
      written((out) => writer.write(out, bytes, 2, end, values, reader.marks)),
      alone,
    )
  }
  return alone
}

describe('a text buffer', () => {
  it('grows and keeps what it holds, whatever is appended', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 100 })), (texts) => {
        const out = new ByteText(1)
        for (const [i, text] of texts.entries()) {
          if (i % 3 === 0) out.slice(bytesOf(`ab${text}c`), 2, bytesOf(text).length + 2)
          else if (i % 3 === 1) for (const byte of bytesOf(text)) out.byte(byte)
          else out.text(text)
        }
        assert.equal(out.toString(), texts.join(''))
      }),
    )
  })
})

describe('the JSON writer', () => {
  const values: [Value, string][] = [
    [null, 'null'],
    [true, 'true'],
    [0, '0'],
    [-0, '0'],
    [10, '10'],
    [999999999, '999999999'],
    [1e9, '1000000000'],
    [-5, '-5'],
    [1e21, '1e+21'],
    [0.1, '0.1'],
    [5e-324, '5e-324'],
    [Number.NaN, 'null'],
    [Number.NEGATIVE_INFINITY, 'null'],
    [18446744073709551615n, '18446744073709551615'],
    ['', '""'],
    ['a"\\\n\t\u0000\u001f\u007f/', '"a\\"\\\\\\n\\t\\u0000\\u001f\u007f/"'],
    ['é😀', '"é😀"'],
    ['\u2028\u2029', '"\\u2028\\u2029"'],
    ['\ud800x\udfff', '"\\ud800x\\udfff"'],
    [[1, [], 'x', null], '[1,[],"x",null]'],
    [
      new Map<string, Value>([
        ['__proto__', 1],
        ['"', new Map()],
      ]),
      '{"__proto__":1,"\\"":{}}',
    ],
    [new Slice(new Uint8Array(3), 0, 3), 'null'],
  ]
  for (const [value, text] of values)
    it(`writes ${text}`, () =>
      assert.equal(
        written((out) => writeValue(out, value)),
        text,
      ))

  it('writes any number and any text so that JSON.parse gives it back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.equal(JSON.parse(written((out) => writeNumber(out, value))), value + 0)
      }),
    )
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) =>
        assert.equal(
          written((out) => writeNumber(out, n)),
          String(n),
        ),
      ),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(JSON.parse(written((out) => writeText(out, text))), text)
      }),
    )
  })

  it('writes null for what is nested deeper than any record', () => {
    let deep: Value = []
    for (let i = 0; i < 100_000; i++) deep = [deep]
    assert.equal(
      written((out) => writeValue(out, deep)),
      `${'['.repeat(512)}null${']'.repeat(512)}`,
    )
  })
})

describe('a record', () => {
  const cases: [string, string, Record<string, Value>, string][] = [
    ['alone is the added fields', '', { 'a.b': 1, c: 'x', 'a.d': [1] }, '{"a":{"b":1,"d":[1]},"c":"x"}'],
    ['alone without any field is empty', '', { a: null }, '{}'],
    ['keeps its bytes', ' { "x" : 1.50 , "y":"\\u0041" } \r', {}, '{ "x" : 1.50 , "y":"\\u0041"}'],
    [
      'gets its added fields at the end',
      '{"x":1e2}',
      { 'dga.score': 0.5, 'dga.label': 'dga' },
      '{"x":1e2,"dga":{"score":0.5,"label":"dga"}}',
    ],
    ['that is empty gets no comma', '{ }', { a: 1 }, '{"a":1}'],
    ['goes without fields that are null', '{"x":1}', { 'a.b': null, c: null }, '{"x":1}'],
    ['stands on one line', '{"x":\r\n[1,\r\n2]}', { a: 1 }, '{"x":[1,2],"a":1}'],
    [
      'takes added fields into an object it has',
      '{"dga":{"x":1.0,"score":7},"y":2}',
      { 'dga.score': 8, 'dga.z': 9 },
      '{"dga":{"x":1.0,"score":8,"z":9},"y":2}',
    ],
    [
      'lets added fields replace a value that is no object',
      '{"dga":5,"y":2}',
      { 'dga.score': 8 },
      '{"dga":{"score":8},"y":2}',
    ],
    [
      'keeps a value that is no object when nothing is added below',
      '{"dga":5,"y":2}',
      { 'dga.score': null },
      '{"dga":5,"y":2}',
    ],
    ['loses a field that was set to null', '{"a":1,"b":{"c":1,"d":2}}', { a: null, 'b.c': null }, '{"b":{"d":2}}'],
    [
      'with a key twice takes the last',
      '{"a":{"x":1},"b":1,"a":{"y":2},"b":2}',
      { 'a.z': 3 },
      '{"b":1,"a":{"y":2,"z":3},"b":2}',
    ],
    ['knows its keys however they are escaped', '{"\\u0061":1}', { a: 2 }, '{"a":2}'],
    [
      'has __proto__ as plain data',
      '{"__proto__":{"a":1}}',
      { '__proto__.b': 2, 'constructor.x': 3 },
      '{"__proto__":{"a":1,"b":2},"constructor":{"x":3}}',
    ],
    [
      'merges at any depth',
      '{"a":{"b":{"c":"}","d":[{"e":"\\""}]},"f":null}}',
      { 'a.b.c': true, 'a.f.g': 1 },
      '{"a":{"b":{"c":true,"d":[{"e":"\\""}]},"f":{"g":1}}}',
    ],
    ['prefers the longer path of two', '{}', { a: 1, 'a.b': 2 }, '{"a":{"b":2}}'],
    ['falls back to the shorter path of two', '{"a":{"c":1}}', { a: 1, 'a.b': null }, '{"a":1}'],
  ]
  for (const [title, raw, added, text] of cases) it(title, () => assert.equal(record(raw, added), text))

  it('that is no JSON is refused when nobody has read it yet', () => {
    assert.throws(() => record('{"a":tru }', {}), /JSON_BROKEN/)
  })

  it('with many equal keys is merged in linear time', () => {
    const raw = `{${'"dga":{},'.repeat(100_000)}"dga":{"x":1}}`
    assert.equal(record(raw, { 'dga.y': 2 }), '{"dga":{"x":1,"y":2}}')
  })

  it('is what JSON.parse sees with the added fields set', () => {
    const path = fc.constantFrom('a', 'a.b', 'a.b.c', 'b', 'b.c', 'c', 'é.x')
    const value = fc.oneof(fc.integer(), fc.string({ unit: 'binary' }), fc.constant(null))
    const keys = fc.constantFrom('a', 'b', 'c', 'é', 'x')
    const own = fc.dictionary(
      keys,
      fc.oneof(fc.integer(), fc.string(), fc.dictionary(keys, fc.jsonValue({ maxDepth: 2 }))),
    )
    fc.assert(
      fc.property(own, fc.dictionary(path, value), fc.constantFrom(undefined, 1, '\t'), (raw, added, indent) => {
        const paths = Object.keys(added)
        fc.pre(!paths.some((one) => paths.some((other) => other.startsWith(`${one}.`))))
        const result = JSON.parse(record(JSON.stringify(raw, null, indent), added)) as Record<string, unknown>
        // JSON has no minus zero when JavaScript writes it.
        assert.deepEqual(result, withAdded(JSON.parse(JSON.stringify(raw)) as Plain, added))
      }),
      { numRuns: 2000 },
    )
  })
})

type Plain = { [key: string]: unknown }
const isPlain = (value: unknown): value is Plain => value !== null && typeof value === 'object' && !Array.isArray(value)

/** The same by the book, on objects. */
function withAdded(raw: Plain, added: Plain): Plain {
  const result = structuredClone(raw)
  for (const [path, value] of Object.entries(added)) {
    const keys = path.split('.')
    const name = keys.pop()!
    let at: Plain | undefined = result
    for (const key of keys) {
      if (!isPlain(at[key])) {
        if (value === null) {
          at = undefined
          break
        }
        at[key] = {}
      }
      at = at[key] as Plain
    }
    if (at === undefined) continue
    if (value === null) delete at[name]
    else at[name] = value
  }
  return result
}
