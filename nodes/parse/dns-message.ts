/**
 * Reads one DNS message into the values that Suricata 7's EVE writes of it. It must not know of records, ports or how
 * the message came.
 *
 * Names follow RFC 9267: a compression pointer leads to an earlier place, not into the header, and at most 127 follow
 * one another; 255 octets a name, 63 a label. So the work is linear in the size of the message, whatever it says.
 *
 * Sources: RFC 1035, 2782 (SRV), 3596 (AAAA), 4255 (SSHFP), 9267; the IANA registry of DNS parameters.
 */

import type { Value } from '../contract/field.ts'
import { TextDecoding } from '../records/json-text.ts'
import { colonHex, ipv4Text, ipv6Text } from '../records/packet-headers.ts'

/** Why a message is no good; the empty text stands for a good one. */
export type DnsFault =
  | ''
  | 'DNS_TRUNCATED'
  | 'DNS_LOOP'
  | 'DNS_LABEL'
  | 'DNS_NAME_TOO_LONG'
  | 'DNS_RDATA'
  | 'DNS_TOO_MANY'

/** Questions of one message: real ones have 1. Each becomes a record. */
export const QUESTIONS_MAX = 64
/** Entries of the answer and authority sections: one a resource record, but one a string of TXT. */
const ENTRIES_MAX = 4096
const NAME_MAX_OCTETS = 255
const POINTERS_MAX = 127
const HEADER_BYTES = 12

export const FLAG = { qr: 0x8000, aa: 0x0400, tc: 0x0200, rd: 0x0100, ra: 0x0080, z: 0x0040 } as const

const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  SSHFP: 44,
} as const

/**
 * The type names that Suricata 7 writes, with their numbers; for any other type it writes the number (257 for CAA).
 * A name more would make a filter that works on Suricata's records fail on ours.
 */
const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  `A 1 NS 2 MD 3 MF 4 CNAME 5 SOA 6 MB 7 MG 8 MR 9 NULL 10 WKS 11 PTR 12 HINFO 13 MINFO 14 MX 15 TXT 16 RP 17 AFSDB 18 X25 19
  ISDN 20 RT 21 NSAP 22 NSAPPTR 23 SIG 24 KEY 25 PX 26 GPOS 27 AAAA 28 LOC 29 NXT 30 SRV 33 ATMA 34 NAPTR 35 KX 36 CERT 37 A6 38
  DNAME 39 OPT 41 APL 42 DS 43 SSHFP 44 IPSECKEY 45 RRSIG 46 NSEC 47 DNSKEY 48 DHCID 49 NSEC3 50 NSEC3PARAM 51 TLSA 52
  HIP 55 CDS 59 CDNSKEY 60 HTTPS 65 SPF 99 TKEY 249 TSIG 250 MAILA 254 ANY 255 URI 256`
    .trim()
    .split(/\s+/)
    .flatMap((name, i, all) => (i % 2 === 0 ? [[Number(all[i + 1]), name] as const] : [])),
)
const RCODE_NAMES: readonly string[] =
  'NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE'.split(' ')

/** @param number 0 to 65535. */
export const typeName = (number: number): string => TYPE_NAMES.get(number) ?? String(number)
/** @param number 0 to 15. */
export const rcodeName = (number: number): string => RCODE_NAMES[number] ?? String(number)

/** Texts of names, which come again and again. */
const texts = new TextDecoding()

