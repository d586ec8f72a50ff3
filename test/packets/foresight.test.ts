/** What a capture foretells of packets is what reading them finds, and packets of no use are passed over and counted. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import pcap from '../../nodes/capture/pcap.ts'
import type { Value } from '../../nodes/contract/field.ts'
import type { SourceNode } from '../../nodes/contract/node.ts'
import { parsePacket } from './decode.ts'
import { capture, hex } from './fakes.ts'

const node = pcap as SourceNode
const { foretells } = node.emits({} as never)

const ETHERNET = '00305400345600e0ed016ebd'
const UDP = '1388 0035 000c 0000 61626364'
const TCP = '01bb c350 00000001 00000002 50 18 ffff 0000 0000 616263'
const FRAMES = [
  `${ETHERNET} 0800 45 00 0020 0000 0000 40 11 0000 0a000001 0a000002 ${UDP}`,
  `${ETHERNET} 0800 46 00 0024 0000 4000 40 11 0000 0a000001 0a000002 01010101 ${UDP} 0000`,
  `${ETHERNET} 0800 45 00 002b 0000 0000 40 06 0000 0a000001 0a000002 ${TCP}`,
  `${ETHERNET} 0800 45 00 0020 0000 2000 40 11 0000 0a000001 0a000002 ${UDP}`,
  `${ETHERNET} 0800 45 00 001c 0000 0000 40 01 0000 0a000001 0a000002 0800 0000 00000000`,
  `${ETHERNET} 0800 45 00 0024 0000 0000 40 84 0000 0a000001 0a000002 0001 0002 00000000 00000000 00000000`,
  `${ETHERNET} 0800 45 00 0018 0000 0000 40 2f 0000 0a000001 0a000002 00000800`,
  `${ETHERNET} 8100 0064 88a8 0001 86dd 60000000 000c 11 40 ${'20010db8000000000000000000000001'.repeat(2)} ${UDP}`,
  `${ETHERNET} 86dd 60000000 0014 00 40 ${'20010db8000000000000000000000001'.repeat(2)} 11 00 000000000000 ${UDP}`,
  `${ETHERNET} 86dd 60000000 0004 3a 40 ${'20010db8000000000000000000000001'.repeat(2)} 80000000`,
  `${ETHERNET} 0806 0001 0800 06 04 0001`,
  `${ETHERNET} 8847 00001140 45 00 0020 0000 0000 40 11 0000 0a000001 0a000002 ${UDP}`,
  `${ETHERNET} 8864 11 00 0001 0022 0021 45 00 0020 0000 0000 40 11 0000 0a000001 0a000002 ${UDP}`,
  `${ETHERNET} ${'8100 0001'.repeat(17)} 0800`,
].map(hex)

interface Packet {
  readonly bytes: Uint8Array
  readonly wire: number
}
const frame = fc.constantFrom(...FRAMES)
/** Frames as they are, or with bytes changed, cut short, or said to have been longer on the wire. */
const packet: fc.Arbitrary<Packet> = fc
  .record({
    bytes: frame,
    changes: fc.array(fc.tuple(fc.nat(70), fc.oneof(fc.nat(255), fc.constantFrom(0, 255))), { maxLength: 3 }),
    length: fc.option(fc.nat(80), { freq: 3 }),
    more: fc.constantFrom(0, 0, 1, 1000),
  })
  .map(({ bytes, changes, length, more }) => {
    const changed = bytes.slice(0, length ?? bytes.length)
    for (const [at, value] of changes) if (at < changed.length) changed[at] = value
    return { bytes: changed, wire: changed.length + more }
  })

function classic(packets: readonly Packet[], link: number, little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(24 + packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 0)))
  view.setUint32(0, 0xa1b2c3d4, little)
  view.setUint16(4, 2, little)
  view.setUint16(6, 4, little)
  view.setUint32(20, link, little)
  const file = new Uint8Array(view.buffer)
  let at = 24
  for (const [i, { bytes, wire }] of packets.entries()) {
    // Times go back and forth, so that the newest is not the last.
    view.setUint32(at, 1_700_000_000 + (i % 3), little)
    view.setUint32(at + 8, bytes.length, little)
    view.setUint32(at + 12, wire, little)
    file.set(bytes, at + 16)
    at += 16 + bytes.length
  }
  return file
}

/** One section, one interface, and each packet in an enhanced packet block. */
function pcapng(packets: readonly Packet[], link: number): Uint8Array {
  const word = (value: number) => value.toString(16).padStart(8, '0')
  const block = (type: number, body: string) => {
    const total = word(body.length / 2 + 12)
    return `${word(type)}${total}${body}${total}`
  }
  const blocks = packets.map(({ bytes, wire }, i) => {
    const data = Buffer.from(bytes).toString('hex') + '00'.repeat(-bytes.length & 3)
    return block(6, `${word(0)}${word(0)}${word(i)}${word(bytes.length)}${word(wire)}${data}`)
  })
  const section = block(0x0a0d0d0a, '1a2b3c4d00010000ffffffffffffffff')
  return hex(`${section}${block(1, `${link.toString(16).padStart(4, '0')}0000${word(0)}`)}${blocks.join('')}`)
}

const link = fc.constantFrom(1, 1, 1, 101, 113, 9999)
const file = fc
  .record({ packets: fc.array(packet, { minLength: 1, maxLength: 20 }), link, form: fc.constantFrom('be', 'le', 'ng') })
  .map(({ packets, link, form }) => (form === 'ng' ? pcapng(packets, link) : classic(packets, link, form === 'le')))

test('what is foretold of a packet is what reading its headers gives, and no such packet is rejected', async () => {
  assert.equal(foretells?.type, 'parse.packet')
  let count = 0
  await fc.assert(
    fc.asyncProperty(file, async (bytes) => {
      const told: (readonly Value[])[] = []
      const isOfUse = (...values: Value[]) => told.push(values) > 0
      const { packets } = await capture(node, bytes, {}, undefined, { isOfUse })
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
    await capture(node, bytes, {}, undefined, { isOfUse: (...values) => told.push(values) > 0 })
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

test('packets of no use are counted with their newest time; the others are as without foresight', async () => {
  await fc.assert(
    fc.asyncProperty(
      file,
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
        const some = await capture(node, bytes, { capacity, chunk }, undefined, { isOfUse })
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
  const whole = await capture(node, bytes, {}, undefined, { isOfUse })
  const first = await capture(node, bytes, { most: 1, capacity: 1 }, undefined, { isOfUse })
  assert.deepEqual(first.position, { pieces: 3, shift_us: 0 })
  const rest = await capture(node, bytes, {}, first.position, { isOfUse })
  assert.deepEqual([...first.packets, ...rest.packets], whole.packets)
  assert.equal(first.passed + rest.passed, whole.passed)
})
