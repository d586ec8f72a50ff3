/**
 * The engine of a flow that several threads share, behind the same face as that of one: each runs the whole program over
 * its part of the records, and what they write is put together here. The first of them is the thread that asks: it
 * begins at once and works while the others start, which takes as long as Node itself takes.
 *
 * A fault in one thread stops all of them, but for one of the source of blocks: what is wrong with the input the others
 * will meet themselves, after they gave what stands before it.
 */

import { MessageChannel } from 'node:worker_threads'
import type { Capabilities } from '../../nodes/contract/capability.ts'
import type { SampleFrame } from '../protocol/messages.ts'
import type { FlowMetrics } from '../protocol/metrics.ts'
import type { Engine, EngineEnd } from './engine.ts'
import { LocalEngine } from './local-engine.ts'
import { commonMemory, type ShareStart } from './share.ts'
import { type OutputFiles, SharedOutputs } from './shared-outputs.ts'
import { sumMetrics } from './sum-metrics.ts'
import type { EngineStart } from './thread.ts'
import { ThreadEngine } from './thread-engine.ts'

/**
 * Bytes of a block, where input is divided at lines. Entering a block costs a few dozen microseconds; what a worker
 * writes of a block waits for the blocks below, in memory.
 */
const BLOCK_BYTES = 2 << 20
/** Records of a block, where they are dealt out. */
const BLOCK_RECORDS = 4096

/** How the threads share the flow. */
export interface Sharing {
  readonly workers: number
  readonly by: 'blocks' | 'key'
  /** Node id of the source whose input is shared. */
  readonly source: string
  /** For tests: size of the blocks. */
  readonly block_bytes?: number
  readonly block_records?: number
}

/** Each thread may use as much memory as one that runs a flow alone. It goes on from no position and gives none. */
export type SharedStart = Omit<EngineStart, 'resume' | 'share'>

/**
 * @param workerFile the door in which capabilities are handed to `runWorker`.
 * @param capabilities makes the doors to the world for the worker in this thread.
 * @param files makes the door to the outputs for a flow's folder.
 */
export function makeSharedEngineStarter(
  workerFile: URL,
  capabilities: (start: EngineStart) => Capabilities,
  files: (start: SharedStart) => OutputFiles,
): (start: SharedStart, sharing: Sharing) => Engine {
  return (start, sharing) => {
    const outputs = new SharedOutputs(files(start), sharing.by)
    const startEngine = (one: EngineStart) =>
      one.share?.index === 0 ? new LocalEngine(capabilities, one) : new ThreadEngine(workerFile, one)
    return new SharedEngine(startEngine, start, sharing, outputs)
  }
}

class SharedEngine implements Engine {
  readonly ready: Promise<void>
  readonly ended: Promise<EngineEnd>
  readonly #engines: readonly Engine[]
  readonly #source: string | undefined
  readonly #listeners: ((metrics: FlowMetrics) => void)[] = []
  readonly #hasEnded: boolean[]
  #fault: EngineEnd['fault']

  constructor(
    startEngine: (start: EngineStart) => Engine,
    start: SharedStart,
    sharing: Sharing,
    outputs: SharedOutputs,
  ) {
    const { workers: of, by, block_bytes = BLOCK_BYTES, block_records = BLOCK_RECORDS } = sharing
    const common = commonMemory()
    this.#source = by === 'blocks' ? sharing.source : undefined
    this.#hasEnded = new Array<boolean>(of).fill(false)
    const shares = Array.from({ length: of }, (_, index): ShareStart => {
      const { port1, port2 } = new MessageChannel()
      outputs.add(port1)
      return { index, of, by, block_bytes, block_records, common, port: port2 }
    })
    this.#engines = shares.map((share) => startEngine({ ...start, share }))
    for (const [i, engine] of this.#engines.entries()) {
      engine.onMetrics(() => this.#took(i))
      void engine.ended.then((end) => {
        outputs.gone(i)
        this.#workerEnded(i, end)
      })
    }
    this.ready = Promise.all(this.#engines.map(({ ready }) => ready)).then(() => undefined)
    this.ready.catch(() => undefined)
    this.ended = Promise.all(this.#engines.map(({ ended }) => ended)).then((ends) => this.#endOf(ends))
  }

  #workerEnded(worker: number, { fault }: EngineEnd): void {
    this.#hasEnded[worker] = true
    if (fault === undefined) return
    this.#fault ??= fault
    if (this.#source === undefined || fault.node !== this.#source) void this.stop()
  }

  #endOf(ends: readonly EngineEnd[]): EngineEnd {
    const metrics = sumMetrics(ends.map((end) => end.metrics))
    if (this.#fault !== undefined) return { state: 'faulted', fault: this.#fault, metrics, positions: {} }
    return { state: ends.some(({ state }) => state === 'stopped') ? 'stopped' : 'ended', metrics, positions: {} }
  }

  /** The first worker that still runs sets the pace for all. */
  #took(worker: number): void {
    const first = this.#hasEnded.indexOf(false)
    if (worker !== first && first >= 0) return
    const metrics = this.metrics()
    for (const listener of this.#listeners) listener(metrics)
  }

  metrics(): FlowMetrics {
    return sumMetrics(this.#engines.map((engine) => engine.metrics()))
  }

  onMetrics(listener: (metrics: FlowMetrics) => void): void {
    this.#listeners.push(listener)
  }

  /** Each worker shows its part of the limit. Sequence numbers tell samples apart and rise for each worker. */
  openTap(tap: string, wire: string, limit_per_s: number, listener: (frame: SampleFrame) => void): boolean {
    const of = this.#engines.length
    const limit = Math.max(1, Math.floor(limit_per_s / of))
    return this.#engines
      .map((engine, index) =>
        engine.openTap(tap, wire, limit, ({ samples, ...frame }) => {
          const numbered = samples.map(({ sequence, record }) => ({
            sequence: (sequence - 1) * of + index + 1,
            record,
          }))
          listener({ ...frame, samples: numbered })
        }),
      )
      .includes(true)
  }

  closeTap(tap: string): void {
    for (const engine of this.#engines) engine.closeTap(tap)
  }

  async stop(): Promise<EngineEnd> {
    await Promise.all(this.#engines.map((engine) => engine.stop()))
    return this.ended
  }
}
