/** Lines and their screening by the kernel, against a plain model: whatever the bytes, the pieces and the bounds. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LineBuffer } from '../../nodes/capture/line-buffer.ts'
import type { Screen, SourceBatch } from '../../nodes/contract/operator.ts'
import { Desk } from '../../nodes/kernels/desk.ts'

const MAX_LINE_BYTES = 160

/** Texts with one character a byte, as Latin-1 gives them, so that any bytes can be written. */
const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const textOf = (bytes: Uint8Array, start = 0, end = bytes.length) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')

/** Collects what one `take` gives and holds it to the bounds that were set. */
class Collector implements SourceBatch {
  readonly capacity: number
  readonly most: number
  readonly isShown: boolean
  count = 0
  skipped = 0
  readonly added: string[] = []
  readonly unread: string[] = []
  readonly rejects: string[] = []
  lastSkipped: string | undefined

  constructor(capacity: number, most: number, isShown: boolean) {
    this.capacity = capacity
    this.most = most
    this.isShown = isShown
  }
  get all(): number {
    return this.count + this.skipped + this.rejects.length
  }
  add(buffer: Uint8Array, start: number, end: number): void {
    assert.ok(++this.count <= this.capacity)
    assert.equal(buffer[end], 10)
    this.added.push(textOf(buffer, start, end))
  }
  skip(records: number, buffer: Uint8Array, start: number, end: number): void {
    assert.ok(records > 0 && !this.isShown)
    this.skipped += records
    this.lastSkipped = textOf(buffer, start, end)
  }
  addUnread(buffer: Uint8Array, start: number, end: number): void {
    assert.ok(this.isShown)
    this.add(buffer, start, end)
    this.unread.push(this.added.at(-1)!)
  }
  set(): void {
    assert.fail('there are no columns')
  }
  pass(): void {
    assert.fail('nothing is foretold of lines')
  }
  leave(): void {
    assert.fail('nothing is foretold of lines')
  }
  reject(reason: string, _detail: string, excerpt: Uint8Array): void {
    assert.equal(reason, 'LINE_TOO_LONG')
    this.rejects.push(textOf(excerpt))
  }
}

/** Whether a line needs no reading, said as plainly as can be. */
function isUseless(line: string, screen: Screen): boolean {
  const within = /^[\0- ]*\{.*\}[\0- ]*$/s.test(line)
  if (!within || screen.every((texts) => texts.some((text) => line.includes(text)))) return false
  const texts = screen.flat()
  const isHigh = texts.some((text) => /[^\0-\x7f]/.test(text))
  // What stands behind a backslash belongs to it, another backslash above all.
  return ![...line.matchAll(/\\(?:u(?=(.{0,4}))|.)/gs)].some(([found, hex]) => {
    if (hex !== undefined) return isHigh || hex.length < 3 || /^00[2-7]/.test(hex)
    return found === '\\/' && texts.some((text) => text.includes('/'))
  })
}

const TEXTS = ['"dns"', 'dns', '"', 'q', 'a/b', 'aa', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', 'Ã©', 'x"y', '"rrname"']
const fragment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('{', '}', '{', '}', ' ', '\t', '\r', '\0', '\\', '\\\\', '\\/', '"', ',', 'ï»¿'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '\\u0064ns',
      '\\u002f',
      '\\u007a',
      '\\u0080',
      '\\u00e9',
      '\\u001d',
      '\\\\u0064',
      '\\u',
      '\\u00',
      '\\u006',
    ),
  },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 70 }).map((length) => 'a'.repeat(length)) },
)
const body = fc.array(fragment, { maxLength: 8 }).map((parts) => parts.join('').replaceAll('\n', ''))
const line = fc.oneof(
  { weight: 3, arbitrary: body.map((text) => `{${text}}`) },
  { weight: 1, arbitrary: body },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '\r', '{}', '{', '}', 'x'.repeat(200), `{${'y'.repeat(300)}}`) },
)
const screen = fc.array(fc.array(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 3 }), { maxLength: 3 })

