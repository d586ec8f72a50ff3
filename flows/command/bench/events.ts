/**
 * Events as Suricata 7 writes them, for the benchmarks: of 100 events about 40 are flow, 27 dns, 10 tls, 8 http,
 * 5 fileinfo, 4 alert, 3 anomaly and 3 of other protocols; a line has about 600 bytes. Half of the dns events are queries,
 * of which one in a hundred asks for a generated name. All of it is invented; the same seed gives the same events.
 */

import { type Conn, communityId, Dice, hostName, letters, timestamp } from '../../examples/make-samples.ts'

const START_US = Date.UTC(2026, 2, 2, 9, 0, 0) * 1000
/** Mean distance of events: about 2,000 a second. */
const STEP_US = 1000
const SEED = 20_260_303

const HEX = '0123456789abcdef'
const CIPHERS = [4865, 4866, 4867, 49195, 49196, 49199, 49200, 52392, 52393, 49171, 49172, 156, 157, 47, 53] as const
const PATHS = ['/', '/index.html', '/api/v2/items', '/static/app.js', '/img/logo.png', '/feed.xml', '/search'] as const
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'curl/8.14.1',
] as const
const SIGNATURES = [
  [2_200_074, 'SURICATA TCPv4 invalid checksum', 'Generic Protocol Command Decode', 3],
  [2_210_044, 'SURICATA STREAM Packet with invalid timestamp', 'Generic Protocol Command Decode', 3],
  [2_013_028, 'ET POLICY curl User-Agent Outbound', 'Attempted Information Leak', 2],
  [2_027_865, 'ET INFO Observed DNS Query to .cloud TLD', 'Potentially Bad Traffic', 2],
] as const
const ISSUERS = [
  'C=US, O=Lighthouse Trust, CN=Lighthouse R3',
  'C=GB, O=Northgate Certificates, CN=Northgate CA 2',
] as const

type Body = Readonly<Record<string, unknown>>
type Maker = (dice: Dice, conn: Conn, ts_us: number) => Body

function hex(dice: Dice, digits: number): string {
  let text = ''
  for (let i = 0; i < digits; i++) text += HEX[dice.roll(16)]
  return text
}

function flow(dice: Dice, conn: Conn, ts_us: number): Body {
  const length_us = dice.roll(60_000_000)
  const counts = {
    pkts_toserver: 1 + dice.roll(200),
    pkts_toclient: dice.roll(400),
    bytes_toserver: 60 + dice.roll(20_000),
    bytes_toclient: dice.roll(900_000),
  }
  const times = { start: timestamp(ts_us - length_us), end: timestamp(ts_us), age: Math.floor(length_us / 1e6) }
  const head = { flow: { ...counts, ...times, state: 'closed', reason: 'timeout', alerted: dice.roll(20) === 0 } }
  if (conn.proto === 'UDP') return { app_proto: 'dns', ...head }
  const flags = { tcp_flags: '1b', tcp_flags_ts: '1b', tcp_flags_tc: '1b', syn: true, fin: true, psh: true, ack: true }
  return {
    app_proto: conn.dest_port === 443 ? 'tls' : 'http',
    ...head,
    tcp: { ...flags, state: 'closed', ts_max_regions: 1, tc_max_regions: 1 },
  }
}

function dns(dice: Dice): Body {
  const rrname = dice.roll(100) === 0 ? letters(dice) : hostName(dice)
  const id = dice.roll(65_536)
  if (dice.roll(2) === 0) {
    return { dns: { version: 2, type: 'query', id, rrname, rrtype: 'A', tx_id: 0, opcode: 0 } }
  }
  const rdata = Array.from({ length: 1 + dice.roll(3) }, () => `198.51.100.${1 + dice.roll(250)}`)
  const answers = rdata.map((address) => ({ rrname, rrtype: 'A', ttl: 60 * (1 + dice.roll(60)), rdata: address }))
  const head = { version: 2, type: 'answer', id, flags: '8180', qr: true, rd: true, ra: true, opcode: 0 }
  return { dns: { ...head, rrname, rrtype: 'A', rcode: 'NOERROR', answers, grouped: { A: rdata } } }
}

