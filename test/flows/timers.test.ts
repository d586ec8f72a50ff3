import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../../nodes/contract/batch.ts'
import type { Operator, Out } from '../../nodes/contract/operator.ts'
import type { OperatorStage, ProgramNode } from '../../nodes/contract/program.ts'
import { OperatorDriver, type Tally } from '../../runtime/engine/stages.ts'
import { Timers } from '../../runtime/engine/timers.ts'

describe('timers', () => {
  it('come in order of due time, once a key, moved when set anew and gone when deleted', () => {
    const step = fc.oneof(
      fc.tuple(fc.constant('set' as const), fc.nat(50), fc.constantFrom('a', 'b', 'c', 'd', 'e')),
      fc.tuple(fc.constant('delete' as const), fc.constant(0), fc.constantFrom('a', 'b', 'c', 'd', 'e')),
      fc.tuple(fc.constant('take' as const), fc.nat(50), fc.constant('')),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const timers = new Timers()
        const model = new Map<string, number>()
        for (const [what, time, key] of steps) {
          if (what === 'set') {
            timers.set(time, key)
            model.set(key, time)
          } else if (what === 'delete') {
            timers.delete(key)
            model.delete(key)
          } else {
            const due = [...model].filter(([, at]) => at <= time).sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
            const taken: [string, number][] = []
            for (let one = timers.take(time); one !== undefined; one = timers.take(time))
              taken.push([one.key, one.due_us])
            assert.deepEqual(taken, due)
            for (const [name] of due) model.delete(name)
          }
        }
      }),
    )
  })

  it('let an operator put out a record of its own when event time passes them, and the ledger balances', () => {
    const node: ProgramNode = {
      id: 'quiet',
      type: 'rule.quiet',
      shape: 'operator',
      outlets: ['out', 'rejected'],
      firstCounter: 3,
    }
    const timers = new Timers()
    const operator: Operator<{ key: string }> = {
      onBatch: (batch) => {
        for (let i = 0; i < batch.count; i++) timers.set(batch.ts_us(i) + 10, batch.at(i).key)
      },
      onTimer: (due_us, key, out: Out) => out.create(due_us, [`${key} is quiet`]),
    }
    const batch = new Batch(1, 4)
    const results = new Batch(3, 4)
    const seen: unknown[] = []
    const counted = { left: 0, filtered: 0, created: 0 }
    const tally: Tally = {
      left: (_node, _outlet, records) => {
        counted.left += records
      },
      filtered: (_node, records) => {
        counted.filtered += records
      },
      created: (_node, records) => {
        counted.created += records
      },
      rejected: () => assert.fail('nothing is rejected'),
      errors: () => assert.fail('nothing is lost'),
    }
    const stage = {
      kind: 'operator',
      node: 0,
      batch,
      operator: operator as Operator<unknown>,
      results,
      carry: () => undefined,
      at: (i: number) => ({ key: batch.columns[0]![i] }),
      addsAt: 0,
      adds: 1,
      rejectAt: -1,
      plain: () => undefined,
      watched: () => undefined,
    } satisfies OperatorStage
    const run = () => {
      for (let n = 0; n < results.count; n++) seen.push([results.ts_us[n], results.columns[0]![n]])
      results.clear()
    }
    const driver = new OperatorDriver(stage, node, tally, timers, run, (_node, error) => assert.fail(String(error)))
    for (const [i, key] of ['a', 'b'].entries()) {
      batch.columns[0]![i] = key
      batch.ts_us[i] = i * 5
    }
    batch.count = 2
    driver.run()
    driver.advance(9)
    assert.deepEqual(seen, [])
    driver.advance(12)
    assert.deepEqual(seen, [[10, 'a is quiet']])
    driver.advance(Number.POSITIVE_INFINITY)
    assert.deepEqual(seen, [
      [10, 'a is quiet'],
      [15, 'b is quiet'],
    ])
    assert.deepEqual(counted, { left: 2, filtered: 2, created: 2 })
  })
})
