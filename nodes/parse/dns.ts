/** parse.dns: DNS messages over UDP as the records Suricata's EVE writes. */

import { type Fields, field, type Value } from '../contract/field.ts'
import { need } from '../contract/need.ts'
import { operatorNode } from '../contract/node.ts'
import { option } from '../contract/option.ts'
import { dnsFields } from '../records/dns.ts'
import { endpointFields, headerFields } from '../records/packet.ts'
import { type DnsFault, DnsMessage, FLAG, QUESTIONS_MAX, rcodeName } from './dns-message.ts'

/** Conns whose messages are counted for `dns.tx_id`; Suricata forgets a conn after the same time. */
const CONNS = { max: 65_536, ttl_us: 300_000_000 } as const

const { src_ip, src_port, dest_ip, dest_port } = endpointFields
const endpoints = { src_ip, src_port, dest_ip, dest_port }
/** What each record gains, in this order. The endpoints are written anew: an answer bears those of its query. */
const adds = {
  event_type: field.text({ help: 'The kind of record: `dns`.' }),
  ...endpoints,
  ...dnsFields,
} as const satisfies Fields
const AT = Object.fromEntries(Object.keys(adds).map((path, i) => [path, i])) as Readonly<
  Record<keyof typeof adds, number>
>

/** Made only where somebody reads them: most flows look at few messages whole. */
const LATE = [
  'dns.rrname',
  'dns.flags',
  'dns.answers',
  'dns.grouped',
  'dns.authorities',
] as const satisfies (keyof typeof adds)[]

const rejects: Readonly<Record<Exclude<DnsFault, ''>, string>> = {
  DNS_TRUNCATED: 'The message ends before what its header and lengths announce, or was cut by the capture.',
  DNS_LOOP: 'A compression pointer leads forward, into the header, or through more than 127 others.',
  DNS_LABEL: 'A label of a name is of a kind that does not exist: longer than 63 octets.',
  DNS_NAME_TOO_LONG: 'A name has more than 255 octets.',
  DNS_RDATA: 'The data of a resource record does not fit its type.',
  DNS_TOO_MANY: 'The message has more than 64 questions or 4,096 answers.',
}

export default operatorNode({
  type: 'parse.dns',
  version: 1,
  title: 'DNS messages',
  help: 'DNS over UDP: one record a question of a query and one a response, named as Suricata names them. An answer bears the addresses of its query: `src_ip` is the client. DNS over TCP and messages in IP fragments are not read.',
  icon: 'globe',
  addsTo: 'record',
  options: {
    ports: option.integers({
      default: [53],
      min: 1,
      max: 65535,
      maxItems: 16,
      help: 'UDP ports of DNS servers. Other packets do not come in.',
    }),
  },
  essence: (options) => `UDP ${String(options.ports)}`,
  rejects,
  needs: () => ({
    payload: need.field('payload', 'bytes'),
    src_ip: need.field('src_ip', 'text'),
    src_port: need.field('src_port', 'integer'),
    dest_ip: need.field('dest_ip', 'text'),
    dest_port: need.field('dest_port', 'integer'),
  }),
  admits: ({ ports }) => ({
    option: 'ports',
    text: `proto == 'UDP' and (src_port in [${ports}] or dest_port in [${ports}])`,
  }),
  adds: () => adds,
  drops: ['packet', 'link_type', 'wire_length', 'ts_us', ...Object.keys(headerFields), ...Object.keys(endpoints)],
  // Of a conn, both directions: an answer may bear the addresses of its query.
  keeps: () => [
    ['src_ip', 'dest_ip'],
    ['src_port', 'dest_port'],
  ],
  creates: () => false,
  late: LATE,
  start: ({ ports }, context) => {
    const servers = new Set(ports)
    const counts = context.stateMap<number>('messages', CONNS)
    const message = new DnsMessage()
    const made = new Late()
    const added: Value[] = Object.keys(adds).map(() => null)
    added[AT.event_type] = 'dns'
    added[AT['dns.version']] = 2

    return {
      onBatch(batch, out) {
        made.begin()
        for (let i = 0; i < batch.count; i++) {
          const row = batch.at(i)
          const { buffer, start, end } = row.payload
          const fault = message.read(buffer, start, end)
          if (fault !== '') {
            out.reject(i, fault, `at byte ${message.fault_at} of the message`)
            continue
          }
          const { flags } = message
          const isAnswer = (flags & FLAG.qr) !== 0
          const isTurned = isAnswer && servers.has(row.src_port) && !isGroup(row.dest_ip)
          const src_ip = isTurned ? row.dest_ip : row.src_ip
          const src_port = isTurned ? row.dest_port : row.src_port
          const dest_ip = isTurned ? row.src_ip : row.dest_ip
          const dest_port = isTurned ? row.src_port : row.dest_port
          const ts_us = batch.ts_us(i)
          // Two characters for the ports: numbers written out would cost half of all that is done for the message.
          const conn = `${src_ip} ${String.fromCharCode(src_port, dest_port)}${dest_ip}`
          const before = counts.get(conn, ts_us) ?? 0
          counts.set(conn, before + 1, ts_us)

          added[AT.src_ip] = src_ip
          added[AT.src_port] = src_port
          added[AT.dest_ip] = dest_ip
          added[AT.dest_port] = dest_port
          added[AT['dns.type']] = isAnswer ? 'answer' : 'query'
          added[AT['dns.id']] = message.id
          added[AT['dns.z']] = (flags & FLAG.z) !== 0 || null
          added[AT['dns.opcode']] = (flags >> 11) & 0xf
          added[AT['dns.qr']] = isAnswer || null
          added[AT['dns.aa']] = (isAnswer && (flags & FLAG.aa) !== 0) || null
          added[AT['dns.tc']] = (isAnswer && (flags & FLAG.tc) !== 0) || null
          added[AT['dns.rd']] = (isAnswer && (flags & FLAG.rd) !== 0) || null
          added[AT['dns.ra']] = (isAnswer && (flags & FLAG.ra) !== 0) || null
          added[AT['dns.rcode']] = isAnswer ? rcodeName(flags & 0xf) : null
          added[AT['dns.tx_id']] = isAnswer ? null : before
          const place = made.keep(buffer, start, end)
          const hasAnswers = isAnswer && message.hasAnswers
          added[AT['dns.flags']] = isAnswer ? place : null
          added[AT['dns.answers']] = hasAnswers ? place : null
          added[AT['dns.grouped']] = hasAnswers ? place : null
          added[AT['dns.authorities']] = isAnswer && message.hasAuthorities ? place : null
          const records = isAnswer ? 1 : message.questions
          for (let question = 0; question < records; question++) {
            const isAsked = question < message.questions
            added[AT['dns.rrname']] = isAsked ? place + question : null
            added[AT['dns.rrtype']] = isAsked ? message.rrtype(question) : null
            out.emit(i, added)
          }
        }
      },
      late: (field, place) => made.value(field, place),
    }
  },
})

