import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import {
  JSON_ERRORS,
  JsonReader,
  jsonErrorReason,
  MARK_LINE_BREAKS,
  MARK_WATCHED,
  MISSING,
  NULL,
  STRING,
} from '../../nodes/records/json-reader.ts'
import { asDoubles, at, expected, kindOf, parse, strict, toMaps } from './oracle.ts'

const encoder = new TextEncoder()
const bytesOf = (text: string) => encoder.encode(text)

/** Asserts that reader and JSON.parse agree on the bytes: alone, and as a window amid other bytes. */
function assertAgrees(bytes: Uint8Array, paths: readonly string[], reader = new JsonReader(paths)): void {
  const record = parse(bytes)
  const amid = new Uint8Array(bytes.length + 8).fill(0x7d)
  amid.set(bytes, 3)
  amid[3 + bytes.length] = 10
  const windows: [Uint8Array, number, number][] = [
    [bytes, 0, bytes.length],
    [amid, 3, 3 + bytes.length],
  ]
  for (const [buffer, start, end] of windows) {
    const code = reader.read(buffer, start, end)
    const shown = () => `${JSON.stringify(Buffer.from(bytes).toString('latin1')).slice(0, 400)}`
    assert.equal(code === 0, record !== undefined, `code ${code} for ${shown()}`)
    if (record === undefined) continue
    assert.equal(buffer[reader.objectStart], 0x7b)
    assert.equal(buffer[reader.objectEnd], 0x7d)
    paths.forEach((path, slot) => {
      const value = at(record, path)
      const where = () => `${path} of ${shown()}`
      assert.equal(reader.kind(slot), kindOf(value), where())
      assert.deepEqual(asDoubles(reader.any(slot)), expected(value), where())
      assert.equal(reader.text(slot), typeof value === 'string' ? value : null, where())
      assert.equal(reader.number(slot), typeof value === 'number' ? expected(value) : null, where())
      assert.equal(reader.boolean(slot), typeof value === 'boolean' ? value : null, where())
      assert.deepEqual(reader.list(slot) && asDoubles(reader.list(slot)), Array.isArray(value) ? expected(value) : null)
      assert.deepEqual(reader.map(slot) && asDoubles(reader.map(slot)), value instanceof Map ? expected(value) : null)
      const whole = typeof value === 'number' && Number.isInteger(value)
      assert.equal(reader.integer(slot), whole ? value + 0 : null, where())
      if (value !== undefined) {
        const raw = buffer.subarray(reader.rawStart(slot), reader.rawEnd(slot))
        assert.deepEqual(toMaps(JSON.parse(strict.decode(raw))), value, where())
      }
    })
  }
}

const PATHS = [
  'a',
  'a.b',
  'a.b.c',
  'b',
  'b[0]',
  'b[1].a',
  'c',
  '__proto__',
  '__proto__.a',
  'é',
  '',
  'a.',
  'constructor',
]

