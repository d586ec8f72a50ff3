import assert from 'node:assert/strict'
import test from 'node:test'
import pcap from '../../nodes/capture/pcap.ts'
import type { SourceNode } from '../../nodes/contract/node.ts'
import { type Collected, CollectingBatch, capture, hex, memoryFiles, newCollected, steppedClock } from './fakes.ts'

const node = pcap as SourceNode
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
const texts = (collected: Collected) => collected.packets.map((packet) => Buffer.from(packet.bytes).toString('hex'))
const reasons = (collected: Collected) => collected.rejects.map((reject) => reject.reason)

/** Numbers in the byte order of a file under test. */
function writer(little: boolean) {
  const number = (value: number, size: 2 | 4) => {
    const view = new DataView(new ArrayBuffer(size))
    if (size === 2) view.setUint16(0, value, little)
    else view.setUint32(0, value, little)
    return new Uint8Array(view.buffer)
  }
  const u16 = (value: number) => number(value, 2)
  const u32 = (value: number) => number(value, 4)
  const block = (type: number, ...body: Uint8Array[]) => {
    const inner = join(...body)
    const padded = join(inner, new Uint8Array(-inner.length & 3))
    return join(u32(type), u32(padded.length + 12), padded, u32(padded.length + 12))
  }
  return {
    u16,
    u32,
    block,
    header: (magic: number, link = 1, minor = 4) =>
      join(u32(magic), u16(2), u16(minor), u32(0), u32(0), u32(65535), u32(link)),
    record: (s: number, fraction: number, data: Uint8Array, captured = data.length, wire = captured) =>
      join(u32(s), u32(fraction), u32(captured), u32(wire), data),
    section: (major = 1) => block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(major), u16(0), u32(0xffffffff), u32(0xffffffff)),
    interface: (link: number, snap = 0, ...options: Uint8Array[]) => block(1, u16(link), u16(0), u32(snap), ...options),
    resolution: (value: number) => join(u16(9), u16(1), Uint8Array.of(value, 0, 0, 0)),
    enhanced: (at: number, high: number, low: number, data: Uint8Array, captured = data.length, wire = captured) =>
      block(6, u32(at), u32(high), u32(low), u32(captured), u32(wire), data),
  }
}
const LITTLE = writer(true)
const BIG = writer(false)
const DATA = hex('0102030405')

test('classic pcap is read in both byte orders, in micro- and nanoseconds', async () => {
  for (const [name, w] of [['little', LITTLE] as const, ['big', BIG] as const]) {
    for (const [magic, fraction] of [[0xa1b2c3d4, 123456] as const, [0xa1b23c4d, 123456789] as const]) {
      const file = join(
        w.header(magic, 113),
        w.record(1700000000, fraction, DATA, 5, 60),
        w.record(1700000001, 0, hex('')),
      )
      const read = await capture(node, file)
      assert.deepEqual(texts(read), ['0102030405', ''], name)
      assert.deepEqual(read.packets[0]!.columns, [113, 60, 1700000000123456, 1])
      assert.equal(read.packets[0]!.ts_us, 1700000000123456)
      assert.deepEqual(read.packets[1]!.columns, [113, 0, 1700000001000000, 2])
      assert.deepEqual([read.rejects, read.failure], [[], undefined])
    }
  }
})

test('the modified pcap format has 8 more bytes in each record header', async () => {
  const record = join(LITTLE.record(7, 1, hex(''), 5, 5), LITTLE.u32(2), LITTLE.u16(0x0800), hex('0000'), DATA)
  const read = await capture(node, join(LITTLE.header(0xa1b2cd34), record, record))
  assert.deepEqual(texts(read), ['0102030405', '0102030405'])
})

test('files of version 2.2 have their two lengths swapped', async () => {
  const file = join(LITTLE.header(0xa1b2c3d4, 1, 2), LITTLE.record(1, 0, DATA, 60, 5))
  const read = await capture(node, file)
  assert.deepEqual(texts(read), ['0102030405'])
  assert.equal(read.packets[0]!.columns[1], 60)
})

