/**
 * One flow on the sensor: starts its engine, changes it over to a new artifact and back, restarts it after a fault.
 *
 * First start and redeploy are one path, `activate`. At each moment the disk names one artifact, with positions from
 * which that artifact loses nothing; so a crash at any step leaves the old deployment or the new one.
 */

import type { Engine, EngineEnd, EngineStart } from '../engine/engine.ts'
import { oneAtATime } from '../io/durable-file.ts'
import type {
  Activate,
  ActivateAnswer,
  DeploymentStatus,
  SampleFrame,
  StatusReport,
  TapAnswer,
  TapOpen,
} from '../protocol/messages.ts'
import type { Fault, FlowMetrics } from '../protocol/metrics.ts'
import type { Artifacts } from './artifacts.ts'
import type { DeploymentEntries, DeploymentEntry, Positions } from './entries.ts'

export interface Timing {
  /** A new artifact that has not opened its sources and sinks by then is taken back. */
  readonly ready_ms: number
  /** A new artifact that faults within this time of being ready is taken back. */
  readonly health_ms: number
  /** Pause before the first restart after a fault; doubles with each, up to `restart_max_ms`. */
  readonly restart_ms: number
  readonly restart_max_ms: number
  /** At most `restarts` in `restart_window_ms`; then the deployment stays faulted until it is deployed again. */
  readonly restarts: number
  readonly restart_window_ms: number
}
export const TIMING: Timing = {
  ready_ms: 30_000,
  health_ms: 1_000,
  restart_ms: 1_000,
  restart_max_ms: 60_000,
  restarts: 5,
  restart_window_ms: 600_000,
}

/** How long an engine that failed to start may take to close what it had opened. */
const QUIT_MS = 5_000

/** What a deployment needs of its sensor. */
export interface DeploymentHost {
  readonly artifacts: Artifacts
  readonly entries: DeploymentEntries
  /** Folder, samples and secrets of an engine's start. */
  readonly surroundings: (flow: string) => Promise<Pick<EngineStart, 'folder' | 'samples' | 'secrets'>>
  readonly startEngine: (start: EngineStart) => Engine
  readonly timing: Timing
  /** Called each second while running and when the state changes. */
  readonly onReport: (report: StatusReport) => void
  readonly onFrame: (frame: SampleFrame) => void
  readonly log: (line: string) => void
}

type Running = { readonly engine: Engine; readonly ended: Promise<EngineEnd> }
type Trial = { readonly running: Running } | { readonly fault: Fault; readonly positions: Positions }

export class Deployment {
  readonly flow: string
  readonly #host: DeploymentHost
  /** Starts, stops and changes happen one after another. */
  readonly #run = oneAtATime()
  readonly #closing = Promise.withResolvers<Fault>()
  #isClosing = false
  #entry: DeploymentEntry | undefined
  #running: Running | undefined
  #preparing: { readonly target: Activate; readonly since_ms: number } | undefined
  #metrics: FlowMetrics = noMetrics()
  #restart: NodeJS.Timeout | undefined
  /** When it was restarted lately, monotonic milliseconds. */
  #restarted_ms: number[] = []
  readonly #taps = new Map<string, TapOpen>()

  /** @param entry what ran before, from the disk. */
  constructor(flow: string, host: DeploymentHost, entry?: DeploymentEntry) {
    this.flow = flow
    this.#host = host
    this.#entry = entry
  }