describe('the JSON reader', () => {
  const texts: [string, string[]][] = [
    ['{}', PATHS],
    [' \t\r\n{ \r"a" : 1 , "b":[ 1 , {"a" :2} ] } \r', PATHS],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":1},"a":{"c":2}}', ['a', 'a.b', 'a.c']],
    ['{"a":{"b":{"c":1}},"a":7}', ['a', 'a.b', 'a.b.c']],
    ['{"a":7,"a":{"b":{"c":1}}}', ['a', 'a.b', 'a.b.c']],
    ['{"a":{"b":1},"\\u0061":{"b":2}}', ['a.b']],
    ['{"b":[1,2],"b":[3]}', ['b[0]', 'b[1]', 'b']],
    ['{"__proto__":{"a":1},"constructor":2}', PATHS],
    ['{"":0,"a":{"":5}}', ['', 'a.']],
    ['{"é":"ü","a":"\\ud834\\udd1e \\ud800 \\udc00\\ud800"}', PATHS],
    ['{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u0000"}', PATHS],
    ['{"a":"\u2028\u2029\u007f\ufeff\uffff😀"}', PATHS],
    ['{"a":-0,"b":[-0.0,0e0],"c":1e400}', PATHS],
    ['{"a":1e-400,"b":[0.1,123456789.123456],"c":-1E+2}', PATHS],
    ['{"a":999999999999999,"b":[-999999999999999,9007199254740993],"c":0.30000000000000004}', PATHS],
    ['{"a":12345678901234.5,"b":[1.00000000000000,100000000000000.0],"c":5e-324}', PATHS],
    ['{"a":true,"b":[false,null],"c":null}', PATHS],
    [`{"a":[[[{"b":1,"${'\\u0061'.repeat(20_000)}":2}]]],"c":3}`, ['a[0][0][0].b', 'a[0][0][0].a', 'c']],
  ]
  for (const [text, paths] of texts)
    it(`reads ${text.slice(0, 80)} as JSON.parse does`, () => assertAgrees(bytesOf(text), paths))

  const broken = [
    ...[
      '',
      ' ',
      '[]',
      '1',
      'null',
      '"a"',
      '{',
      '}',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '{,"a":1}',
      '{"a":1 "b":2}',
      '{a:1}',
    ],
    ...["{'a':1}", '{"a":1}}', '{"a":1}{', '{"a":1}{}', '{"a":01}', '{"a":1.}', '{"a":.1}', '{"a":+1}', '{"a":1e}'],
    ...['{"a":1e+}', '{"a":-}', '{"a":0x1}', '{"a":NaN}', '{"a":Infinity}', '{"a":tru}', '{"a":nulll}', '{"a":True}'],
    ...[
      '{"a":[1,]}',
      '{"a":[,1]}',
      '{"a":[1 2]}',
      '{"a":[1}',
      '{"a":{"b":1]}',
      '{"a":"\t"}',
      '{"a":"\\x41"}',
      '{"a":"\\u12"}',
    ],
    ...[
      '{"a":"\\u12g4"}',
      '{"a":"\\"}',
      '{"a":"\\ud83"}',
      '{"a":"',
      '{"a":"b\\',
      '{"a":1,"b"',
      '{"a":1\f}',
      '\ufeff{}',
    ],
    ...['{"a":1}\u00a0', '{"a":1}\0', '\0{"a":1}', '{"a":1}\v', '{"a"::1}', '{"a":--1}', '{"a":"\0"}', '{"a":1/**/}'],
  ]
  for (const text of broken) {
    it(`refuses ${JSON.stringify(text)} wherever it stands`, () => {
      assertAgrees(bytesOf(text), PATHS)
      assertAgrees(bytesOf(text), [])
      assertAgrees(bytesOf(`{"x":${text}`), ['x.a'])
    })
  }

  it('refuses bytes that are no UTF-8, in keys and values, asked for or not', () => {
    const bad = [
      '80',
      'c080',
      'c1bf',
      'c3',
      'e0809f',
      'eda080',
      'ef80',
      'f08080af',
      'f4908080',
      'f5808080',
      'ff',
      'e28228',
    ]
    for (const hex of bad) {
      const [value, key] = [`{"a":"x${hex}"}`, `{"${hex}":1}`].map((text) =>
        Uint8Array.from(Buffer.from(text.replace(hex, Buffer.from(hex, 'hex').toString('latin1')), 'latin1')),
      )
      for (const paths of [[], ['a'], ['b']]) {
        assertAgrees(value!, paths)
        assertAgrees(key!, paths)
        assert.equal(jsonErrorReason(new JsonReader(paths).read(value!, 0, value!.length)), 'JSON_BAD_UTF8')
      }
    }
  })

  it('says why a record is refused', () => {
    const reason = (text: string) => jsonErrorReason(new JsonReader([]).read(bytesOf(text), 0, bytesOf(text).length))
    assert.equal(reason('[1]'), 'JSON_NOT_OBJECT')
    assert.equal(reason('{"a":'), 'JSON_BROKEN')
    assert.equal(reason(`{"a":${'['.repeat(512)}${']'.repeat(512)}}`), 'JSON_TOO_DEEP')
    assert.equal(JSON_ERRORS.length, 4)
  })

  it('takes 512 levels of nesting and refuses 513 without recursion, asked for or not', () => {
    for (const [open, close] of [['[', ']'] as const, ['{"a":', '}'] as const]) {
      for (const paths of [[], ['a'], ['a.a.a[0][0]']]) {
        const reader = new JsonReader(paths)
        const nested = (depth: number) => bytesOf(`{"a":${open.repeat(depth - 1)}1${close.repeat(depth - 1)}}`)
        assert.equal(reader.read(nested(512), 0, nested(512).length), 0)
        if (paths.length > 0) reader.any(0)
        assert.notEqual(reader.read(nested(513), 0, nested(513).length), 0)
        const deep = bytesOf(`{"a":${open.repeat(1_000_000)}`)
        assert.notEqual(reader.read(deep, 0, deep.length), 0)
      }
    }
  })

  it('tells missing from null and gives null for a value of another type', () => {
    const reader = new JsonReader(['a', 'b', 'c'])
    const bytes = bytesOf('{"a":null,"c":"7"}')
    assert.equal(reader.read(bytes, 0, bytes.length), 0)
    assert.deepEqual([reader.kind(0), reader.kind(1), reader.kind(2)], [NULL, MISSING, STRING])
    assert.deepEqual([reader.number(2), reader.integer(2), reader.int64(2), reader.list(2)], [null, null, null, null])
  })

  it('keeps whole numbers of any length exact where they are asked for exactly', () => {
    const reader = new JsonReader(['a', 'b', 'c', 'd', 'e'])
    const bytes = bytesOf(
      `{"a":18446744073709551615,"b":-9007199254740993,"c":9007199254740991,"d":1e300,"e":1${'0'.repeat(309)}}`,
    )
    assert.equal(reader.read(bytes, 0, bytes.length), 0)
    assert.equal(reader.int64(0), 18446744073709551615n)
    assert.equal(reader.any(0), 18446744073709551615n)
    assert.equal(reader.integer(0), 2 ** 64)
    assert.equal(reader.int64(1), -9007199254740993n)
    assert.equal(reader.int64(2), 9007199254740991)
    assert.equal(reader.int64(3), BigInt(1e300))
    assert.equal(reader.any(3), 1e300)
    assert.deepEqual([reader.int64(4), reader.any(4), reader.number(4)], [null, null, null])
  })

  it('compares texts without making strings, escapes and all', () => {
    const reader = new JsonReader(['a', 'b', 'c'])
    const bytes = bytesOf('{"a":"dns","b":"d\\u006es","c":"dnß"}')
    assert.equal(reader.read(bytes, 0, bytes.length), 0)
    const is = (slot: number, text: string) => reader.isText(slot, text, bytesOf(text))
    assert.deepEqual([is(0, 'dns'), is(0, 'dn'), is(0, 'dnst'), is(0, '')], [true, false, false, false])
    assert.deepEqual([is(1, 'dns'), is(1, 'tls'), is(2, 'dnß'), is(2, 'dns')], [true, false, true, false])
  })

  it('notes watched keys and line breaks in white space', () => {
    const reader = new JsonReader(['a', 'dga.score'], ['dga', 'a', 'x'])
    const read = (text: string) => {
      assert.equal(reader.read(bytesOf(text), 0, bytesOf(text).length), 0)
      return [reader.marks, reader.hasKey(0), reader.hasKey(1), reader.hasKey(2)]
    }
    assert.deepEqual(read('{"b":{"dga":1}}'), [0, false, false, false])
    assert.deepEqual(read('{"\\u0064ga":{"score":1}}'), [MARK_WATCHED, true, false, false])
    assert.deepEqual(read('{"x":1,\r"b":"\\n"}'), [MARK_WATCHED | MARK_LINE_BREAKS, false, false, true])
  })

  it('gives the same slot to equal paths and reads deep list indexes', () => {
    const reader = new JsonReader(['a[1][0].b', 'a[1][0].b', 'a[1]'])
    const bytes = bytesOf('{"a":[1,[{"b":5}],2]}')
    assert.equal(reader.read(bytes, 0, bytes.length), 0)
    assert.deepEqual([reader.integer(0), reader.integer(1)], [5, 5])
    assert.deepEqual(reader.list(2), [new Map([['b', 5]])])
  })

  it('agrees with JSON.parse on every truncation and every single-byte change of a line', () => {
    const line = bytesOf('{"a":{"b":["x\\u00e9",-1.5e3,{"c":true}]},"b":[null,{"a":"é"}],"a":{"b":0}}')
    const reader = new JsonReader(PATHS)
    for (let end = 0; end <= line.length; end++) assertAgrees(line.slice(0, end), PATHS, reader)
    for (let i = 0; i < line.length; i++) {
      for (const byte of [0, 10, 32, 34, 44, 48, 58, 91, 92, 93, 117, 123, 125, 128, 195, 255]) {
        const changed = line.slice()
        changed[i] = byte
        assertAgrees(changed, PATHS, reader)
      }
    }
  })

  const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'é', '', 'constructor', 'toString', 'aa', 'a\u0000')
  const leaf = fc.oneof(
    fc.double().map((n) => String(Number.isFinite(n) ? n : 0)),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.constantFrom('0', '-0', '1E5', '1.50', 'true', 'false', 'null', '1e999', '""', '"\\ud83d"'),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.string({ maxLength: 5 }).map((text) => `"${[...text].map(escapeUnit).join('')}"`),
  )
  const space = fc.constantFrom('', '', '', ' ', '\t', '\r', ' \r\n')
  const { object } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, leaf, tie('object'), tie('list')),
    list: fc
      .tuple(fc.array(tie('value'), { maxLength: 3 }), space)
      .map(([items, gap]) => `[${gap}${items.join(`${gap},${gap}`)}${gap}]`),
    object: fc.tuple(fc.array(fc.tuple(key, fc.boolean(), tie('value'), space), { maxLength: 5 }), space).map(
      ([members, gap]) =>
        `{${gap}${members
          .map(([name, escaped, value, pad]) => {
            const written = escaped ? `"${[...name].map(escapeUnit).join('')}"` : JSON.stringify(name)
            return `${pad}${written}${pad}:${pad}${value}${pad}`
          })
          .join(',')}}`,
    ),
  }))

  it('agrees with JSON.parse on any object, with duplicate and escaped keys', () => {
    fc.assert(
      fc.property(object, fc.subarray(PATHS), (text, paths) => assertAgrees(bytesOf(text), paths)),
      { numRuns: 3000 },
    )
  })

  it('agrees with JSON.parse on objects with bytes changed, dropped and doubled', () => {
    const reader = new JsonReader(PATHS)
    const edit = fc.tuple(fc.nat(), fc.constantFrom('set', 'drop', 'double'), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(object, fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
        let bytes = Array.from(bytesOf(text))
        for (const [place, how, byte] of edits) {
          const i = place % bytes.length
          if (how === 'set') bytes[i] = byte
          else if (how === 'drop') bytes.splice(i, 1)
          else bytes = [...bytes.slice(0, i), ...bytes.slice(i - (byte % 8))]
          if (bytes.length === 0) break
        }
        assertAgrees(Uint8Array.from(bytes), PATHS, reader)
      }),
      { numRuns: 5000 },
    )
  })

  const data = path.join(import.meta.dirname, '../../../shared/data')
  if (existsSync(data))
    it('agrees with JSON.parse on the reference events', () => {
      const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /eve.*\.jsonl\.gz$/.test(name),
      )
      let random = 1
      const next = (below: number) => {
        random = Math.imul(random, 1664525) + 1013904223
        return (random >>> 8) % below
      }
      let lines = 0
      for (const file of files) {
        const bytes = gunzipSync(readFileSync(path.join(data, file)))
        const paths = pathsIn(bytes)
        let reader = new JsonReader([])
        let chosen: string[] = []
        for (let start = 0, n = 0; start < bytes.length; n++) {
          const end = bytes.indexOf(10, start)
          if (n % 50 === 0) {
            chosen = Array.from({ length: 8 }, () => paths[next(paths.length)]!)
            reader = new JsonReader(chosen)
          }
          assert.equal(reader.read(bytes, start, end), 0)
          const record = parse(bytes.subarray(start, end))
          chosen.forEach((path, slot) => {
            assert.deepEqual(asDoubles(reader.any(slot)), expected(at(record, path)), path)
          })
          start = end + 1
          lines++
        }
      }
      assert.ok(lines > 10_000)
    })
})

function escapeUnit(unit: string): string {
  return [...Array(unit.length).keys()].map((i) => `\\u${unit.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
}

/** Every path that occurs in the first lines, with the first two elements of lists. */
function pathsIn(bytes: Buffer): string[] {
  const paths = new Set<string>(['nothing'])
  const visit = (value: unknown, path: string) => {
    if (path !== '') paths.add(path)
    if (Array.isArray(value)) for (const i of value.slice(0, 2).keys()) visit(value[i], `${path}[${i}]`)
    else if (value !== null && typeof value === 'object') {
      for (const [name, one] of Object.entries(value)) {
        if (!/[.[\]]/.test(name)) visit(one, path === '' ? name : `${path}.${name}`)
      }
    }
  }
  for (const line of bytes.toString().split('\n').slice(0, 300)) if (line !== '') visit(JSON.parse(line), '')
  return [...paths]
}
