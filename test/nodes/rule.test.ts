import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Value } from '../../nodes/contract/field.ts'
import { NodeMistakes } from '../../nodes/contract/node.ts'
import alert from '../../nodes/rule/alert.ts'
import filter from '../../nodes/rule/filter.ts'
import { fillTemplate, REASON_BYTES, readTemplate } from '../../nodes/rule/reason.ts'
import switchNode from '../../nodes/rule/switch.ts'
import { operate, optionsFor, schemaOf } from './fakes.ts'

test('a filter keeps what is true and drops false and null', () => {
  const choose = (keeps: unknown) => filter.choose({ keeps } as never, { where: 'x' } as never)
  assert.deepEqual([choose(true), choose(false), choose(null), choose('true')], [0, -1, -1, -1])
})

const casesOf = (cases: string[]) => {
  const options = { cases } as never
  return {
    outlets: Object.keys(switchNode.outlets(options)),
    needs: switchNode.needs(options, schemaOf([])),
    choose: (...results: (boolean | null)[]) =>
      switchNode.choose(Object.fromEntries(results.map((result, i) => [`case${i}`, result])) as never, options),
  }
}

test('a switch sends a record to the first case that is true, else to else', () => {
  const { outlets, choose } = casesOf(["dns: event_type == 'dns'", 'web-tls: a', 'rest: b'])
  assert.deepEqual(outlets, ['dns', 'web-tls', 'rest', 'else'])
  assert.deepEqual(
    [choose(true, true, true), choose(false, true, true), choose(null, null, true), choose(null, false, null)],
    [0, 1, 2, 3],
  )
})

test('cases may share an outlet, and else may be one of them', () => {
  const { outlets, choose } = casesOf(['a: x', 'else: y', 'a: z'])
  assert.deepEqual(outlets, ['a', 'else'])
  assert.deepEqual(
    [choose(true, false, false), choose(false, true, false), choose(false, false, true), choose(false, false, false)],
    [0, 1, 0, 1],
  )
})

test('the expression of a case keeps its place in the text', () => {
  const { needs } = casesOf(['dns: port == 53'])
  assert.deepEqual(needs.case0, {
    from: 'expression',
    text: '     port == 53',
    kind: 'boolean',
    option: 'cases.0',
    optional: true,
  })
})

test('every case that is none is reported at once', () => {
  assert.throws(
    () => casesOf(['x > 1', 'Upper: x', 'ok: x', 'rejected: x', '']),
    (error) =>
      error instanceof NodeMistakes &&
      error.mistakes.map(({ option }) => option).join() === 'cases.0,cases.1,cases.3,cases.4',
  )
})

const S = 1_000_000
const start = (given: Readonly<Record<string, unknown>>) => operate(alert, optionsFor(alert, given))
const record = (key: Value, at_s: number) => ({ key, ts_us: at_s * S })
/** For each record: the repeats its alert reports, or `-` when it was suppressed. */
const outcome = (given: Readonly<Record<string, unknown>>, records: readonly ReturnType<typeof record>[]) => {
  const { run } = start({ key: 'src_ip', window_s: 60, ...given })
  return records.map((one) => String(run([one])[0]?.added[2] ?? '-')).join(' ')
}

test('without key or window every record raises an alert', () => {
  const records = [record('a', 0), record('a', 0), record('a', 1)]
  assert.equal(outcome({ window_s: 0 }, records), '0 0 0')
  assert.equal(outcome({ key: '' }, records), '0 0 0')
})

test('one alert a key and window; the next one counts what was suppressed', () => {
  const records = [
    record('a', 0),
    record('a', 30),
    record('b', 31),
    record('a', 59.999999),
    record('a', 60),
    record('a', 70),
    record('a', 200),
  ]
  assert.equal(outcome({}, records), '0 - 0 - 2 - 1')
})

test('what goes on without a pause raises one alert a window', () => {
  assert.equal(
    outcome(
      {},
      Array.from({ length: 13 }, (_, i) => record('a', i * 10)),
    ),
    '0 - - - - - 5 - - - - - 5',
  )
})

test('a late record is a repeat of the alert nearby, and its own alert further back', () => {
  assert.equal(
    outcome({}, [
      record('a', 100),
      record('a', 50),
      record('a', 41),
      record('a', 10),
      record('a', 130),
      record('a', 160),
    ]),
    '0 - - 2 - 1',
  )
})

test('all records of a batch are judged in their order', () => {
  const { run } = start({ key: 'src_ip', window_s: 60 })
  const emitted = run([record('a', 0), record('a', 1), record('b', 2), record('a', 61)])
  assert.deepEqual(
    emitted.map(({ i, added }) => [i, added[2]]),
    [
      [0, 0],
      [2, 0],
      [3, 1],
    ],
  )
})

