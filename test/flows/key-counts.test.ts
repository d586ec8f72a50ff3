import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { KeyCounts } from '../../nodes/contract/operator.ts'
import { WindowCounts } from '../../runtime/engine/key-counts.ts'
import { FakeCounts } from '../nodes/fakes.ts'

const encoder = new TextEncoder()
const end = (counts: KeyCounts, parts: readonly string[], ts_us: number) => {
  for (const part of parts) {
    const bytes = encoder.encode(part)
    counts.part(bytes, 0, bytes.length)
  }
  counts.end(ts_us)
}
const give = (counts: KeyCounts, parts: readonly string[], ts_us: number) => {
  end(counts, parts, ts_us)
  return counts.settle()[0]!
}

suite('counts by key in a sliding window', () => {
  test('agree with lists of what was seen, for times in any order', () => {
    const key = fc.array(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 3 })
    const records = fc.array(fc.tuple(key, fc.integer({ min: 0, max: 200 })), { maxLength: 300 })
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 4e15 }), (given, slices, from) => {
        const bound = { max: 1000, window_us: slices * 7, slices }
        const counts = new WindowCounts(bound)
        const plain = new FakeCounts(bound)
        for (const [parts, ts] of given) {
          end(counts, parts, from + ts)
          end(plain, parts, from + ts)
        }
        assert.deepEqual(counts.settle(), plain.settle())
        assert.equal(counts.size, plain.size)
      }),
      { numRuns: 300 },
    )
  })

  test('long keys are told apart by any byte', () => {
    const counts = new WindowCounts({ max: 10_000, window_us: 1e6, slices: 2 })
    const keys = ['x'.repeat(1023), 'x'.repeat(1024), 'x'.repeat(1025), `${'x'.repeat(3000)}a`, `${'x'.repeat(3000)}b`]
    for (const key of keys) assert.equal(give(counts, [key], 0), 1)
    for (const key of keys) assert.equal(give(counts, [key], 0), 2)
  })

  test('a full table forgets keys, never more than it must, and stays right for the others', () => {
    const bound = { max: 64, window_us: 100, slices: 4 }
    const counts = new WindowCounts(bound)
    let total = 0
    for (let i = 0; i < 20_000; i++) {
      // One key comes every time and must be remembered, the others are chosen by an attacker.
      assert.equal(give(counts, [`flood ${i % 977}`], i) > 0, true)
      const count = give(counts, ['steady'], i)
      total = Math.max(total, count)
      assert.ok(counts.size <= bound.max)
    }
    assert.ok(total > 75 && total <= 100, `${total} of a window of 100`)
  })

  test('a time beyond all others counts nowhere and breaks nothing', () => {
    const counts = new WindowCounts({ max: 4, window_us: 10, slices: 2 })
    assert.equal(give(counts, ['a'], 1_000_000), 1)
    for (const ts of [Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e300]) assert.equal(give(counts, ['a'], ts), 0)
    assert.equal(give(counts, ['a'], 1_000_000), 2)
  })

  test('a clock that jumps for good is followed, after the few records that one may have by mistake', () => {
    const counts = new WindowCounts({ max: 10, window_us: 1e6, slices: 6 })
    const now = 56 * 365 * 86_400 * 1e6
    for (let i = 0; i < 20; i++) give(counts, [`key ${i}`], 0)
    const found = Array.from({ length: 200 }, (_, i) => give(counts, ['a'], now + i))
    const lost = found.indexOf(1)
    assert.ok(lost > 1 && lost < 100, `${lost} records were not counted`)
    assert.deepEqual(
      found.slice(lost),
      Array.from({ length: 200 - lost }, (_, i) => i + 1),
    )
    assert.equal(counts.size, 1)
    // And back again.
    const back = Array.from({ length: 200 }, () => give(counts, ['a'], 5))
    assert.equal(back.at(-1), 200 - back.indexOf(1))
  })

  test('takes some 40 bytes a key at six slices', () => {
    const counts = new WindowCounts({ max: 200_000, window_us: 1e6, slices: 6 })
    const before = process.memoryUsage.rss()
    for (let i = 0; i < 200_000; i++) give(counts, [`192.0.2.${i}`], i)
    assert.equal(counts.size, 200_000)
    assert.ok(process.memoryUsage.rss() - before < 200_000 * 100)
  })
})
