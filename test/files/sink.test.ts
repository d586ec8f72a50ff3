import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { InputError } from '../../nodes/contract/capability.ts'
import { type FieldType, field, type Schema, type Value } from '../../nodes/contract/field.ts'
import type { Needs } from '../../nodes/contract/need.ts'
import { NodeMistakes } from '../../nodes/contract/node.ts'
import type { Sink, SinkBatch } from '../../nodes/contract/operator.ts'
import { readOptions } from '../../nodes/contract/option.ts'
import { ByteText } from '../../nodes/records/json-writer.ts'
import { writeCsvField } from '../../nodes/sink/csv.ts'
import discard from '../../nodes/sink/discard.ts'
import sink from '../../nodes/sink/file.ts'
import { SystemClock } from '../../runtime/io/clock.ts'
import { DiskFiles } from '../../runtime/io/files.ts'
import { temporaryFolder } from './fakes.ts'

type Row = Record<string, Value>

const optionsOf = (given: Record<string, unknown>) => readOptions(sink.options, { path: 'out', ...given }).options
const openSink = async (
  folder: string,
  given: Record<string, unknown>,
  resumed = false,
  stdout?: Writable,
): Promise<Sink<Row>> => {
  const files = new DiskFiles({ folder, ...(stdout === undefined ? {} : { stdout }) })
  const fields = { a: field.integer(), raw: field.bytes(), b: field.text() }
  return (await sink.open(
    optionsOf(given) as never,
    { files, clock: new SystemClock() },
    { fields, resumed },
  )) as Sink<Row>
}
/** Rows by column, or texts as the engine would write them. */
const batchOf = (rows: readonly (readonly Value[] | string)[]): SinkBatch<Row> => ({
  count: rows.length,
  at: (i) => Object.fromEntries((rows[i] as Value[]).map((value, column) => [`column_${column}`, value])),
  ts_us: () => 0,
  writeJson: (i, out) => out.text(String(rows[i])),
})
const csv = (value: Value): string => {
  const out = new ByteText(1)
  writeCsvField(out, value)
  return out.toString()
}
const schema = (open: string[]): Schema => ({
  reader: 'none',
  fields: new Map<string, FieldType>([
    ['a', field.integer()],
    ['raw', field.bytes()],
    ['b', field.text()],
  ]),
  origins: new Map(),
  open: new Set(open),
})

describe('a CSV field', () => {
  const cases: [Value, string][] = [
    [null, ''],
    ['', ''],
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['é', 'é'],
    [true, 'true'],
    [-5, '-5'],
    [-1.5e-7, '-1.5e-7'],
    [Number.NaN, ''],
    [-9007199254740993n, '-9007199254740993'],
    ['-5', "'-5"],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\r=x', '"\'\r=x"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    [[1, 'a'], '"[1,""a""]"'],
    [new Map([['k', 'v']]), '"{""k"":""v""}"'],
  ]
  for (const [value, text] of cases) it(`is ${JSON.stringify(text)}`, () => assert.equal(csv(value), text))
})

describe('sink.file', () => {
  it('writes JSON lines, and only what is delivered after flush counts', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'out')
    const out = await openSink(folder, {})
    await out.write(batchOf(['{"a":1}', '{"a":2}']))
    await out.flush()
    assert.equal(readFileSync(file, 'utf8'), '{"a":1}\n{"a":2}\n')
    await out.write(batchOf(['{"a":3}']))
    await out.close()
    assert.equal(readFileSync(file, 'utf8'), '{"a":1}\n{"a":2}\n{"a":3}\n')
  })

  it('goes on after what is there when told to append or when the flow goes on, with one CSV header', async (t) => {
    const folder = temporaryFolder(t)
    const write = async (given: Record<string, unknown>, resumed: boolean) => {
      const out = await openSink(folder, { format: 'csv', columns: ['x', 'y'], ...given }, resumed)
      await out.write(batchOf([[1, 'a']]))
      await out.close()
      return readFileSync(path.join(folder, 'out'), 'utf8')
    }
    assert.equal(await write({ append: true }, false), 'x,y\r\n1,a\r\n')
    assert.equal(await write({ append: true }, false), 'x,y\r\n1,a\r\n1,a\r\n')
    assert.equal(await write({}, true), 'x,y\r\n1,a\r\n1,a\r\n1,a\r\n')
    assert.equal(await write({}, false), 'x,y\r\n1,a\r\n')
  })

  it('writes all fields of a closed wire but bytes as CSV, and wants columns for an open one', async (t) => {
    const folder = temporaryFolder(t)
    const needs = (given: Record<string, unknown>, of: Schema) => sink.needs(optionsOf(given) as never, of) as Needs
    const paths = Object.values(needs({ format: 'csv' }, schema([]))).map((one) => one.from === 'field' && one.path)
    assert.deepEqual(paths, ['a', 'b'])
    assert.throws(() => needs({ format: 'csv' }, schema(['dns'])), NodeMistakes)
    assert.deepEqual(needs({}, schema([])), {})
    const out = await openSink(folder, { format: 'csv' })
    await out.write(batchOf([[1, null]]))
    await out.close()
    assert.equal(readFileSync(path.join(folder, 'out'), 'utf8'), 'a,b\r\n1,\r\n')
  })

  it('makes the flow wait for a slow reader and holds no more than a batch', async () => {
    let taken = 0
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Uint8Array, _encoding, done) => {
        taken += chunk.length
        setTimeout(done, 5)
      },
    })
    const out = await openSink('/', { path: '-' }, false, slow)
    const batch = batchOf(Array(16).fill('x'.repeat(1 << 17)))
    let given = 0
    for (let i = 0; i < 20; i++) {
      const wait = out.write(batch)
      given += 16 * ((1 << 17) + 1)
      assert.ok(wait instanceof Promise)
      await wait
      assert.equal(given, taken)
    }
    await out.close()
  })

  it('says what is wrong when it can write no more', async () => {
    const out = await openSink('/', { path: '/dev/full' })
    await out.write(batchOf(['{"a":1}']))
    await assert.rejects(out.flush(), /disk is full/)
    await assert.rejects(out.close(), InputError)
  })
})

describe('sink.discard', () => {
  it('takes records and needs nothing', async () => {
    const out = await discard.open({} as never, {} as never, { fields: {}, resumed: false })
    assert.equal(out.write(batchOf([]) as never), undefined)
    await out.flush()
    await out.close()
    assert.deepEqual(discard.needs({} as never, schema([])), {})
  })
})
