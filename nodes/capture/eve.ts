/** capture.eve: events from a Suricata EVE file, one JSON object a line; read once, in a loop, or as it grows. */

import type { ByteReader, Capabilities, Position } from '../contract/capability.ts'
import type { FieldKind, Fields, FieldType } from '../contract/field.ts'
import { type NodeMistake, NodeMistakes, sourceNode } from '../contract/node.ts'
import type { Reading, Source, SourceBatch } from '../contract/operator.ts'
import { option } from '../contract/option.ts'
import { Desk } from '../kernels/desk.ts'
import { eveFields, eveOpen } from '../records/eve.ts'
import { JSON_ERRORS } from '../records/json-reader.ts'
import { LineBuffer } from './line-buffer.ts'
import { Pace } from './pace.ts'

/** Kinds that a value of a JSON record can have. */
const KINDS: readonly FieldKind[] = ['boolean', 'integer', 'int64', 'float64', 'text', 'list', 'map', 'any']

export default sourceNode({
  type: 'capture.eve',
  version: 1,
  title: 'Suricata EVE',
  help: 'Events that Suricata writes as JSON lines (`eve.json`). With `follow` it waits for more at the end of the file and goes along with log rotation; with `repeat` the file is replayed in a loop, each time with the times its records bear. The file may be compressed with gzip. Empty lines are left out. Where only filters are wired to it, a line that none of them could pass is not read beyond its braces; wire `rejected` to have every line checked.',
  icon: 'file-json',
  uses: ['files', 'clock'],
  options: {
    path: option.path({ direction: 'read', help: 'The EVE file; `-` is standard input.' }),
    follow: option.boolean({
      default: false,
      help: 'Waits for more at the end of the file, and goes on with the new file when the log is rotated.',
    }),
    compression: option.choice({
      of: ['auto', 'none', 'gzip'],
      default: 'auto',
      help: 'How the file is compressed; `auto` looks at its first bytes.',
    }),
    max_line_bytes: option.integer({
      default: 1 << 20,
      min: 1024,
      max: 64 << 20,
      unit: 'bytes',
      help: 'A longer line is rejected without being kept in memory.',
    }),
    repeat: option.boolean({
      default: false,
      help: 'Begins again at the end of the file, for ever. Not with `follow`.',
    }),
    rate_per_s: option.number({
      default: 0,
      min: 0,
      max: 10_000_000,
      unit: 'records/s',
      help: 'Records a second; 0 is as fast as possible.',
    }),
    fields: option.texts({
      default: [],
      help: 'Further fields that your events have, each as `path: kind`, such as `custom.tenant: text`. Kinds: boolean, integer, int64, float64, text, list, map, any.',
    }),
  },
  essence: (options) => String(options.path),
  rejects: {
    LINE_TOO_LONG: 'A line is longer than `max_line_bytes`. It was skipped.',
    ...Object.fromEntries(JSON_ERRORS.map(({ reason, help }) => [reason, help])),
  },
  emits: (options) => ({ reader: 'json', fields: withExtra(options.fields), open: eveOpen() }),
  // Of a log that is emptied in place a slow reader may miss the last lines.
  replays: ({ path, follow }) => path !== '-' && (!follow || 'by key'),
  open: async (options, capabilities, from, reading = { desk: new Desk(), screen: [] }) => {
    const reader = await openFile(options, capabilities, from)
    return new EveSource(options, capabilities, reader, from, reading)
  },
})

/** @throws NodeMistakes naming each entry that is no `path: kind`. */
function withExtra(extra: readonly string[]): Fields {
  const fields = new Map<string, FieldType>(Object.entries(eveFields()))
  const mistakes: NodeMistake[] = []
  for (const [i, entry] of extra.entries()) {
    const [, path, kind] = /^\s*([^\s:]+)\s*:\s*([a-z0-9]+)\s*$/.exec(entry) ?? []
    const known = KINDS.find((one) => one === kind)
    if (path === undefined || known === undefined) {
      const fix = `Write it as "path: kind"; kinds are ${KINDS.join(', ')}.`
      mistakes.push({ code: 'FLOW-0202', option: `fields.${i}`, message: 'This is no field with its kind.', fix })
    } else fields.set(path, { kind: known, help: 'Declared in the flow.' })
  }
  if (mistakes.length > 0) throw new NodeMistakes(mistakes)
  return Object.fromEntries(fields)
}

