/** Random captures: frames that come by most, as they are or damaged, in each form of file. */

import fc from 'fast-check'
import { hex } from './fakes.ts'

const ETHERNET = '00305400345600e0ed016ebd'
const UDP = '1388 0035 000c 0000 61626364'
const TCP = '01bb c350 00000001 00000002 50 18 ffff 0000 0000 616263'
const NAME = '01 78 06 71 7a 78 6b 76 6a 02 64 65 00 0001 0001'
const QUESTION = `abcd 0100 0001 0000 0000 0000 ${NAME}`
const ANSWER = `abcd 8180 0001 0001 0000 0000 ${NAME} c00c 0001 0001 0000003c 0004 c0000201`
export const FRAMES = [
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
  `${ETHERNET} 0800 45 00 0039 0000 0000 40 11 0000 0a000001 0a000002 1388 0035 0025 0000 ${QUESTION}`,
  `${ETHERNET} 0800 45 00 0049 0000 0000 40 11 0000 0a000002 0a000001 0035 1388 0035 0000 ${ANSWER}`,
].map(hex)

export interface Packet {
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

export function classic(packets: readonly Packet[], link: number, little: boolean): Uint8Array {
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
export function pcapng(packets: readonly Packet[], link: number): Uint8Array {
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
export const captureFile = fc
  .record({ packets: fc.array(packet, { minLength: 1, maxLength: 20 }), link, form: fc.constantFrom('be', 'le', 'ng') })
  .map(({ packets, link, form }) => (form === 'ng' ? pcapng(packets, link) : classic(packets, link, form === 'le')))
