import assert from 'node:assert/strict'
import test from 'node:test'
import type { Value } from '../../nodes/contract/field.ts'
import { ipProtocolName } from '../../nodes/records/ip-protocol.ts'
import { ethernet, parsePacket, plain } from './decode.ts'
import { hex } from './fakes.ts'

const MACS = '00305400345600e0ed016ebd'
// 192.0.2.1:5000 to 198.51.100.7:53, UDP, 4 bytes of payload
const IPV4_UDP = '45000020 00010000 40110000 c0000201 c6336407' + '1388 0035 000c 0000 deadbeef'
const IPV6 = (next: string, length: string) =>
  `60000000 ${length} ${next} 3f 20010db8000000000000000000000001 fe80000000000000000000000000abcd`
const UDP = '1388 0035 000c 0000 deadbeef'

/** The fields that are there, as plain values; or the reason of the reject. */
function fieldsOf(text: string, link_type = 1, wire_length?: number): Record<string, unknown> | string {
  const bytes = hex(text)
  const parsed = parsePacket({ bytes, ts_us: 0, columns: [link_type, wire_length ?? bytes.length, 0, 1] })
  if (typeof parsed === 'string') return parsed
  const there = [...parsed].filter(([, value]) => value !== null) as [string, Value][]
  return Object.fromEntries(there.map(([path, value]) => [path, plain(value)]))
}
/** Some of the fields. */
function some(text: string, names: string, link_type = 1, wire_length?: number): unknown[] | string {
  const fields = fieldsOf(text, link_type, wire_length)
  return typeof fields === 'string' ? fields : names.split(' ').map((name) => fields[name] ?? null)
}
const ENDPOINTS = 'src_ip src_port dest_ip dest_port proto payload'
const EXPECTED = ['192.0.2.1', 5000, '198.51.100.7', 53, 'UDP', 'deadbeef']

test('a UDP packet over IPv4 gives its addresses, ports, lengths and payload', () => {
  assert.deepEqual(fieldsOf(`${MACS} 0800 ${IPV4_UDP}`), {
    pcap_cnt: 1,
    timestamp: '1970-01-01T00:00:00.000000+0000',
    src_ip: '192.0.2.1',
    src_port: 5000,
    dest_ip: '198.51.100.7',
    dest_port: 53,
    proto: 'UDP',
    pkt_src: 'wire/pcap',
    'ether.src_mac': '00:e0:ed:01:6e:bd',
    'ether.dest_mac': '00:30:54:00:34:56',
    ip_v: 4,
    ip_ttl: 64,
    ip_length_bytes: 32,
    ip_fragment: false,
    payload: 'deadbeef',
    payload_length_bytes: 4,
  })
})

test('each supported link type leads to the same IP packet', () => {
  const links: [number, string][] = [
    [0, '02000000'],
    [0, '00000002'],
    [1, `${MACS} 0800`],
    [9, '0021'],
    [9, 'ff03 0021'],
    [12, ''],
    [14, ''],
    [50, 'ff03 21'],
    [101, ''],
    [104, '0f00 0800'],
    [108, '00000002'],
    [113, '0000 0001 0006 00e0ed016ebd0000 0800'],
    [228, ''],
    [276, '0800 0000 00000001 0001 00 06 00e0ed016ebd0000'],
  ]
  for (const [link, header] of links)
    assert.deepEqual(some(`${header} ${IPV4_UDP}`, ENDPOINTS, link), EXPECTED, `${link}`)
  const expected = ['2001:0db8:0000:0000:0000:0000:0000:0001', 'fe80:0000:0000:0000:0000:0000:0000:abcd', 6]
  for (const [link, header] of [
    [0, '1e000000'],
    [9, '0057'],
    [101, ''],
    [229, ''],
    [1, `${MACS} 86dd`],
  ] as const) {
    assert.deepEqual(some(`${header} ${IPV6('11', '000c')} ${UDP}`, 'src_ip dest_ip ip_v', link), expected)
  }
  assert.equal(some(IPV4_UDP, ENDPOINTS, 147), 'LINK_TYPE')
})

