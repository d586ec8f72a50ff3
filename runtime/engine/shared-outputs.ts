/**
 * The outputs of a flow that several workers share, put together so that they look as if one worker had written them.
 *
 * By blocks the bytes of a lower block come before those of a higher one: byte for byte the output of one worker. By key
 * the pieces come as they arrive, each of whole records, so those of one key are in order. What stands at the head of an
 * output (the names of CSV's columns) is written by the first worker and comes before everything else. A worker is told
 * what was written of its bytes, and waits when too many are on their way; who holds the lowest block never waits for
 * another. This file must not know what the bytes mean.
 */

import type { MessagePort } from 'node:worker_threads'
import type { ByteWriter, Files } from '../../nodes/contract/capability.ts'
import type { FromCoordinator, ToCoordinator } from './share.ts'

/** Bytes handed to the writer before it is waited for. */
const RUN_BYTES = 1 << 20

/** The files of a flow, where the coordinator runs. */
export interface OutputFiles extends Pick<Files, 'write'> {
  /**
   * Several workers are about to read this file, each for itself.
   * @throws InputError when it can be read only once, or when the flow writes it.
   */
  reads(path: string): Promise<void>
}

interface Waiting {
  readonly block: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What the coordinator knows of a worker. */
interface Peer {
  readonly port: MessagePort
  /** The block it works on: -1 before the first, Infinity when it sends no more. */
  block: number
  hasBegun: boolean
}

export class SharedOutputs {
  readonly #files: OutputFiles
  readonly #isOrdered: boolean
  readonly #peers: Peer[] = []
  readonly #outputs: SharedOutput[] = []

  constructor(files: OutputFiles, by: 'blocks' | 'key') {
    this.#files = files
    this.#isOrdered = by === 'blocks'
  }

