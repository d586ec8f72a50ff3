/**
 * The engine in the caller's own thread: for a process that runs one flow and nothing else. It starts sooner and takes
 * less memory than one with a thread of its own; what goes wrong in it is told the same way. Where several threads share
 * the flow, it is the first of them. The loop lets signals and timers in every few milliseconds.
 */

import { type Capabilities, InputError } from '../../nodes/contract/capability.ts'
import type { SampleFrame } from '../protocol/messages.ts'
import type { Fault, FlowMetrics } from '../protocol/metrics.ts'
import { loadArtifact } from './artifact.ts'
import { type Engine, type EngineEnd, HEAP_MIB, METRICS_MS, NOTHING, STOP_MS, usedTooMuch } from './engine.ts'
import { Loop } from './loop.ts'
import { sharedStart } from './shared-files.ts'
import { FRAME_INTERVAL_MS } from './tap.ts'
import { type EngineStart, loopStart } from './thread.ts'

interface Collection extends PerformanceEntry {
  readonly detail: { readonly kind: number }
}

/** A collection of the whole heap, among the kinds of collections (NODE_PERFORMANCE_GC_MAJOR). */
const MAJOR = 4

/** @param capabilities makes the doors to the world for a flow's folder. */
export function makeLocalEngineStarter(
  capabilities: (start: EngineStart) => Capabilities,
): (start: EngineStart) => Engine {
  return (start) => new LocalEngine(capabilities, start)
}

export class LocalEngine implements Engine {
  readonly ready: Promise<void>
  readonly ended: Promise<EngineEnd>
  readonly #ended = Promise.withResolvers<EngineEnd>()
  readonly #opened: Promise<Opened | undefined>
  readonly #taps = new Map<string, (frame: SampleFrame) => void>()
  readonly #listeners: ((metrics: FlowMetrics) => void)[] = []
  #loop: Loop | undefined
  #end: EngineEnd | undefined
  /** What went wrong outside the loop. */
  #fault: Fault | undefined

  constructor(capabilities: (start: EngineStart) => Capabilities, start: EngineStart) {
    const ready = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.ended = this.#ended.promise
    // Whoever waits only for the end learns of a refusal there.
    this.ready.catch(() => undefined)
    this.#opened = open(capabilities(start), start).then(
      (opened) => {
        this.#loop = opened.loop
        ready.resolve()
        void this.#run(opened, start.heap_mib ?? HEAP_MIB)
        return opened
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error)
        ready.reject(new InputError(message))
        this.#finish({ state: 'faulted', fault: { message }, metrics: NOTHING, positions: {} })
        return undefined
      },
    )
  }

  async #run({ loop, inSources }: Opened, heap_mib: number): Promise<void> {
    const onError = (error: unknown) => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error))
      this.#fail({ message, ...(stack === undefined ? {} : { stack }) })
    }
    process.on('uncaughtException', onError)
    const guard = new HeapGuard(heap_mib, () => this.#fail({ message: usedTooMuch(heap_mib) }))
    const metricsTimer = setInterval(() => {
      guard.look()
      for (const listener of this.#listeners) listener(loop.metrics())
    }, METRICS_MS)
    const tapTimer = setInterval(() => this.#giveSamples(loop), FRAME_INTERVAL_MS)
    const end = await loop.run()
    clearInterval(metricsTimer)
    clearInterval(tapTimer)
    guard.stop()
    process.off('uncaughtException', onError)
    this.#giveSamples(loop)
    this.#finish(inSources(this.#fault === undefined ? end : { ...end, state: 'faulted', fault: this.#fault }))
  }

  /** The loop delivers what it read; so far as it still can. */
  #fail(fault: Fault): void {
    this.#fault ??= fault
    void this.stop()
  }

  #finish(end: EngineEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    for (const listener of this.#listeners) listener(end.metrics)
    this.#ended.resolve(end)
  }

  #giveSamples(loop: Loop): void {
    for (const frame of loop.collectSamples()) this.#taps.get(frame.tap)?.(frame)
  }

  metrics(): FlowMetrics {
    return this.#end?.metrics ?? this.#loop?.metrics() ?? NOTHING
  }

  onMetrics(listener: (metrics: FlowMetrics) => void): void {
    this.#listeners.push(listener)
  }

  openTap(tap: string, wire: string, limit_per_s: number, listener: (frame: SampleFrame) => void): boolean {
    if (this.#end !== undefined || this.#loop?.openTap(tap, wire, limit_per_s) !== true) return false
    this.#taps.set(tap, listener)
    return true
  }

  closeTap(tap: string): void {
    if (this.#taps.delete(tap)) this.#loop?.closeTap(tap)
  }

  async stop(): Promise<EngineEnd> {
    const timer = setTimeout(() => {
      const fault = this.#fault ?? { message: `It did not stop within ${STOP_MS / 1000} s.` }
      this.#finish({ state: 'faulted', fault, metrics: this.metrics(), positions: {} })
    }, STOP_MS)
    const opened = await this.#opened
    if (this.#end === undefined) void opened?.loop.stop()
    const end = await this.ended
    clearTimeout(timer)
    return end
  }
}

interface Opened {
  readonly loop: Loop
  readonly inSources: (end: EngineEnd) => EngineEnd
}

async function open(capabilities: Capabilities, start: EngineStart): Promise<Opened> {
  const { program, inSources } = await loadArtifact(start.artifact)
  const loop = new Loop({ program, ...loopStart(start), ...sharedStart(capabilities, start) })
  await loop.open()
  return { loop, inSources }
}

/**
 * Tells when the heap holds more than it may. Only what stays after a collection counts, and collections are watched
 * only once the heap is that large with what it could give back.
 */
class HeapGuard {
  readonly #limit_bytes: number
  readonly #onExceeded: () => void
  #collections: PerformanceObserver | undefined

  constructor(limit_mib: number, onExceeded: () => void) {
    this.#limit_bytes = limit_mib * 2 ** 20
    this.#onExceeded = onExceeded
  }

  look(): void {
    if (this.#collections !== undefined || !this.#isExceeded()) return
    this.#collections = new PerformanceObserver((list) => {
      const isWhole = (list.getEntries() as Collection[]).some(({ detail }) => detail.kind === MAJOR)
      if (isWhole && this.#isExceeded()) this.#onExceeded()
    })
    this.#collections.observe({ entryTypes: ['gc'] })
  }

  stop(): void {
    this.#collections?.disconnect()
  }

  #isExceeded(): boolean {
    return process.memoryUsage().heapUsed > this.#limit_bytes
  }
}
