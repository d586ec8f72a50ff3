/**
 * The fields of Suricata's EVE records (versions 7 and 8): names, kinds, units and what they say.
 *
 * It names what people filter and compute on. Suricata adds members with each release and by configuration, so every
 * object of a record is open (`eveOpen`): what is not named here passes through and can be read all the same. Lists hold
 * maps or plain values as said; their elements are read by index (`dns.answers[0].rdata`).
 */

import { type Fields, field } from '../contract/field.ts'
import { dnsFields } from './dns.ts'
import { eveProtocolFields, under } from './eve-protocols.ts'
import { endpointFields } from './packet.ts'

const { boolean, int64, integer, list, map, text } = field
const port = (help: string) => integer({ min: 0, max: 65535, help })
const count = (help: string) => integer({ min: 0, help })
const bytes = (help: string) => integer({ min: 0, unit: 'bytes', help })

/** What stands at the top of records of any type. */
const head = (): Fields => ({
  ...endpointFields,
  timestamp: text({ help: 'Time of the event, as `2026-11-22T05:11:56.123456+0000`.' }),
  flow_id: int64({ min: 0, help: 'Number of the conn, the same in all its records. Up to 64 bits, kept exact.' }),
  parent_id: int64({ min: 0, help: '`flow_id` of the conn that this one came out of, such as an FTP control conn.' }),
  community_id: text({ help: 'Community ID of the conn, such as `1:LCb/6pGLFkCuwDup7v+zxNzdkQo=`.' }),
  event_type: text({ help: 'What the record is: `alert`, `dns`, `tls`, `http`, `flow`, ...' }),
  in_iface: text({ help: 'Interface on which the packet came in.' }),
  host: text({ help: 'Name of the sensor, where configured.' }),
  direction: text({ help: '`to_server` or `to_client`.' }),
  pcap_cnt: integer({ min: 1, help: 'Number of the packet in the capture file, from 1.' }),
  pcap_filename: text({ help: 'The capture file that was read.' }),
  tx_id: count('Number of the transaction within the conn, from 0.'),
  ip_v: integer({ min: 4, max: 6, help: 'IP version, 4 or 6.' }),
  icmp_type: integer({ min: 0, max: 255, help: 'Type of ICMP or ICMPv6.' }),
  icmp_code: integer({ min: 0, max: 255, help: 'Code of ICMP or ICMPv6.' }),
  response_icmp_type: integer({ min: 0, max: 255, help: 'ICMP type of the answer.' }),
  response_icmp_code: integer({ min: 0, max: 255, help: 'ICMP code of the answer.' }),
  spi: integer({ min: 0, max: 4294967295, help: 'Security parameters index of ESP.' }),
  ether_type: integer({ min: 0, max: 65535, help: 'EtherType of a packet that is not IP.' }),
  app_proto: text({ help: 'Protocol that was recognised: `http`, `tls`, `dns`, ...; `failed` when none was.' }),
  app_proto_ts: text({ help: 'Protocol recognised towards the server, where it differs.' }),
  app_proto_tc: text({ help: 'Protocol recognised towards the client, where it differs.' }),
  app_proto_orig: text({ help: 'Protocol before the conn changed over, as with STARTTLS.' }),
  app_proto_expected: text({ help: 'Protocol that was expected after a change-over.' }),
  packet: text({ help: 'The packet in base64, where configured.' }),
  payload: text({ help: 'The payload in base64, where configured.' }),
  payload_printable: text({ help: 'The payload with a point for each byte that is not printable.' }),
  payload_length: bytes('Length of the payload of an alert.'),
  stream: integer({ min: 0, max: 1, help: '1 when `payload` is reassembled TCP.' }),
  log_level: text({ help: 'Severity of an engine message.' }),
  files: list({ help: 'Files of an alert: maps with the fields of `fileinfo`.' }),
  verdict: map({ help: 'What an inline sensor did with the packet.' }),
})

