/**
 * The buffer of a capture file and a table of the packets in it, both on one desk, where a kernel fills the table: see
 * nodes/kernels/packets.as, which says how a row is laid out. This file must not know who takes the packets.
 */

import type { Value } from '../contract/field.ts'
import { Desk } from '../kernels/desk.ts'
import { kernelOf } from '../kernels/kernel.ts'
import { PACKETS_KERNEL } from '../kernels/packets.gen.ts'
import { ipProtocolName } from '../records/ip-protocol.ts'
import { Headers } from '../records/packet-headers.ts'
import { BUFFER_BYTES, PACKET_MAX_BYTES, type PacketFile } from './packet-file.ts'

/** Enough for a buffer of packets of 160 bytes each; more come in the next table. */
const ROWS = 4096
const ROW_BYTES = 32
/** Places in a row, in words of 4 bytes; its time comes first. */
const WORD = { start: 2, end: 3, wire: 4, protocol: 5, src_port: 6, dest_port: 7 } as const
const UNTOLD = -2
const ETHERNET = 1
const FNV_BASIS = 0x811c9dc5
const FNV_PRIME = 0x01000193

interface Kernel {
  packets(
    start: number,
    end: number,
    little: number,
    nano: number,
    header: number,
    largest: number,
    isEthernet: number,
    table: number,
    capacity: number,
    walked: number,
  ): number
  tell(start: number, end: number, wire: number, row: number): void
}

/** Fields told of a packet without a record of it, in the order in which they are handed over. */
export const TOLD = ['proto', 'src_port', 'dest_port'] as const

/** Fields of which numbers are told, in the order in which they are handed over. */
export const TOLD_KEYS = ['src_ip', 'src_port', 'dest_ip', 'dest_port'] as const
const NO_KEY = -1

export class PacketTable {
  /** The buffer. Places in the table count from its start. */
  readonly buffer: Uint8Array
  readonly view: DataView
  /** Packets in the table. */
  count = 0
  /** Link type of them all. */
  link_type = 0

  readonly #kernel: Kernel
  readonly #bufferAt: number
  readonly #rowsAt: number
  readonly #walkedAt: number
  readonly #words: Int32Array
  readonly #times: Float64Array
  readonly #headers = new Headers()

  constructor() {
    const desk = new Desk()
    this.#bufferAt = desk.reserve(BUFFER_BYTES)
    this.#rowsAt = desk.reserve(ROWS * ROW_BYTES)
    this.#walkedAt = desk.reserve(4)
    const { buffer } = desk.bytes
    this.#kernel = kernelOf<Kernel>(PACKETS_KERNEL, desk.memory)
    this.buffer = new Uint8Array(buffer, this.#bufferAt, BUFFER_BYTES)
    this.view = new DataView(buffer, this.#bufferAt, BUFFER_BYTES)
    // With the word behind the rows, into which the kernel writes where it ended.
    this.#words = new Int32Array(buffer, this.#rowsAt, (ROWS * ROW_BYTES) / 4 + 4)
    this.#times = new Float64Array(buffer, this.#rowsAt, (ROWS * ROW_BYTES) / 8)
  }

  /**
   * Fills the table with the packets of the buffer from `start` on, as far as they lie there one behind the other.
   * @returns where the first piece begins that is not in the table; with an empty table it is for `file` to step over.
   */
  fill(file: PacketFile, start: number, end: number): number {
    this.count = 0
    const { layout } = file
    if (layout === undefined) return start
    this.link_type = file.link_type
    this.count = this.#kernel.packets(
      this.#bufferAt + start,
      this.#bufferAt + end,
      Number(layout.little),
      Number(layout.nano),
      layout.header_bytes,
      PACKET_MAX_BYTES,
      Number(file.link_type === ETHERNET),
      this.#rowsAt,
      ROWS,
      this.#walkedAt,
    )
    const walked = this.#words[(this.#walkedAt - this.#rowsAt) / 4]! - this.#bufferAt
    file.passed(walked - start)
    return walked
  }

  /** Makes the packet that `file` stepped on the only one in the table. */
  put(file: PacketFile): void {
    const { packet_start, packet_end, wire_length } = file
    this.count = 1
    this.link_type = file.link_type
    this.#times[0] = file.ts_us
    this.#words[WORD.start] = this.#bufferAt + packet_start
    this.#words[WORD.end] = this.#bufferAt + packet_end
    this.#words[WORD.wire] = wire_length
    this.#words[WORD.protocol] = UNTOLD
    if (this.link_type !== ETHERNET) return
    this.#kernel.tell(this.#bufferAt + packet_start, this.#bufferAt + packet_end, wire_length, this.#rowsAt)
  }

  /** Time of a packet, microseconds since 1970 UTC. */
  ts_us(row: number): number {
    return this.#times[row * (ROW_BYTES / 8)]!
  }

  start(row: number): number {
    return this.#words[row * (ROW_BYTES / 4) + WORD.start]! - this.#bufferAt
  }

  end(row: number): number {
    return this.#words[row * (ROW_BYTES / 4) + WORD.end]! - this.#bufferAt
  }

  wire_length(row: number): number {
    return this.#words[row * (ROW_BYTES / 4) + WORD.wire]! >>> 0
  }

  /** False only when what is told of a packet is enough for `isOfUse` to say so. */
  isOfUse(row: number, isOfUse: (proto: Value, src_port: Value, dest_port: Value) => boolean): boolean {
    const at = row * (ROW_BYTES / 4)
    const protocol = this.#words[at + WORD.protocol]!
    if (protocol === UNTOLD) return true
    const src_port = this.#words[at + WORD.src_port]!
    const dest_port = this.#words[at + WORD.dest_port]!
    const proto = protocol < 0 ? null : ipProtocolName(protocol)
    return isOfUse(proto, src_port < 0 ? null : src_port, dest_port < 0 ? null : dest_port)
  }

  /**
   * What `isOwn` says of the packet. Its headers are read as parse.packet reads them, for whatever a conn's packets are
   * wrapped in, they must all have the same numbers.
   */
  isOwn(
    row: number,
    isOwn: (src_ip: number, src_port: number, dest_ip: number, dest_port: number) => boolean,
  ): boolean {
    const headers = this.#headers
    const fault = headers.read(this.link_type, this.buffer, this.start(row), this.end(row), this.wire_length(row))
    if (fault !== '' || headers.version === 0) return isOwn(NO_KEY, NO_KEY, NO_KEY, NO_KEY)
    const { src_port, dest_port } = headers
    return isOwn(this.#addressNumber(headers.src_at), src_port, this.#addressNumber(headers.dest_at), dest_port)
  }

  /** FNV-1a over the bytes of an address of the packet whose headers were read. */
  #addressNumber(at: number): number {
    const end = at + (this.#headers.version === 4 ? 4 : 16)
    let number = FNV_BASIS
    for (let i = at; i < end; i++) number = Math.imul(number ^ this.buffer[i]!, FNV_PRIME)
    return number
  }
}
