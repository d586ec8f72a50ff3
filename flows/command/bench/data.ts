/** The files that the benchmarks read: made, repeated or cut, in pieces so that they may be larger than memory. */

import { open, readFile } from 'node:fs/promises'
import { InputError } from '../../../nodes/contract/capability.ts'
import { timestamp } from '../../examples/make-samples.ts'
import { eventLines } from './events.ts'

const PIECE_BYTES = 1024 * 1024
const LINE_FEED = 10
const PCAP_HEAD_BYTES = 24
const PACKET_HEAD_BYTES = 16
/** Lies between one pass of the capture and the next; the sample is a quarter of an hour long. */
const PASS_S = 1000
/** Micro- and nanosecond files, as they read in their own byte order. */
const LITTLE_MAGIC: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xa1b23c4d])
/** One record in so many goes to this port, and is what the flow over them writes when its client came before. */
export const MARK_EVERY = 1000
const MARK_PORT = 4444
/** A prime larger than any number of clients, and small enough that products stay exact. */
const KEY_STEP = 15_485_863
const KEYS_START_US = Date.UTC(2026, 2, 2, 9, 0, 0) * 1000
/** A hundred thousand a second. */
const KEYS_STEP_US = 10

/** An EVE file of so many generated events. */
export async function writeEvents(path: string, events: number, signal: AbortSignal): Promise<void> {
  await using file = await open(path, 'w')
  let piece = ''
  for (const line of eventLines(events)) {
    piece += line
    if (piece.length < PIECE_BYTES) continue
    await file.writeFile(piece, { signal })
    piece = ''
  }
  await file.writeFile(piece, { signal })
}

/**
 * A pcap file of so many packets: those of `sample`, over and over, each pass 1,000 seconds later.
 * @param sample a little-endian pcap file of whole packets.
 */
export async function writeCapture(path: string, sample: string, packets: number, signal: AbortSignal): Promise<void> {
  const bytes = await readFile(sample)
  const offsets = packetOffsets(bytes)
  const pass = bytes.subarray(PCAP_HEAD_BYTES)
  await using file = await open(path, 'w')
  await file.writeFile(bytes.subarray(0, PCAP_HEAD_BYTES))
  for (let left = packets; left > 0; left -= offsets.length) {
    const end = left < offsets.length ? offsets[left]! - PCAP_HEAD_BYTES : pass.length
    await file.writeFile(pass.subarray(0, end), { signal })
    for (const offset of offsets) bytes.writeUInt32LE(bytes.readUInt32LE(offset) + PASS_S, offset)
  }
}

/** Every event of a file with its number, from 0 on, as its first member `bench_index`. */
export async function writeNumbered(path: string, from: string, signal: AbortSignal): Promise<void> {
  await using input = await open(from)
  await using output = await open(path, 'w')
  let piece = ''
  let index = 0
  // Latin-1 gives each byte back as it was.
  for await (const line of input.readLines({ encoding: 'latin1', autoClose: false })) {
    piece += `{"bench_index":${index++},${line.slice(1)}\n`
    if (piece.length < PIECE_BYTES) continue
    await output.writeFile(piece, { encoding: 'latin1', signal })
    piece = ''
  }
  await output.writeFile(piece, { encoding: 'latin1', signal })
}

/** The lines of a file so many times over. */
export async function writeRepeated(path: string, from: string, times: number, signal: AbortSignal): Promise<void> {
  await using output = await open(path, 'w')
  const bytes = Buffer.allocUnsafe(PIECE_BYTES)
  for (let i = 0; i < times; i++) {
    await using input = await open(from)
    let last = LINE_FEED
    for (;;) {
      const { bytesRead } = await input.read(bytes)
      if (bytesRead === 0) break
      await output.writeFile(bytes.subarray(0, bytesRead), { signal })
      last = bytes[bytesRead - 1]!
    }
    if (last !== LINE_FEED) await output.writeFile('\n')
  }
}