const packets = (): Fields => ({
  ...under('ether', {
    src_mac: text({ help: 'Source hardware address, as `00:0c:29:ab:cd:ef`.' }),
    dest_mac: text({ help: 'Destination hardware address.' }),
    src_macs: list({ help: 'Source hardware addresses seen on the conn.' }),
    dest_macs: list({ help: 'Destination hardware addresses seen on the conn.' }),
    ether_type: port('EtherType of the packet.'),
  }),
  ...under('packet_info', { linktype: integer({ min: 0, help: 'Link type number of `packet`; 1 is Ethernet.' }) }),
  ...under('tcp', {
    tcp_flags: text({ help: 'All TCP flags seen, as hexadecimal digits such as `1b`.' }),
    tcp_flags_ts: text({ help: 'TCP flags seen towards the server.' }),
    tcp_flags_tc: text({ help: 'TCP flags seen towards the client.' }),
    state: text({ help: 'State of the conn at its end: `established`, `closed`, ...' }),
    syn: boolean({ help: 'SYN was seen; missing when not.' }),
    fin: boolean({ help: 'FIN was seen; missing when not.' }),
    rst: boolean({ help: 'RST was seen; missing when not.' }),
    psh: boolean({ help: 'PSH was seen; missing when not.' }),
    ack: boolean({ help: 'ACK was seen; missing when not.' }),
    urg: boolean({ help: 'URG was seen; missing when not.' }),
    ecn: boolean({ help: 'ECE was seen; missing when not.' }),
    cwr: boolean({ help: 'CWR was seen; missing when not.' }),
    ts_gap: boolean({ help: 'Bytes towards the server were missed.' }),
    tc_gap: boolean({ help: 'Bytes towards the client were missed.' }),
    ts_max_regions: count('Most pieces that bytes towards the server were held in.'),
    tc_max_regions: count('Most pieces that bytes towards the client were held in.'),
  }),
  ...under('tunnel', {
    src_ip: text({ help: 'Source address of the tunnel.' }),
    src_port: port('Source port of the tunnel.'),
    dest_ip: text({ help: 'Destination address of the tunnel.' }),
    dest_port: port('Destination port of the tunnel.'),
    proto: text({ help: 'Protocol of the tunnel.' }),
    depth: count('How many tunnels the packet is in.'),
    pcap_cnt: integer({ min: 1, help: 'Number of the outer packet in the capture file.' }),
    pkt_src: text({ help: 'Where the outer packet came from.' }),
  }),
})

const conns = (): Fields => ({
  ...under('flow', {
    pkts_toserver: integer({ min: 0, unit: 'packets', help: 'Packets towards the server.' }),
    pkts_toclient: integer({ min: 0, unit: 'packets', help: 'Packets towards the client.' }),
    bytes_toserver: bytes('Bytes towards the server, link headers included.'),
    bytes_toclient: bytes('Bytes towards the client, link headers included.'),
    start: text({ help: 'Time of the first packet.' }),
    end: text({ help: 'Time of the last packet.' }),
    age: integer({ min: 0, unit: 's', help: 'Time from the first to the last packet.' }),
    state: text({ help: '`new`, `established`, `closed` or `bypassed`.' }),
    reason: text({ help: 'Why the conn was logged: `timeout`, `forced` or `shutdown`.' }),
    alerted: boolean({ help: 'Whether the conn raised an alert.' }),
    action: text({ help: '`drop` or `pass` when a rule decided for the whole conn.' }),
    bypass: text({ help: 'How the conn was bypassed: `local` or `capture`.' }),
    exception_policy: list({ help: 'Exception policies that were applied: maps with `target` and `policy`.' }),
    src_ip: text({ help: 'Address of the client, in records of single packets.' }),
    src_port: port('Port of the client, in records of single packets.'),
    dest_ip: text({ help: 'Address of the server, in records of single packets.' }),
    dest_port: port('Port of the server, in records of single packets.'),
    tx_cnt: count('Transactions that were parsed on the conn.'),
    'bypassed.pkts_toserver': integer({ min: 0, unit: 'packets', help: 'Bypassed packets towards the server.' }),
    'bypassed.pkts_toclient': integer({ min: 0, unit: 'packets', help: 'Bypassed packets towards the client.' }),
    'bypassed.bytes_toserver': bytes('Bypassed bytes towards the server.'),
    'bypassed.bytes_toclient': bytes('Bypassed bytes towards the client.'),
  }),
  ...under('netflow', {
    pkts: integer({ min: 0, unit: 'packets', help: 'Packets in one direction.' }),
    bytes: bytes('Bytes in one direction.'),
    start: text({ help: 'Time of the first packet.' }),
    end: text({ help: 'Time of the last packet.' }),
    age: integer({ min: 0, unit: 's', help: 'Time from the first to the last packet.' }),
    min_ttl: integer({ min: 0, max: 255, help: 'Smallest time to live.' }),
    max_ttl: integer({ min: 0, max: 255, help: 'Largest time to live.' }),
    tx_cnt: count('Transactions that were parsed.'),
  }),
})