/** The screen as the compiler writes it: texts of whole characters, of which the bytes above are the UTF-8. */
const asText = (texts: Screen): Screen => texts.map((some) => some.map((text) => bytesOf(text).toString('utf8')))

describe('lines', () => {
  it('come once and in order, and those that need no reading are just those that the screen says', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        screen,
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 })), {
          minLength: 1,
          maxLength: 5,
        }),
        (lines, texts, endsWithFeed, isShown, pieces, bounds) => {
          const input = bytesOf(lines.join('\n') + (endsWithFeed ? '\n' : ''))
          const buffer = new LineBuffer(new Desk(), asText(texts), MAX_LINE_BYTES)
          buffer.begin(true)
          const expected: { text: string; fate: 'read' | 'unread' | 'long'; start: number; end: number }[] = []
          let start = 0
          for (const [i, whole] of textOf(input).split('\n').entries()) {
            const text = i === 0 && whole.startsWith('ï»¿') ? whole.slice(3) : whole
            const end = Math.min(start + whole.length + 1, input.length)
            if (!/^[ \t\r]*$/.test(text)) {
              const fate = text.length > MAX_LINE_BYTES ? 'long' : isUseless(text, texts) ? 'unread' : 'read'
              expected.push({ text, fate, start, end })
            }
            start = end
          }
          let [given, filled, turn] = [0, 0, 0]
          const take = () => {
            for (;;) {
              const [capacity, most] = bounds[turn++ % bounds.length]!
              const batch = new Collector(capacity, most, isShown)
              const taken = buffer.take(batch, most)
              assert.equal(taken, batch.all)
              assert.ok(taken <= most)
              if (taken === 0) return
              const some = expected.slice(given, given + taken)
              given += taken
              const of = (fate: string) => some.filter((one) => one.fate === fate).map(({ text }) => text)
              const unread = of('unread')
              assert.deepEqual(
                batch.added,
                isShown ? some.filter(({ fate }) => fate !== 'long').map(({ text }) => text) : of('read'),
              )
              assert.deepEqual(batch.unread, isShown ? unread : [])
              assert.equal(batch.skipped, isShown ? 0 : unread.length)
              assert.equal(batch.lastSkipped, isShown ? undefined : unread.at(-1))
              assert.equal(batch.rejects.length, of('long').length)
              // A line that is too long is dropped as it comes, so the source may stand within it.
              const stands = filled - buffer.unread_bytes
              if (some.at(-1)!.fate === 'long') continue
              assert.ok(stands >= some.at(-1)!.end && stands <= (expected[given]?.start ?? input.length))
            }
          }
          for (let i = 0; filled < input.length; i++) {
            const { bytes, fillFrom } = buffer.makeRoom()
            const count = Math.min(pieces[i % pieces.length]!, input.length - filled, bytes.length - fillFrom)
            bytes.set(input.subarray(filled, filled + count), fillFrom)
            buffer.filled(count)
            filled += count
            take()
          }
          buffer.end()
          take()
          assert.equal(given, expected.length)
        },
      ),
      { numRuns: process.env.LACEWING_LONG === undefined ? 1000 : 100_000 },
    )
  })

  it('hold a text wherever it stands in them and in memory, and not when one byte of it is another', () => {
    const text = '"query"'
    const buffer = new LineBuffer(new Desk(), [[text]], MAX_LINE_BYTES)
    for (let before = 0; before < 100; before++) {
      for (let shift = 0; shift < 17; shift++) {
        const other = [...text].with(before % text.length, '-').join('')
        const line = (part: string) => `{${'a'.repeat(before)}${part}${'y"'.repeat(shift)}}`
        const input = bytesOf(`${' '.repeat(shift)}\n${line(other)}\n${line(text)}\n${line(other)}\n`)
        buffer.begin(true)
        const { bytes, fillFrom } = buffer.makeRoom()
        bytes.set(input, fillFrom)
        buffer.filled(input.length)
        const batch = new Collector(9, 9, false)
        assert.equal(buffer.take(batch, 9), 3)
        assert.deepEqual(batch.added, [line(text)])
        assert.equal(batch.lastSkipped, line(other))
      }
    }
  })
})
