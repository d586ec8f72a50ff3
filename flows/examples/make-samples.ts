/**
 * Makes the sample inputs of the example flows: `eve.json`, a quarter of an hour of a small office as Suricata would write
 * it, and `dns.pcap`, its DNS messages as packets, with the same times and names. Two of the clients look up generated
 * names. All of it is invented; the same code gives the same bytes.
 *
 *   node flows/examples/make-samples.ts [FOLDER]
 */

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const START_US = Date.UTC(2026, 2, 2, 9, 0, 0) * 1000
const LENGTH_US = 15 * 60 * 1e6
const VISITS = 400
const RESOLVER = '10.20.0.53'

/** Invented organisations; a name that exists is an accident. */
const SITES = [
  'harbourbakery.com', 'northgatecycles.co.uk', 'willowbankschool.org', 'cedarandstone.com', 'alpenblickhotel.at',
  'riverside-dental.com', 'tramlinecoffee.com.au', 'blueheronbooks.com', 'marketsquarenews.com', 'fieldnotesapp.com',
  'papercranestudio.net', 'gartenfreunde-sued.de', 'lighthouse-insurance.com', 'mapleleaflearning.ca', 'boulangerie-du-port.fr',
  'quietmornings.org', 'stadtwerke-muster.de', 'citybikeshare.net', 'openweatherboard.org', 'greenvalleyfarms.com',
  'tinyinvoices.com', 'photoalbumcloud.com', 'teamcalendar.io', 'streetfoodguide.com', 'letterpresspost.com',
  'musicroomonline.com', 'oldtownmuseum.org', 'woodlandhikers.org', 'expressparcels.net', 'nordicfurniture.se',
  'casa-mediterranea.es', 'piccolaosteria.it', 'fastmailing.net', 'simpleanalytics-demo.com', 'helpdeskportal.com',
  'codereviewhub.com', 'packageregistry.net', 'videomeetings.com', 'officesupplydirect.com', 'travelplanner.com',
  'sportsresults.net', 'homerecipes.org', 'gardenplanner.com', 'cityhospital.org', 'publiclibrary.net',
  'bankofthelakes.com', 'securepayments.net', 'fontdelivery.net', 'imagehosting.net', 'adbanners.net',
  'softwareupdates.com', 'timeservice.org', 'certificatecheck.com', 'searchportal.com', 'dictionaryonline.com',
  'languagecourses.com', 'trainschedules.com', 'airportparking.com', 'weathermaps.org', 'localtheatre.org',
] as const
const HOSTS = ['www', 'www', 'www', 'api', 'cdn', 'img', 'mail', 'login', 'static', 'shop'] as const
const WORDS = ['amber', 'birch', 'copper', 'delta', 'ember', 'forest', 'granite', 'harvest', 'island', 'juniper'] as const
const KINDS = ['media', 'travel', 'design', 'garden', 'sports', 'market', 'kitchen', 'school', 'works', 'press'] as const
const BENIGN_SUFFIXES = ['com', 'org', 'net', 'de', 'co.uk'] as const
const GENERATED_SUFFIXES = ['com', 'net', 'info', 'biz', 'org'] as const

/** xorshift32: small, seeded, the same everywhere. */
export class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }
  /** A whole number from 0 to `below - 1`. */
  roll(below: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state % below
  }
  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)]!
  }
}

export interface Conn {
  readonly flow_id: number
  readonly src_ip: string
  readonly src_port: number
  readonly dest_ip: string
  readonly dest_port: number
  readonly proto: 'UDP' | 'TCP'
}
interface Message {
  readonly ts_us: number
  readonly conn: Conn
  readonly id: number
  readonly name: string
  readonly type: 'A' | 'AAAA'
  /** Undefined in a query; null for a name that does not exist. */
  readonly address: string | null | undefined
  readonly ttl: number
}
interface EveRecord {
  readonly ts_us: number
  readonly conn: Conn
  readonly eventType: string
  readonly body: Readonly<Record<string, unknown>>
}

export interface Samples {
  readonly eve: string
  readonly pcap: Uint8Array
  /** The names made by a generator, in the order in which they were asked for. */
  readonly generated: readonly string[]
}