  /** Undefined before the first activation and after a first activation that failed. */
  status(): DeploymentStatus | undefined {
    if (this.#preparing !== undefined) {
      const { target, since_ms } = this.#preparing
      return { ...target, state: 'preparing', since_ms }
    }
    if (this.#entry === undefined) return undefined
    const { positions: _, ...status } = this.#entry
    // What the disk names as running has to be started first, after a restart of the sensor.
    return status.state === 'running' && this.#running === undefined ? { ...status, state: 'preparing' } : status
  }

  report(): StatusReport | undefined {
    const status = this.status()
    return status === undefined ? undefined : { status, metrics: this.#metrics }
  }

  /** The artifact that must stay on the disk. */
  get artifact(): string | undefined {
    return this.#entry?.artifact
  }

  /** True when nothing of it runs or will by itself. */
  get isIdle(): boolean {
    const state = this.status()?.state
    return state === undefined || state === 'stopped' || state === 'ended'
  }

  /** After a restart of the sensor: goes on with what ran before. */
  resume(): Promise<void> {
    return this.#run(async () => {
      if (this.#entry?.state === 'running' || this.#entry?.state === 'faulted') await this.#startAgain()
    })
  }

  /**
   * Changes over to an artifact that is on the disk. The old engine drains and gives its positions; the new one goes on
   * from them. If the new one does not become ready, or faults at once, the old one goes on from where the new one came.
   */
  activate(next: Activate): Promise<ActivateAnswer> {
    return this.#run(() => this.#activate(next))
  }

  async #activate(next: Activate): Promise<ActivateAnswer> {
    const old = this.#entry
    if (this.#running !== undefined && old?.artifact === next.artifact) {
      if (old.revision !== next.revision) await this.#remember({ ...old, revision: next.revision })
      this.#tell()
      return { answer: 'running' }
    }
    let text: string
    try {
      text = await this.#host.artifacts.read(next.artifact)
    } catch (error) {
      return { answer: 'rolled-back', reason: (error as Error).message }
    }
    const goesOn = this.#running !== undefined || this.#restart !== undefined
    clearTimeout(this.#restart)
    this.#restart = undefined
    this.#preparing = { target: next, since_ms: Date.now() }
    this.#tell()

    let trial: Trial
    // A finished run is over: deploying again begins anew. Everything else goes on from where it stood.
    let resume = old === undefined || old.state === 'ended' ? undefined : old.positions
    try {
      if (this.#running !== undefined && old !== undefined) {
        resume = { ...old.positions, ...(await this.#halt()).positions }
        await this.#remember({ ...old, positions: resume })
      }
      trial = await this.#try(text, resume, this.#host.timing.health_ms)
    } catch (error) {
      trial = { fault: { message: (error as Error).message }, positions: {} }
    }
    if ('running' in trial) {
      const { running } = trial
      try {
        await this.#remember({
          flow: this.flow,
          revision: next.revision,
          artifact: next.artifact,
          state: 'running',
          since_ms: Date.now(),
          positions: resume ?? {},
        })
        this.#restarted_ms = []
        this.#preparing = undefined
        this.#attach(running)
        this.#tell()
        return { answer: 'running' }
      } catch (error) {
        this.#entry = old
        const end = await running.engine.stop()
        trial = { fault: { message: (error as Error).message }, positions: end.positions }
      }
    }
    this.#preparing = undefined
    const { fault, positions } = trial
    if (goesOn && this.#entry !== undefined) {
      // What the failed one delivered is delivered: the old one goes on after it, source by source.
      const reached = Object.entries(positions).filter(([node]) => Object.hasOwn(resume ?? {}, node))
      const entry = { ...this.#entry, positions: { ...resume, ...Object.fromEntries(reached) } }
      if (this.#isClosing) await this.#remember(entry)
      else {
        this.#entry = entry
        await this.#startAgain()
      }
    } else this.#tell()
    const where = fault.node === undefined ? '' : `node ${fault.node}: `
    return { answer: 'rolled-back', reason: `${where}${fault.message}` }
  }

  /** Stops it and keeps its positions, so that a later deployment of the flow goes on. */
  stop(): Promise<void> {
    return this.#run(async () => {
      clearTimeout(this.#restart)
      this.#restart = undefined
      const end = this.#running === undefined ? undefined : await this.#halt()
      if (this.#entry === undefined) return
      const { fault: _, ...entry } = this.#entry
      const positions = { ...entry.positions, ...end?.positions }
      await this.#remember({ ...entry, positions, state: 'stopped', since_ms: Date.now() })
      this.#tell()
    })
  }

  /** The sensor ends: drains, and writes down where to go on. */
  close(): Promise<void> {
    this.#isClosing = true
    this.#closing.resolve({ message: 'The sensor was closed before the flow was ready.' })
    return this.#run(async () => {
      clearTimeout(this.#restart)
      if (this.#running === undefined || this.#entry === undefined) return
      const { positions } = await this.#halt()
      await this.#remember({ ...this.#entry, positions: { ...this.#entry.positions, ...positions } })
    })
  }

  openTap(open: TapOpen): TapAnswer {
    if (this.#running === undefined) return { answer: 'refused', reason: 'The flow does not run on this sensor.' }
    if (!this.#openOn(this.#running.engine, open)) {
      return { answer: 'refused', reason: `The deployed flow has no wire '${open.wire}'. Deploy it to see this wire.` }
    }
    this.#taps.set(open.tap, open)
    return { answer: 'open' }
  }

  closeTap(tap: string): void {
    if (this.#taps.delete(tap)) this.#running?.engine.closeTap(tap)
  }

  #openOn(engine: Engine, open: TapOpen): boolean {
    return engine.openTap(open.tap, open.wire, open.limit_per_s, (frame) => {
      if (this.#taps.has(open.tap)) this.#host.onFrame(frame)
    })
  }

  /** Starts the artifact of the entry from the entry's positions; a failure counts as a fault. */
  async #startAgain(): Promise<void> {
    const entry = this.#entry
    if (entry === undefined) return
    let trial: Trial
    let isMissing = false
    try {
      const text = await this.#host.artifacts.read(entry.artifact).catch((error) => {
        isMissing = true
        throw error
      })
      trial = await this.#try(text, entry.positions, 0)
    } catch (error) {
      trial = { fault: { message: (error as Error).message }, positions: {} }
    }
    if ('fault' in trial) {
      await this.#onFault(trial.fault, trial.positions, !isMissing)
      return
    }
    const { fault: _, ...rest } = entry
    this.#attach(trial.running)
    await this.#remember({ ...rest, state: 'running', since_ms: Date.now() })
    this.#tell()
  }

  /** Starts an engine and waits until it is ready and has been well for `health_ms`; or closes it and says what failed. */
  async #try(artifact: string, resume: Positions | undefined, health_ms: number): Promise<Trial> {
    const surroundings = await this.#host.surroundings(this.flow)
    const engine = this.#host.startEngine({ artifact, ...surroundings, ...(resume === undefined ? {} : { resume }) })
    const ended = engine.ended.catch((error) => brokenEnd(engine, error))
    let end: EngineEnd | undefined
    const faulted = ended.then((result) => {
      end = result
      return result.state === 'faulted' ? (result.fault ?? { message: 'It stopped without saying why.' }) : undefined
    })
    const { ready_ms } = this.#host.timing
    const late: Fault = { message: `It was not ready within ${ready_ms / 1000} s.` }
    const ready = engine.ready.then(
      () => undefined,
      (error): Fault => ({ message: messageOf(error) }),
    )
    let fault = await within(ready_ms, late, [ready, faulted, this.#closing.promise])
    if (fault === undefined && health_ms > 0)
      fault = await within(health_ms, undefined, [faulted, this.#closing.promise])
    if (fault === undefined) return { running: { engine, ended } }
    if (end === undefined) {
      // It may hold files; but if it does not even stop, the old one must not wait for it.
      await within(QUIT_MS, undefined, [
        engine.stop().then(
          () => undefined,
          () => undefined,
        ),
        ended.then(() => undefined),
      ])
    }
    return { fault, positions: end?.positions ?? {} }
  }

  #attach(running: Running): void {
    this.#running = running
    this.#metrics = running.engine.metrics()
    running.engine.onMetrics((metrics) => {
      if (this.#running !== running) return
      this.#metrics = metrics
      this.#tell()
    })
    for (const tap of this.#taps.values()) this.#openOn(running.engine, tap)
    void running.ended.then((end) => this.#run(() => this.#onEnd(running, end)))
  }

  /** Stops what runs: it delivers what it read, and its positions are final. */
  async #halt(): Promise<EngineEnd> {
    const running = this.#running!
    this.#running = undefined
    const end = await running.engine.stop().catch((error) => brokenEnd(running.engine, error))
    this.#metrics = end.metrics
    return end
  }

  async #onEnd(running: Running, end: EngineEnd): Promise<void> {
    if (this.#running !== running || this.#entry === undefined) return
    this.#running = undefined
    this.#metrics = end.metrics
    if (end.state === 'faulted') {
      await this.#onFault(end.fault ?? { message: 'It stopped without saying why.' }, end.positions, true)
      return
    }
    const positions = { ...this.#entry.positions, ...end.positions }
    await this.#rememberOrSay({ ...this.#entry, positions, state: end.state, since_ms: Date.now() })
    this.#tell()
  }

  /** @param mayMend false when trying again can't help. */
  async #onFault(fault: Fault, positions: Positions, mayMend: boolean): Promise<void> {
    if (this.#entry === undefined || this.#isClosing) return
    const { timing, log } = this.#host
    const now_ms = performance.now()
    this.#restarted_ms = this.#restarted_ms.filter((at_ms) => now_ms - at_ms < timing.restart_window_ms)
    const tries = this.#restarted_ms.length
    await this.#rememberOrSay({
      ...this.#entry,
      positions: { ...this.#entry.positions, ...positions },
      state: 'faulted',
      since_ms: Date.now(),
      fault: shortFault(fault),
    })
    this.#tell()
    if (!mayMend || tries >= timing.restarts) {
      log(`Flow ${this.flow} stays stopped after a fault: ${fault.message}. Mend it and deploy it again.`)
      return
    }
    const pause_ms = Math.min(timing.restart_max_ms, timing.restart_ms * 2 ** tries)
    log(`Flow ${this.flow} faulted: ${fault.message}. Starting it again in ${pause_ms / 1000} s.`)
    const timer = setTimeout(() => {
      void this.#run(async () => {
        // An activation, a stop or a close that came meanwhile has the word.
        if (this.#restart !== timer || this.#isClosing) return
        this.#restart = undefined
        this.#restarted_ms.push(performance.now())
        await this.#startAgain()
      })
    }, pause_ms)
    this.#restart = timer
  }

  async #remember(entry: DeploymentEntry): Promise<void> {
    this.#entry = entry
    await this.#host.entries.save(entry)
  }

  /** Where nobody waits for an answer: a full disk is told to the log, and the flow goes on. */
  async #rememberOrSay(entry: DeploymentEntry): Promise<void> {
    try {
      await this.#remember(entry)
    } catch (error) {
      this.#host.log((error as Error).message)
    }
  }

  #tell(): void {
    const report = this.report()
    if (report !== undefined) this.#host.onReport(report)
  }
}

/** The first of `answers`; `late` after `limit_ms`. */
async function within(
  limit_ms: number,
  late: Fault | undefined,
  answers: readonly Promise<Fault | undefined>[],
): Promise<Fault | undefined> {
  const { promise, resolve } = Promise.withResolvers<Fault | undefined>()
  const timer = setTimeout(resolve, limit_ms, late)
  try {
    return await Promise.race([...answers, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** An engine that broke its word: its positions are unknown, so those known before stand. */
function brokenEnd(engine: Engine, error: unknown): EngineEnd {
  return { state: 'faulted', fault: { message: messageOf(error) }, metrics: engine.metrics(), positions: {} }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Cut to what a message may carry. */
function shortFault(fault: Fault): Fault {
  return {
    message: fault.message.slice(0, 4096),
    ...(fault.node === undefined ? {} : { node: fault.node.slice(0, 128) }),
    ...(fault.stack === undefined ? {} : { stack: fault.stack.slice(0, 16_384) }),
  }
}

function noMetrics(): FlowMetrics {
  return { at_ms: Date.now(), nodes: {}, wires: {}, queues: {}, cpu_s: 0, node_cpu_s: {} }
}
