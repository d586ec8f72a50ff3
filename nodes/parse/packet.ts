/** parse.packet: the addresses, ports, flags and payload of captured packets. */

import { Slice, type Value } from '../contract/field.ts'
import { need, type RowOf } from '../contract/need.ts'
import { type Added, deriveNode, Reject } from '../contract/node.ts'
import { ipProtocolName } from '../records/ip-protocol.ts'
import { endpointFields, headerFields } from '../records/packet.ts'
import { byteHex, colonHex, type HeaderFault, Headers, ipv4Text, ipv6Text } from '../records/packet-headers.ts'
import { timestampText } from '../records/timestamp.ts'

const needs = {
  packet: need.field('packet', 'bytes'),
  link_type: need.field('link_type', 'integer'),
  wire_length: need.field('wire_length', 'integer'),
  ts_us: need.field('ts_us', 'integer'),
}
type Row = RowOf<typeof needs>

const rejects: Readonly<Record<Exclude<HeaderFault, ''>, string>> = {
  PACKET_TRUNCATED: 'The packet ends, or was cut by the capture, within a header.',
  PACKET_LENGTH: 'A length in a header contradicts the size of the packet.',
  PACKET_HEADER: 'A header is not of the version, or shorter than the least length, that it must have.',
  PACKET_NESTING: 'More than 16 VLAN tags, MPLS labels or IPv6 extension headers follow one another.',
  LINK_TYPE: 'The link type of the capture is not among those that can be read.',
}
const REJECT = Object.fromEntries(Object.keys(rejects).map((reason) => [reason, new Reject(reason)])) as Readonly<
  Record<Exclude<HeaderFault, ''>, Reject>
>

/** Both serve all packets: fields are read before the next packet is prepared. */
const headers = new Headers()
const payload = new Slice(headers.buffer, 0, 0)

const address = (h: Headers, at: number) =>
  h.version === 4 ? ipv4Text(h.buffer, at) : h.version === 6 ? ipv6Text(h.buffer, at) : null
const flag = (h: Headers, bit: number) => (h.tcp_at < 0 ? null : (h.buffer[h.tcp_at + 13]! & bit) !== 0)
const number = (n: number) => (n < 0 ? null : n)
const uint32 = (h: Headers, offset: number) => {
  if (h.tcp_at < 0) return null
  const at = h.tcp_at + offset
  const b = h.buffer
  return b[at]! * 16_777_216 + ((b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!)
}

function vlanIds(h: Headers): Value[] | null {
  if (h.vlan_count === 0) return null
  const ids: Value[] = []
  for (let i = 0; i < h.vlan_count; i++) ids.push(h.vlans[i]!)
  return ids
}

type From = Added<Row, Headers, unknown>['from']
/** How each field follows from the headers; the types are those of nodes/records/packet.ts. */
const froms: Readonly<Record<keyof typeof endpointFields | keyof typeof headerFields, From>> = {
  timestamp: (row) => timestampText(row.ts_us),
  vlan: (_row, _options, h) => vlanIds(h),
  src_ip: (_row, _options, h) => address(h, h.src_at),
  src_port: (_row, _options, h) => number(h.src_port),
  dest_ip: (_row, _options, h) => address(h, h.dest_at),
  dest_port: (_row, _options, h) => number(h.dest_port),
  proto: (_row, _options, h) => (h.version === 0 ? null : ipProtocolName(h.protocol)),
  pkt_src: () => 'wire/pcap',
  'ether.src_mac': (_row, _options, h) => (h.ether_at < 0 ? null : colonHex(h.buffer, h.ether_at + 6, h.ether_at + 12)),
  'ether.dest_mac': (_row, _options, h) => (h.ether_at < 0 ? null : colonHex(h.buffer, h.ether_at, h.ether_at + 6)),
  ip_v: (_row, _options, h) => (h.version === 0 ? null : h.version),
  ip_ttl: (_row, _options, h) => (h.version === 0 ? null : h.ttl),
  ip_length_bytes: (_row, _options, h) => (h.version === 0 ? null : h.ip_length_bytes),
  ip_fragment: (_row, _options, h) => (h.version === 0 ? null : h.isFragment),
  ip_fragment_offset_bytes: (_row, _options, h) => (h.isFragment ? h.fragment_offset_bytes : null),
  icmp_type: (_row, _options, h) => (h.icmp_at < 0 ? null : h.buffer[h.icmp_at]!),
  icmp_code: (_row, _options, h) => (h.icmp_at < 0 ? null : h.buffer[h.icmp_at + 1]!),
  'tcp.tcp_flags': (_row, _options, h) => (h.tcp_at < 0 ? null : byteHex(h.buffer[h.tcp_at + 13]!)),
  'tcp.fin': (_row, _options, h) => flag(h, 0x01),
  'tcp.syn': (_row, _options, h) => flag(h, 0x02),
  'tcp.rst': (_row, _options, h) => flag(h, 0x04),
  'tcp.psh': (_row, _options, h) => flag(h, 0x08),
  'tcp.ack': (_row, _options, h) => flag(h, 0x10),
  'tcp.urg': (_row, _options, h) => flag(h, 0x20),
  'tcp.seq': (_row, _options, h) => uint32(h, 4),
  'tcp.ack_seq': (_row, _options, h) => uint32(h, 8),
  'tcp.window': (_row, _options, h) =>
    h.tcp_at < 0 ? null : (h.buffer[h.tcp_at + 14]! << 8) | h.buffer[h.tcp_at + 15]!,
  payload: (_row, _options, h) => {
    if (h.version === 0) return null
    payload.buffer = h.buffer
    payload.start = h.payload_start
    payload.end = h.payload_end
    return payload
  },
  payload_length_bytes: (_row, _options, h) => (h.version === 0 ? null : h.payload_end - h.payload_start),
}

const types = { ...endpointFields, ...headerFields }
const adds = Object.fromEntries(
  Object.entries(types).map(([path, type]) => [path, { type, from: froms[path as keyof typeof types] }]),
)

export default deriveNode({
  type: 'parse.packet',
  version: 1,
  title: 'Packet headers',
  help: 'Addresses, ports, flags and payload of captured packets. Reads Ethernet with VLAN tags, MPLS and PPPoE, Linux cooked captures, BSD loopback, PPP and raw IP; IPv4 and IPv6; TCP, UDP, SCTP and ICMP. A packet that is not IP passes with empty fields. Fragments are not put together: the first one has ports, the others have none.',
  icon: 'network',
  addsTo: 'record',
  options: {},
  rejects,
  needs,
  adds,
  prepare: (row) => {
    const { packet } = row
    const fault = headers.read(row.link_type, packet.buffer, packet.start, packet.end, row.wire_length)
    return fault === '' ? headers : REJECT[fault]
  },
})
