/**
 * The files of one of several workers that share a flow: it reads for itself, and what it writes goes to the coordinator,
 * which puts the outputs of all workers together. This file must not know in which order.
 */

import {
  type ByteReader,
  type ByteWriter,
  type Capabilities,
  type Files,
  InputError,
  type ReadOptions,
} from '../../nodes/contract/capability.ts'
import { LineBlocks } from './line-blocks.ts'
import type { LoopShare } from './loop.ts'
import { type Blocks, COMMON, type FromCoordinator, type ShareStart, type ToCoordinator } from './share.ts'
import type { EngineStart } from './thread.ts'

/** Bytes that gather before they are sent, and how long fewer wait. */
const PIECE_BYTES = 1 << 18
const GATHER_MS = 20
/** Bytes of an output on their way at which its writer asks for patience: a worker may be ahead of the others by so much. */
const PRESSED_BYTES = 8 << 20
/** Buffers that came back and are kept for the next pieces. */
const MAX_SPARE = 4

class SharedFiles implements Files, Blocks {
  readonly block_bytes: number
  readonly block_records: number
  /** True once an input is divided where lines end: then no records are dealt out. */
  isDivided = false
  readonly #files: Files
  readonly #start: ShareStart
  readonly #mayDivide: boolean
  readonly #common: BigInt64Array
  readonly #writers: SharedWriter[] = []
  readonly #calls = new Map<number, PromiseWithResolvers<number>>()
  #calls_made = 0
  #beforeBlock: () => void = () => undefined

