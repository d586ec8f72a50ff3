/** Random and mutated input: nothing throws, nothing is lost, and the time is bounded by the size of the input. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import pcap from '../../nodes/capture/pcap.ts'
import type { Value } from '../../nodes/contract/field.ts'
import type { OperatorNode, SourceNode } from '../../nodes/contract/node.ts'
import type { CountsBound } from '../../nodes/contract/operator.ts'
import dns from '../../nodes/parse/dns.ts'
import { DnsMessage } from '../../nodes/parse/dns-message.ts'
import { Headers } from '../../nodes/records/packet-headers.ts'
import { Timers } from '../../runtime/engine/timers.ts'
import { FakeCounts } from '../nodes/fakes.ts'
import { dnsAdded, parsePacket } from './decode.ts'
import { CollectingOut, capture, hex, least_ms, Rows, slice } from './fakes.ts'

const LINKS = [0, 1, 9, 12, 14, 50, 101, 104, 108, 113, 228, 229, 276, 147]

const MESSAGE = hex(`abcd 8580 0001 0005 0001 0001 03777777 076578616d706c65 036f7267 00 00ff 0001
  c00c 0001 0001 0000003c 0004 c0000201
  c00c 001c 0001 0000003c 0010 20010db8000000000000000000000001
  c00c 000f 0001 0000003c 0009 000a 046d61696c c010
  c00c 0010 0001 0000003c 0008 0376 3d73 0362 6463
  c00c 0021 0001 0000003c 0009 0001 0002 13c4 c010 00
  c010 0006 0001 0000003c 0018 c00c c010 00000001 00000002 00000003 00000004 00000005
  00 0029 1000 00000000 0000`)
const PACKET = new Uint8Array([
  ...hex(`00305400345600e0ed016ebd 8100 0064 86dd 60000000 ${(MESSAGE.length + 24).toString(16).padStart(4, '0')} 3c 3f
    20010db8000000000000000000000001 fe80000000000000000000000000abcd 2c00010400000000 1100000000000001
    0035 1388 ${(MESSAGE.length + 8).toString(16).padStart(4, '0')} 0000`),
  ...MESSAGE,
])
const record = (data: Uint8Array) =>
  hex(`00000001 00000002 ${data.length.toString(16).padStart(8, '0').repeat(2)} ${Buffer.from(data).toString('hex')}`)
const PCAP = new Uint8Array([
  ...hex('a1b2c3d4 0002 0004 00000000 00000000 00040000 00000001'),
  ...record(PACKET),
  ...record(PACKET.subarray(0, 60)),
  ...record(PACKET),
])
const block = (type: string, body: Uint8Array) => {
  const length = (body.length + 12).toString(16).padStart(8, '0')
  return hex(`${type} ${length} ${Buffer.from(body).toString('hex')} ${length}`)
}
const FRAME = PACKET.subarray(0, 96)
const PCAPNG = new Uint8Array([
  ...block('0a0d0d0a', hex('1a2b3c4d 0001 0000 ffffffffffffffff')),
  ...block('00000001', hex('0001 0000 00000000 0009 0001 09000000 0000 0000')),
  ...block('00000006', new Uint8Array([...hex('00000000 00060000 00000001 00000060 00000060'), ...FRAME])),
  ...block('00000003', new Uint8Array([...hex('00000060'), ...FRAME])),
  ...block('00000004', hex('00000000')),
  ...block('00000002', new Uint8Array([...hex('0000 0000 00060000 00000002 00000060 00000060'), ...FRAME])),
])

/** The bytes with some changed, some of the rest cut off, or another piece of them put in between. */
const mutated = (bytes: Uint8Array) =>
  fc
    .record({
      changes: fc.array(
        fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 255, 0xc0, 0x7f))),
        {
          maxLength: 6,
        },
      ),
      length: fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
      moved: fc.option(fc.tuple(fc.nat(bytes.length), fc.nat(bytes.length), fc.nat(40))),
    })
    .map(({ changes, length, moved }) => {
      const copy = bytes.slice(0, length)
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value
      if (moved === null) return copy
      const [from, to, count] = moved
      return new Uint8Array([...copy.slice(0, to), ...bytes.slice(from, from + count), ...copy.slice(to)])
    })
const bytesLike = (bytes: Uint8Array) =>
  fc.oneof({ weight: 4, arbitrary: mutated(bytes) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) })

test('any bytes at any link type are headers, or a reject, and offsets stay within the packet', () => {
  const headers = new Headers()
  fc.assert(
    fc.property(bytesLike(PACKET), fc.constantFrom(...LINKS), fc.nat(2000), (bytes, link, wire) => {
      const parsed = parsePacket({ bytes, ts_us: 0, columns: [link, wire, 0, 1] })
      const fault = headers.read(link, bytes, 0, bytes.length, wire)
      assert.equal(typeof parsed === 'string' ? parsed : '', fault)
      if (fault !== '' || headers.version === 0) return
      assert.ok(headers.payload_start <= headers.payload_end && headers.payload_end <= bytes.length)
      assert.ok(headers.tcp_at < 0 || headers.tcp_at + 20 <= bytes.length)
      assert.ok(headers.dest_at + (headers.version === 4 ? 4 : 16) <= bytes.length)
    }),
    { numRuns: 5000 },
  )
})

