/**
 * The engine's loop: runs one program in the thread it is called in.
 *
 * Each source has a pump: read a batch, run it through every pipeline behind it until nothing waits, see to the sinks,
 * read on. Everything between two reads is synchronous, so no record is ever half-way when a position is taken. Batches
 * between pipelines are bounded; one that fills up is run at once. A sink that wants no more holds the pumps, and so the
 * input. This room must not know which node types exist or what records mean.
 */

import { Batch, InputBatch } from '../../nodes/contract/batch.ts'
import { type Capabilities, InputError, isInputError, type Position } from '../../nodes/contract/capability.ts'
import type { OperatorContext, Source } from '../../nodes/contract/operator.ts'
import {
  BATCH_RECORDS,
  type Host,
  PROGRAM_VERSION,
  type Program,
  type ProgramStage,
  type Share,
  type SourceStage,
} from '../../nodes/contract/program.ts'
import type { SampleFrame } from '../protocol/messages.ts'
import type { Fault, FlowMetrics } from '../protocol/metrics.ts'
import { Deal } from './deal.ts'
import { WindowCounts } from './key-counts.ts'
import { Ledger } from './ledger.ts'
import { withSecrets } from './secrets.ts'
import type { Blocks } from './share.ts'
import { OperatorDriver, SinkDriver } from './stages.ts'
import { BoundedMap } from './state-map.ts'
import { TapSet } from './tap.ts'
import { Timers } from './timers.ts'

/** Every so many batches one runs watched, to learn which node costs what. */
const COST_EVERY = 64
/** How often the sinks deliver what they hold, so that positions can be relied on after a fault. */
const DELIVER_MS = 1000
/** Longest stretch without a look at messages and timers. */
const STRETCH_MS = 15
/** And in one of several workers, who may be waited for: the coordinator is in the thread of the first. */
const SHARED_STRETCH_MS = 2
/** Throws of one node's code after which, when they are more than half of its records, it is not bad luck. */
const MAX_ERRORS = 1000

export interface LoopStart {
  readonly program: Program
  readonly capabilities: Capabilities
  readonly secrets: Readonly<Record<string, string>>
  readonly resume: Readonly<Record<string, Position>> | undefined
  /** Each source is taken to have ended after so many records. */
  readonly maxRecords?: number
  readonly batchRecords?: number
  /** Of several workers that share the flow, which this one is. Left out: it is alone. */
  readonly share?: LoopShare
  /** Runs every batch watched; for tests. */
  readonly alwaysWatched?: boolean
}

/** What a loop that shares its flow with others is told, and tells. */
export interface LoopShare extends Share {
  readonly by: 'blocks' | 'key'
  /** Where a flow is shared by blocks. */
  readonly blocks: Blocks & {
    /** True when the inputs are divided already, so that what a source gives is this worker's. Known once they are open. */
    readonly isDivided: boolean
    /** Has everything that belongs to the block before handed on, whenever the next one is taken. */
    onBlock(handOn: () => void): void
  }
  /** Everything is open, and what stands at the head of outputs was handed on. */
  begun(): void
  /** Nothing more will leave the flow. */
  ended(): void
}

export interface LoopEnd {
  readonly state: 'ended' | 'stopped' | 'faulted'
  readonly fault?: Fault
  readonly metrics: FlowMetrics
  /**
   * Where each replayable source stands: everything before is delivered. After a fault that may be a while back, and what
   * came between is read again: at least once. Empty where several workers share the flow: they are at many places.
   */
  readonly positions: Readonly<Record<string, Position>>
}

interface Pump {
  readonly stage: SourceStage
  readonly source: Source
  /** Records a batch may hold at most. */
  readonly capacity: number
  /** Records it may still give. */
  left: number
  isReading: boolean
  done: boolean
}

export class Loop implements Host {
  readonly counters: Float64Array
  readonly cost_ms: Float64Array
  readonly capabilities: Capabilities
  readonly share: Share
  /** Where records are dealt out to several workers. */
  #deal: Deal | undefined
  readonly #start: LoopStart
  readonly #ledger: Ledger
  readonly #taps: TapSet
  readonly #operators = new Map<number, OperatorDriver>()
  readonly #sinks = new Map<number, SinkDriver>()
  readonly #timers = new Map<number, Timers>()
  #stages: readonly ProgramStage[] = []
  #pumps: Pump[] = []
  /** The first thing that went wrong beyond one record: the flow ends at the next batch border. */
  #fault: { readonly node: number; readonly cause: unknown } | undefined
  #isStopping = false
  #batches = 0
  #isWatched = false
  #watermark_us = Number.NEGATIVE_INFINITY
  #since_ms = performance.now()
  readonly #stretch_ms: number
  #delivered_ms = performance.now()
  /** Positions before which everything was delivered. */
  readonly #delivered: Record<string, Position>