test('the frame check sequence length in the upper bits is no part of the link type', async () => {
  const read = await capture(node, join(LITTLE.header(0xa1b2c3d4, 0x24000001), LITTLE.record(1, 0, DATA)))
  assert.equal(read.packets[0]!.columns[0], 1)
})

test('pcapng is read in both byte orders, section by section, and unknown blocks are passed over', async () => {
  const section = (w: typeof LITTLE) =>
    join(
      w.section(),
      w.block(0x0bad, hex('aabb')),
      w.interface(1),
      w.interface(101, 3, w.resolution(9)),
      w.enhanced(0, 395812, 1345294336, DATA, 5, 99),
      w.enhanced(1, 395812, 1345294336, DATA),
      w.block(3, w.u32(5), DATA),
      w.block(2, w.u16(1), w.u16(0), w.u32(0), w.u32(1999), w.u32(5), w.u32(5), DATA),
    )
  const read = await capture(node, join(section(LITTLE), section(BIG)))
  const us = 395812 * 2 ** 32 + 1345294336
  const one = [
    [1, 99, us, 1],
    [101, 5, Math.floor(us / 1000), 2],
    [1, 5, Math.floor(us / 1000), 3],
    [101, 5, 1, 4],
  ]
  const two = one.map(([link, wire, time, count]) => [link, wire, time, count! + 4])
  assert.deepEqual(
    read.packets.map((packet) => packet.columns),
    [...one, ...two],
  )
  assert.deepEqual(texts(read), Array(8).fill('0102030405'))
  assert.deepEqual([read.rejects, read.failure], [[], undefined])
})

test('nanoseconds are divided exactly although they need more than 53 bits', async () => {
  const units = 1700000000_123456_999n
  const file = join(
    LITTLE.section(),
    LITTLE.interface(1, 0, LITTLE.resolution(9)),
    LITTLE.enhanced(0, Number(units >> 32n), Number(units & 0xffffffffn), DATA),
  )
  assert.equal((await capture(node, file)).packets[0]!.ts_us, 1700000000123456)
})

test('the time resolution of a pcapng interface may be any power of ten or two, and its offset is added', async () => {
  for (const [resolution, low, expected] of [
    [0, 7, 7_000_000],
    [3, 7, 7_000],
    [0x80 + 10, 1536, 1_500_000],
    [13, 12_000_000, 1],
    [0xff, 0xffffffff, 0],
  ] as const) {
    const file = join(
      BIG.section(),
      BIG.interface(1, 0, BIG.resolution(resolution), BIG.u16(14), BIG.u16(8), BIG.u32(0), BIG.u32(10)),
      BIG.enhanced(0, 0, low, DATA),
    )
    assert.equal((await capture(node, file)).packets[0]!.ts_us, expected + 10_000_000, `resolution ${resolution}`)
  }
})

test('whatever the size of the reads and batches, the packets are the same', async () => {
  const file = join(
    LITTLE.header(0xa1b2c3d4),
    ...Array.from({ length: 40 }, (_, i) => LITTLE.record(i, 0, new Uint8Array(i * 7).fill(i))),
  )
  const whole = await capture(node, file)
  assert.equal(whole.packets.length, 40)
  for (const chunk of [1, 3, 17, 1000]) {
    for (const waits of [false, true]) {
      const read = await capture(node, file, { chunk, waits, capacity: 7 })
      assert.deepEqual(read.packets, whole.packets)
    }
  }
})

test('an empty file, a short one and one that is no capture are refused with what to do', async () => {
  const refused = async (file: Uint8Array) => (await capture(node, file)).failure?.message ?? ''
  assert.match(
    await refused(hex('')),
    /^Capture file capture: at byte 0 the file is empty\. Give a pcap or pcapng file/,
  )
  assert.match(await refused(LITTLE.header(0xa1b2c3d4).subarray(0, 23)), /ends after 23 bytes, before its header does/)
  assert.match(await refused(new Uint8Array(Buffer.from('{"lacewing": 1}'))), /begins with 7b226c61, which is neither/)
  assert.match(await refused(hex('0a0d0d0a 0000001c 00000000')), /no byte-order magic/)
})

