/**
 * Capture files as a state machine over a lent buffer: classic pcap (both byte orders, micro- and nanoseconds, the
 * "modified" form with longer record headers, the old forms with swapped lengths) and pcapng (sections of either byte
 * order; enhanced, simple and obsolete packet blocks; all other blocks passed over). It allocates nothing by a length
 * that the file claims, and must not know where the bytes come from or who takes the packets.
 *
 * Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */

/** What a step over the buffer came to. */
export const STEP = {
  /** The buffer holds no whole piece from `next` on: keep what follows and add more behind it. */
  more: 0,
  /** `packet_start` to `packet_end` of the buffer is a packet. */
  packet: 1,
  /** A piece that is no packet: `reason` and `detail` say why. */
  rejected: 2,
  /** Something that is neither packet nor wrong was passed over. */
  passed: 3,
  /** The file can't be read on: `detail` says where and why. */
  hopeless: 4,
  /** Only from `finish`: the file ended where a file may end. */
  ended: 5,
} as const
export type Step = (typeof STEP)[keyof typeof STEP]

/** The largest packet taken: the most that common capture tools write. */
export const PACKET_MAX_BYTES = 262_144
/** The largest pcapng block looked into: a packet and its options. */
const BLOCK_MAX_BYTES = PACKET_MAX_BYTES + 65_536
/** A buffer of this size always holds a whole piece, with room to spare for large reads. */
export const BUFFER_BYTES = 2 * BLOCK_MAX_BYTES
/** A packet that claims more than this is not skipped: its length is taken for false. */
const SKIP_MAX_BYTES = 16_777_216
/** Interfaces of one pcapng section that are remembered. */
const INTERFACES_MAX = 65_536

/** Classic pcap: the first four bytes in big-endian order, and what they say of the file. */
const CLASSIC: ReadonlyMap<number, Layout> = new Map([
  [0xa1b2c3d4, { little: false, nano: false, header_bytes: 16 }],
  [0xd4c3b2a1, { little: true, nano: false, header_bytes: 16 }],
  [0xa1b23c4d, { little: false, nano: true, header_bytes: 16 }],
  [0x4d3cb2a1, { little: true, nano: true, header_bytes: 16 }],
  [0xa1b2cd34, { little: false, nano: false, header_bytes: 24 }],
  [0x34cdb2a1, { little: true, nano: false, header_bytes: 24 }],
])
const CLASSIC_HEADER_BYTES = 24

const BLOCK = { section: 0x0a0d0d0a, interface: 1, obsolete: 2, simple: 3, enhanced: 6 } as const
const OPTION = { end: 0, tsresol: 9, tsoffset: 14 } as const
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const TWO_32 = 4_294_967_296

/** How an interface of a pcapng section counts time and frames packets. */
interface Interface {
  readonly link_type: number
  /** 0 is no limit. */
  readonly snap_bytes: number
  /** Decimal places of a second, or -1 where `units_per_s` must be used. */
  readonly decimals: number
  readonly units_per_s: bigint
  readonly offset_us: number
}

/** Of a classic record header: its byte order, the unit of its fraction of a second, its length. */
export interface Layout {
  readonly little: boolean
  readonly nano: boolean
  readonly header_bytes: number
}

export class PacketFile {
  /** Where in the buffer the next step begins. */
  next = 0
  packet_start = 0
  packet_end = 0
  /** Time of the packet, whole microseconds since 1970 UTC. */
  ts_us = 0
  wire_length = 0
  link_type = 0
  reason = ''
  detail = ''

  /** Place in the file of the byte at which the next step begins. */
  #offset = 0
  #form: 'unknown' | 'pcap' | 'pcapng' = 'unknown'
  /** Of a classic file. */
  #layout: Layout | undefined
  /** Of the section of a pcapng file. */
  #little = false
  #skip_bytes = 0
  /** The piece just before had a length hard to believe: one more such and the file is hopeless. */
  #isDoubtful = false
  /** Whether the two lengths of a classic record stand the other way round (files of before 1997). */
  #swapped: 'no' | 'yes' | 'maybe' = 'no'
  #interfaces: Interface[] = []
  #isSectionKnown = true