  constructor(start: LoopStart) {
    this.#start = start
    this.capabilities = start.capabilities
    this.share = start.share ?? { index: 0, of: 1 }
    this.#stretch_ms = start.share === undefined ? STRETCH_MS : SHARED_STRETCH_MS
    this.#ledger = new Ledger(start.program)
    this.counters = this.#ledger.counters
    this.cost_ms = this.#ledger.cost_ms
    this.#taps = new TapSet(start.program.wires.length, (wire) => this.#ledger.passed(wire))
    this.#delivered = { ...start.resume }
  }

  get taps(): TapSet['wires'] {
    return this.#taps.wires
  }

  /* ---- life ---- */

  /** Opens sources and sinks. @throws when one can't be opened. */
  async open(): Promise<void> {
    const { program, resume } = this.#start
    if (program.version !== PROGRAM_VERSION) {
      throw new InputError(
        `The artifact is of program version ${program.version}, this sensor runs version ${PROGRAM_VERSION}. Compile the flow again.`,
      )
    }
    this.#stages = program.start(this)
    const fail = (node: number, error: unknown) => this.#fail(node, error)
    for (const stage of this.#stages) {
      const { id } = program.nodes[stage.node]!
      if (stage.kind === 'source') {
        const source = await this.#opened(id, () => stage.open(resume?.[id]))
        const left = this.#start.maxRecords ?? Number.POSITIVE_INFINITY
        this.#pumps.push({ stage, source, capacity: stage.batch.capacity, left, isReading: false, done: false })
      } else if (stage.kind === 'sink') {
        const sink = await this.#opened(id, () => stage.open({ ...stage.context, resumed: resume !== undefined }))
        this.#sinks.set(stage.node, new SinkDriver(stage, sink, this.#ledger, fail))
      } else if (stage.kind === 'operator') {
        const node = program.nodes[stage.node]!
        const run = () => this.#runForm(stage, stage.results)
        this.#operators.set(
          stage.node,
          new OperatorDriver(stage, node, this.#ledger, this.#timersOf(stage.node), run, fail),
        )
      }
    }
    this.#beginShare()
  }

  #beginShare(): void {
    const { share } = this.#start
    if (share === undefined) return
    if (share.by === 'blocks' && !share.blocks.isDivided) this.#deal = new Deal(share.blocks)
    const handOn = () => {
      for (const sink of this.#sinks.values()) sink.handOn()
    }
    share.blocks.onBlock(handOn)
    handOn()
    share.begun()
  }