/** All that a good message says. */
function wholeOf(message: DnsMessage): unknown {
  const grouped = new Map<string, Value>()
  const names = Array.from({ length: message.questions }, (_, i) => [message.rrname(i), message.rrtype(i)])
  return [message.id, message.flags, names, message.answers(grouped), grouped, message.authorities()]
}

test('any bytes are a DNS message or a reject, each message comes out once, and bytes around it are not read', () => {
  const message = new DnsMessage()
  const { start } = dns as OperatorNode
  const context = {
    timers: new Timers(),
    stateMap: () => ({ size: 0, get: () => undefined, set: () => undefined, delete: () => undefined }),
    keyCounts: (_name: string, bound: CountsBound) => new FakeCounts(bound),
  }
  const operator = start({ ports: [53] } as never, context)
  fc.assert(
    fc.property(bytesLike(MESSAGE), (bytes) => {
      const fault = message.read(bytes, 0, bytes.length)
      const alone = fault === '' ? wholeOf(message) : undefined
      const around = new Uint8Array([...bytes, ...bytes, ...bytes])
      const again = message.read(around, bytes.length, bytes.length * 2)
      assert.equal(again, fault)
      if (fault === '') assert.deepEqual(wholeOf(message), alone)

      const out = new CollectingOut()
      const row = { payload: slice(bytes), src_ip: 'a', src_port: 53, dest_ip: 'b', dest_port: 4000 }
      operator.onBatch(new Rows([row]) as never, out)
      const isAnswer = (message.flags & 0x8000) !== 0
      const expected = fault !== '' ? 0 : isAnswer ? 1 : message.questions
      assert.deepEqual([out.emitted.length, out.rejects.length], [expected, fault === '' ? 0 : 1])
      for (const [question, { added }] of out.emitted.entries()) {
        const fields = dnsAdded(operator, added)
        assert.equal(fields.get('dns.rrname'), question < message.questions ? message.rrname(question) : null)
        if (isAnswer) assert.deepEqual(fields.get('dns.answers') ?? [], message.answers(new Map()))
      }
    }),
    { numRuns: 5000 },
  )
})

test('every single changed byte of a message is read or rejected', () => {
  const message = new DnsMessage()
  let rejected = 0
  for (let at = 0; at < MESSAGE.length; at++) {
    for (let value = 0; value < 256; value++) {
      const bytes = MESSAGE.slice()
      bytes[at] = value
      if (message.read(bytes, 0, bytes.length) !== '') rejected++
    }
  }
  assert.ok(rejected > 1000 && rejected < MESSAGE.length * 256 - 1000, `${rejected} rejected`)
})

test('the largest messages of the worst kinds take no more work than some good ones of that size', () => {
  const message = new DnsMessage()
  const good = hex(
    `abcd 8580 0001 0ff0 0000 0000 0161 00 0001 0001 ${'c00c 0001 0001 0000003c 0004 c0000201'.repeat(0xff0)}`,
  )
  const good_ms = least_ms(() => assert.equal(message.read(good, 0, good.length), ''))
  const worst: [string, (bytes: Uint8Array) => void][] = [
    ['zeros', () => undefined],
    [
      'records of unknown types',
      (bytes) => {
        for (let at = 12; at + 12 <= bytes.length; at += 12)
          bytes.set([0xc0, 0x0c, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 0], at)
      },
    ],
    [
      'labels of one octet',
      (bytes) => {
        for (let at = 12; at < bytes.length; at += 2) bytes[at] = 1
      },
    ],
    [
      'pointers back by two',
      (bytes) => {
        for (let at = 14; at + 1 < bytes.length; at += 2)
          bytes.set([0xc0 | (((at - 2) >> 8) & 0x3f), (at - 2) & 0xff], at)
      },
    ],
  ]
  for (const [name, fill] of worst) {
    const bytes = new Uint8Array(65_507)
    fill(bytes)
    for (const counts of [
      [0, 1, 0, 0],
      [0, 0, 0x15, 0],
      [0, 0, 0, 0, 0x15, 0],
    ]) {
      bytes.set([0, 1, 0x80, 0], 0)
      bytes.set([0, 0, 0, 0, 0, 0, 0, 0], 4)
      bytes.set(counts, 4)
      const bad_ms = least_ms(() => message.read(bytes, 0, bytes.length))
      assert.ok(bad_ms < 20 * good_ms, `${name} ${bad_ms} ms, a good one ${good_ms} ms`)
    }
  }
})

test('any file is packets, rejects and at most one message, the same for any size of reads', async () => {
  for (const whole of [PCAP, PCAPNG]) {
    await fc.assert(
      fc.asyncProperty(bytesLike(whole), fc.integer({ min: 1, max: 64 }), async (file, chunk) => {
        const read = await capture(pcap as SourceNode, file)
        const inPieces = await capture(pcap as SourceNode, file, { chunk, capacity: 2 })
        assert.deepEqual(inPieces, read)
        const bytes = read.packets.reduce((sum, packet) => sum + packet.bytes.length, 0)
        assert.ok(bytes <= file.length)
        for (const { ts_us } of read.packets) assert.ok(Number.isSafeInteger(ts_us) && ts_us >= 0)
        for (const { excerpt } of read.rejects) assert.ok(excerpt.length <= 1024)
      }),
      { numRuns: 300 },
    )
  }
})
