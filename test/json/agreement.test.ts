/**
 * Reader and JSON.parse agree on random records, wherever the bytes stand.
 *
 * 10,000 records; LACEWING_LONG=1 tries 1,200,000, and LACEWING_SEED another seed than 1. Both are printed.
 */

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Desk } from '../../nodes/kernels/desk.ts'
import { JsonReader, MARK_LINE_BREAKS, MARK_WATCHED } from '../../nodes/records/json-reader.ts'
import { TextSlice } from '../../nodes/records/text-slice.ts'
import { asDoubles, at, expected, type Json, kindOf, parse } from './oracle.ts'
import { RandomRecords } from './random-records.ts'

const RECORDS = process.env.LACEWING_LONG === '1' ? 1_200_000 : 10_000
const SEED = Number(process.env.LACEWING_SEED ?? 1)
const RECORDS_A_READER = 40
const READERS_A_DESK = 50
const ROOM = 1 << 16
const MAX_DEPTH = 512
/** What may stand behind a record: other records, and bytes that would let a scan run on. */
const BEHIND = ['\n', '"', '\\', '}', '0', ' ', '":1}', '\u00ff', '\u0080', 'true', '\0']

const slice = new TextSlice()

const shown = (bytes: Uint8Array, paths: readonly string[]): string =>
  `${JSON.stringify(Buffer.from(bytes).toString('latin1'))} with ${JSON.stringify(paths)}`

/** Whether two values are one; minus zero is not zero. */
function same(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]))
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, one]) => b.has(key) && same(one, b.get(key)))
  }
  return Object.is(a, b)
}

/** Nesting of valid JSON. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0
  let most = 0
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!
    if (c === 0x22) {
      for (i++; bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++
    } else if (c === 0x5b || c === 0x7b) most = Math.max(most, ++depth)
    else if (c === 0x5d || c === 0x7d) depth--
  }
  return most
}

/** Asserts that what the reader says of `buffer[start..)`, where the bytes stand, is what JSON.parse says of them. */
function assertAgrees(
  reader: JsonReader,
  paths: readonly string[],
  watched: readonly string[],
  bytes: Uint8Array,
  buffer: Uint8Array,
  start: number,
): boolean {
  const fail = (what: string): never => assert.fail(`${what}: ${shown(bytes, paths)}`)
  const code = reader.read(buffer, start, start + bytes.length)
  const parsed = parse(bytes)
  const record = parsed !== undefined && depthOf(bytes) <= MAX_DEPTH ? parsed : undefined
  if ((code === 0) !== (record !== undefined)) fail(`code ${code}`)
  if (record === undefined) return false
  if (reader.objectStart - start !== bytes.indexOf(0x7b)) fail('objectStart')
  if (reader.objectEnd - start !== bytes.lastIndexOf(0x7d)) fail('objectEnd')
  for (const [i, key] of watched.entries()) if (reader.hasKey(i) !== record.has(key)) fail(`hasKey ${key}`)
  const breaks = bytes.includes(10) || bytes.includes(13) ? MARK_LINE_BREAKS : 0
  if (reader.marks !== breaks + (watched.some((key) => record.has(key)) ? MARK_WATCHED : 0)) fail('marks')
  paths.forEach((path, slot) => {
    const value = at(record, path)
    if (reader.kind(slot) !== kindOf(value)) fail(`kind ${reader.kind(slot)} of ${path}`)
    if (!same(asDoubles(reader.any(slot)), expected(value))) fail(`any of ${path}`)
    const text = typeof value === 'string' ? value : null
    if (reader.text(slot) !== text) fail(`text of ${path}`)
    const lent = reader.utf8(slot, slice)
    const copy = lent && Buffer.from(lent.buffer.subarray(lent.start, lent.end)).toString()
    if (copy !== (text === null ? null : text.toWellFormed())) fail(`utf8 ${copy} of ${path}`)
    if (text !== null && !reader.isText(slot, text, Buffer.from(text)) && text.isWellFormed()) fail(`isText of ${path}`)
    if (reader.isText(slot, `${text}x`, Buffer.from(`${text}x`))) fail(`isText of ${path}`)
    const number = typeof value === 'number' ? expected(value) : null
    if (!Object.is(reader.number(slot), number)) fail(`number ${reader.number(slot)} of ${path}`)
    const whole = typeof number === 'number' && Number.isInteger(number) ? number + 0 : null
    if (!Object.is(reader.integer(slot), whole)) fail(`integer ${reader.integer(slot)} of ${path}`)
    if (value === undefined) return
    const raw = Buffer.from(buffer.subarray(reader.rawStart(slot), reader.rawEnd(slot))).toString()
    if (!same(asDoubles(reader.any(slot)), expected(parse(Buffer.from(`{"x":${raw}}`))?.get('x'))))
      fail(`raw ${raw} of ${path}`)
    const exact = /^-?\d+$/.test(raw) ? BigInt(raw) : whole === null ? null : BigInt(whole)
    const int64 = reader.int64(slot)
    if ((int64 === null ? null : BigInt(int64)) !== (whole === null ? null : exact)) fail(`int64 ${int64} of ${path}`)
    if (typeof int64 === 'bigint' && Number.isSafeInteger(Number(int64))) fail(`int64 ${int64} of ${path}`)
  })
  return true
}

