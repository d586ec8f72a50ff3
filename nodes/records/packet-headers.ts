/**
 * Reads the headers of one captured packet: link, VLAN and MPLS tags, IPv4 or IPv6 with its extension headers, and the
 * first bytes of TCP, UDP, SCTP or ICMP. It notes where things stand and makes no text: `nodes/parse/packet.ts` makes
 * the fields of it. This file must not know of those.
 *
 * Bytes after the IP packet (padding, a frame check sequence) belong to nothing. A packet cut by the capture's snap
 * length is read as far as it goes; a packet that says it is longer than its frame is wrong.
 *
 * Sources: RFC 791, 8200, 768, 9293, 792, 4443, 9260, 3032, 2516, 1661; IEEE 802.1Q; LINKTYPE_ pages of tcpdump.org.
 */

/** Why a packet is no good; the empty text stands for a good one. */
export type HeaderFault = '' | 'PACKET_TRUNCATED' | 'PACKET_LENGTH' | 'PACKET_HEADER' | 'PACKET_NESTING' | 'LINK_TYPE'

/** VLAN tags, MPLS labels, or IPv6 extension headers in a row. Real traffic has 2, 4 and 3. */
const NESTING_MAX = 16

const LINK = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  raw: 12,
  raw_openbsd: 14,
  ppp_hdlc: 50,
  raw_ip: 101,
  cisco_hdlc: 104,
  loop: 108,
  sll: 113,
  ipv4: 228,
  ipv6: 229,
  sll2: 276,
} as const

const ETHER = { ipv4: 0x0800, ipv6: 0x86dd, mpls: 0x8847, mpls_multicast: 0x8848, pppoe: 0x8864, ppp: 0x880b } as const
const PPP = { ipv4: 0x0021, ipv6: 0x0057, mpls: 0x0281 } as const

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const
/** IPv6 extension headers that lead on to another header. */
const EXTENSION = {
  hop: 0,
  routing: 43,
  fragment: 44,
  auth: 51,
  options: 60,
  mobility: 135,
  hip: 139,
  shim6: 140,
} as const

/** Address families of BSD loopback headers that mean IPv6: the systems never agreed. */
const IPV6_FAMILIES: ReadonlySet<number> = new Set([10, 24, 28, 30])

/**
 * The headers of the packet read last; offsets are into `buffer`, which is lent. -1 stands for "not there".
 * One object serves all packets: read it before the next `read`.
 */
export class Headers {
  buffer: Uint8Array = new Uint8Array(0)
  /** Destination and source hardware address, 12 bytes. */
  ether_at = -1
  vlan_count = 0
  readonly vlans = new Uint16Array(NESTING_MAX)
  /** 4, 6, or 0 for a packet that is not IP: then nothing below holds. */
  version = 0
  src_at = 0
  dest_at = 0
  ttl = 0
  ip_length_bytes = 0
  protocol = 0
  isFragment = false
  fragment_offset_bytes = 0
  src_port = -1
  dest_port = -1
  tcp_at = -1
  icmp_at = -1
  /** What follows the last header understood. */
  payload_start = 0
  payload_end = 0

  #end = 0
  #isCut = false

  /** Reads `buffer[start..end)`, of which `wire_length` bytes were on the wire. Never throws, whatever the bytes. */
  read(link_type: number, buffer: Uint8Array, start: number, end: number, wire_length: number): HeaderFault {
    this.buffer = buffer
    this.ether_at = -1
    this.vlan_count = 0
    this.version = 0
    this.src_port = -1
    this.dest_port = -1
    this.tcp_at = -1
    this.icmp_at = -1
    this.isFragment = false
    this.fragment_offset_bytes = 0
    this.#end = end
    this.#isCut = wire_length > end - start
    switch (link_type) {
      case LINK.ethernet:
        if (end - start < 14) return 'PACKET_TRUNCATED'
        this.ether_at = start
        return this.#ether(this.#u16(start + 12), start + 14)
      case LINK.raw:
      case LINK.raw_openbsd:
      case LINK.raw_ip:
      case LINK.ipv4:
      case LINK.ipv6:
        return this.#bare(start)
      case LINK.sll:
        return end - start < 16 ? 'PACKET_TRUNCATED' : this.#ether(this.#u16(start + 14), start + 16)
      case LINK.sll2:
        return end - start < 20 ? 'PACKET_TRUNCATED' : this.#ether(this.#u16(start), start + 20)
      case LINK.null:
      case LINK.loop:
        return this.#loopback(start)
      case LINK.ppp:
      case LINK.ppp_hdlc:
        if (end - start < 4) return 'PACKET_TRUNCATED'
        // Address and control are often left out.
        return this.#ppp(this.#u16(start) === 0xff03 ? start + 2 : start)
      case LINK.cisco_hdlc:
        return end - start < 4 ? 'PACKET_TRUNCATED' : this.#ether(this.#u16(start + 2), start + 4)
      default:
        return 'LINK_TYPE'
    }
  }