/** Packets of the whole file, and of the part that was written. */
export interface PacketCounts {
  readonly all: number
  readonly written: number
}

/**
 * The first packets of a pcap file, a share of their number.
 * @throws InputError when it is no pcap file.
 */
export async function writeFirstPackets(path: string, from: string, share_ratio: number): Promise<PacketCounts> {
  await using input = await open(from)
  const head = Buffer.alloc(PCAP_HEAD_BYTES)
  await input.read(head, 0, PCAP_HEAD_BYTES, 0)
  const isLittle = LITTLE_MAGIC.has(head.readUInt32LE(0))
  if (!isLittle && !LITTLE_MAGIC.has(head.readUInt32BE(0))) {
    throw new InputError(`${from}: that is no pcap file. Give one; tcpdump -w writes them.`)
  }
  const { size } = await input.stat()
  /** Where each packet begins. */
  const offsets: number[] = []
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (let at = PCAP_HEAD_BYTES; at + PACKET_HEAD_BYTES <= size; ) {
    const { bytesRead } = await input.read(piece, 0, PIECE_BYTES, at)
    let i = 0
    while (i + PACKET_HEAD_BYTES <= bytesRead) {
      offsets.push(at + i)
      i += PACKET_HEAD_BYTES + (isLittle ? piece.readUInt32LE(i + 8) : piece.readUInt32BE(i + 8))
    }
    at += i
  }
  const written = Math.ceil(offsets.length * share_ratio)
  await using output = await open(path, 'w')
  const end = offsets[written] ?? size
  for (let at = 0; at < end; at += PIECE_BYTES) {
    const { bytesRead } = await input.read(piece, 0, Math.min(PIECE_BYTES, end - at), at)
    await output.writeFile(piece.subarray(0, bytesRead))
  }
  return { all: offsets.length, written }
}

/**
 * Small EVE records of as many clients as asked for, each as often as the others, in an order that looks like none:
 * client k of record i is i * KEY_STEP modulo the number of clients.
 */
export async function writeKeys(path: string, records: number, clients: number, signal: AbortSignal): Promise<void> {
  await using file = await open(path, 'w')
  let piece = ''
  for (let i = 0; i < records; i++) {
    const client = (i * KEY_STEP) % clients
    const address = `${10 + (client >>> 24)}.${(client >>> 16) & 255}.${(client >>> 8) & 255}.${client & 255}`
    const port = i % MARK_EVERY === 0 ? MARK_PORT : 443
    const ts = timestamp(KEYS_START_US + i * KEYS_STEP_US)
    piece += `{"timestamp":"${ts}","event_type":"flow","src_ip":"${address}","dest_port":${port}}\n`
    if (piece.length < PIECE_BYTES) continue
    await file.writeFile(piece, { signal })
    piece = ''
  }
  await file.writeFile(piece, { signal })
}

function packetOffsets(bytes: Buffer): number[] {
  const offsets: number[] = []
  for (let at = PCAP_HEAD_BYTES; at < bytes.length; at += PACKET_HEAD_BYTES + bytes.readUInt32LE(at + 8)) {
    offsets.push(at)
  }
  return offsets
}

/** The first whole lines of a file, about `share_ratio` of its bytes but one line at least. */
export async function writeFirstLines(path: string, from: string, share_ratio: number): Promise<void> {
  await using input = await open(from)
  await using output = await open(path, 'w')
  const { size } = await input.stat()
  const bytes = Buffer.allocUnsafe(PIECE_BYTES)
  let left = Math.ceil(size * share_ratio)
  for (;;) {
    const { bytesRead } = await input.read(bytes)
    const piece = bytes.subarray(0, bytesRead)
    const lineEnd = left <= bytesRead ? piece.indexOf(LINE_FEED, left - 1) : -1
    await output.writeFile(lineEnd === -1 ? piece : piece.subarray(0, lineEnd + 1))
    if (bytesRead === 0 || lineEnd !== -1) return
    left = Math.max(1, left - bytesRead)
  }
}
