/**
 * A capture as a sensor at the edge of a network sees it, for the benchmarks: of 100 packets about 4 are DNS, 52 TLS,
 * 22 HTTP, 12 QUIC and other UDP, 6 bare acknowledgements and 4 ICMP; one in five is IPv6, one in eight bears a VLAN tag.
 * Frames have 60 to 1,400 bytes, 270 on average. One DNS query in a hundred asks for a generated name.
 *
 * All of it is invented; the same seed gives the same bytes. Of the checksums only that of the IPv4 header is filled in:
 * networks whose cards compute the others show them so too, and nothing measured here looks at them.
 */

import { open } from 'node:fs/promises'
import { Dice, hostName, letters } from '../../examples/make-samples.ts'

const SEED = 20_260_305
const START_S = Date.UTC(2026, 2, 2, 9, 0, 0) / 1000
/** Mean distance of packets: about 20,000 a second. */
const STEP_US = 100
const PIECE_BYTES = 1024 * 1024
const FRAME_MAX_BYTES = 1514
const FRAME_MIN_BYTES = 60
const PACKET_HEAD_BYTES = 16
/** Payloads are cut out of one piece of noise. */
const NOISE_BYTES = 65_536

const TCP = 6
const UDP = 17
const ICMP = { 4: 1, 6: 58 } as const

interface Kind {
  readonly share: number
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  readonly port: number
  /** Writes the payload and gives its length. */
  readonly payload: (dice: Dice, frame: Buffer, at: number, noise: Buffer) => number
}

/** Payload bytes from the noise after some of its own; small, middle and full packets as they are on networks. */
const withHead = (head: Buffer) => (dice: Dice, frame: Buffer, at: number, noise: Buffer) => {
  const sizes = [90, 200, 200, 500, 1300]
  const length = 20 + dice.roll(dice.pick(sizes))
  const from = dice.roll(NOISE_BYTES - length)
  noise.copy(frame, at, from, from + length)
  head.copy(frame, at, 0, Math.min(head.length, length))
  return length
}

const TLS_RECORD = Buffer.from([23, 3, 3, 4, 0])
const HTTP_RESPONSE = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n')
const QUIC_SHORT = Buffer.from([0x40])
const PING = Buffer.from([8, 0, 0, 0])

const KINDS: readonly Kind[] = [
  { share: 4, protocol: 'udp', port: 53, payload: dnsQuery },
  { share: 52, protocol: 'tcp', port: 443, payload: withHead(TLS_RECORD) },
  { share: 22, protocol: 'tcp', port: 80, payload: withHead(HTTP_RESPONSE) },
  { share: 12, protocol: 'udp', port: 443, payload: withHead(QUIC_SHORT) },
  { share: 6, protocol: 'tcp', port: 443, payload: () => 0 },
  { share: 4, protocol: 'icmp', port: 0, payload: withHead(PING) },
]
const DRAW = KINDS.flatMap((kind) => Array.from({ length: kind.share }, () => kind))

/** A little-endian pcap file of so many Ethernet frames. */
export async function writeMixedCapture(path: string, packets: number, signal: AbortSignal): Promise<void> {
  const dice = new Dice(SEED)
  const noise = Buffer.from(Uint8Array.from({ length: NOISE_BYTES }, () => dice.roll(256)))
  await using file = await open(path, 'w')
  await file.writeFile(pcapHead())
  const piece = Buffer.alloc(PIECE_BYTES + PACKET_HEAD_BYTES + FRAME_MAX_BYTES)
  let end = 0
  let ts_us = 0
  for (let i = 0; i < packets; i++) {
    ts_us += dice.roll(2 * STEP_US)
    const frame = piece.subarray(end + PACKET_HEAD_BYTES)
    const length = Math.max(FRAME_MIN_BYTES, writeFrame(frame, dice, noise))
    piece.writeUInt32LE(START_S + Math.floor(ts_us / 1e6), end)
    piece.writeUInt32LE(ts_us % 1e6, end + 4)
    piece.writeUInt32LE(length, end + 8)
    piece.writeUInt32LE(length, end + 12)
    end += PACKET_HEAD_BYTES + length
    if (end < PIECE_BYTES) continue
    await file.writeFile(piece.subarray(0, end), { signal })
    piece.fill(0)
    end = 0
  }
  await file.writeFile(piece.subarray(0, end), { signal })
}