test('VLAN tags, MPLS labels and PPPoE are read through, and 17 tags are refused', () => {
  assert.deepEqual(some(`${MACS} 88a8 0064 8100 e00c 0800 ${IPV4_UDP}`, `vlan ${ENDPOINTS}`), [[100, 12], ...EXPECTED])
  assert.deepEqual(some(`${MACS} 8847 00010040 00011140 ${IPV4_UDP}`, ENDPOINTS), EXPECTED)
  assert.deepEqual(some(`${MACS} 8864 1100 0001 0022 0021 ${IPV4_UDP}`, ENDPOINTS), EXPECTED)
  const tags = (count: number) => `${MACS} ${'8100 0001'.repeat(count)} 0800 ${IPV4_UDP}`
  assert.deepEqual(some(tags(16), ENDPOINTS), EXPECTED)
  assert.equal(some(tags(17), ENDPOINTS), 'PACKET_NESTING')
  assert.equal(some(`${MACS} 8847 ${'00010040'.repeat(17)} ${IPV4_UDP}`, ENDPOINTS), 'PACKET_NESTING')
})

test('a packet that is not IP passes without addresses', () => {
  const arp = `${MACS} 0806 0001 0800 0604 0001 00e0ed016ebd c0000201 000000000000 c0000202`
  assert.deepEqual(fieldsOf(arp), {
    pcap_cnt: 1,
    timestamp: '1970-01-01T00:00:00.000000+0000',
    pkt_src: 'wire/pcap',
    'ether.src_mac': '00:e0:ed:01:6e:bd',
    'ether.dest_mac': '00:30:54:00:34:56',
  })
})

test('TCP gives its flags, numbers and window, and options are no payload', () => {
  const tcp = '1388 0050 fffffffe 00000001 6012 ffff 0000 0000 020405b4'
  const names = 'src_port dest_port proto tcp.tcp_flags tcp.syn tcp.ack tcp.fin tcp.seq tcp.ack_seq tcp.window payload'
  const expected = [5000, 80, 'TCP', '12', true, true, false, 4294967294, 1, 65535, 'cafe']
  assert.deepEqual(some(`${MACS} 0800 4500002e 00010000 40060000 c0000201 c6336407 ${tcp} cafe`, names), expected)
})

test('ICMP gives type and code, and has no ports', () => {
  const names = 'proto icmp_type icmp_code src_port payload'
  const icmp = `${MACS} 0800 4500001e 00010000 40010000 c0000201 c6336407 0301 0000 00000000 abcd`
  assert.deepEqual(some(icmp, names), ['ICMP', 3, 1, null, 'abcd'])
  assert.deepEqual(some(`${MACS} 86dd ${IPV6('3a', '0008')} 8000 0000 00010002`, names), [
    'IPv6-ICMP',
    128,
    0,
    null,
    '',
  ])
})

test('IPv4 options are passed over, and padding behind the packet is no payload', () => {
  const options = '46000024 00010000 40110000 c0000201 c6336407 94040000'
  assert.deepEqual(some(`${MACS} 0800 ${options} ${UDP} 000000000000`, ENDPOINTS), EXPECTED)
})

test('IPv6 extension headers are followed to the transport, 16 deep', () => {
  const chain = `${MACS} 86dd ${IPV6('00', '0030')} 2b00010400000000 3c00010400000000 3300010400000000
    1101 0000 00000001 00000002 ${UDP}`
  assert.deepEqual(some(chain, 'src_port payload'), [5000, 'deadbeef'])
  const options = (count: number) =>
    `${MACS} 86dd ${IPV6('3c', (count * 8 + 12).toString(16).padStart(4, '0'))}
     ${'3c00010400000000'.repeat(count - 1)} 1100010400000000 ${UDP}`
  for (const count of [1, 2, 15]) assert.deepEqual(some(options(count), 'src_port payload'), [5000, 'deadbeef'])
  assert.equal(some(options(200), 'src_port'), 'PACKET_NESTING')
})