suite('reader and JSON.parse agree', () => {
  test(`on ${RECORDS} random records, seed ${SEED}`, (t) => {
    const records = new RandomRecords(SEED)
    const { random } = records
    let desk = new Desk()
    let room = 0
    let count = 0
    let valid = 0
    for (let readers = 0; count < RECORDS; readers++) {
      if (readers % READERS_A_DESK === 0) {
        desk = new Desk()
        room = desk.reserve(ROOM)
      }
      const paths = records.paths()
      const watched = records.watched()
      const reader = new JsonReader(paths, watched, desk)
      const wholes = Array.from({ length: 4 }, () => records.record())
      for (let k = 0; k < RECORDS_A_READER; k++, count++) {
        const whole = random.once(3) ? records.record() : random.of(wholes)
        const bytes = random.once(2) ? whole : records.broken(whole)
        if (random.once(16)) {
          if (assertAgrees(reader, paths, watched, bytes, bytes, 0)) valid++
          continue
        }
        const start = room + random.below(ROOM - bytes.length - 16)
        desk.bytes.set(bytes, start)
        desk.bytes.set(Buffer.from(random.of(BEHIND), 'latin1'), start + bytes.length)
        const behind = desk.bytes.slice(start, start + bytes.length + 16)
        if (assertAgrees(reader, paths, watched, bytes, desk.bytes, start)) valid++
        assert.equal(
          Buffer.compare(desk.bytes.subarray(start, start + behind.length), behind),
          0,
          'bytes are left alone',
        )
      }
    }
    t.diagnostic(`${count} records, ${valid} of them valid; seed ${SEED}`)
    assert.ok(valid > count / 4 && valid < (count * 3) / 4)
  })

  test('at every alignment, at the end of the desk, and whatever stands behind', () => {
    const records = new RandomRecords(SEED)
    const { random } = records
    for (let n = 0; n < 100; n++) {
      const desk = new Desk()
      const room = desk.reserve(1 << 14)
      const paths = records.paths()
      const reader = new JsonReader(paths, [], desk)
      // What lies at the end is nobody's.
      desk.reserve(1 << 16)
      const whole = records.record()
      if (whole.length > 1 << 13) continue
      const bytes = random.once(2) ? whole : records.broken(whole)
      const answer = (start: number, buffer: Uint8Array = desk.bytes): unknown => {
        const code = reader.read(buffer, start, start + bytes.length)
        if (code !== 0) return code
        const values = paths.map((_, slot) => [reader.kind(slot), reader.any(slot), reader.number(slot)])
        return [values, reader.marks, reader.objectStart - start, reader.objectEnd - start]
      }
      const alone = answer(0, bytes)
      for (let shift = 0; shift < 16; shift++) {
        for (const behind of BEHIND) {
          desk.bytes.fill(0x20, room, room + (1 << 14))
          desk.bytes.set(bytes, room + shift)
          desk.bytes.set(Buffer.from(behind, 'latin1'), room + shift + bytes.length)
          assert.deepEqual(answer(room + shift), alone, `shift ${shift}, ${behind} behind ${shown(bytes, paths)}`)
        }
        const last = desk.bytes.length - bytes.length - shift
        desk.bytes.set(bytes, last)
        assert.deepEqual(answer(last), alone, `${shift} before the end: ${shown(bytes, paths)}`)
      }
    }
  })
})