/** Makes both files. Pure: the same bytes at every call. */
export function makeSamples(): Samples {
  const dice = new Dice(20_260_302)
  const messages: Message[] = []
  const records: EveRecord[] = []

  const open = (src_ip: string, dest_ip: string, dest_port: number, proto: 'UDP' | 'TCP'): Conn => ({
    flow_id: dice.roll(2 ** 21) * 2 ** 30 + dice.roll(2 ** 30),
    src_ip,
    src_port: 49152 + dice.roll(16384),
    dest_ip,
    dest_port,
    proto,
  })
  /** One lookup: the query, and its answer some milliseconds later. Gives the time of the answer. */
  const lookUp = (ts_us: number, client: string, name: string, type: 'A' | 'AAAA', address: string | null): number => {
    const conn = open(client, RESOLVER, 53, 'UDP')
    const id = dice.roll(65536)
    const answered_us = ts_us + 400 + dice.roll(address === null ? 90_000 : 30_000)
    messages.push({ ts_us, conn, id, name, type, address: undefined, ttl: 0 })
    messages.push({ ts_us: answered_us, conn, id, name, type, address, ttl: 60 * (1 + dice.roll(60)) })
    return answered_us
  }

  for (let i = 0; i < VISITS; i++) {
    const ts_us = START_US + Math.floor((i * LENGTH_US) / VISITS) + dice.roll(2_000_000)
    visit(dice, ts_us, open, lookUp, records)
  }
  const generated: string[] = []
  const infections = [
    { client: '10.20.3.41', from_us: 95e6, every_us: 9e6, count: 70, name: letters },
    { client: '10.20.7.12', from_us: 410e6, every_us: 11e6, count: 40, name: lettersAndDigits },
  ]
  for (const { client, from_us, every_us, count, name } of infections) {
    for (let i = 0; i < count; i++) {
      const asked = name(dice)
      generated.push(asked)
      // The one name in the series that its owner registered.
      const address = i === count - 3 ? '203.0.113.66' : null
      lookUp(START_US + from_us + i * every_us + dice.roll(1_500_000), client, asked, 'A', address)
    }
  }

  for (const message of messages) records.push(dnsRecord(message))
  // Sorting is stable: what happens in one microsecond stays in the order in which it was made.
  records.sort((a, b) => a.ts_us - b.ts_us)
  messages.sort((a, b) => a.ts_us - b.ts_us)
  return { eve: records.map(eveLine).join(''), pcap: writePcap(messages), generated }
}

/** One client opens one page: a lookup, then a TLS or HTTP conn, which is logged again as a flow when it ends. */
function visit(
  dice: Dice,
  ts_us: number,
  open: (src: string, dest: string, port: number, proto: 'UDP' | 'TCP') => Conn,
  lookUp: (ts_us: number, client: string, name: string, type: 'A' | 'AAAA', address: string | null) => number,
  records: EveRecord[],
): void {
  const client = `10.20.${1 + dice.roll(8)}.${10 + dice.roll(40)}`
  const name = hostName(dice)
  const server = `198.51.100.${1 + dice.roll(250)}`
  let at_us = lookUp(ts_us, client, name, 'A', server)
  if (dice.roll(3) === 0) at_us = lookUp(at_us + 500 + dice.roll(4000), client, name, 'AAAA', `2001:db8::${1 + dice.roll(9999)}`)

  const isTls = dice.roll(6) > 0
  const conn = open(client, server, isTls ? 443 : 80, 'TCP')
  const begin_us = at_us + 1000 + dice.roll(9000)
  const end_us = begin_us + 200_000 + dice.roll(20_000_000)
  const sent = 900 + dice.roll(9000)
  const received = 4000 + dice.roll(900_000)
  if (isTls) {
    records.push({
      ts_us: begin_us + 20_000,
      conn,
      eventType: 'tls',
      body: { tls: { sni: name, version: dice.roll(4) === 0 ? 'TLS 1.2' : 'TLS 1.3' } },
    })
  } else {
    records.push({
      ts_us: begin_us + 25_000,
      conn,
      eventType: 'http',
      body: {
        tx_id: 0,
        http: {
          hostname: name,
          url: dice.pick(['/', '/index.html', '/news', '/img/logo.png', '/feed.xml']),
          http_user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
          http_content_type: 'text/html',
          http_method: 'GET',
          protocol: 'HTTP/1.1',
          status: 200,
          length: received - 400,
        },
      },
    })
  }
  records.push({
    ts_us: end_us,
    conn,
    eventType: 'flow',
    body: {
      app_proto: isTls ? 'tls' : 'http',
      flow: {
        pkts_toserver: 4 + Math.ceil(sent / 700),
        pkts_toclient: 3 + Math.ceil(received / 1400),
        bytes_toserver: sent,
        bytes_toclient: received,
        start: timestamp(begin_us),
        end: timestamp(end_us),
        age: Math.floor((end_us - begin_us) / 1e6),
        state: 'closed',
        reason: 'timeout',
        alerted: false,
      },
    },
  })
}

