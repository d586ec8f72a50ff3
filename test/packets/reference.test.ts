/** The packet path against what other programs say of real captures; runs when the reference data is there. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import pcap from '../../nodes/capture/pcap.ts'
import type { SourceNode } from '../../nodes/contract/node.ts'
import { decode } from './decode.ts'
import { capture, hex } from './fakes.ts'
import { captureBytes, captureNames, eveOf, hasReference, type Truth, truthOf } from './reference.ts'

const names = hasReference ? captureNames() : []
const read = (name: string) => capture(pcap as SourceNode, captureBytes(name))
/** Microseconds of `1630515059.405143000`. */
const microseconds = (text: string) => Number(BigInt(text.replace('.', '')) / 1000n)
const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0)

test('a capture of two packets has the count, bytes and times that stand in it', async () => {
  const file = hex(`a1b23c4d 0002 0004 00000000 00000000 00040000 00000001
    00000001 00000bb8 00000002 00000040 aabb 00000002 00000000 00000001 00000001 cc`)
  const { packets } = await capture(pcap as SourceNode, file)
  assert.deepEqual(
    packets.map(({ ts_us }) => ts_us),
    [microseconds('1.000003000'), 2_000_000],
  )
  assert.deepEqual(
    [sum(packets.map(({ bytes }) => bytes.length)), sum(packets.map(({ columns }) => columns[1] as number))],
    [3, 65],
  )
})

/** Lengths and times in which tshark departs from the file's own bytes: lengths from 2^31 on, times from 2038 on. */
function isComparable(truth: Truth): boolean {
  const agree = truth.packets === Number(truth.capinfos['Number of packets']) && truth.packets === truth.tcpdump.packets
  return agree && !/savefile|link type/.test(truth.tcpdump.error)
}

test('packet counts, bytes and first times equal those of tshark, capinfos and tcpdump where the three agree', async (t) => {
  let equal = 0
  const differing: string[] = []
  for (const name of names) {
    const truth = truthOf(name)
    if (!isComparable(truth)) continue
    const { packets } = await read(name)
    const mine = {
      packets: packets.length,
      captured: sum(packets.map(({ bytes }) => bytes.length)),
      wire: sum(packets.map(({ columns }) => columns[1] as number)),
    }
    const theirs = { packets: truth.packets, captured: truth.bytes_captured, wire: truth.bytes_wire }
    if (isDeepStrictEqual(mine, theirs)) equal++
    else differing.push(`${name}: ${JSON.stringify(mine)}, they say ${JSON.stringify(theirs)}`)
  }
  t.diagnostic(`${names.length} captures: ${equal} equal, ${differing.length} differing`)
  for (const line of differing) t.diagnostic(line)
  // Two fuzzed files with lengths that tshark reads by guessing at a variant or cuts at 2^31.
  assert.ok(differing.length <= 2)
})