function pcapHead(): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(262_144, 16)
  head.writeUInt32LE(1, 20)
  return head
}

/** Ethernet, a VLAN tag or none, IPv4 or IPv6, then what the kind asks for. Gives the length; `frame` is zeroes before. */
function writeFrame(frame: Buffer, dice: Dice, noise: Buffer): number {
  const kind = dice.pick(DRAW)
  const version = dice.roll(5) === 0 ? 6 : 4
  const isReply = kind.port !== 53 && dice.roll(2) === 0
  const client = dice.roll(320)
  const server = dice.roll(250)
  frame.writeUInt32BE(0x02000000, 0)
  frame.writeUInt32BE(0x02000000 + client, 8)
  let at = 12
  if (dice.roll(8) === 0) {
    frame.writeUInt16BE(0x8100, at)
    frame.writeUInt16BE(1 + dice.roll(40), at + 2)
    at += 4
  }
  frame.writeUInt16BE(version === 6 ? 0x86dd : 0x0800, at)
  const ip = at + 2
  const transport = ip + (version === 6 ? 40 : 20)
  const ports = isReply ? [kind.port, 49_152 + client] : [49_152 + client, kind.port]
  const payload = transport + { tcp: 20, udp: 8, icmp: 0 }[kind.protocol]
  const room = frame.subarray(0, FRAME_MAX_BYTES)
  const end = payload + kind.payload(dice, room, payload, noise)
  if (kind.protocol !== 'icmp') {
    frame.writeUInt16BE(ports[0]!, transport)
    frame.writeUInt16BE(ports[1]!, transport + 2)
  }
  if (kind.protocol === 'udp') frame.writeUInt16BE(end - transport, transport + 4)
  if (kind.protocol === 'tcp') {
    frame.writeUInt32BE(dice.roll(2 ** 31), transport + 4)
    frame.writeUInt32BE(dice.roll(2 ** 31), transport + 8)
    frame.writeUInt16BE(0x5018, transport + 12)
    frame.writeUInt16BE(501, transport + 14)
  }
  const protocol = { tcp: TCP, udp: UDP, icmp: ICMP[version] }[kind.protocol]
  const [from, to] = isReply ? [server, client] : [client, server]
  if (version === 6) writeIpv6(frame, ip, protocol, end - transport, from, to)
  else writeIpv4(frame, ip, protocol, end - ip, from, to)
  return end
}

/** RFC 791, with its checksum. */
function writeIpv4(frame: Buffer, at: number, protocol: number, length: number, from: number, to: number): void {
  frame[at] = 0x45
  frame.writeUInt16BE(length, at + 2)
  frame[at + 8] = 64
  frame[at + 9] = protocol
  frame.writeUInt32BE(0x0a140000 + from, at + 12)
  frame.writeUInt32BE(0xc6336400 + to, at + 16)
  let sum = 0
  for (let i = 0; i < 20; i += 2) sum += frame.readUInt16BE(at + i)
  sum = (sum & 0xffff) + (sum >>> 16)
  frame.writeUInt16BE(~(sum + (sum >>> 16)) & 0xffff, at + 10)
}

/** RFC 8200, without extensions. */
function writeIpv6(frame: Buffer, at: number, protocol: number, length: number, from: number, to: number): void {
  frame.writeUInt32BE(0x60000000, at)
  frame.writeUInt16BE(length, at + 4)
  frame[at + 6] = protocol
  frame[at + 7] = 64
  for (const [place, host] of [
    [at + 8, from],
    [at + 24, to],
  ] as const) {
    frame.writeUInt32BE(0x20010db8, place)
    frame.writeUInt32BE(host, place + 12)
  }
}

/** RFC 1035: one question, type A. */
function dnsQuery(dice: Dice, frame: Buffer, at: number): number {
  const name = dice.roll(100) === 0 ? letters(dice) : hostName(dice)
  frame.writeUInt16BE(dice.roll(65_536), at)
  frame.writeUInt16BE(0x0100, at + 2)
  frame.writeUInt16BE(1, at + 4)
  let end = at + 12
  for (const label of name.split('.')) {
    frame[end] = label.length
    frame.write(label, end + 1, 'latin1')
    end += 1 + label.length
  }
  frame[end] = 0
  frame.writeUInt16BE(1, end + 1)
  frame.writeUInt16BE(1, end + 3)
  return end + 5 - at
}