const detection = (): Fields => ({
  ...under('alert', {
    action: text({ help: '`allowed` or `blocked`.' }),
    gid: count('Group of the rule; 1 for ordinary ones.'),
    signature_id: integer({ min: 0, max: 4294967295, help: 'Number of the rule (sid).' }),
    rev: count('Revision of the rule.'),
    signature: text({ help: 'Message of the rule.' }),
    category: text({ help: 'Class of the rule.' }),
    severity: integer({ min: 1, max: 255, help: 'Priority of the rule; 1 is the most severe.' }),
    rule: text({ help: 'Text of the rule, where configured.' }),
    tenant_id: count('Tenant whose rule it is.'),
    tx_guessed: boolean({ help: 'The transaction shown was guessed.' }),
    references: list({ help: 'References of the rule, as texts.' }),
    'source.ip': text({ help: 'Address of the attacker, for rules that know.' }),
    'source.port': port('Port of the attacker, for rules that know.'),
    'target.ip': text({ help: 'Address of the victim, for rules that know.' }),
    'target.port': port('Port of the victim, for rules that know.'),
    metadata: map({ help: 'Metadata of the rule: name to list of texts.' }),
    'metadata.attack_target': list({ help: 'What is attacked.' }),
    'metadata.confidence': list({ help: 'How far the rule is to be trusted.' }),
    'metadata.created_at': list({ help: 'When the rule was made.' }),
    'metadata.updated_at': list({ help: 'When the rule was changed.' }),
    'metadata.deployment': list({ help: 'Where the rule belongs.' }),
    'metadata.former_category': list({ help: 'Class before it was changed.' }),
    'metadata.malware_family': list({ help: 'Malware the rule is about.' }),
    'metadata.mitre_tactic_id': list({ help: 'MITRE ATT&CK tactics.' }),
    'metadata.mitre_technique_id': list({ help: 'MITRE ATT&CK techniques.' }),
    'metadata.signature_severity': list({ help: 'Severity by the maker of the rule.' }),
    'metadata.tag': list({ help: 'Tags.' }),
  }),
  xff: text({ help: 'Address of the client from X-Forwarded-For.' }),
  ...under('anomaly', {
    type: text({ help: '`decode`, `stream` or `applayer`.' }),
    event: text({ help: 'Name of the event.' }),
    code: count('Number of an event without a name.'),
    layer: text({ help: 'Where it was found: `proto_parser`, `proto_detect`.' }),
    app_proto: text({ help: 'Protocol that was parsed.' }),
  }),
  ...under('drop', {
    len: bytes('Length of the packet.'),
    tos: integer({ min: 0, max: 255, help: 'Type of service.' }),
    ttl: integer({ min: 0, max: 255, help: 'Time to live.' }),
    ipid: port('Identification of the IPv4 packet.'),
    tcpseq: integer({ min: 0, max: 4294967295, help: 'Sequence number.' }),
    tcpack: integer({ min: 0, max: 4294967295, help: 'Acknowledgement number.' }),
    tcpwin: port('TCP window.'),
    syn: boolean({ help: 'SYN flag.' }),
    ack: boolean({ help: 'ACK flag.' }),
    psh: boolean({ help: 'PSH flag.' }),
    rst: boolean({ help: 'RST flag.' }),
    urg: boolean({ help: 'URG flag.' }),
    fin: boolean({ help: 'FIN flag.' }),
    tcpres: count('Reserved bits of TCP.'),
    tcpurgp: port('Urgent pointer.'),
    udplen: bytes('Length of the UDP datagram.'),
    icmp_id: port('Identifier of ICMP echo.'),
    icmp_seq: port('Sequence number of ICMP echo.'),
    reason: text({ help: 'Why the packet was dropped.' }),
  }),
  ...under('metadata', {
    flowbits: list({ help: 'Flow bits that rules have set.' }),
    flowints: map({ help: 'Flow integers that rules have set.' }),
    flowvars: list({ help: 'Flow variables that rules have set: maps.' }),
    pktvars: list({ help: 'Packet variables that rules have set: maps.' }),
  }),
  ...under('fileinfo', {
    filename: text({ help: 'Name of the file, for HTTP the path of the URL.' }),
    size: bytes('Bytes of the file that were seen.'),
    start: bytes('Where a part begins in the file.'),
    end: bytes('Where a part ends in the file.'),
    magic: text({ help: 'What libmagic takes it for.' }),
    mimetype: text({ help: 'MIME type by its content.' }),
    state: text({ help: '`CLOSED`, `TRUNCATED`, `ERROR` or `UNKNOWN`.' }),
    stored: boolean({ help: 'Whether the file was kept.' }),
    storing: boolean({ help: 'Whether the file will be kept.' }),
    file_id: count('Number of the kept file.'),
    gaps: boolean({ help: 'Bytes are missing in between.' }),
    md5: text({ help: 'MD5, as hexadecimal digits.' }),
    sha1: text({ help: 'SHA-1, as hexadecimal digits.' }),
    sha256: text({ help: 'SHA-256, as hexadecimal digits.' }),
    sid: list({ help: 'Rules that kept the file.' }),
    tx_id: count('Transaction the file came in.'),
  }),
})