test('DNS records equal those of Suricata 7.0.10, but for what it and we treat differently by design', async (t) => {
  let equal = 0
  let files = 0
  const otherTx: string[] = []
  const differing: string[] = []
  for (const name of names) {
    const theirs = eveOf(name).filter((event) => event.event_type === 'dns' && event.proto === 'UDP')
    if (theirs.length === 0) continue
    files++
    const { events, dnsRejects } = decode((await read(name)).packets)
    const left = Map.groupBy(events, identityOf)
    const missing: string[] = []
    for (const { flow_id: _flow, community_id: _id, ...event } of theirs) {
      const mine = left.get(identityOf(event))?.shift()
      if (mine === undefined || !isDeepStrictEqual(withoutTx(mine), withoutTx(event))) missing.push(identityOf(event))
      else if (isDeepStrictEqual(mine, event)) equal++
      else otherTx.push(`${name} packet ${event.pcap_cnt}`)
    }
    const extra = [...left.values()].flat().map(identityOf)
    if (missing.length + extra.length === 0) continue
    const rejected = dnsRejects.map(({ pcap_cnt, reason }) => `${pcap_cnt} ${reason}`).join(', ')
    differing.push(`${name}: missing ${missing.length}, more ${extra.length}; rejected: ${rejected || 'none'}`)
  }
  t.diagnostic(`${files} captures: ${equal} records equal, ${otherTx.length} but for tx_id`)
  const fuzzed = 'ndpi/fuzz-2006-06-26-2594.pcap'
  assert.ok(otherTx.every((place) => place.startsWith(fuzzed)))
  for (const line of differing) t.diagnostic(line)
  const expected = [
    // Tunnels are not looked into.
    'ja4/gre-sample.pcap: missing 2, more 0',
    'malcolm/protocols__Tunnels.pcap: missing 8, more 0',
    // Names of more than 255 octets, which attack the reader.
    'malcolm/plugins__ripple20__dns_long_cname.pcap: missing 1, more 0',
    'malcolm/plugins__ripple20__dns_over_udp_with_edns.pcap: missing 1, more 0',
    // Compression pointers that lead forward, against RFC 9267.
    'suricata-verify/dns__dns-forward-pointer.pcap: missing 2, more 0',
    // Responses to queries that are not in the capture, and conns that Suricata gave up after one bad packet.
    `${fuzzed}: missing 0, more 28`,
    'zeek/dns__loc-29-trunc.pcap: missing 0, more 1',
  ]
  assert.deepEqual(
    differing.map((line) => line.slice(0, line.indexOf(';'))).sort(),
    hasReference ? expected.sort() : [],
  )
})

const identityOf = (event: Record<string, unknown>) => {
  const dns = event.dns as Record<string, unknown>
  return `${event.pcap_cnt} ${dns.type} ${dns.rrname} ${dns.rrtype}`
}
/** `tx_id` counts the messages of a conn; in the fuzzed capture the two programs see different ones. */
const withoutTx = ({ dns, ...event }: Record<string, unknown>) => {
  const { tx_id: _tx, ...rest } = dns as Record<string, unknown>
  return { ...event, dns: rest }
}

test('DNS ids, directions, names and answer counts over UDP port 53 equal those of tshark', async (t) => {
  let equal = 0
  let packetsRead = 0
  const differing: string[] = []
  const notRead = new Map<string, number>()
  for (const name of names) {
    const truth = truthOf(name)
    const rows = truth.dns.filter((row) => row.p.length === 1 && row.p[0] === 'dns' && row.id?.length === 1)
    if (rows.length === 0) continue
    const { packets } = await read(name)
    const { events, dnsRejects, admittedPackets } = decode(packets)
    const byPacket = Map.groupBy(events, (event) => event.pcap_cnt as number)
    for (const row of rows) {
      if (!admittedPackets.has(row.n)) continue
      packetsRead++
      const mine = byPacket.get(row.n)
      if (mine === undefined) {
        const reason = dnsRejects.find(({ pcap_cnt }) => pcap_cnt === row.n)?.reason ?? 'no question'
        notRead.set(reason, (notRead.get(reason) ?? 0) + 1)
        continue
      }
      const { id, type, rrname } = mine[0]!.dns as Record<string, unknown>
      const theirs = [Number(row.id![0]), row.qr?.[0] === '1' ? 'answer' : 'query', nameOf(row.qname?.[0])]
      if (isDeepStrictEqual([id, type, nameOf(rrname as string)], theirs)) equal++
      else
        differing.push(
          `${name} packet ${row.n}: ${JSON.stringify([id, type, rrname])}, tshark ${JSON.stringify(theirs)}`,
        )
    }
  }
  t.diagnostic(`${packetsRead} messages: ${equal} equal, ${differing.length} differing`)
  t.diagnostic(`rejected: ${JSON.stringify(Object.fromEntries(notRead))}`)
  for (const line of differing) t.diagnostic(line)
  assert.deepEqual(differing, [])
})

/** Names with bytes that are not ASCII letters, digits or marks are escaped differently by each program. */
const nameOf = (text: string | undefined) => {
  if (text === undefined || text === '<Root>') return ''
  return /^[\x20-\x5b\x5d-\x7e]*$/.test(text) ? text : 'escaped'
}