  /**
   * How the pieces from the next step on are laid out, where they are classic records without a catch; else undefined.
   * Who reads records of at most `PACKET_MAX_BYTES` by it, without steps, says so by `passed`.
   */
  get layout(): Layout | undefined {
    return this.#swapped === 'no' && this.#skip_bytes === 0 ? this.#layout : undefined
  }

  /** So many bytes of whole records were read without steps. */
  passed(bytes: number): void {
    this.#offset += bytes
    if (bytes > 0) this.#isDoubtful = false
  }

  /** Reads one piece of `view[at..end)`. The fields hold the result until the next step. */
  step(view: DataView, at: number, end: number): Step {
    const step = this.#step(view, at, end)
    this.#offset += this.next - at
    return step
  }

  /** What is left, `view[at..end)`, when no more bytes will come. Call it after `step` gave `more`. */
  finish(at: number, end: number): Step {
    const left = end - at
    this.next = end
    if (this.#form === 'unknown') {
      return this.#giveUp(
        left === 0
          ? 'the file is empty'
          : `the file ends after ${left} bytes, before its header does: a capture file has at least ${CLASSIC_HEADER_BYTES}`,
      )
    }
    if (this.#skip_bytes > 0 && this.#isDoubtful) {
      return this.#giveUp(`a length given before points ${this.#skip_bytes} bytes past the end of the file`)
    }
    if (left === 0 && this.#skip_bytes === 0) return STEP.ended
    return this.#reject('PACKET_TRUNCATED', `the file ends within a record, at byte ${this.#offset + left}`)
  }

  #step(view: DataView, at: number, end: number): Step {
    this.next = at
    if (this.#skip_bytes > 0) {
      const skipped = Math.min(this.#skip_bytes, end - at)
      this.#skip_bytes -= skipped
      this.next = at + skipped
      return this.#skip_bytes > 0 || skipped === 0 ? STEP.more : STEP.passed
    }
    if (this.#layout !== undefined) return this.#record(view, at, end, this.#layout)
    if (this.#form === 'pcapng') return this.#block(view, at, end)
    return this.#open(view, at, end)
  }

  #open(view: DataView, at: number, end: number): Step {
    if (end - at < 4) return STEP.more
    const magic = view.getUint32(at)
    if (magic === BLOCK.section) {
      this.#form = 'pcapng'
      return this.#block(view, at, end)
    }
    const classic = CLASSIC.get(magic)
    if (classic === undefined) {
      const hex = magic.toString(16).padStart(8, '0')
      return this.#giveUp(`the file begins with ${hex}, which is neither pcap nor pcapng`)
    }
    if (end - at < CLASSIC_HEADER_BYTES) return STEP.more
    const { little } = classic
    const major = view.getUint16(at + 4, little)
    const minor = view.getUint16(at + 6, little)
    this.#form = 'pcap'
    this.#layout = classic
    // Before version 2.3 the two lengths stood the other way round; 2.3 was written both ways.
    this.#swapped = major === 2 && minor < 3 ? 'yes' : major === 2 && minor === 3 ? 'maybe' : 'no'
    // The upper half holds the length of a frame check sequence.
    this.link_type = view.getUint32(at + 20, little) & 0xffff
    this.next = at + CLASSIC_HEADER_BYTES
    return STEP.passed
  }

  #record(view: DataView, at: number, end: number, { little, nano, header_bytes }: Layout): Step {
    if (end - at < header_bytes) return STEP.more
    let captured = view.getUint32(at + 8, little)
    let wire = view.getUint32(at + 12, little)
    if (this.#swapped === 'yes' || (this.#swapped === 'maybe' && captured > wire)) {
      const first = captured
      captured = wire
      wire = first
    }
    const start = at + header_bytes
    if (captured > PACKET_MAX_BYTES) {
      this.next = start
      return this.#doubt('PACKET_TOO_LARGE', `a packet of ${captured} bytes`, captured)
    }
    if (end - start < captured) return STEP.more
    const fraction = view.getUint32(at + 4, little)
    this.#isDoubtful = false
    this.ts_us = view.getUint32(at, little) * 1_000_000 + (nano ? Math.floor(fraction / 1000) : fraction)
    this.wire_length = wire
    this.packet_start = start
    this.packet_end = start + captured
    this.next = this.packet_end
    return STEP.packet
  }