test('a file cut within a packet gives all packets before and rejects the last', async () => {
  const file = join(LITTLE.header(0xa1b2c3d4), LITTLE.record(1, 0, DATA), LITTLE.record(2, 0, DATA))
  for (let cut = 24 + 21 + 1; cut < file.length; cut++) {
    const read = await capture(node, file.subarray(0, cut))
    assert.deepEqual([texts(read), reasons(read), read.failure], [['0102030405'], ['PACKET_TRUNCATED'], undefined])
  }
  const pcapng = join(
    LITTLE.section(),
    LITTLE.interface(1),
    LITTLE.enhanced(0, 0, 1, DATA),
    LITTLE.enhanced(0, 0, 2, DATA),
  )
  for (let cut = pcapng.length - 39; cut < pcapng.length; cut++) {
    const read = await capture(node, pcapng.subarray(0, cut))
    assert.deepEqual([texts(read), reasons(read), read.failure], [['0102030405'], ['PACKET_TRUNCATED'], undefined])
  }
})

test('a packet larger than 256 KiB is skipped and counted; one that claims gigabytes ends the file after the good ones', async () => {
  const large = new Uint8Array(262_145)
  const skipped = await capture(
    node,
    join(LITTLE.header(0xa1b2c3d4), LITTLE.record(1, 0, large), LITTLE.record(2, 0, DATA)),
  )
  assert.deepEqual(
    [texts(skipped), reasons(skipped), skipped.failure],
    [['0102030405'], ['PACKET_TOO_LARGE'], undefined],
  )

  const bytes = join(LITTLE.header(0xa1b2c3d4), LITTLE.record(1, 0, DATA), LITTLE.record(2, 0, DATA, 0xffffffff))
  const hopeless = await capture(node, bytes)
  assert.deepEqual(texts(hopeless), ['0102030405'])
  assert.match(hopeless.failure!.message, /^Capture file capture: at byte 45 stands a packet of 4294967295 bytes/)
})

test('a captured length over the length on the wire is taken as it is', async () => {
  const read = await capture(node, join(LITTLE.header(0xa1b2c3d4), LITTLE.record(1, 0, DATA, 5, 2)))
  assert.deepEqual([texts(read), read.packets[0]!.columns[1]], [['0102030405'], 2])
})

test('false lengths within a pcapng block cost only that block', async () => {
  const good = LITTLE.enhanced(0, 0, 1, DATA)
  const wrongEnd = good.slice()
  wrongEnd[wrongEnd.length - 4] = 99
  const file = join(
    LITTLE.section(),
    good,
    LITTLE.interface(1),
    LITTLE.enhanced(0, 0, 1, DATA, 6_000),
    wrongEnd,
    LITTLE.enhanced(7, 0, 1, DATA),
    LITTLE.enhanced(0, 0xffffffff, 1, DATA),
    LITTLE.block(6),
    LITTLE.block(1),
    good,
    LITTLE.section(2),
    good,
  )
  const read = await capture(node, file)
  assert.deepEqual(texts(read), ['0102030405'])
  assert.deepEqual(reasons(read), [
    'PCAPNG_INTERFACE',
    'PCAPNG_BLOCK_LENGTH',
    'PCAPNG_BLOCK_LENGTH',
    'PCAPNG_INTERFACE',
    'PACKET_TIME',
    'PCAPNG_BLOCK_LENGTH',
    'PCAPNG_BLOCK_LENGTH',
    'PCAPNG_VERSION',
  ])
  assert.equal(read.failure, undefined)
})

test('a pcapng block length of 0, or not a multiple of 4, ends the file after the good packets', async () => {
  for (const length of [0, 4, 33]) {
    const file = join(
      LITTLE.section(),
      LITTLE.interface(1),
      LITTLE.enhanced(0, 0, 1, DATA),
      LITTLE.u32(6),
      LITTLE.u32(length),
      new Uint8Array(64),
    )
    const read = await capture(node, file)
    assert.deepEqual(texts(read), ['0102030405'])
    assert.match(read.failure!.message, new RegExp(`at byte 88 a pcapng block has a length of ${length} bytes`))
  }
})