/** A host of an invented organisation. */
export function hostName(dice: Dice): string {
  const site = dice.roll(4) > 0 ? dice.pick(SITES) : `${dice.pick(WORDS)}${dice.pick(KINDS)}.${dice.pick(BENIGN_SUFFIXES)}`
  return dice.roll(5) === 0 ? site : `${dice.pick(HOSTS)}.${site}`
}

/** 14 to 19 letters, each as likely as any other. */
export function letters(dice: Dice): string {
  let label = ''
  for (let left = 14 + dice.roll(6); left > 0; left--) label += String.fromCharCode(97 + dice.roll(26))
  return `${label}.${dice.pick(GENERATED_SUFFIXES)}`
}

/** 16 to 22 letters and digits, as a number in base 36 would give them. */
function lettersAndDigits(dice: Dice): string {
  let label = ''
  for (let left = 16 + dice.roll(7); left > 0; left--) label += dice.roll(36).toString(36)
  return `${label}.${dice.pick(GENERATED_SUFFIXES)}`
}

/* ---- EVE ---- */

/** `2026-03-02T09:00:00.000001+0000`, as Suricata writes it. */
export function timestamp(ts_us: number): string {
  const text = new Date(Math.floor(ts_us / 1000)).toISOString()
  return `${text.slice(0, -1)}${String(ts_us % 1000).padStart(3, '0')}+0000`
}

function eveLine({ ts_us, conn, eventType, body }: EveRecord): string {
  const { flow_id, ...ends } = conn
  const record = {
    timestamp: timestamp(ts_us),
    flow_id,
    in_iface: 'eth0',
    event_type: eventType,
    ...ends,
    community_id: communityId(conn),
    ...body,
  }
  return `${JSON.stringify(record)}\n`
}

function dnsRecord({ ts_us, conn, id, name, type, address, ttl }: Message): EveRecord {
  const head = { version: 2, type: address === undefined ? 'query' : 'answer', id }
  if (address === undefined) {
    return { ts_us, conn, eventType: 'dns', body: { dns: { ...head, rrname: name, rrtype: type, tx_id: 0, opcode: 0 } } }
  }
  const answer = { ...head, flags: address === null ? '8183' : '8180', qr: true, rd: true, ra: true, opcode: 0 }
  const question = { rrname: name, rrtype: type, rcode: address === null ? 'NXDOMAIN' : 'NOERROR' }
  const answers =
    address === null
      ? {}
      : { answers: [{ rrname: name, rrtype: type, ttl, rdata: eveAddress(address) }], grouped: { [type]: [eveAddress(address)] } }
  return { ts_us, conn, eventType: 'dns', body: { dns: { ...answer, ...question, ...answers } } }
}

/** Suricata writes every group of an IPv6 address in full. */
function eveAddress(address: string): string {
  if (!address.includes(':')) return address
  const bytes = addressBytes(address)
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16).padStart(4, '0')).join(':')
}

