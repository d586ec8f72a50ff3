/** Keyed state of operators: the same as a plain list of keys in the order in which they were last set. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { BoundedMap } from '../../runtime/engine/state-map.ts'

const step = fc.record({
  does: fc.constantFrom('set', 'set', 'set', 'get', 'delete'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__'),
  value: fc.nat(),
  ts_us: fc.nat(50),
})

test('whatever is set, asked for and deleted, the oldest keys leave first, by number and by time', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), fc.nat(40), (steps, max, ttl_us) => {
      const map = new BoundedMap<number>({ max, ttl_us })
      let kept: { key: string; value: number; ts_us: number }[] = []
      let newest_us = Number.NEGATIVE_INFINITY
      const isOver = (ts_us: number) => ts_us + ttl_us < newest_us
      for (const { does, key, value, ts_us } of steps) {
        if (does === 'get') {
          const found = kept.find((one) => one.key === key)
          const hasLeft = found === undefined || isOver(found.ts_us) || found.ts_us + ttl_us < ts_us
          assert.equal(map.get(key, ts_us), hasLeft ? undefined : found.value)
          continue
        }
        kept = kept.filter((one) => one.key !== key)
        if (does === 'delete') map.delete(key)
        else {
          map.set(key, value, ts_us)
          newest_us = Math.max(newest_us, ts_us)
          kept.push({ key, value, ts_us })
          while (kept.length > 0 && (kept.length > max || isOver(kept[0]!.ts_us))) kept.shift()
        }
        assert.equal(map.size, kept.length)
      }
    }),
    { numRuns: 2000 },
  )
})
