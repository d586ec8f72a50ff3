/** capture.pcap: packets from a pcap or pcapng file, once or in a loop, at full speed or paced. */

import { type ByteReader, type Capabilities, InputError, type Position } from '../contract/capability.ts'
import { sourceNode } from '../contract/node.ts'
import type { Foresight, Source, SourceBatch } from '../contract/operator.ts'
import { option } from '../contract/option.ts'
import { captureFields } from '../records/packet.ts'
import { Pace } from './pace.ts'
import { PACKET_MAX_BYTES, PacketFile, STEP } from './packet-file.ts'
import { PacketTable, TOLD, TOLD_KEYS } from './packet-table.ts'

/** In the order of `columns`. */
const COLUMN = { link_type: 0, wire_length: 1, ts_us: 2, pcap_cnt: 3, pcap_filename: 4 } as const
const EXCERPT_BYTES = 1024

export default sourceNode({
  type: 'capture.pcap',
  version: 1,
  title: 'Capture file',
  help: 'Packets from a pcap or pcapng file. The file may be compressed with gzip. With `repeat` it is replayed in a loop, and time goes on forward from round to round; `rate_per_s` paces it, so that a recorded capture looks like a steady live one.',
  icon: 'file-input',
  uses: ['files', 'clock'],
  options: {
    path: option.path({ direction: 'read', help: 'The capture file; `-` is standard input.' }),
    repeat: option.boolean({ default: false, help: 'Begins again at the end of the file, for ever.' }),
    rate_per_s: option.number({
      default: 0,
      min: 0,
      max: 10_000_000,
      unit: 'packets/s',
      help: 'Packets a second; 0 is as fast as possible.',
    }),
    names_file: option.boolean({ default: false, help: 'Each record bears the path of the file as `pcap_filename`.' }),
  },
  essence: (options) => String(options.path),
  rejects: {
    PACKET_TRUNCATED: 'The file ends within a packet: the capture was stopped or copied while it was written.',
    PACKET_TOO_LARGE: `A packet is larger than ${PACKET_MAX_BYTES} bytes. It was skipped.`,
    PACKET_TIME: 'The time of a packet is before 1970 or after 2255.',
    PCAPNG_BLOCK_LENGTH: 'The lengths within a pcapng block contradict each other.',
    PCAPNG_BLOCK_TOO_LARGE: 'A pcapng block with a packet is too large to be real. It was skipped.',
    PCAPNG_INTERFACE: 'A packet came in through an interface that the file does not describe.',
    PCAPNG_VERSION: 'A section is of a pcapng version that is not known. Its packets are left out.',
  },
  emits: () => ({
    reader: 'none',
    fields: captureFields,
    window: 'packet',
    columns: Object.keys(COLUMN),
    foretells: { type: 'parse.packet', fields: TOLD, keys: TOLD_KEYS },
  }),
  replays: ({ path }) => path !== '-',
  open: async (options, capabilities, from, _reading, foresight) => {
    const reader = await openFile(capabilities, options.path)
    return new PcapSource(options, capabilities, reader, from, foresight)
  },
})

const openFile = (capabilities: Capabilities, path: string) =>
  capabilities.files.read(path, { follow: false, compression: 'auto' })

interface PcapOptions {
  readonly path: string
  readonly repeat: boolean
  readonly rate_per_s: number
  readonly names_file: boolean
}

class PcapSource implements Source {
  readonly #options: PcapOptions
  readonly #capabilities: Capabilities
  readonly #pace: Pace
  #reader: ByteReader
  #file = new PacketFile()
  readonly #foresight: Foresight | undefined
  /** Holds the buffer. Packets from `#row` on are in it and were not given yet. */
  readonly #table = new PacketTable()
  #row = 0
  /** Bytes of the buffer that are not in the table yet. */
  #start = 0
  #end = 0
  #failure: InputError | undefined
  #hasEnded = false
  #isClosed = false