test('only the first fragment has ports', () => {
  const names = 'ip_fragment ip_fragment_offset_bytes proto src_port dest_port'
  const ipv4 = (fragment: string) =>
    `${MACS} 0800 45000020 0001${fragment} 40110000 c0000201 c6336407 1388 0035 0fff 0000 deadbeef`
  assert.deepEqual(some(ipv4('2000'), names), [true, 0, 'UDP', 5000, 53])
  assert.deepEqual(some(ipv4('2001'), names), [true, 8, 'UDP', null, null])
  assert.deepEqual(some(ipv4('0002'), names), [true, 16, 'UDP', null, null])
  const ipv6 = (fragment: string) =>
    `${MACS} 86dd ${IPV6('2c', '0014')} 1100 ${fragment} 00000001 1388 0035 0fff 0000 deadbeef`
  assert.deepEqual(some(ipv6('0001'), names), [true, 0, 'UDP', 5000, 53])
  assert.deepEqual(some(ipv6('0008'), names), [true, 8, 'UDP', null, null])
  const whole = `${MACS} 86dd ${IPV6('2c', '0014')} 1100 0000 00000001 ${UDP}`
  assert.deepEqual(some(whole, names), [false, null, 'UDP', 5000, 53])
})

test('a packet cut by the capture gives what is there; one that says more than its frame holds is rejected', () => {
  const frame = `${MACS} 0800 ${IPV4_UDP}`
  const bytes = frame.replaceAll(/\s/g, '')
  for (let length = 0; length < bytes.length / 2; length++) {
    const cut = bytes.slice(0, length * 2)
    const reason = length < 42 ? 'PACKET_TRUNCATED' : undefined
    const whole = some(cut, 'payload')
    assert.equal(whole, length < 34 ? 'PACKET_TRUNCATED' : 'PACKET_LENGTH', `${length} bytes, all of the frame`)
    const snapped = some(cut, 'payload', 1, 46)
    assert.deepEqual(snapped, reason ?? [bytes.slice(84, length * 2)], `${length} bytes of 46`)
  }
})

test('false lengths and versions in headers are rejected by reason', () => {
  const ip = (head: string) => some(`${MACS} 0800 ${head}${IPV4_UDP.slice(head.length)}`, 'payload')
  assert.equal(ip('55'), 'PACKET_HEADER')
  assert.equal(ip('44'), 'PACKET_HEADER')
  assert.equal(ip('45000013'), 'PACKET_LENGTH')
  assert.equal(ip('4500ffff'), 'PACKET_LENGTH')
  assert.deepEqual(ip('45000000'), ['deadbeef'], 'a length of 0 stands for a send not cut into packets yet')
  const udp = (length: string) => some(`${MACS} 0800 ${IPV4_UDP.replace('000c', length)}`, 'payload')
  assert.equal(udp('0007'), 'PACKET_LENGTH')
  assert.equal(udp('000d'), 'PACKET_LENGTH')
  assert.deepEqual(udp('0009'), ['de'])
  assert.deepEqual(udp('0000'), ['deadbeef'])
  const tcp = (offset: string) =>
    some(
      `${MACS} 0800 45000028 00010000 40060000 c0000201 c6336407 13880050 00000000 00000000 ${offset}12ffff 00000000`,
      'payload',
    )
  assert.equal(tcp('40'), 'PACKET_HEADER')
  assert.equal(tcp('60'), 'PACKET_LENGTH')
  assert.deepEqual(tcp('50'), [''])
  assert.equal(some('35', 'payload', 101), 'PACKET_HEADER')
})

test('protocols bear the names Suricata gives them, or three digits', () => {
  const names = [0, 1, 2, 6, 17, 41, 44, 47, 50, 58, 88, 112, 132, 142, 143, 255].map(ipProtocolName)
  const expected = 'HOPOPT ICMP IGMP TCP UDP IPv6 IPv6-Frag GRE ESP IPv6-ICMP EIGRP VRRP SCTP ROHC 143 255'
  assert.equal(names.join(' '), expected)
  assert.deepEqual([61, 99, 114].map(ipProtocolName), ['061', '099', '114'])
})

test('a packet of no bytes is rejected at every link type', () => {
  for (const link of [0, 1, 9, 12, 101, 104, 108, 113, 276])
    assert.equal(some('', 'payload', link, 0), 'PACKET_TRUNCATED')
  assert.equal(parsePacket(ethernet(hex(''))), 'PACKET_TRUNCATED')
})