  async #opened<T>(id: string, open: () => T | Promise<T>): Promise<T> {
    try {
      return await open()
    } catch (error) {
      if (isInputError(error)) throw new InputError(`Node ${id}: ${error.message}`)
      throw error
    }
  }

  /** Runs until the sources end, `stop` is called or a fault; then delivers what was read and closes. */
  async run(): Promise<LoopEnd> {
    await Promise.all(this.#pumps.map((pump) => this.#pump(pump)))
    if (!this.#isOver()) this.#advance(Number.POSITIVE_INFINITY)
    this.#drain()
    this.#start.share?.ended()
    await this.#deliver()
    await this.#close()
    const metrics = this.metrics()
    const positions = this.#start.share === undefined ? { ...this.#delivered } : {}
    if (this.#fault !== undefined) return { state: 'faulted', fault: this.#describe(this.#fault), metrics, positions }
    return { state: this.#isStopping ? 'stopped' : 'ended', metrics, positions }
  }

  /** Reads no more; `run` ends once everything read is delivered. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#pumps.filter(({ done }) => !done).map(({ source }) => source.close()))
  }

  /** Has the sinks deliver everything, and then notes where the sources stood before. */
  async #deliver(): Promise<void> {
    const reached = this.#pumps.map(({ stage, source, isReading }) => ({
      id: this.#start.program.nodes[stage.node]!.id,
      // A source that is reading may have given records already that nobody has run yet.
      position: isReading ? undefined : source.position?.(),
    }))
    for (const sink of this.#sinks.values()) await sink.finish()
    this.#delivered_ms = performance.now()
    if (this.#fault !== undefined) return
    for (const { id, position } of reached) if (position !== undefined) this.#delivered[id] = position
  }

  async #close(): Promise<void> {
    if (!this.#isStopping) for (const { source } of this.#pumps) await source.close()
    for (const sink of this.#sinks.values()) await sink.close()
  }

  #describe({ node, cause }: { readonly node: number; readonly cause: unknown }): Fault {
    const { id } = this.#start.program.nodes[node]!
    if (!(cause instanceof Error)) return { node: id, message: String(cause) }
    const { message, stack } = cause
    // Where in the code it was found says nothing about what is wrong outside.
    return { node: id, message, ...(isInputError(cause) || stack === undefined ? {} : { stack }) }
  }

  /* ---- pumps ---- */

  async #pump(pump: Pump): Promise<void> {
    const { stage, source } = pump
    const { batch, node } = stage
    try {
      while (!this.#isOver() && pump.left > 0) {
        batch.most = Math.min(pump.left, this.#deal?.room() ?? Number.POSITIVE_INFINITY)
        batch.capacity = Math.min(pump.capacity, batch.most)
        batch.isShown = this.#isShown(stage)
        const isWatched = this.#start.alwaysWatched || this.#taps.isAnyWanting || this.#batches % COST_EVERY === 0
        const before_ms = isWatched ? performance.now() : 0
        pump.isReading = true
        const answer = source.read(batch)
        if (isWatched) this.cost_ms[node]! += performance.now() - before_ms
        const goesOn = typeof answer === 'boolean' ? answer : await answer
        pump.isReading = false
        // Only now: while this one waited, another pump may have run a batch in the other form.
        this.#isWatched = isWatched
        if (isWatched) this.#taps.begin()
        this.#batches += 1
        const records = batch.count + batch.skipped
        pump.left -= records + batch.left
        this.#deal?.gave(records)
        if (this.#deal?.isOwn === false) batch.clear()
        else if (records + batch.left > 0) {
          this.#ledger.taken(node, records)
          if (this.#countsUnkeyed) this.#ledger.unread(node, batch.unread)
          this.#runForm(stage, batch)
        }
        this.#drain()
        if (stage.newest_us() > Number.NEGATIVE_INFINITY) this.#advance(this.#leastNewest())
        await this.#patience()
        // Of a flow that is shared no position is kept, and who waited here would wait for other workers.
        if (this.#start.share === undefined && performance.now() - this.#delivered_ms > DELIVER_MS)
          await this.#deliver()
        if (!goesOn) break
      }
    } catch (error) {
      this.#fail(node, error)
    }
    pump.done = true
    // What other sources wait for may never come once this one failed.
    if (this.#fault !== undefined && !this.#isStopping) await this.#closeOthers(pump)
  }

  /** Whether this worker counts what has no key, because it was not or could not be read. */
  get #countsUnkeyed(): boolean {
    return this.#start.share?.by !== 'key' || this.share.index === 0
  }

  /** True when somebody is to see records of a wire that the source may skip. */
  #isShown({ unreadWires }: SourceStage): boolean {
    return unreadWires.some((wire) => this.#taps.wants(wire))
  }

  #isOver(): boolean {
    return this.#isStopping || this.#fault !== undefined
  }

  async #closeOthers(except: Pump): Promise<void> {
    await Promise.all(this.#pumps.filter((pump) => pump !== except && !pump.done).map(({ source }) => source.close()))
  }

  /**
   * Waits for sinks that want no more, and lets messages and timers in now and then: also behind a read that was waited
   * for, which may have answered without a look at either.
   */
  async #patience(): Promise<void> {
    for (const sink of this.#sinks.values()) {
      const waiting = sink.patience()
      if (waiting !== undefined) await waiting
    }
    if (performance.now() - this.#since_ms < this.#stretch_ms) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#since_ms = performance.now()
  }

  /* ---- batches ---- */

  #runForm(stage: { plain(): void; watched(): void }, batch: Batch): void {
    try {
      if (this.#isWatched) stage.watched()
      else stage.plain()
    } finally {
      batch.clear()
    }
  }

  /** Runs whatever waits, in the order in which records pass. */
  #drain(): void {
    for (let i = 0; i < this.#stages.length; i++) this.full(i)
  }

  full(index: number): void {
    const stage = this.#stages[index]!
    if (stage.kind === 'source' || stage.batch.count === 0) return
    const before_ms = this.#isWatched ? performance.now() : 0
    if (stage.kind === 'queue') this.#runForm(stage, stage.batch)
    else if (stage.kind === 'operator') this.#operators.get(stage.node)!.run()
    else this.#sinks.get(stage.node)!.run()
    if (this.#isWatched && stage.kind !== 'queue') this.cost_ms[stage.node]! += performance.now() - before_ms
  }

  /** The event time that every source has reached. */
  #leastNewest(): number {
    let least = Number.POSITIVE_INFINITY
    for (const { stage, done } of this.#pumps) if (!done) least = Math.min(least, stage.newest_us())
    return least
  }

  #advance(watermark_us: number): void {
    if (watermark_us <= this.#watermark_us) return
    this.#watermark_us = watermark_us
    for (const stage of this.#stages) {
      if (stage.kind !== 'operator') continue
      this.#operators.get(stage.node)!.advance(watermark_us)
      // What it put out comes before the same watermark at the operators behind it.
      this.#drain()
    }
  }

  #fail(node: number, cause: unknown): void {
    this.#fault ??= { node, cause }
  }

  /* ---- what the program asks of its host ---- */

  now_ms(): number {
    return performance.now()
  }

  othersRecords(node: number, records: number): void {
    this.#ledger.taken(node, -records)
  }

  reject(node: number, reason: string): void {
    this.#ledger.rejected(node, reason)
  }

  /** One throw costs its record; a node that goes on throwing ends the flow at the next batch border. */
  fault(node: number, error: unknown): void {
    this.#ledger.errors(node, 1)
    const errors = this.#ledger.errorsOf(node)
    if (errors > MAX_ERRORS && errors * 2 > this.#ledger.into(node)) this.#fail(node, error)
  }

  context(node: number): OperatorContext {
    return {
      timers: this.#timersOf(node),
      stateMap: (_name, bound) => new BoundedMap(bound),
      keyCounts: (_name, bound) => new WindowCounts(bound),
    }
  }

  #timersOf(node: number): Timers {
    const timers = this.#timers.get(node) ?? new Timers()
    this.#timers.set(node, timers)
    return timers
  }

  secrets<T>(options: T, names: readonly string[]): T {
    return withSecrets(options, names, this.#start.secrets)
  }

  batch(columns: number): Batch {
    return new Batch(columns, this.#start.batchRecords ?? BATCH_RECORDS)
  }

  input(node: number, columns: number): InputBatch {
    return new InputBatch(columns, this.#start.batchRecords ?? BATCH_RECORDS, (reason, detail, excerpt) => {
      if (!this.#countsUnkeyed || this.#deal?.isOwn === false) return
      this.#ledger.taken(node, 1)
      this.#ledger.rejected(node, reason)
      const stage = this.#stages.find((one) => one.kind === 'source' && one.node === node) as SourceStage
      stage.rejected(reason, detail, excerpt)
    })
  }

  /* ---- looking at it ---- */

  metrics(): FlowMetrics {
    const queues = new Map<number, { records: number; bound: number }>()
    for (const { kind, node, batch } of this.#stages) {
      if (kind !== 'source') queues.set(node, { records: batch.count, bound: batch.capacity })
    }
    const { user, system } = process.threadCpuUsage()
    return this.#ledger.metrics(queues, (user + system) / 1e6, this.#progress())
  }

  #progress(): number | undefined {
    const known = this.#pumps.map(({ source, done }) => (done ? 1 : source.progress?.()))
    if (known.length === 0 || known.some((share) => share === undefined)) return undefined
    return known.reduce((sum: number, share) => sum + share!, 0) / known.length
  }

  /** False when the flow has no such wire. */
  openTap(tap: string, wire: string, limit_per_s: number): boolean {
    const index = this.#start.program.wires.findIndex(({ name }) => name === wire)
    if (index < 0) return false
    this.#taps.open(tap, index, limit_per_s)
    return true
  }

  closeTap(tap: string): void {
    this.#taps.close(tap)
  }

  collectSamples(): SampleFrame[] {
    return this.#taps.collect()
  }
}
