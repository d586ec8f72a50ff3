/**
 * The fields of a packet record: what a capture yields and what reading its headers adds. Names that Suricata's EVE
 * has are EVE's. This file must not know how packets are captured or parsed.
 */

import { type Fields, field } from '../contract/field.ts'

/** What comes with each captured packet. `packet` is the window, the others are columns. */
export const captureFields = {
  packet: field.bytes({ help: 'The captured bytes, from the first byte of the link header.' }),
  link_type: field.integer({ min: 0, max: 65535, help: 'LINKTYPE number of the link header; 1 is Ethernet.' }),
  wire_length: field.integer({ unit: 'bytes', min: 0, help: 'Length on the wire; more than captured when cut.' }),
  ts_us: field.integer({ unit: 'us', min: 0, help: 'Time of capture, since 1970 UTC.' }),
  pcap_cnt: field.integer({ min: 1, help: 'Number of the packet in its file, from 1.' }),
  pcap_filename: field.text({ help: 'The file it was read from, where the capture was told to say so.' }),
} as const satisfies Fields

/** Who talks to whom: shared by every record made from packets. */
export const endpointFields = {
  timestamp: field.text({ help: 'Time of capture, as `2026-11-22T05:11:56.123456+0000`.' }),
  vlan: field.list({ help: 'VLAN ids, outermost first.' }),
  src_ip: field.text({ help: 'Source address; IPv6 in full, lower case, 8 groups of 4 digits.' }),
  src_port: field.integer({ min: 0, max: 65535, help: 'Source port of TCP, UDP or SCTP.' }),
  dest_ip: field.text({ help: 'Destination address, written as `src_ip`.' }),
  dest_port: field.integer({ min: 0, max: 65535, help: 'Destination port of TCP, UDP or SCTP.' }),
  proto: field.text({ help: 'IP protocol: `TCP`, `UDP`, `ICMP`, `IPv6-ICMP`, ... or its number in three digits.' }),
  pkt_src: field.text({ help: 'How the packet came to be: `wire/pcap` for one as captured.' }),
} as const satisfies Fields

/** What only the headers of one packet tell. */
export const headerFields = {
  'ether.src_mac': field.text({ help: 'Source hardware address, as `00:0c:29:ab:cd:ef`.' }),
  'ether.dest_mac': field.text({ help: 'Destination hardware address.' }),
  ip_v: field.integer({ min: 4, max: 6, help: 'IP version, 4 or 6.' }),
  ip_ttl: field.integer({ min: 0, max: 255, help: 'Time to live, or hop limit of IPv6.' }),
  ip_length_bytes: field.integer({ unit: 'bytes', min: 0, help: 'Length of the IP packet, headers included.' }),
  ip_fragment: field.boolean({ help: 'True for a fragment. Only the first fragment has ports.' }),
  ip_fragment_offset_bytes: field.integer({ unit: 'bytes', min: 0, max: 65528, help: 'Place of a fragment.' }),
  icmp_type: field.integer({ min: 0, max: 255, help: 'Type of ICMP and ICMPv6.' }),
  icmp_code: field.integer({ min: 0, max: 255, help: 'Code of ICMP and ICMPv6.' }),
  'tcp.tcp_flags': field.text({ help: 'TCP flags as two hexadecimal digits, such as `18`.' }),
  'tcp.fin': field.boolean({ help: 'FIN flag.' }),
  'tcp.syn': field.boolean({ help: 'SYN flag.' }),
  'tcp.rst': field.boolean({ help: 'RST flag.' }),
  'tcp.psh': field.boolean({ help: 'PSH flag.' }),
  'tcp.ack': field.boolean({ help: 'ACK flag.' }),
  'tcp.urg': field.boolean({ help: 'URG flag.' }),
  'tcp.seq': field.integer({ min: 0, max: 4294967295, help: 'Sequence number.' }),
  'tcp.ack_seq': field.integer({ min: 0, max: 4294967295, help: 'Acknowledgement number.' }),
  'tcp.window': field.integer({ min: 0, max: 65535, help: 'Window as sent, not scaled.' }),
  payload: field.bytes({ help: 'Bytes after the TCP, UDP or ICMP header, as far as captured.' }),
  payload_length_bytes: field.integer({ unit: 'bytes', min: 0, help: 'Length of `payload`.' }),
} as const satisfies Fields