  #u16(at: number): number {
    return (this.buffer[at]! << 8) | this.buffer[at + 1]!
  }

  #ether(first: number, first_at: number): HeaderFault {
    let type = first
    let at = first_at
    while (type === 0x8100 || type === 0x88a8 || type === 0x9100) {
      if (this.vlan_count === NESTING_MAX) return 'PACKET_NESTING'
      if (this.#end - at < 4) return 'PACKET_TRUNCATED'
      this.vlans[this.vlan_count++] = this.#u16(at) & 0x0fff
      type = this.#u16(at + 2)
      at += 4
    }
    if (type === ETHER.ipv4) return this.#ipv4(at)
    if (type === ETHER.ipv6) return this.#ipv6(at)
    if (type === ETHER.mpls || type === ETHER.mpls_multicast) return this.#mpls(at)
    if (type === ETHER.pppoe) return this.#end - at < 8 ? 'PACKET_TRUNCATED' : this.#ppp(at + 6)
    if (type === ETHER.ppp) return this.#end - at < 2 ? 'PACKET_TRUNCATED' : this.#ppp(at)
    return ''
  }

  #ppp(at: number): HeaderFault {
    // An odd first byte is a protocol number compressed to one byte.
    const isShort = (this.buffer[at]! & 1) === 1
    const protocol = isShort ? this.buffer[at]! : this.#u16(at)
    const next = at + (isShort ? 1 : 2)
    if (protocol === PPP.ipv4) return this.#ipv4(next)
    if (protocol === PPP.ipv6) return this.#ipv6(next)
    if (protocol === PPP.mpls) return this.#mpls(next)
    return ''
  }

  #mpls(at: number): HeaderFault {
    for (let depth = 0; depth < NESTING_MAX; depth++) {
      const label = at + 4 * depth
      if (this.#end - label < 4) return 'PACKET_TRUNCATED'
      const isLast = (this.buffer[label + 2]! & 1) === 1
      if (!isLast) continue
      // No field says what a label stack carries: a first half-byte of 4 or 6 means IP by custom.
      const version = label + 4 < this.#end ? this.buffer[label + 4]! >> 4 : 0
      if (version === 4) return this.#ipv4(label + 4)
      if (version === 6) return this.#ipv6(label + 4)
      return ''
    }
    return 'PACKET_NESTING'
  }

  #loopback(start: number): HeaderFault {
    if (this.#end - start < 4) return 'PACKET_TRUNCATED'
    // The family is in the byte order of whichever machine captured; it is small, so the other order shows.
    const high = this.#u16(start)
    const low = this.#u16(start + 2)
    const family = high === 0 ? low : ((high & 0xff) << 8) | (high >> 8)
    if (family === 2) return this.#ipv4(start + 4)
    if (IPV6_FAMILIES.has(family)) return this.#ipv6(start + 4)
    return ''
  }

  #bare(at: number): HeaderFault {
    if (this.#end === at) return 'PACKET_TRUNCATED'
    const version = this.buffer[at]! >> 4
    if (version === 4) return this.#ipv4(at)
    if (version === 6) return this.#ipv6(at)
    return 'PACKET_HEADER'
  }

  #ipv4(at: number): HeaderFault {
    const { buffer } = this
    if (this.#end - at < 20) return 'PACKET_TRUNCATED'
    const header_bytes = (buffer[at]! & 0x0f) * 4
    if (buffer[at]! >> 4 !== 4 || header_bytes < 20) return 'PACKET_HEADER'
    let total = this.#u16(at + 2)
    // Captured before the network card cut a large send into packets: the length is not filled in yet.
    if (total === 0) total = this.#end - at
    if (total < header_bytes) return 'PACKET_LENGTH'
    if (this.#end - at < header_bytes) return 'PACKET_TRUNCATED'
    const end = this.#limit(at + total)
    if (end < 0) return 'PACKET_LENGTH'
    const fragment = this.#u16(at + 6)
    this.version = 4
    this.ttl = buffer[at + 8]!
    this.src_at = at + 12
    this.dest_at = at + 16
    this.ip_length_bytes = total
    this.isFragment = (fragment & 0x3fff) !== 0
    this.fragment_offset_bytes = (fragment & 0x1fff) * 8
    return this.#transport(buffer[at + 9]!, at + header_bytes, end)
  }

  #ipv6(at: number): HeaderFault {
    const { buffer } = this
    if (this.#end - at < 40) return 'PACKET_TRUNCATED'
    if (buffer[at]! >> 4 !== 6) return 'PACKET_HEADER'
    const length = this.#u16(at + 4)
    // Zero stands for a jumbogram or a large send not cut yet.
    const total = length === 0 && buffer[at + 6] !== 59 ? this.#end - at : 40 + length
    const end = this.#limit(at + total)
    if (end < 0) return 'PACKET_LENGTH'
    this.version = 6
    this.ttl = buffer[at + 7]!
    this.src_at = at + 8
    this.dest_at = at + 24
    this.ip_length_bytes = total
    let protocol = buffer[at + 6]!
    let next = at + 40
    for (let depth = 0; depth < NESTING_MAX; depth++) {
      if (!isExtension(protocol)) return this.#transport(protocol, next, end)
      if (end - next < 8) return 'PACKET_TRUNCATED'
      let size = 8
      if (protocol === EXTENSION.fragment) {
        const fragment = this.#u16(next + 2)
        // A fragment that is the whole packet (RFC 6946) is none.
        this.isFragment = (fragment & 0xfff9) !== 0
        this.fragment_offset_bytes = fragment & 0xfff8
      } else if (protocol === EXTENSION.auth) size = (buffer[next + 1]! + 2) * 4
      else size = (buffer[next + 1]! + 1) * 8
      if (size > end - next) return this.#isCut ? 'PACKET_TRUNCATED' : 'PACKET_LENGTH'
      protocol = buffer[next]!
      next += size
      if (this.fragment_offset_bytes > 0) return this.#transport(protocol, next, end)
    }
    return 'PACKET_NESTING'
  }

  /** Where the IP packet ends in the buffer: less than it says when the capture cut it; -1 when it says too much. */
  #limit(end: number): number {
    if (end <= this.#end) return end
    return this.#isCut ? this.#end : -1
  }

  #transport(protocol: number, at: number, end: number): HeaderFault {
    const { buffer } = this
    this.protocol = protocol
    this.payload_start = at
    this.payload_end = end
    if (this.fragment_offset_bytes > 0) return ''
    const size = end - at
    switch (protocol) {
      case PROTOCOL.udp: {
        if (size < 8) return 'PACKET_TRUNCATED'
        const length = this.#u16(at + 4)
        if (length !== 0 && length < 8) return 'PACKET_LENGTH'
        if (length > size && !this.#isCut && !this.isFragment) return 'PACKET_LENGTH'
        this.payload_start = at + 8
        if (length !== 0 && length < size) this.payload_end = at + length
        break
      }
      case PROTOCOL.tcp: {
        if (size < 20) return 'PACKET_TRUNCATED'
        const header_bytes = (buffer[at + 12]! >> 4) * 4
        if (header_bytes < 20) return 'PACKET_HEADER'
        if (header_bytes > size) return this.#isCut || this.isFragment ? 'PACKET_TRUNCATED' : 'PACKET_LENGTH'
        this.tcp_at = at
        this.payload_start = at + header_bytes
        break
      }
      case PROTOCOL.sctp:
        if (size < 12) return 'PACKET_TRUNCATED'
        this.payload_start = at + 12
        break
      case PROTOCOL.icmp:
      case PROTOCOL.icmp6:
        if (size < 4) return 'PACKET_TRUNCATED'
        this.icmp_at = at
        this.payload_start = Math.min(at + 8, end)
        return ''
      default:
        return ''
    }
    this.src_port = this.#u16(at)
    this.dest_port = this.#u16(at + 2)
    return ''
  }
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case EXTENSION.hop:
    case EXTENSION.routing:
    case EXTENSION.fragment:
    case EXTENSION.auth:
    case EXTENSION.options:
    case EXTENSION.mobility:
    case EXTENSION.hip:
    case EXTENSION.shim6:
      return true
    default:
      return false
  }
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** Bytes in decimal, bare and with a point behind: half the cost of writing the numbers anew. */
const DECIMAL: readonly string[] = Array.from({ length: 256 }, (_, i) => String(i))
const DECIMAL_POINT: readonly string[] = DECIMAL.map((text) => `${text}.`)

/** IPv4 as `192.0.2.1`. */
export function ipv4Text(b: Uint8Array, at: number): string {
  return DECIMAL_POINT[b[at]!]! + DECIMAL_POINT[b[at + 1]!]! + DECIMAL_POINT[b[at + 2]!]! + DECIMAL[b[at + 3]!]!
}

/** IPv6 in full as Suricata writes it: `2001:0db8:0000:0000:0000:0000:0000:0001`. */
export function ipv6Text(b: Uint8Array, at: number): string {
  let text = `${HEX[b[at]!]}${HEX[b[at + 1]!]}`
  for (let i = at + 2; i < at + 16; i += 2) text += `:${HEX[b[i]!]}${HEX[b[i + 1]!]}`
  return text
}

/** A hardware address as `00:0c:29:ab:cd:ef`; any run of bytes in this form. */
export function colonHex(b: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += i === start ? HEX[b[i]!]! : `:${HEX[b[i]!]}`
  return text
}

/** One byte as two hexadecimal digits. */
export const byteHex = (byte: number): string => HEX[byte]!