/** Bytes as text: UTF-8 where it is valid, else ASCII with each byte from 0x80 on as `\xNN`. */
export function bytesText(bytes: Uint8Array, start: number, end: number): string {
  let at = start
  while (at < end && bytes[at]! < 0x80) at++
  if (at === end) return texts.ascii(bytes, start, end)
  if (isUtf8(bytes, at, end)) return texts.utf8(bytes, start, end)
  let text = ''
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    text += byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`
  }
  return text
}

/** True for valid UTF-8 (RFC 3629). A decoder that throws says the same a hundred times slower. */
function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const head = bytes[at]!
    const more = head < 0x80 ? 0 : head < 0xc2 ? -1 : head < 0xe0 ? 1 : head < 0xf0 ? 2 : head < 0xf5 ? 3 : -1
    if (more < 0 || at + more >= end) return false
    if (more > 0) {
      // Overlong forms, halves of surrogate pairs, and what lies beyond U+10FFFF.
      const least = head === 0xe0 ? 0xa0 : head === 0xf0 ? 0x90 : 0x80
      const most = head === 0xed ? 0x9f : head === 0xf4 ? 0x8f : 0xbf
      if (bytes[at + 1]! < least || bytes[at + 1]! > most) return false
      for (let i = 2; i <= more; i++) if (bytes[at + i]! >> 6 !== 2) return false
    }
    at += 1 + more
  }
  return true
}

/** Places of a section of resource records. */
interface Section {
  at: number
  count: number
}

/**
 * The message read last. Reading it checks all of it and makes nothing: names and records are made when asked for, from
 * the bytes, so while these are lent. Lists and maps are new for each message and may be kept.
 */
export class DnsMessage {
  id = 0
  flags = 0
  /** How many there are; 0 after a fault. */
  questions = 0
  /** Where in the message a fault was found. */
  fault_at = 0

  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  #at = 0
  /** True while values are made of what was checked before. */
  #makes = false
  #name = ''
  #entries = 0
  readonly #octets = new Uint8Array(NAME_MAX_OCTETS)
  /** Where the name of each question begins, and its type. */
  readonly #questionsAt = new Uint32Array(QUESTIONS_MAX)
  readonly #types = new Uint16Array(QUESTIONS_MAX)
  /** The name of the first question, once it was asked for. */
  #firstName: string | undefined
  readonly #answers: Section = { at: 0, count: 0 }
  readonly #authorities: Section = { at: 0, count: 0 }

  /**
   * Reads `bytes[start..end)`. Never throws, whatever the bytes; after a fault only `id`, `flags` and `fault_at` hold.
   * The additional section is not read, so nothing in it can hide the rest of the message.
   */
  read(bytes: Uint8Array, start: number, end: number): DnsFault {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.#at = start
    this.#makes = false
    this.#firstName = undefined
    this.questions = 0
    const fault = this.#read()
    this.fault_at = this.#at - start
    if (fault !== '') {
      this.questions = 0
      this.#answers.count = 0
      this.#authorities.count = 0
    }
    return fault
  }

  /**
   * Goes back to a message that was read and found good, where only `id`, `flags` and the name of the first question are
   * asked for.
   */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.id = this.#u16(start)
    this.flags = this.#u16(start + 2)
    this.#questionsAt[0] = start + HEADER_BYTES
    this.#firstName = undefined
    this.questions = 0
  }

  /** @param question from 0 to `questions` - 1. */
  rrname(question: number): string {
    if (question === 0) {
      this.#firstName ??= this.#nameAt(this.#questionsAt[0]!)
      return this.#firstName
    }
    return this.#nameAt(this.#questionsAt[question]!)
  }

  /** @param question from 0 to `questions` - 1. */
  rrtype(question: number): string {
    return typeName(this.#types[question]!)
  }

  get hasAnswers(): boolean {
    return this.#answers.count > 0
  }

  get hasAuthorities(): boolean {
    return this.#authorities.count > 0
  }

  /**
   * One entry a record, or a string of TXT.
   * @param grouped gets what the entries hold, by the name of their type.
   */
  answers(grouped: Map<string, Value>): Value[] {
    return this.#made(this.#answers, grouped)
  }

  /** As `answers`, of the authority section. */
  authorities(): Value[] {
    return this.#made(this.#authorities, undefined)
  }

  #read(): DnsFault {
    const start = this.#start
    if (this.#end - start < HEADER_BYTES) return 'DNS_TRUNCATED'
    this.id = this.#u16(start)
    this.flags = this.#u16(start + 2)
    this.#answers.count = this.#u16(start + 6)
    this.#authorities.count = this.#u16(start + 8)
    this.#at = start + HEADER_BYTES
    this.#entries = 0
    const fault = this.#questions(this.#u16(start + 4))
    if (fault !== '') return fault
    this.#answers.at = this.#at
    const wrong = this.#section(this.#answers.count)
    if (wrong !== '') return wrong
    this.#authorities.at = this.#at
    return this.#section(this.#authorities.count)
  }

  /** The entries of a section that was checked. */
  #made({ at, count }: Section, grouped: Map<string, Value> | undefined): Value[] {
    const into: Value[] = []
    this.#makes = true
    this.#at = at
    this.#entries = 0
    this.#section(count, into, grouped)
    return into
  }

  #nameAt(at: number): string {
    this.#makes = true
    this.#at = at
    this.#readName(this.#end)
    return this.#name
  }

  #u16(at: number): number {
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!
  }

  #u32(at: number): number {
    return this.#u16(at) * 65_536 + this.#u16(at + 2)
  }

  #questions(count: number): DnsFault {
    // A question has at least 5 bytes: a count that can't be true costs nothing.
    if (count * 5 > this.#end - this.#at) return 'DNS_TRUNCATED'
    if (count > QUESTIONS_MAX) return 'DNS_TOO_MANY'
    for (let i = 0; i < count; i++) {
      this.#questionsAt[i] = this.#at
      const fault = this.#readName(this.#end)
      if (fault !== '') return fault
      if (this.#end - this.#at < 4) return 'DNS_TRUNCATED'
      this.#types[i] = this.#u16(this.#at)
      this.questions = i + 1
      this.#at += 4
    }
    return ''
  }

  #section(count: number, into?: Value[], grouped?: Map<string, Value>): DnsFault {
    // A resource record has at least 11 bytes.
    if (count * 11 > this.#end - this.#at) return 'DNS_TRUNCATED'
    for (let i = 0; i < count; i++) {
      const fault = this.#readName(this.#end)
      if (fault !== '') return fault
      const at = this.#at
      if (this.#end - at < 10) return 'DNS_TRUNCATED'
      const data = at + 10
      const data_end = data + this.#u16(at + 8)
      if (data_end > this.#end) return 'DNS_TRUNCATED'
      this.#at = data
      const ended = this.#resource(this.#u16(at), this.#u32(at + 4), data_end, into, grouped)
      if (ended !== '') return ended
      this.#at = data_end
    }
    return ''
  }

  /** Checks one resource record, or adds what it gives: one entry, or one a string of TXT. `#at` is its data's place. */
  #resource(
    type: number,
    ttl_s: number,
    end: number,
    into: Value[] | undefined,
    grouped: Map<string, Value> | undefined,
  ): DnsFault {
    const rrname = this.#name
    do {
      if (++this.#entries > ENTRIES_MAX) return 'DNS_TOO_MANY'
      const fault = this.#data(type, end)
      if (fault !== '') return fault
      if (into === undefined) continue
      const rrtype = typeName(type)
      const entry = new Map<string, Value>([
        ['rrname', rrname],
        ['rrtype', rrtype],
        ['ttl', ttl_s],
      ])
      into.push(entry)
      if (this.#key === '') continue
      entry.set(this.#key, this.#value)
      if (grouped === undefined) continue
      const group = grouped.get(rrtype)
      if (group === undefined) grouped.set(rrtype, [this.#value])
      else (group as Value[]).push(this.#value)
    } while (type === TYPE.TXT && this.#at < end)
    return ''
  }

  /** What `#data` made and under which key it stands in the entry; the empty key for a type without shown data. */
  #key = ''
  #value: Value = null

  #data(type: number, end: number): DnsFault {
    const bytes = this.#bytes
    const at = this.#at
    this.#key = 'rdata'
    switch (type) {
      case TYPE.A:
        if (end - at !== 4) return 'DNS_RDATA'
        if (this.#makes) this.#value = ipv4Text(bytes, at)
        return ''
      case TYPE.AAAA:
        if (end - at !== 16) return 'DNS_RDATA'
        if (this.#makes) this.#value = ipv6Text(bytes, at)
        return ''
      case TYPE.MX:
        if (end - at < 3) return 'DNS_RDATA'
        this.#at = at + 2
        return this.#dataName(end)
      case TYPE.NS:
      case TYPE.CNAME:
      case TYPE.PTR:
        return this.#dataName(end)
      case TYPE.TXT: {
        const length = at < end ? bytes[at]! : 0
        if (at + 1 + length > end) return 'DNS_RDATA'
        if (this.#makes) this.#value = bytesText(bytes, at + 1, at + 1 + length)
        this.#at = at + 1 + length
        return ''
      }
      case TYPE.NULL:
        if (this.#makes) this.#value = bytesText(bytes, at, end)
        return ''
      case TYPE.SOA:
        this.#key = 'soa'
        return this.#soa(end)
      case TYPE.SRV: {
        this.#key = 'srv'
        if (end - at < 7) return 'DNS_RDATA'
        this.#at = at + 6
        const fault = this.#dataName(end)
        if (this.#makes) {
          this.#value = new Map<string, Value>([
            ['priority', this.#u16(at)],
            ['weight', this.#u16(at + 2)],
            ['port', this.#u16(at + 4)],
            ['name', this.#name],
          ])
        }
        return fault
      }
      case TYPE.SSHFP:
        this.#key = 'sshfp'
        if (end - at < 3) return 'DNS_RDATA'
        if (this.#makes) {
          this.#value = new Map<string, Value>([
            ['fingerprint', colonHex(bytes, at + 2, end)],
            ['algo', bytes[at]!],
            ['type', bytes[at + 1]!],
          ])
        }
        return ''
      default:
        this.#key = ''
        return ''
    }
  }

  #dataName(end: number): DnsFault {
    const fault = this.#readName(end)
    this.#value = this.#name
    return fault
  }

  #soa(end: number): DnsFault {
    const first = this.#readName(end)
    const mname = this.#name
    const fault = first || this.#readName(end)
    if (fault !== '') return fault
    const at = this.#at
    if (end - at < 20) return 'DNS_RDATA'
    if (!this.#makes) return ''
    this.#value = new Map<string, Value>([
      ['mname', mname],
      ['rname', this.#name],
      ['serial', this.#u32(at)],
      ['refresh', this.#u32(at + 4)],
      ['retry', this.#u32(at + 8)],
      ['expire', this.#u32(at + 12)],
      ['minimum', this.#u32(at + 16)],
    ])
    return ''
  }

  /** Checks the name at `#at`, whose own bytes must end by `limit`, or makes `#name` of it; moves `#at` behind it. */
  #readName(limit: number): DnsFault {
    const bytes = this.#bytes
    const octets = this.#octets
    const makes = this.#makes
    let at = this.#at
    // Most owners point at the first question's name, which was looked at before: c00c.
    if (limit - at >= 2 && bytes[at] === 0xc0 && bytes[at + 1] === HEADER_BYTES && this.questions > 0) {
      if (makes) this.#name = this.rrname(0)
      this.#at = at + 2
      return ''
    }
    let end = limit
    /** Pointers must lead to before the run of labels they stand in. */
    let run = at
    let pointers = 0
    let length = 0
    /** Octets of the name as RFC 1035 counts them: a length byte a label, and the last zero. */
    let total = 1
    for (;;) {
      if (at >= end) return 'DNS_TRUNCATED'
      const head = bytes[at]!
      if (head === 0) {
        if (pointers === 0) this.#at = at + 1
        break
      }
      if (head >= 0xc0) {
        if (at + 1 >= end) return 'DNS_TRUNCATED'
        const target = this.#start + (((head & 0x3f) << 8) | bytes[at + 1]!)
        if (pointers === 0) this.#at = at + 2
        if (target >= run || target < this.#start + HEADER_BYTES || ++pointers > POINTERS_MAX) return 'DNS_LOOP'
        end = this.#end
        run = target
        at = target
        continue
      }
      // 01 and 10 in the upper bits were never put to use.
      if (head > 63) return 'DNS_LABEL'
      if (at + 1 + head > end) return 'DNS_TRUNCATED'
      total += 1 + head
      if (total > NAME_MAX_OCTETS) return 'DNS_NAME_TOO_LONG'
      if (makes) {
        if (length > 0) octets[length++] = 0x2e
        for (let i = 1; i <= head; i++) octets[length++] = bytes[at + i]!
      }
      at += 1 + head
    }
    if (makes) this.#name = bytesText(octets, 0, length)
    return ''
  }
}