  /** Adds the next worker; all of them before the first message comes. */
  add(port: MessagePort): void {
    const peer: Peer = { port, block: -1, hasBegun: false }
    const worker = this.#peers.push(peer) - 1
    port.on('message', (message: ToCoordinator) => void this.#take(worker, peer, message))
  }

  /** The worker has ended, in order or not: nobody waits for it any more. */
  gone(worker: number): void {
    const peer = this.#peers[worker]!
    peer.port.close()
    peer.hasBegun = true
    peer.block = Number.POSITIVE_INFINITY
    for (const output of this.#outputs) output.closes(worker)
  }

  async #take(worker: number, peer: Peer, message: ToCoordinator): Promise<void> {
    if (message.say === 'bytes') this.#outputs[message.output]!.add(worker, message.bytes)
    else if (message.say === 'block' || message.say === 'begun') {
      if (message.say === 'block') peer.block = message.block
      else peer.hasBegun = true
      for (const output of this.#outputs) output.goOn()
    } else {
      const { call } = message
      try {
        say(peer, { say: 'answer', call, opened_bytes: await this.#answer(worker, message) })
      } catch (error) {
        say(peer, { say: 'refusal', call, message: error instanceof Error ? error.message : String(error) })
      }
    }
  }

  async #answer(worker: number, message: Extract<ToCoordinator, { readonly call: number }>): Promise<number> {
    if (message.say === 'reads') await this.#files.reads(message.path)
    else if (message.say === 'opens') {
      const { output, path, append } = message
      this.#outputs[output] ??= new SharedOutput(
        output,
        this.#files.write(path, { append }),
        this.#peers,
        this.#isOrdered,
      )
      const { opened_bytes } = await this.#outputs[output].opened
      // To all but the first it has begun already: what stands at its head is there, or will be.
      return worker === 0 ? opened_bytes : Math.max(1, opened_bytes)
    } else if (message.say === 'syncs') await (await this.#outputs[message.output]!.opened).synced()
    else await this.#outputs[message.output]!.closes(worker)
    return 0
  }
}

function say({ port }: Peer, message: FromCoordinator, transferred: ArrayBuffer[] = []): void {
  port.postMessage(message, transferred)
}

class SharedOutput {
  readonly opened: Promise<ByteWriter>
  readonly #number: number
  readonly #peers: readonly Peer[]
  readonly #isOrdered: boolean
  /** By worker, what was not written yet. */
  readonly #queues: Waiting[][]
  readonly #closed: boolean[]
  readonly #end = Promise.withResolvers<void>()
  #failure: string | undefined
  #isRunning = false
  #hasEnded = false
  /** The worker whose turn it is where any order will do. */
  #turn = 0

  constructor(number: number, opened: Promise<ByteWriter>, peers: readonly Peer[], isOrdered: boolean) {
    this.#number = number
    this.opened = opened
    this.#peers = peers
    this.#isOrdered = isOrdered
    this.#queues = peers.map(() => [])
    this.#closed = peers.map(() => false)
    // Who opened it is told; one that waits for its end learns it there.
    opened.catch(() => undefined)
    this.#end.promise.catch(() => undefined)
  }

  add(worker: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#queues[worker]!.push({ block: this.#peers[worker]!.block, bytes })
    this.goOn()
  }

  /** The worker gives no more. Resolves when all of them have said so and the output is closed. */
  closes(worker: number): Promise<void> {
    this.#closed[worker] = true
    this.goOn()
    return this.#end.promise
  }

  /** Writes what may be written now. */
  goOn(): void {
    if (!this.#isRunning && !this.#hasEnded) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let worker = this.#next(); worker !== undefined; worker = this.#next()) {
      const queue = this.#queues[worker]!
      const pieces: Waiting[] = []
      const { block } = queue[0]!
      for (let bytes = 0; bytes < RUN_BYTES && queue[0]?.block === block; ) {
        const piece = queue.shift()!
        pieces.push(piece)
        bytes += piece.bytes.length
      }
      await this.#write(pieces)
      this.#giveBack(worker, pieces)
    }
    this.#isRunning = false
    if (this.#closed.every((isClosed) => isClosed) && this.#queues.every((queue) => queue.length === 0)) {
      this.#hasEnded = true
      await this.#close()
    }
  }

  async #write(pieces: readonly Waiting[]): Promise<void> {
    // What comes after a failure could only stand in the output without what came before.
    if (this.#failure !== undefined) return
    try {
      const writer = await this.opened
      for (const { bytes } of pieces) writer.write(bytes, 0, bytes.length)
      await writer.drained()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error.message : String(error)
    for (const peer of this.#peers) say(peer, { say: 'failed', output: this.#number, message: this.#failure })
  }

  #giveBack(worker: number, pieces: readonly Waiting[]): void {
    if (this.#failure !== undefined) return
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0)
    const spare = pieces.map((piece) => piece.bytes.buffer)
    say(this.#peers[worker]!, { say: 'written', output: this.#number, bytes, spare }, spare)
  }

  /** The worker whose bytes come next; undefined when they are not there yet. */
  #next(): number | undefined {
    if (!this.#isOrdered) return this.#anyNext()
    const lowest = Math.min(...this.#peers.map((_, worker) => this.#front(worker)))
    const worker = this.#queues.findIndex((queue) => queue[0]?.block === lowest)
    return worker < 0 ? undefined : worker
  }

  /** The lowest block of which the worker has, or may yet send, bytes. */
  #front(worker: number): number {
    const waiting = this.#queues[worker]![0]
    if (waiting !== undefined) return waiting.block
    return this.#closed[worker] ? Number.POSITIVE_INFINITY : this.#peers[worker]!.block
  }

  #anyNext(): number | undefined {
    const [first] = this.#peers as [Peer]
    if (!first.hasBegun) return this.#queues[0]!.length > 0 ? 0 : undefined
    for (let i = 0; i < this.#peers.length; i++) {
      const worker = (this.#turn + i) % this.#peers.length
      if (this.#queues[worker]!.length === 0) continue
      this.#turn = worker + 1
      return worker
    }
    return undefined
  }

  async #close(): Promise<void> {
    try {
      await (await this.opened).close()
      this.#end.resolve()
    } catch (error) {
      this.#end.reject(error)
    }
  }
}