test('keys are told apart by kind, and lists by their items', () => {
  const different: Value[] = [1, '1', true, 'true', ['a', 'sb'], ['as', 'b'], ['a'], '[2:sa', [], 1n << 60n]
  assert.equal(
    outcome(
      {},
      different.map((key) => record(key, 0)),
    ),
    '0 0 0 0 0 0 0 0 0 0',
  )
  assert.equal(outcome({}, [record(['a', 1], 0), record(['a', 1], 0)]), '0 -')
})

test('a key that is null, a map or too long never suppresses', () => {
  for (const key of [
    null,
    new Map([['a', 1]]),
    ['a', null],
    [['a']],
    'x'.repeat(600),
    Array(600).fill('a'),
  ] as Value[]) {
    assert.equal(outcome({}, [record(key, 0), record(key, 0)]), '0 0')
  }
})

test('keys remembered are bounded; the one with the oldest record goes first', () => {
  assert.equal(
    outcome({ max_keys: 2 }, [
      record('a', 0),
      record('b', 1),
      record('a', 2),
      record('c', 3),
      record('a', 4),
      record('b', 5),
    ]),
    '0 0 - 0 - 0',
  )
  const { run, states } = start({ key: 'src_ip', window_s: 60, max_keys: 10 })
  for (let i = 0; i < 1000; i++) run([record(`k${i}`, i)])
  assert.equal(states.get('raised')?.size, 10)
})

test('an alert is never suppressed without one before it in its window, in any order of time', () => {
  const events = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 300 })), { maxLength: 40 })
  fc.assert(
    fc.property(events, (some) => {
      const { run } = start({ key: 'src_ip', window_s: 60 })
      const alerts: [string, number][] = []
      let suppressed = 0
      let reported = 0
      for (const [key, at] of some) {
        const [emitted] = run([record(key, at)])
        if (emitted === undefined) {
          suppressed++
          assert.ok(alerts.some(([other, time]) => other === key && Math.abs(time - at) < 60))
        } else {
          alerts.push([key, at])
          reported += emitted.added[2] as number
        }
      }
      assert.ok(reported <= suppressed)
    }),
  )
})

test('fields of an alert are severity, reason and repeats, in the order they are declared', () => {
  const options = { where: 'dns.len > 9', severity: 1, reason: '' }
  assert.deepEqual(Object.keys(alert.adds(optionsFor(alert, options), schemaOf([]))), ['severity', 'reason', 'repeats'])
  assert.deepEqual(start(options).run([{ ts_us: 0 }])[0]?.added, [1, 'dns.len > 9', 0])
})

test('the reason names the fields in braces, each of which is a need', () => {
  const options = optionsFor<never>(alert, {
    reason: '{dns.rrname} by {src_ip}: {score}{gone} {not a field}',
    key: 'src_ip',
  })
  assert.deepEqual(Object.keys(alert.needs(options, schemaOf([]))), ['value0', 'value1', 'value2', 'value3', 'key'])
  const { run } = operate(alert, options)
  const [emitted] = run([{ value0: 'a.example', value1: '10.0.0.7', value2: 0.98765432, value3: null, ts_us: 0 }])
  assert.equal(emitted?.added[1], 'a.example by 10.0.0.7: 0.987654 {not a field}')
})

const fill = (template: string, ...values: Value[]) => fillTemplate(readTemplate(template), (i) => values[i]!)

test('values of every kind are printed plainly', () => {
  assert.equal(
    fill(
      '{a}|{b}|{c}|{d}|{e}',
      7,
      2n ** 60n,
      false,
      ['x', 1, null],
      new Map<string, Value>([
        ['k', 0.5],
        ['l', []],
      ]),
    ),
    '7|1152921504606846976|false|x, 1, |k=0.5, l=',
  )
})

test('what steers terminals, log files and readers is taken out of a reason', () => {
  assert.equal(
    fill('{a}', '\u001b]0;owned\u0007\r\nfake line\u202egpj.exe\u0000\u009b31m'),
    ']0;owned fake linegpj.exe31m',
  )
  assert.equal(fill('{a}', '<img src=x onerror=1> {b} ${jndi:x}'), '<img src=x onerror=1> {b} ${jndi:x}')
})

test('a reason is one line of well-formed text of at most 1 KiB, whatever the record holds', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }),
    fc.double(),
    fc.constant(null),
    fc.constant('\ud800'),
    fc.constant('😀'.repeat(1000)),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1500 }), value, value, (text, a, b) => {
      const reason = fill(`${text}{a} {b}{a}{b}{a}`, a, b, a, b, a)
      assert.ok(Buffer.byteLength(reason) <= REASON_BYTES)
      assert.ok(reason.isWellFormed())
      assert.doesNotMatch(reason, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/)
    }),
  )
})

test('a long value leaves room for what stands behind it', () => {
  assert.ok(fill('{a} from {b}', 'x'.repeat(100_000), '10.0.0.7').endsWith(' from 10.0.0.7'))
})