test('options and unknown blocks that claim 4 GB make nothing grow', async () => {
  const option = join(LITTLE.u16(9), LITTLE.u16(0xffff))
  const unknown = join(LITTLE.u32(77), LITTLE.u32(0xfffffffc), DATA)
  const file = join(LITTLE.section(), LITTLE.interface(1, 0, option), LITTLE.enhanced(0, 0, 5, DATA), unknown)
  const read = await capture(node, file)
  assert.deepEqual(
    read.packets.map((packet) => packet.ts_us),
    [5],
  )
  assert.deepEqual(reasons(read), ['PACKET_TRUNCATED'])
})

test('a section remembers 65,536 interfaces and rejects further ones', async () => {
  const one = LITTLE.interface(1)
  const many = join(LITTLE.section(), ...Array.from({ length: 65_537 }, () => one), LITTLE.enhanced(65_535, 0, 1, DATA))
  const read = await capture(node, many)
  assert.deepEqual([texts(read), reasons(read)], [['0102030405'], ['PCAPNG_INTERFACE']])
})

test('a source that begins at a position gives exactly the packets after it', async () => {
  const wrong = LITTLE.record(3, 0, new Uint8Array(262_145))
  const file = join(
    LITTLE.header(0xa1b2c3d4),
    ...Array.from({ length: 9 }, (_, i) => join(LITTLE.record(i, 0, Uint8Array.of(i)), i === 3 ? wrong : hex(''))),
  )
  const whole = await capture(node, file)
  assert.equal(whole.rejects.length, 1)
  for (let most = 0; most <= 9; most++) {
    const first = await capture(node, file, { most, capacity: 2 })
    const rest = await capture(node, file, { capacity: 4 }, first.position)
    assert.deepEqual([...first.packets, ...rest.packets], whole.packets)
    assert.equal(first.rejects.length + rest.rejects.length, 1)
  }
})

test('a repeated file goes on forward in time, also from a position in a later round', async () => {
  const file = join(
    LITTLE.header(0xa1b2c3d4),
    LITTLE.record(10, 0, Uint8Array.of(1)),
    LITTLE.record(12, 0, Uint8Array.of(2)),
    LITTLE.record(11, 0, Uint8Array.of(3)),
  )
  const seconds = (read: Collected) => read.packets.map((packet) => packet.ts_us / 1e6)
  const options = { repeat: true }
  const read = await capture(node, file, { most: 8, capacity: 2, options })
  assert.deepEqual(seconds(read), [10, 12, 11, 13, 15, 14, 16, 18])
  assert.deepEqual(
    read.packets.map((packet) => packet.columns[3]),
    [1, 2, 3, 1, 2, 3, 1, 2],
  )
  const first = await capture(node, file, { most: 5, options })
  const rest = await capture(node, file, { most: 3, options }, first.position)
  assert.deepEqual([...seconds(first), ...seconds(rest)], seconds(read))
})

test('a file without packets can not be repeated', async () => {
  const read = await capture(node, LITTLE.header(0xa1b2c3d4), { options: { repeat: true } })
  assert.match(read.failure!.message, /holds no packet to repeat\. Set repeat to false\./)
})

test('a paced replay gives the packets at its rate, and does not rush after a stop', async () => {
  const file = join(
    LITTLE.header(0xa1b2c3d4),
    ...Array.from({ length: 30_000 }, (_, i) => LITTLE.record(i, 0, Uint8Array.of(i & 0xff))),
  )
  const clock = steppedClock()
  const collected = newCollected()
  const source = await node.open(
    { path: 'capture', repeat: false, rate_per_s: 500 } as never,
    {
      ...memoryFiles({ capture: file }),
      clock,
    },
    undefined,
  )
  const runUntil = async (end_ms: number) => {
    while (clock.time_ms < end_ms) await source.read(new CollectingBatch(collected, 1024))
    return collected.packets.length
  }
  const after_2_s = await runUntil(2000)
  assert.ok(Math.abs(after_2_s - 1000) <= 12, `${after_2_s} packets in 2 s`)
  clock.time_ms = 60_000
  const after_stop = (await runUntil(61_000)) - after_2_s
  assert.ok(Math.abs(after_stop - 500) <= 24, `${after_stop} packets in the second after the stop`)
  await source.close()
  assert.equal(await source.read(new CollectingBatch(collected, 1024)), false)
})