/** The counters people watch; all others are open. */
const stats = (): Fields =>
  under('stats', {
    uptime: integer({ min: 0, unit: 's', help: 'Since Suricata started.' }),
    'capture.kernel_packets': integer({ min: 0, unit: 'packets', help: 'Packets the kernel saw.' }),
    'capture.kernel_drops': integer({ min: 0, unit: 'packets', help: 'Packets lost before Suricata: blind spots.' }),
    'decoder.pkts': integer({ min: 0, unit: 'packets', help: 'Packets decoded.' }),
    'decoder.bytes': bytes('Bytes decoded.'),
    'decoder.invalid': integer({ min: 0, unit: 'packets', help: 'Packets that could not be decoded.' }),
    'decoder.ipv4': integer({ min: 0, unit: 'packets', help: 'IPv4 packets.' }),
    'decoder.ipv6': integer({ min: 0, unit: 'packets', help: 'IPv6 packets.' }),
    'decoder.tcp': integer({ min: 0, unit: 'packets', help: 'TCP packets.' }),
    'decoder.udp': integer({ min: 0, unit: 'packets', help: 'UDP packets.' }),
    'decoder.avg_pkt_size': bytes('Mean length of a packet.'),
    'decoder.max_pkt_size': bytes('Length of the longest packet.'),
    'detect.alert': count('Alerts raised.'),
    'detect.alert_queue_overflow': count('Alerts lost for want of room.'),
    'detect.alerts_suppressed': count('Alerts suppressed.'),
    'flow.total': count('Conns seen.'),
    'flow.active': count('Conns held.'),
    'flow.tcp': count('TCP conns seen.'),
    'flow.udp': count('UDP conns seen.'),
    'flow.memuse': bytes('Memory for conns.'),
    'flow.memcap': count('Conns refused for want of memory.'),
    'tcp.memuse': bytes('Memory for TCP.'),
    'tcp.reassembly_memuse': bytes('Memory for reassembly.'),
    'tcp.reassembly_gap': count('Gaps in reassembled TCP.'),
    'tcp.sessions': count('TCP conns tracked.'),
    'app_layer.flow': map({ help: 'Conns by protocol.' }),
    'app_layer.tx': map({ help: 'Transactions by protocol.' }),
  })

const engine = (): Fields =>
  under('engine', {
    error_code: count('Number of the error.'),
    error: text({ help: 'Name of the error.' }),
    message: text({ help: 'What Suricata says.' }),
    thread_name: text({ help: 'Thread that says it.' }),
    module: text({ help: 'Part of Suricata that says it.' }),
  })

let known: Fields | undefined

/** Made when first asked for: a flow that runs has no use for it, and it costs 10 ms. */
export function eveFields(): Fields {
  known ??= {
    ...head(),
    ...packets(),
    ...conns(),
    ...detection(),
    ...dnsFields,
    ...eveProtocolFields(),
    ...stats(),
    ...engine(),
  }
  return known
}

/** First segments under which a record may hold more than `eveFields` says: every object of EVE. */
export const eveOpen = (): readonly string[] => [
  ...new Set([
    ...Object.keys(eveFields())
      .filter((path) => path.includes('.'))
      .map((path) => path.slice(0, path.indexOf('.'))),
    ...[
      'arp',
      'bittorrent_dht',
      'dnp3',
      'doh2',
      'enip',
      'ethernet',
      'frame',
      'krb5',
      'ldap',
      'llmnr',
      'mdns',
      'modbus',
    ],
    ...[
      'nbns',
      'ntp',
      'pgsql',
      'pop3',
      'profinet',
      'rfb',
      'rpc',
      'suricata',
      'telnet',
      'template',
      'traffic',
      'verdict',
    ],
  ]),
]
