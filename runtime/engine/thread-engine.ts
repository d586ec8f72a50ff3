/** The engine in a thread of its own, so that what goes wrong there stays there. */

import { Worker } from 'node:worker_threads'
import { InputError } from '../../nodes/contract/capability.ts'
import type { SampleFrame } from '../protocol/messages.ts'
import type { FlowMetrics } from '../protocol/metrics.ts'
import { type Engine, type EngineEnd, HEAP_MIB, NOTHING, STOP_MS, usedTooMuch } from './engine.ts'
import type { EngineStart, FromWorker, ToWorker } from './thread.ts'

/** @param workerFile the door in which capabilities are handed to `runWorker`. */
export function makeEngineStarter(workerFile: URL): (start: EngineStart) => Engine {
  return (start) => new ThreadEngine(workerFile, start)
}

export class ThreadEngine implements Engine {
  readonly ready: Promise<void>
  readonly ended: Promise<EngineEnd>
  readonly #worker: Worker
  readonly #listeners: ((metrics: FlowMetrics) => void)[] = []
  readonly #taps = new Map<string, (frame: SampleFrame) => void>()
  #wires: readonly string[] = []
  #metrics = NOTHING
  #isOver = false

  constructor(workerFile: URL, start: EngineStart) {
    this.#worker = new Worker(workerFile, {
      workerData: start,
      transferList: start.share === undefined ? [] : [start.share.port],
      resourceLimits: { maxOldGenerationSizeMb: start.heap_mib ?? HEAP_MIB },
    })
    const ready = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<EngineEnd>()
    this.ready = ready.promise
    this.ended = ended.promise
    // Whoever waits only for the end learns of a refusal there.
    this.ready.catch(() => undefined)
    const finish = (end: EngineEnd) => {
      this.#isOver = true
      this.#take(end.metrics)
      ended.resolve(end)
    }
    const fail = (message: string, stack?: string) => {
      ready.reject(new InputError(message))
      const fault = { message, ...(stack === undefined ? {} : { stack }) }
      finish({ state: 'faulted', fault, metrics: this.#metrics, positions: {} })
    }
    this.#worker.on('message', (message: FromWorker) => {
      if (message.say === 'ready') {
        this.#wires = message.wires
        ready.resolve()
      } else if (message.say === 'refused') fail(message.message)
      else if (message.say === 'metrics') this.#take(message.metrics)
      else if (message.say === 'samples') for (const frame of message.frames) this.#taps.get(frame.tap)?.(frame)
      else finish(message.end)
    })
    this.#worker.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
        fail(usedTooMuch(start.heap_mib ?? HEAP_MIB))
      } else fail(error.message, error.stack)
    })
    this.#worker.on('exit', () => {
      if (!this.#isOver) fail('The thread of the flow ended unexpectedly.')
    })
  }

  #take(metrics: FlowMetrics): void {
    this.#metrics = metrics
    for (const listener of this.#listeners) listener(metrics)
  }

  metrics(): FlowMetrics {
    return this.#metrics
  }

  onMetrics(listener: (metrics: FlowMetrics) => void): void {
    this.#listeners.push(listener)
  }

  openTap(tap: string, wire: string, limit_per_s: number, listener: (frame: SampleFrame) => void): boolean {
    if (this.#isOver || !this.#wires.includes(wire)) return false
    this.#taps.set(tap, listener)
    this.#ask({ ask: 'tap', tap, wire, limit_per_s })
    return true
  }

  closeTap(tap: string): void {
    if (this.#taps.delete(tap)) this.#ask({ ask: 'untap', tap })
  }

  #ask(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  async stop(): Promise<EngineEnd> {
    if (!this.#isOver) this.#ask({ ask: 'stop' })
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_MS)
    const end = await this.ended
    clearTimeout(timer)
    return end
  }
}
