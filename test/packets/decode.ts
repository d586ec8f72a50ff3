/** The packet path without an engine: captured packets through parse.packet and parse.dns, as plain records. */

import { Slice, type Value } from '../../nodes/contract/field.ts'
import { type Added, type DeriveNode, type OperatorNode, Reject } from '../../nodes/contract/node.ts'
import type { CountsBound, Operator, StateMap } from '../../nodes/contract/operator.ts'
import dns from '../../nodes/parse/dns.ts'
import packet from '../../nodes/parse/packet.ts'
import { Timers } from '../../runtime/engine/timers.ts'
import { FakeCounts } from '../nodes/fakes.ts'
import { type Captured, CollectingOut, Rows, slice } from './fakes.ts'

type Plain = Record<string, unknown>

/** Any value as JSON would read it; bytes as hexadecimal text. */
export function plain(value: Value): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]))
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Slice) return Buffer.from(value.buffer.subarray(value.start, value.end)).toString('hex')
  return value
}

/** All fields that parse.packet adds to a packet, null ones included, or the reason why it is rejected. */
export function parsePacket(captured: Captured): Map<string, Value> | string {
  const derivation = (packet as DeriveNode).derive({} as never, undefined as never)
  const [link_type, wire_length] = captured.columns
  const row = { packet: slice(captured.bytes), link_type, wire_length, ts_us: captured.ts_us } as never
  const prepared = derivation.prepare!(row, {} as never)
  if (prepared instanceof Reject) return prepared.reason
  const fields = new Map<string, Value>([['pcap_cnt', captured.columns[3] ?? null]])
  for (const [path, added] of Object.entries(derivation.adds)) {
    const value = (added as Added<never, unknown, never>).from(row, {} as never, prepared)
    fields.set(path, value instanceof Slice ? new Slice(value.buffer, value.start, value.end) : value)
  }
  return fields
}

/** An Ethernet packet as captured whole. */
export const ethernet = (bytes: Uint8Array, ts_us = 0): Captured => ({
  bytes,
  ts_us,
  columns: [1, bytes.length, ts_us, 1],
})

class PlainState<V> implements StateMap<V> {
  readonly #map = new Map<string, V>()
  get size(): number {
    return this.#map.size
  }
  get(key: string): V | undefined {
    return this.#map.get(key)
  }
  set(key: string, value: V): void {
    this.#map.set(key, value)
  }
  delete(key: string): void {
    this.#map.delete(key)
  }
}

export interface Decoded {
  /** As EVE would write them: nested, without nulls. */
  readonly events: Plain[]
  readonly packetRejects: Map<string, number>
  readonly dnsRejects: { pcap_cnt: unknown; reason: string }[]
  /** Numbers of the packets that parse.dns let in. */
  readonly admittedPackets: Set<unknown>
}

/** What `admits` of parse.dns says, written out. */
function admits(fields: Map<string, Value>, ports: readonly number[]): boolean {
  if (fields.get('proto') !== 'UDP') return false
  return ports.includes(fields.get('src_port') as number) || ports.includes(fields.get('dest_port') as number)
}

/** What parse.dns added to a record, late fields made. */
export function dnsAdded(operator: Operator<never>, added: readonly Value[]): Map<string, Value> {
  const { adds, late } = dns as OperatorNode
  const names = Object.keys(adds({} as never, undefined as never))
  return new Map(
    names.map((name, i) => {
      const value = added[i]!
      return [name, late!.includes(name) && value !== null ? operator.late!(name, value as number) : value]
    }),
  )
}

/** Runs packets through both nodes; each call is a world of its own. */
export function decode(packets: readonly Captured[], ports: readonly number[] = [53]): Decoded {
  const operator = (dns as OperatorNode).start({ ports } as never, {
    timers: new Timers(),
    stateMap: () => new PlainState(),
    keyCounts: (_name: string, bound: CountsBound) => new FakeCounts(bound),
  })
  const decoded: Decoded = { events: [], packetRejects: new Map(), dnsRejects: [], admittedPackets: new Set() }
  for (const captured of packets) {
    const fields = parsePacket(captured)
    if (typeof fields === 'string') {
      decoded.packetRejects.set(fields, (decoded.packetRejects.get(fields) ?? 0) + 1)
      continue
    }
    if (!admits(fields, ports)) continue
    decoded.admittedPackets.add(fields.get('pcap_cnt'))
    const out = new CollectingOut()
    operator.onBatch(new Rows([Object.fromEntries(fields)], [captured.ts_us]) as never, out)
    for (const { reason } of out.rejects) decoded.dnsRejects.push({ pcap_cnt: fields.get('pcap_cnt'), reason })
    for (const { added } of out.emitted) {
      const record = new Map(fields)
      for (const path of (dns as OperatorNode).drops ?? []) record.delete(path)
      for (const [path, value] of dnsAdded(operator, added)) record.set(path, value)
      decoded.events.push(nested(record))
    }
  }
  return decoded
}

function nested(fields: Map<string, Value>): Plain {
  const record: Plain = {}
  for (const [path, value] of fields) {
    if (value === null) continue
    const [head, tail] = path.split('.', 2) as [string, string?]
    if (tail === undefined) record[head] = plain(value)
    else record[head] = { ...(record[head] as Plain | undefined), [tail]: plain(value) }
  }
  return record
}