  #block(view: DataView, at: number, end: number): Step {
    if (end - at < 12) return STEP.more
    const isSection = view.getUint32(at) === BLOCK.section
    if (isSection) {
      if (view.getUint32(at + 8, false) === BYTE_ORDER_MAGIC) this.#little = false
      else if (view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) this.#little = true
      else return this.#giveUp('a pcapng section header has no byte-order magic')
    }
    const little = this.#little
    const type = view.getUint32(at, little)
    const total = view.getUint32(at + 4, little)
    if (total < 12 || total % 4 !== 0) {
      return this.#giveUp(
        `a pcapng block has a length of ${total} bytes, which must be a multiple of 4 and at least 12`,
      )
    }
    const isWanted =
      isSection ||
      (this.#isSectionKnown &&
        (type === BLOCK.enhanced || type === BLOCK.simple || type === BLOCK.obsolete || type === BLOCK.interface))
    if (!isWanted) {
      this.#skip_bytes = total
      return this.#step(view, at, end)
    }
    if (total > BLOCK_MAX_BYTES) {
      return this.#doubt('PCAPNG_BLOCK_TOO_LARGE', `a pcapng block of ${total} bytes`, total)
    }
    if (end - at < total) return STEP.more
    const close = at + total - 4
    if (view.getUint32(close, little) !== total) {
      const detail = `a pcapng block of ${total} bytes that says ${view.getUint32(close, little)} at its end`
      return this.#doubt('PCAPNG_BLOCK_LENGTH', detail, total)
    }
    this.#isDoubtful = false
    this.next = at + total
    if (isSection) return this.#section(view, at, close)
    if (type === BLOCK.interface) return this.#interface(view, at, close)
    if (type === BLOCK.enhanced) return this.#timedPacket(view, at, close, view.getUint32(at + 8, little))
    if (type === BLOCK.obsolete) return this.#timedPacket(view, at, close, view.getUint16(at + 8, little))
    return this.#simplePacket(view, at, close)
  }

  #section(view: DataView, at: number, close: number): Step {
    this.#interfaces = []
    const major = close - at >= 24 ? view.getUint16(at + 12, this.#little) : 0
    this.#isSectionKnown = major === 1
    if (this.#isSectionKnown) return STEP.passed
    return this.#reject('PCAPNG_VERSION', `a pcapng section of version ${major}; only version 1 is known`)
  }

  #interface(view: DataView, at: number, close: number): Step {
    if (close - at < 16) return this.#reject('PCAPNG_BLOCK_LENGTH', 'an interface block shorter than its fields')
    if (this.#interfaces.length === INTERFACES_MAX) {
      return this.#reject('PCAPNG_INTERFACE', `more than ${INTERFACES_MAX} interfaces in a section`)
    }
    const little = this.#little
    let resolution = 6
    let offset_us = 0
    for (let i = at + 16; i + 4 <= close; ) {
      const code = view.getUint16(i, little)
      const length = view.getUint16(i + 2, little)
      i += 4
      if (code === OPTION.end || length > close - i) break
      if (code === OPTION.tsresol && length >= 1) resolution = view.getUint8(i)
      if (code === OPTION.tsoffset && length >= 8) offset_us = Number(view.getBigInt64(i, little)) * 1_000_000
      i += (length + 3) & ~3
    }
    const exponent = resolution & 0x7f
    const isDecimal = resolution < 0x80
    this.#interfaces.push({
      link_type: view.getUint16(at + 8, little),
      snap_bytes: view.getUint32(at + 12, little),
      decimals: isDecimal && exponent <= 12 ? exponent : -1,
      units_per_s: (isDecimal ? 10n : 2n) ** BigInt(exponent),
      offset_us,
    })
    return STEP.passed
  }

  /** Enhanced and obsolete packet blocks, which differ only in their interface number. */
  #timedPacket(view: DataView, at: number, close: number, number: number): Step {
    if (close - at < 28) return this.#reject('PCAPNG_BLOCK_LENGTH', 'a packet block shorter than its fields')
    const little = this.#little
    const from = this.#interfaces[number]
    if (from === undefined) return this.#reject('PCAPNG_INTERFACE', `no interface ${number} was described before`)
    const ts_us = timeOf(view.getUint32(at + 12, little), view.getUint32(at + 16, little), from)
    if (!(ts_us >= 0 && ts_us <= Number.MAX_SAFE_INTEGER)) {
      return this.#reject('PACKET_TIME', 'a time before 1970 or after 2255')
    }
    this.ts_us = ts_us
    return this.#frame(at + 28, close, view.getUint32(at + 20, little), view.getUint32(at + 24, little), from)
  }

  /** A simple packet block bears no time: the packet gets that of the packet before. */
  #simplePacket(view: DataView, at: number, close: number): Step {
    if (close - at < 12) return this.#reject('PCAPNG_BLOCK_LENGTH', 'a packet block shorter than its fields')
    const from = this.#interfaces[0]
    if (from === undefined) return this.#reject('PCAPNG_INTERFACE', 'no interface was described before')
    const wire = view.getUint32(at + 8, this.#little)
    const captured = from.snap_bytes === 0 ? wire : Math.min(wire, from.snap_bytes)
    // Some writers cut the packet without an interface limit; the block's own length tells.
    return this.#frame(at + 12, close, Math.min(captured, close - at - 12), wire, from)
  }

  #frame(start: number, close: number, captured: number, wire: number, from: Interface): Step {
    if (captured > close - start) {
      const detail = `a captured length of ${captured} bytes in a block with room for ${close - start}`
      return this.#reject('PCAPNG_BLOCK_LENGTH', detail)
    }
    if (captured > PACKET_MAX_BYTES) return this.#reject('PACKET_TOO_LARGE', `a packet of ${captured} bytes`)
    this.link_type = from.link_type
    this.wire_length = wire
    this.packet_start = start
    this.packet_end = start + captured
    return STEP.packet
  }

  #reject(reason: string, detail: string): Step {
    this.reason = reason
    this.detail = detail
    return STEP.rejected
  }

  /** Rejects a piece whose length may be false and goes on after `length` bytes; at the second in a row gives up. */
  #doubt(reason: string, detail: string, length: number): Step {
    if (this.#isDoubtful || length > SKIP_MAX_BYTES) return this.#giveUp(`stands ${detail}, which can't be right`)
    this.#isDoubtful = true
    this.#skip_bytes = length
    return this.#reject(reason, `${detail} at byte ${this.#offset}`)
  }

  #giveUp(why: string): Step {
    const fix =
      this.#form === 'unknown'
        ? 'Give a pcap or pcapng file, plain or compressed with gzip.'
        : 'All packets before were read; copy or capture the file anew to have the rest.'
    this.detail = `at byte ${this.#offset} ${why}. ${fix}`
    return STEP.hopeless
  }
}

/** A pcapng time in microseconds; exact wherever the result is a safe integer. */
function timeOf(high: number, low: number, from: Interface): number {
  const { decimals } = from
  if (decimals >= 0 && decimals <= 6) return (high * TWO_32 + low) * 10 ** (6 - decimals) + from.offset_us
  if (decimals > 6) {
    // Long division by halves: nanoseconds since 1970 need more than the 53 bits of a number.
    const divisor = 10 ** (decimals - 6)
    const quotient = Math.floor(high / divisor)
    return quotient * TWO_32 + Math.floor(((high % divisor) * TWO_32 + low) / divisor) + from.offset_us
  }
  const units = BigInt(high) * BigInt(TWO_32) + BigInt(low)
  return Number((units * 1_000_000n) / from.units_per_s) + from.offset_us
}
