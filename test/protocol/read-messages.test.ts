import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nestsDeeperThan, PLAIN_MAX_DEPTH, plainJson } from '../../runtime/protocol/plain-json.ts'
import * as all from '../../runtime/protocol/read-messages.ts'

/** Every reader, by its name. */
const readers = { ...all }
const hash = 'ab'.repeat(32)
const status = { flow: 'dga', revision: 3, artifact: hash, state: 'running', since_ms: 1 }
const metrics = {
  at_ms: 1,
  nodes: { a: { in: 1, out: 1, created: 0, filtered: 0, rejected: 0, errors: 0, reasons: { BAD: 1 } } },
  wires: { 'a -> b': 1 },
  queues: { b: { records: 0, bound: 8 } },
  cpu_s: 0.5,
  node_cpu_s: { a: 0.1 },
  progress: 0.5,
}
const good: Readonly<Record<keyof typeof readers, unknown>> = {
  readSensorAuth: { token: 't', key: 'k'.repeat(43), name: 'lab-1.example' },
  readHello: { protocol: 1, name: 'lab', version: '1', deployments: [status] },
  readHelloAnswer: { answer: 'welcome' },
  readOffer: { flow: 'dga', revision: 3, artifact: hash, bytes: 10 },
  readOfferAnswer: { answer: 'refused', reason: 'No room' },
  readPut: { artifact: hash, offset: 0, chunk: new Uint8Array(4) },
  readPutAnswer: { received: 4 },
  readActivate: { flow: 'dga', revision: 3, artifact: hash },
  readActivateAnswer: { answer: 'rolled-back', reason: 'No such file' },
  readStop: { flow: 'dga' },
  readStopAnswer: { answer: 'stopped' },
  readStatusReport: { status: { ...status, state: 'faulted', fault: { message: 'It broke' } }, metrics },
  readTapOpen: { tap: 'a', flow: 'dga', wire: 'a -> b', limit_per_s: 50 },
  readTapAnswer: { answer: 'open' },
  readTapClose: { tap: 'a' },
  readSampleFrame: { tap: 'a', samples: [{ sequence: 1, record: { x: [1, null, 'y'] } }], missed: 0 },
  readWatch: { sensor: 'lab', flow: 'dga' },
  readLiveTapOpen: { tap: 'a', sensor: 'lab', flow: 'dga', wire: 'a -> b', limit_per_s: 50 },
  readLiveAnswer: { answer: 'ok' },
  readLiveFrame: { sensor: 'lab', report: { status, metrics } },
  readSensorInfos: [{ name: 'lab', connected: true, version: '1', deployments: [status] }],
}

for (const [name, message] of Object.entries(good) as [keyof typeof readers, unknown][]) {
  test(`${name} takes its message, leaves unknown keys behind, and misses no key`, () => {
    assert.deepEqual(readers[name](message), message)
    if (Array.isArray(message)) return
    const object = message as Record<string, unknown>
    assert.deepEqual(readers[name]({ ...object, unknown: 1 }), message)
    for (const key of Object.keys(object)) {
      const { [key]: _, ...rest } = object
      assert.equal(readers[name](rest), undefined, key)
      assert.equal(readers[name]({ ...object, [key]: Symbol.iterator }), undefined, key)
    }
  })

  test(`${name} never throws and never lets a prototype through`, () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withTypedArray: true }), (value) => {
        readers[name](value)
      }),
      { numRuns: 200 },
    )
    const hostile = JSON.parse('{"__proto__": {"answer": "ok", "flow": "dga", "tap": "a", "sensor": "lab"}}')
    assert.equal(readers[name](hostile), undefined)
  })
}

test('figures that are no counters are refused', () => {
  for (const wires of [{ a: -1 }, { a: 1.5 }, { a: Number.NaN }, { a: '1' }, JSON.parse('{"__proto__": 1}'), []]) {
    assert.equal(readers.readStatusReport({ status, metrics: { ...metrics, wires } }), undefined)
  }
})

test('names that could be paths are refused', () => {
  for (const flow of ['..', '.', '', 'a/b', 'A', 'a\0', 'a'.repeat(65), 'a\n']) {
    assert.equal(readers.readStop({ flow }), undefined, JSON.stringify(flow))
  }
})

test('a record is copied as plain JSON, bounded in depth and size', () => {
  let deep: unknown = 1
  for (let i = 0; i < 100_000; i++) deep = [deep]
  assert.equal(plainJson(deep), undefined)
  assert.equal(nestsDeeperThan(deep, PLAIN_MAX_DEPTH), true)
  assert.equal(nestsDeeperThan([[1]], 2), false)
  assert.equal(plainJson(Array.from({ length: 50_000 }, () => 1)), undefined)
  const odd = { big: 2n ** 63n, nan: Number.NaN, bytes: new Uint8Array(2), map: new Map([['__proto__', 1]]) }
  const copy = plainJson(odd) as { map: object }
  assert.equal(JSON.stringify(copy), '{"big":"9223372036854775808","nan":null,"bytes":null,"map":{"__proto__":1}}')
  assert.equal(Object.getPrototypeOf(copy.map), Object.prototype)
  const frame = readers.readSampleFrame({ tap: 'a', samples: [{ sequence: 1, record: deep }], missed: 0 })
  assert.deepEqual(frame?.samples, [{ sequence: 1, record: null }])
})

test('plain JSON stays as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) =>
      assert.deepEqual(JSON.stringify(plainJson(value)), JSON.stringify(value)),
    ),
  )
})