  /** Packets and rejects of this round so far, and how many of them an earlier run had given already. */
  #pieces = 0
  #given_before: number
  #packets = 0
  /** What is added to the times of this round, and the bounds of the file's own times in it. */
  #shift_us: number
  #least_us = Number.POSITIVE_INFINITY
  #most_us = Number.NEGATIVE_INFINITY

  constructor(
    options: PcapOptions,
    capabilities: Capabilities,
    reader: ByteReader,
    from: Position | undefined,
    foresight: Foresight | undefined,
  ) {
    this.#foresight = foresight
    this.#options = options
    this.#capabilities = capabilities
    this.#reader = reader
    this.#pace = new Pace(options.rate_per_s, capabilities.clock)
    this.#given_before = Number(from?.pieces ?? 0)
    this.#shift_us = Number(from?.shift_us ?? 0)
  }

  read(batch: SourceBatch): boolean | Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#hasEnded || this.#isClosed) return false
    const quota = this.#pace.allowed(batch.most)
    return quota === 0 ? this.#pace.wait().then(() => !this.#isClosed) : this.#fill(batch, quota)
  }

  position(): Position {
    return { pieces: Math.max(this.#pieces, this.#given_before), shift_us: this.#shift_us }
  }

  progress(): number | undefined {
    const { done_bytes, total_bytes } = this.#reader.progress()
    return total_bytes === undefined || this.#options.repeat ? undefined : done_bytes / Math.max(total_bytes, 1)
  }

  close(): Promise<void> {
    this.#isClosed = true
    return this.#reader.close()
  }

  /** Gives up to `quota` packets. It reads more only while it has given none, for the batch borrows the buffer. */
  #fill(batch: SourceBatch, quota: number): boolean | Promise<boolean> {
    for (;;) {
      if (this.#take(batch, quota) > 0) return true
      if (this.#failure !== undefined) throw this.#failure
      const { buffer } = this.#table
      buffer.copyWithin(0, this.#start, this.#end)
      this.#end -= this.#start
      this.#start = 0
      const read = this.#reader.read(buffer, this.#end)
      if (typeof read !== 'number') return read.then((count) => this.#arrived(batch, quota, count))
      if (read === 0) return this.#endRound(batch)
      this.#end += read
    }
  }

  #arrived(batch: SourceBatch, quota: number, count: number): boolean | Promise<boolean> {
    if (count === 0) return this.#endRound(batch)
    this.#end += count
    this.#take(batch, quota)
    return true
  }

  /** Gives packets from the buffer, and their number; fewer than `quota` when the buffer or the batch ends before. */
  #take(batch: SourceBatch, quota: number): number {
    let given = 0
    while (given < quota && batch.count < batch.capacity) {
      if (this.#row === this.#table.count && !this.#findMore(batch)) break
      given += this.#giveRows(batch, quota - given)
    }
    this.#pace.gave(given)
    return given
  }

  /**
   * Gives packets from the table until that, the batch or `quota` ends. Those of no use and those of other workers are
   * only counted.
   */
  #giveRows(batch: SourceBatch, quota: number): number {
    const table = this.#table
    const { count, link_type, buffer } = table
    const isOfUse = this.#foresight?.isOfUse
    const share = this.#foresight?.share
    const { capacity, isShown } = batch
    const shift_us = this.#shift_us
    let row = this.#row
    const first = row
    // The packets before that an earlier run had given.
    const known = Math.max(0, this.#given_before - this.#pieces)
    let least_us = this.#least_us
    let most_us = this.#most_us
    let given = 0
    let passed = 0
    let left = 0
    let passed_us = 0
    for (; row < count && given < quota && batch.count < capacity; row++) {
      const file_us = table.ts_us(row)
      if (file_us < least_us) least_us = file_us
      if (file_us > most_us) most_us = file_us
      if (row - first < known) continue
      const ts_us = file_us + shift_us
      given++
      const isUseful = isOfUse === undefined || table.isOfUse(row, isOfUse)
      const isOwn = share === undefined || (isUseful ? table.isOwn(row, share.isOwn) : share.ownsUseless)
      if (!isOwn || (!isUseful && !isShown)) {
        if (isOwn) passed++
        else left++
        if (ts_us > passed_us) passed_us = ts_us
        continue
      }
      batch.add(buffer, table.start(row), table.end(row), ts_us)
      batch.set(COLUMN.link_type, link_type)
      batch.set(COLUMN.wire_length, table.wire_length(row))
      batch.set(COLUMN.ts_us, ts_us)
      batch.set(COLUMN.pcap_cnt, this.#packets + row - first + 1)
      if (this.#options.names_file) batch.set(COLUMN.pcap_filename, this.#options.path)
    }
    this.#row = row
    this.#pieces += row - first
    this.#packets += row - first
    this.#least_us = least_us
    this.#most_us = most_us
    if (passed > 0) batch.pass(passed, passed_us)
    if (left > 0) batch.leave(left, passed_us)
    return given
  }

  /** Fills the table anew; false when the buffer holds no whole packet any more. */
  #findMore(batch: SourceBatch): boolean {
    const file = this.#file
    const table = this.#table
    this.#row = 0
    this.#start = table.fill(file, this.#start, this.#end)
    while (table.count === 0) {
      const at = this.#start
      const step = file.step(table.view, at, this.#end)
      this.#start = file.next
      if (step === STEP.packet) table.put(file)
      else if (step === STEP.rejected) this.#reject(batch, at, file.next)
      else if (step === STEP.hopeless) this.#failure = this.#failed(file.detail)
      if (step === STEP.more || step === STEP.hopeless) return false
    }
    return true
  }

  #endRound(batch: SourceBatch): boolean | Promise<boolean> {
    const last = this.#file.finish(this.#start, this.#end)
    if (last === STEP.rejected) this.#reject(batch, this.#start, this.#end)
    if (last === STEP.hopeless) {
      this.#failure = this.#failed(this.#file.detail)
      throw this.#failure
    }
    if (this.#options.repeat) return this.#beginRound()
    this.#hasEnded = true
    return false
  }

  async #beginRound(): Promise<boolean> {
    const { path } = this.#options
    if (this.#packets === 0)
      throw new InputError(`Capture file ${path} holds no packet to repeat. Set repeat to false.`)
    const span_us = this.#most_us - this.#least_us
    const gap_us = this.#packets > 1 ? Math.max(1, Math.round(span_us / (this.#packets - 1))) : 1_000_000
    const shift_us = this.#shift_us + span_us + gap_us
    if (this.#most_us + shift_us > Number.MAX_SAFE_INTEGER) {
      throw new InputError(`Capture file ${path} was repeated until the year 2255. Restart the flow.`)
    }
    const next = await openFile(this.#capabilities, path)
    const read = this.#reader
    this.#reader = next
    await read.close()
    if (this.#isClosed) await next.close()
    this.#file = new PacketFile()
    this.#start = 0
    this.#end = 0
    this.#table.count = 0
    this.#row = 0
    this.#pieces = 0
    this.#given_before = 0
    this.#packets = 0
    this.#shift_us = shift_us
    this.#least_us = Number.POSITIVE_INFINITY
    this.#most_us = Number.NEGATIVE_INFINITY
    return !this.#isClosed
  }

  #reject(batch: SourceBatch, start: number, end: number): void {
    this.#pieces++
    if (this.#pieces <= this.#given_before) return
    const { reason, detail } = this.#file
    batch.reject(reason, detail, this.#table.buffer.subarray(start, Math.min(end, start + EXCERPT_BYTES)))
  }

  #failed(detail: string): InputError {
    return new InputError(`Capture file ${this.#options.path}: ${detail}`)
  }
}
