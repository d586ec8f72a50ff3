/** The files that the benchmarks read: made, repeated or cut, in pieces so that they may be larger than memory. */

import { open, readFile } from 'node:fs/promises'
import { eventLines } from './bench-events.ts'

const PIECE_BYTES = 1024 * 1024
const LINE_FEED = 10
const PCAP_HEAD_BYTES = 24
const PACKET_HEAD_BYTES = 16
/** Lies between one pass of the capture and the next; the sample is a quarter of an hour long. */
const PASS_S = 1000

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