  /**
   * @param files of this worker, to read.
   * @param mayDivide false when the records of the whole input are counted, so that every worker must see them all.
   */
  constructor(files: Files, start: ShareStart, mayDivide: boolean) {
    this.#files = files
    this.#start = start
    this.#mayDivide = mayDivide
    this.#common = new BigInt64Array(start.common)
    this.block_bytes = start.block_bytes
    this.block_records = start.block_records
    start.port.on('message', (message: FromCoordinator) => this.#take(message))
  }

  async read(path: string, options: ReadOptions): Promise<ByteReader> {
    await this.#call((call) => ({ say: 'reads', call, path }))
    const reader = await this.#files.read(path, options)
    const { by } = this.#start
    if (by === 'key' || !this.#mayDivide || options.dividedAt === undefined || options.follow) return reader
    this.isDivided = true
    return new LineBlocks(reader, this)
  }

  async write(path: string, { append }: { readonly append: boolean }): Promise<ByteWriter> {
    const output = this.#writers.length
    const writer = new SharedWriter(this, output)
    this.#writers.push(writer)
    writer.opened_bytes = await this.#call((call) => ({ say: 'opens', call, output, path, append }))
    return writer
  }

  /** @param listener has everything that belongs to the block before written to the outputs. */
  onBlock(listener: () => void): void {
    this.#beforeBlock = listener
  }

  next(): number {
    this.#beforeBlock()
    const block = Number(Atomics.add(this.#common, COMMON.nextBlock, 1n))
    this.#tell({ say: 'block', block })
    return block
  }

  agreeOnSize(found_bytes: number): number {
    const agreed = Atomics.compareExchange(this.#common, COMMON.size_bytes, -1n, BigInt(found_bytes))
    return agreed < 0n ? found_bytes : Number(agreed)
  }

  /** Everything is open, and the heads of outputs were written. */
  begun(): void {
    this.#tell({ say: 'begun' })
  }

  /** Nothing more leaves the flow. */
  ended(): void {
    this.#beforeBlock()
    this.#tell({ say: 'block', block: Number.POSITIVE_INFINITY })
  }

  #tell(message: ToCoordinator): void {
    for (const writer of this.#writers) writer.send()
    this.#start.port.postMessage(message)
  }

  /** @throws InputError with what the coordinator says is wrong. */
  #call(make: (call: number) => ToCoordinator): Promise<number> {
    const call = this.#calls_made++
    const answer = Promise.withResolvers<number>()
    this.#calls.set(call, answer)
    this.#start.port.postMessage(make(call))
    return answer.promise
  }

  sync(output: number): Promise<unknown> {
    return this.#call((call) => ({ say: 'syncs', call, output }))
  }

  close(output: number): Promise<unknown> {
    return this.#call((call) => ({ say: 'closes', call, output }))
  }

  post(output: number, bytes: Uint8Array<ArrayBuffer>): void {
    const message: ToCoordinator = { say: 'bytes', output, bytes }
    this.#start.port.postMessage(message, [bytes.buffer])
  }

  #take(message: FromCoordinator): void {
    if (message.say === 'written') this.#writers[message.output]!.written(message.bytes, message.spare)
    else if (message.say === 'failed') this.#writers[message.output]!.fail(new InputError(message.message))
    else {
      const answer = this.#calls.get(message.call)!
      this.#calls.delete(message.call)
      if (message.say === 'answer') answer.resolve(message.opened_bytes)
      else answer.reject(new InputError(message.message))
    }
  }
}

/** The loop's doors to the world, and its part in a flow that several threads share: what it writes goes to the coordinator. */
export function sharedStart(
  capabilities: Capabilities,
  { share, maxRecords }: EngineStart,
): { capabilities: Capabilities; share?: LoopShare } {
  if (share === undefined) return { capabilities }
  const files = new SharedFiles(capabilities.files, share, maxRecords === undefined)
  const { index, of, by } = share
  return {
    capabilities: { ...capabilities, files },
    share: { index, of, by, blocks: files, begun: () => files.begun(), ended: () => files.ended() },
  }
}

/** What one call of `write` gives stays together in one piece. */
class SharedWriter implements ByteWriter {
  opened_bytes = 0
  readonly #files: SharedFiles
  readonly #output: number
  readonly #spare: ArrayBuffer[] = []
  #gathering: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #length = 0
  #sent_bytes = 0
  #written_bytes = 0
  #failure: InputError | undefined
  /** Who waits until so many bytes are written. */
  #waiting: { readonly bytes: number; readonly done: PromiseWithResolvers<void> }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(files: SharedFiles, output: number) {
    this.#files = files
    this.#output = output
  }

  write(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#failure !== undefined) return true
    const more = end - start
    if (this.#length + more > this.#gathering.length) {
      this.send()
      this.#gathering = this.#buffer(more)
    }
    this.#gathering.set(bytes.subarray(start, end), this.#length)
    this.#length += more
    if (this.#length >= PIECE_BYTES) this.send()
    else this.#timer ??= setTimeout(() => this.send(), GATHER_MS)
    return this.#sent_bytes + this.#length - this.#written_bytes >= PRESSED_BYTES
  }

  #buffer(least_bytes: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare.pop()
    if (spare !== undefined && spare.byteLength >= least_bytes) return new Uint8Array(spare)
    return new Uint8Array(Math.max(PIECE_BYTES, least_bytes))
  }

  /** Sends what has gathered. */
  send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#length === 0) return
    const piece = this.#gathering.subarray(0, this.#length)
    this.#sent_bytes += this.#length
    this.#length = 0
    this.#gathering = new Uint8Array(0)
    this.#files.post(this.#output, piece)
  }

  async drained(): Promise<void> {
    this.send()
    if (this.#failure !== undefined) throw this.#failure
    if (this.#written_bytes === this.#sent_bytes) return
    const done = Promise.withResolvers<void>()
    this.#waiting.push({ bytes: this.#sent_bytes, done })
    await done.promise
  }

  async synced(): Promise<void> {
    await this.drained()
    await this.#files.sync(this.#output)
  }

  async close(): Promise<void> {
    this.send()
    await this.#files.close(this.#output)
    if (this.#failure !== undefined) throw this.#failure
  }

  written(bytes: number, spare: readonly ArrayBuffer[]): void {
    this.#written_bytes += bytes
    for (const buffer of spare) if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer)
    while (this.#waiting.length > 0 && this.#waiting[0]!.bytes <= this.#written_bytes)
      this.#waiting.shift()!.done.resolve()
  }

  fail(error: InputError): void {
    this.#failure ??= error
    for (const { done } of this.#waiting) done.reject(this.#failure)
    this.#waiting = []
  }
}