/** Community id, version 1, seed 0 (corelight/community-id-spec). */
export function communityId({ src_ip, src_port, dest_ip, dest_port, proto }: Conn): string {
  const source = Buffer.concat([addressBytes(src_ip), uint16(src_port)])
  const destination = Buffer.concat([addressBytes(dest_ip), uint16(dest_port)])
  const [low, high] = Buffer.compare(source, destination) <= 0 ? [source, destination] : [destination, source]
  const input = [
    uint16(0), low.subarray(0, 4), high.subarray(0, 4), Buffer.from([proto === 'TCP' ? 6 : 17, 0]), low.subarray(4), high.subarray(4),
  ]
  return `1:${createHash('sha1').update(Buffer.concat(input)).digest('base64')}`
}

/* ---- pcap ---- */

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])

/** 4 or 16 bytes. Of IPv6 only the form `2001:db8::<group>` occurs here. */
function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16BE(0x2001, 0)
  bytes.writeUInt16BE(0x0db8, 2)
  bytes.writeUInt16BE(Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16), 14)
  return bytes
}

/** Little endian, microseconds, Ethernet. */
function writePcap(messages: readonly Message[]): Uint8Array {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(262144, 16)
  head.writeUInt32LE(1, 20)
  const parts: Buffer[] = [head]
  for (const [i, message] of messages.entries()) {
    const frame = ethernetFrame(message, i)
    const record = Buffer.alloc(16)
    record.writeUInt32LE(Math.floor(message.ts_us / 1e6), 0)
    record.writeUInt32LE(message.ts_us % 1e6, 4)
    record.writeUInt32LE(frame.length, 8)
    record.writeUInt32LE(frame.length, 12)
    parts.push(record, frame)
  }
  return Buffer.concat(parts)
}

/** Ethernet, IPv4 (RFC 791), UDP (RFC 768), both checksums filled in. */
function ethernetFrame(message: Message, number: number): Buffer {
  const { conn, address } = message
  const isQuery = address === undefined
  const client = addressBytes(conn.src_ip)
  const server = addressBytes(conn.dest_ip)
  const [source, destination] = isQuery ? [client, server] : [server, client]
  const [sourcePort, destinationPort] = isQuery ? [conn.src_port, conn.dest_port] : [conn.dest_port, conn.src_port]
  const payload = dnsPayload(message)

  const udp = Buffer.concat([uint16(sourcePort), uint16(destinationPort), uint16(8 + payload.length), uint16(0), payload])
  const pseudo = Buffer.concat([source, destination, Buffer.from([0, 17]), uint16(udp.length)])
  udp.writeUInt16BE(checksum(Buffer.concat([pseudo, udp])) || 0xffff, 6)

  const ip = Buffer.alloc(20)
  ip[0] = 0x45
  ip.writeUInt16BE(20 + udp.length, 2)
  ip.writeUInt16BE(number & 0xffff, 4)
  ip.writeUInt16BE(0x4000, 6)
  ip[8] = 64
  ip[9] = 17
  source.copy(ip, 12)
  destination.copy(ip, 16)
  ip.writeUInt16BE(checksum(ip), 10)

  // Locally administered addresses made of the IPv4 ones.
  const hardware = (address: Buffer): Buffer => Buffer.concat([Buffer.from([2, 0]), address])
  return Buffer.concat([hardware(destination), hardware(source), uint16(0x0800), ip, udp])
}

/** A DNS message of one question and at most one answer (RFC 1035), which points back at the question's name. */
function dnsPayload({ id, name, type, address, ttl }: Message): Buffer {
  const flags = address === undefined ? 0x0100 : address === null ? 0x8183 : 0x8180
  const answers = typeof address === 'string' ? 1 : 0
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]))
  const typeCode = uint16(type === 'A' ? 1 : 28)
  const parts = [uint16(id), uint16(flags), uint16(1), uint16(answers), uint16(0), uint16(0)]
  parts.push(...labels, Buffer.from([0]), typeCode, uint16(1))
  if (typeof address === 'string') {
    const data = addressBytes(address)
    parts.push(uint16(0xc00c), typeCode, uint16(1), uint16(ttl >>> 16), uint16(ttl & 0xffff), uint16(data.length), data)
  }
  return Buffer.concat(parts)
}

/** The Internet checksum, RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? fileURLToPath(new URL('./samples', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const { eve, pcap } = makeSamples()
  writeFileSync(`${folder}/eve.json`, eve)
  writeFileSync(`${folder}/dns.pcap`, pcap)
}