interface EveOptions {
  readonly path: string
  readonly follow: boolean
  readonly compression: 'auto' | 'none' | 'gzip'
  readonly max_line_bytes: number
  readonly repeat: boolean
  readonly rate_per_s: number
}

function openFile(options: EveOptions, { files }: Capabilities, from: Position | undefined): Promise<ByteReader> {
  const { path, follow, compression, repeat, rate_per_s } = options
  // One pace for all of a file's records is kept only by who sees them all.
  const isDivided = !repeat && rate_per_s === 0
  return files.read(path, { follow, compression, from, ...(isDivided ? { dividedAt: 'lines' } : {}) })
}

class EveSource implements Source {
  readonly #options: EveOptions
  readonly #capabilities: Capabilities
  readonly #lines: LineBuffer
  readonly #pace: Pace
  #reader: ByteReader
  /** Lines and rejects of this round: a round without any ends a loop over nothing. */
  #pieces = 0
  #hasEnded = false
  #isClosed = false

  constructor(
    options: EveOptions,
    capabilities: Capabilities,
    reader: ByteReader,
    from: Position | undefined,
    { desk, screen }: Reading,
  ) {
    this.#options = options
    this.#capabilities = capabilities
    this.#reader = reader
    this.#pace = new Pace(options.rate_per_s, capabilities.clock)
    this.#lines = new LineBuffer(desk, screen, options.max_line_bytes)
    this.#lines.begin(from === undefined || reader.position(0).offset === 0)
  }

  /** Reads one piece of the file at most, so that a long stretch without lines keeps nobody waiting. */
  read(batch: SourceBatch): boolean | Promise<boolean> {
    const room = this.#pace.allowed(batch.most)
    if (room === 0) return this.#pace.wait().then(() => !this.#isClosed)
    if (this.#take(batch, room)) return true
    if (this.#hasEnded || this.#isClosed) return false
    const { bytes, fillFrom } = this.#lines.makeRoom()
    const count = this.#reader.read(bytes, fillFrom)
    if (typeof count === 'number') return this.#arrived(batch, room, count)
    return count.then((later) => this.#arrived(batch, room, later))
  }

  /** Undefined for standard input, which can't be read again. */
  position(): Position | undefined {
    return this.#options.path === '-' ? undefined : this.#reader.position(this.#lines.unread_bytes)
  }

  progress(): number | undefined {
    const { done_bytes, total_bytes } = this.#reader.progress()
    return total_bytes === undefined || this.#options.repeat ? undefined : done_bytes / Math.max(total_bytes, 1)
  }

  close(): Promise<void> {
    this.#isClosed = true
    return this.#reader.close()
  }

  /** Gives the lines that are in memory; false when there was none. */
  #take(batch: SourceBatch, room: number): boolean {
    const given = this.#lines.take(batch, room)
    this.#pieces += given
    this.#pace.gave(given)
    return given > 0
  }

  #arrived(batch: SourceBatch, room: number, count: number): boolean | Promise<boolean> {
    if (count > 0) this.#lines.filled(count)
    // Nothing comes of a read that was ended by closing, least of all an end of the file: half a line may be waiting.
    if (this.#isClosed) return false
    if (count === 0) this.#lines.end()
    const hasGiven = this.#take(batch, room)
    return count > 0 ? true : this.#goOn().then(() => hasGiven || !this.#hasEnded)
  }

  /** After the end of a file: on to the one that replaced it, to the next round, or to the end of all. */
  async #goOn(): Promise<void> {
    if (this.#reader.startsFile) {
      this.#lines.begin(true)
    } else if (this.#options.repeat && !this.#options.follow && this.#pieces > 0 && !this.#isClosed) {
      this.#pieces = 0
      await this.#reader.close()
      this.#reader = await openFile(this.#options, this.#capabilities, undefined)
      this.#lines.begin(true)
    } else this.#hasEnded = true
  }
}