/** Makes late fields from the messages of the batch in hand. A message's place counts its questions too. */
class Late {
  readonly #buffers: Uint8Array[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  #count = 0
  readonly #message = new DnsMessage()
  /** Place of the message in hand, and whether it was read to its end. */
  #place = -1
  #isRead = false
  #answers: Value[] | undefined
  #grouped = new Map<string, Value>()

  /** Forgets all messages. */
  begin(): void {
    this.#count = 0
    this.#place = -1
  }

  /** Notes a message that was found good. Its bytes are lent until the next batch. */
  keep(buffer: Uint8Array, start: number, end: number): number {
    const n = this.#count++
    this.#buffers[n] = buffer
    this.#starts[n] = start
    this.#ends[n] = end
    return n * QUESTIONS_MAX
  }

  value(field: string, place: number): Value {
    const question = place % QUESTIONS_MAX
    const at = place - question
    switch (field) {
      case 'dns.rrname':
        return question === 0 ? this.#open(at).rrname(0) : this.#read(at).rrname(question)
      case 'dns.flags':
        return this.#open(at).flags.toString(16)
      case 'dns.authorities':
        return this.#read(at).authorities()
      default: {
        const message = this.#read(at)
        this.#answers ??= message.answers(this.#grouped)
        return field === 'dns.answers' ? this.#answers : this.#grouped
      }
    }
  }

  /** For what stands in front of a message. */
  #open(place: number): DnsMessage {
    if (place !== this.#place) {
      const n = place / QUESTIONS_MAX
      this.#message.open(this.#buffers[n]!, this.#starts[n]!, this.#ends[n]!)
      this.#place = place
      this.#isRead = false
    }
    return this.#message
  }

  #read(place: number): DnsMessage {
    if (place !== this.#place || !this.#isRead) {
      const n = place / QUESTIONS_MAX
      this.#message.read(this.#buffers[n]!, this.#starts[n]!, this.#ends[n]!)
      this.#place = place
      this.#isRead = true
      this.#answers = undefined
      this.#grouped = new Map()
    }
    return this.#message
  }
}

/** True for a multicast address: an answer to a group has no query of its own whose addresses it could bear. */
function isGroup(address: string): boolean {
  const first = address.charCodeAt(0)
  return (first === DIGIT_2 || first === LETTER_F) && /^(22[4-9]|23\d)\.|^ff/.test(address)
}
const DIGIT_2 = 0x32
const LETTER_F = 0x66
