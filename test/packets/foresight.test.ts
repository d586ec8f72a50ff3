/** What a capture foretells of packets is what reading them finds, and packets of no use are passed over and counted. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import pcap from '../../nodes/capture/pcap.ts'
import type { Value } from '../../nodes/contract/field.ts'
import type { SourceNode } from '../../nodes/contract/node.ts'
import { parsePacket } from './decode.ts'
import { capture } from './fakes.ts'
import { captureFile, classic, FRAMES, pcapng } from './random-captures.ts'

const node = pcap as SourceNode
const { foretells } = node.emits({} as never)

test('what is foretold of a packet is what reading its headers gives, and no such packet is rejected', async () => {
  assert.equal(foretells?.type, 'parse.packet')
  let count = 0
  await fc.assert(
    fc.asyncProperty(captureFile, async (bytes) => {
      const told: (readonly Value[])[] = []
      const isOfUse = (...values: Value[]) => told.push(values) > 0
      const { packets } = await capture(node, bytes, {}, undefined, { isOfUse, share: undefined })
      const read = packets.map((one) => parsePacket(one))
      const found = read.map((fields) =>
        typeof fields === 'string' ? undefined : foretells!.fields.map((path) => fields.get(path)!),
      )
      // What is told stands in the order of the packets, and some have nothing told of them.
      let next = 0
      for (const values of told) {
        while (next < found.length && !(found[next] !== undefined && same(found[next]!, values))) next++
        assert.ok(next++ < found.length, `${values} is not what any further packet has`)
      }
      count += told.length
    }),
    { numRuns: 2000 },
  )
  assert.ok(count > 1000)
})

const same = (a: readonly Value[], b: readonly Value[]) => a.every((value, i) => value === b[i])

test('the frames that come by most are foretold, in each form of file', async () => {
  const packets = FRAMES.slice(0, 11).map((bytes) => ({ bytes, wire: bytes.length }))
  for (const bytes of [classic(packets, 1, true), classic(packets, 1, false), pcapng(packets, 1)]) {
    const told: (readonly Value[])[] = []
    await capture(node, bytes, {}, undefined, { isOfUse: (...values) => told.push(values) > 0, share: undefined })
    assert.deepEqual(told, [
      ['UDP', 5000, 53],
      ['UDP', 5000, 53],
      ['TCP', 443, 50000],
      ['ICMP', null, null],
      ['SCTP', 1, 2],
      ['GRE', null, null],
      ['UDP', 5000, 53],
      ['IPv6-ICMP', null, null],
      [null, null, null],
    ])
  }
})

test('the numbers told of a packet are the same where what reading its headers gives is the same', async () => {
  const { keys } = foretells!
  const values = new Map<number, Set<Value>>()
  let count = 0
  await fc.assert(
    fc.asyncProperty(captureFile, async (bytes) => {
      const all = await capture(node, bytes)
      const told: number[][] = []
      const isOwn = (...numbers: number[]) => told.push(numbers) % 2 === 0
      const share = { isOwn, ownsUseless: true }
      const some = await capture(node, bytes, {}, undefined, { isOfUse: undefined, share })
      assert.equal(told.length, all.packets.length)
      assert.deepEqual(
        some.packets,
        all.packets.filter((_, i) => i % 2 === 1),
      )
      assert.deepEqual([some.left, some.passed], [all.packets.length - some.packets.length, 0])
      const left = all.packets.filter((_, i) => i % 2 === 0).map(({ ts_us }) => ts_us)
      assert.equal(some.passed_us, Math.max(Number.NEGATIVE_INFINITY, ...left))
      const numberOf = new Map<Value, number>()
      for (const [i, one] of all.packets.entries()) {
        const fields = parsePacket(one)
        if (typeof fields === 'string') continue
        for (const [k, path] of keys.entries()) {
          const value: Value = fields.get(path)!
          const number = told[i]![k]!
          assert.equal(numberOf.get(value) ?? number, number, `${path} ${value}`)
          numberOf.set(value, number)
          values.set(number, (values.get(number) ?? new Set()).add(value))
          count++
        }
      }
    }),
    { numRuns: 1000 },
  )
  assert.ok(count > 1000, `${count} values`)
  const shared = [...values.values()].filter(({ size }) => size > 1)
  assert.ok(shared.length * 10 < values.size, `${shared.length} of ${values.size} numbers stand for several values`)
})

test('packets of no use that are shown belong to one worker', async () => {
  const bytes = classic(
    FRAMES.slice(0, 3).map((one) => ({ bytes: one, wire: one.length })),
    1,
    true,
  )
  const isOfUse = (proto: Value) => proto === 'TCP'
  for (const [isShown, ownsUseless, counts] of [
    [false, true, [0, 2, 1]],
    [false, false, [0, 0, 3]],
    [true, true, [2, 0, 1]],
    [true, false, [0, 0, 3]],
  ] as const) {
    const share = { isOwn: () => false, ownsUseless }
    const { packets, passed, left } = await capture(node, bytes, { isShown }, undefined, { isOfUse, share })
    assert.deepEqual([packets.length, passed, left], counts)
  }
})

test('packets of no use are counted with their newest time; the others are as without foresight', async () => {
  await fc.assert(
    fc.asyncProperty(
      captureFile,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 64 }),
      async (bytes, capacity, chunk) => {
        const all = await capture(node, bytes)
        const asked: boolean[] = []
        const isOfUse = (proto: Value, src_port: Value) => {
          const isWanted = proto === 'UDP' && src_port === 5000
          asked.push(isWanted)
          return isWanted
        }
        const some = await capture(node, bytes, { capacity, chunk }, undefined, { isOfUse, share: undefined })
        assert.deepEqual([some.rejects, some.failure, some.position], [all.rejects, all.failure, all.position])
        assert.equal(some.passed, asked.filter((isWanted) => !isWanted).length)
        assert.equal(some.packets.length + some.passed, all.packets.length)
        const numbers = new Set(some.packets.map(({ columns }) => columns[3]))
        assert.deepEqual(
          some.packets,
          all.packets.filter(({ columns }) => numbers.has(columns[3]!)),
        )
        const passed = all.packets.filter(({ columns }) => !numbers.has(columns[3]!))
        assert.equal(some.passed_us, Math.max(Number.NEGATIVE_INFINITY, ...passed.map(({ ts_us }) => ts_us)))
        for (const one of passed) {
          const fields = parsePacket(one)
          assert.ok(typeof fields !== 'string' && !(fields.get('proto') === 'UDP' && fields.get('src_port') === 5000))
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('a position counts packets passed over, and goes on after them', async () => {
  const packets = Array.from({ length: 30 }, (_, i) => ({ bytes: FRAMES[i % FRAMES.length]!, wire: 100 }))
  const bytes = classic(packets, 1, true)
  const isOfUse = (proto: Value) => proto === 'TCP'
  const whole = await capture(node, bytes, {}, undefined, { isOfUse, share: undefined })
  const first = await capture(node, bytes, { most: 1, capacity: 1 }, undefined, { isOfUse, share: undefined })
  assert.deepEqual(first.position, { pieces: 3, shift_us: 0 })
  const rest = await capture(node, bytes, {}, first.position, { isOfUse, share: undefined })
  assert.deepEqual([...first.packets, ...rest.packets], whole.packets)
  assert.equal(first.passed + rest.passed, whole.passed)
})