function tls(dice: Dice): Body {
  const sni = hostName(dice)
  const ciphers = Array.from({ length: 8 + dice.roll(12) }, () => dice.pick(CIPHERS)).join('-')
  const prints = {
    ja3: { hash: hex(dice, 32), string: `771,${ciphers},0-11-10-35-16-22-23-49-13-43-45-51,29-23-30-25-24,0-1-2` },
    ja3s: { hash: hex(dice, 32), string: `771,${dice.pick(CIPHERS)},43-51` },
  }
  if (dice.roll(3) > 0) return { tls: { sni, version: 'TLS 1.3', ...prints } }
  const fingerprint = hex(dice, 40).replace(/..(?!$)/g, '$&:')
  const dates = { notbefore: '2026-01-05T00:00:00', notafter: '2026-04-05T00:00:00' }
  const certificate = { subject: `CN=${sni}`, issuerdn: dice.pick(ISSUERS), serial: hex(dice, 32), fingerprint }
  return { tls: { ...certificate, sni, version: 'TLS 1.2', ...dates, ...prints } }
}

function httpPart(dice: Dice) {
  return {
    hostname: hostName(dice),
    url: `${dice.pick(PATHS)}?session=${hex(dice, 24)}`,
    http_user_agent: dice.pick(AGENTS),
    http_content_type: 'text/html',
    http_refer: `http://${hostName(dice)}/`,
    http_method: 'GET',
    protocol: 'HTTP/1.1',
    status: 200,
    length: dice.roll(900_000),
  }
}

const fileinfo: Maker = (dice) => ({
  http: httpPart(dice),
  app_proto: 'http',
  fileinfo: {
    filename: dice.pick(PATHS),
    gaps: false,
    state: 'CLOSED',
    sha256: hex(dice, 64),
    stored: false,
    size: dice.roll(900_000),
    tx_id: 0,
  },
})

const alert: Maker = (dice, conn, ts_us) => {
  const [signature_id, signature, category, severity] = dice.pick(SIGNATURES)
  const { src_ip, dest_ip, src_port, dest_port } = conn
  const counts = { pkts_toserver: 5, pkts_toclient: 4, bytes_toserver: 981, bytes_toclient: 1174 }
  return {
    alert: { action: 'allowed', gid: 1, signature_id, rev: 2, signature, category, severity },
    app_proto: 'tls',
    direction: 'to_client',
    flow: { ...counts, start: timestamp(ts_us - 1e6), src_ip, dest_ip, src_port, dest_port },
  }
}

const anomaly: Maker = () => ({
  tx_id: 0,
  anomaly: { app_proto: 'quic', type: 'applayer', event: 'error_on_data', layer: 'proto_parser' },
})

const smb: Maker = (dice) => ({
  smb: {
    id: dice.roll(1000),
    dialect: '3.11',
    command: 'SMB2_COMMAND_READ',
    status: 'STATUS_SUCCESS',
    status_code: '0x0',
    session_id: dice.roll(2 ** 31),
    tree_id: dice.roll(2 ** 31),
  },
})

/** Of 100 events so many are of this type, to this port. */
const MIX: readonly { type: string; share: number; ports: readonly number[]; make: Maker }[] = [
  { type: 'flow', share: 40, ports: [53, 80, 443, 443], make: flow },
  { type: 'dns', share: 27, ports: [53], make: dns },
  { type: 'tls', share: 10, ports: [443], make: tls },
  { type: 'http', share: 8, ports: [80], make: (dice) => ({ tx_id: 0, http: httpPart(dice) }) },
  { type: 'fileinfo', share: 5, ports: [80], make: fileinfo },
  { type: 'alert', share: 4, ports: [443], make: alert },
  { type: 'anomaly', share: 3, ports: [443], make: anomaly },
  { type: 'smb', share: 3, ports: [445], make: smb },
]
const DRAW = MIX.flatMap((kind) => Array.from({ length: kind.share }, () => kind))

/** @yields lines with their line feeds, in the order of their times. */
export function* eventLines(count: number): Generator<string> {
  const dice = new Dice(SEED)
  let ts_us = START_US
  for (let i = 0; i < count; i++) {
    ts_us += dice.roll(STEP_US)
    const { type, ports, make } = dice.pick(DRAW)
    const dest_port = dice.pick(ports)
    const conn: Conn = {
      flow_id: dice.roll(2 ** 21) * 2 ** 30 + dice.roll(2 ** 30),
      src_ip: `10.20.${1 + dice.roll(8)}.${10 + dice.roll(40)}`,
      src_port: 49152 + dice.roll(16384),
      dest_ip: dest_port === 53 ? '10.20.0.53' : `198.51.100.${1 + dice.roll(250)}`,
      dest_port,
      proto: dest_port === 53 ? 'UDP' : 'TCP',
    }
    const { flow_id, ...ends } = conn
    const event = {
      timestamp: timestamp(ts_us),
      flow_id,
      in_iface: 'eth0',
      event_type: type,
      ...ends,
      pkt_src: 'wire/pcap',
      community_id: communityId(conn),
      ...make(dice, conn, ts_us),
    }
    yield `${JSON.stringify(event)}\n`
  }
}
