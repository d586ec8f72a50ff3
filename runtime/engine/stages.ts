/** Drives the operators and sinks of a program: hands them their batches and keeps their part of the ledger. */

import type { Batch } from '../../nodes/contract/batch.ts'
import type { Value } from '../../nodes/contract/field.ts'
import type { BatchView, Out, Sink, SinkBatch, TextBuffer } from '../../nodes/contract/operator.ts'
import type { OperatorStage, ProgramNode, SinkStage } from '../../nodes/contract/program.ts'
import type { Timers } from './timers.ts'

/** What a driver counts, by node; the loop makes metrics of it. */
export interface Tally {
  /** Records left by outlet `outlet` of the node. */
  left(node: number, outlet: number, records: number): void
  filtered(node: number, records: number): void
  created(node: number, records: number): void
  rejected(node: number, reason: string): void
  errors(node: number, records: number): void
}

/**
 * Told when an operator or sink threw. It is not called again: what it holds in memory can't be trusted. Records that
 * still come to it count as errors, so that the ledger balances to the end.
 */
type OnFault = (node: number, error: unknown) => void

class View implements BatchView<unknown> {
  readonly batch: Batch
  readonly at: (i: number) => unknown

  constructor(stage: { batch: Batch; at: (i: number) => unknown }) {
    this.batch = stage.batch
    this.at = (i) => stage.at(i)
  }
  get count(): number {
    return this.batch.count
  }
  ts_us(i: number): number {
    return this.batch.ts_us[i]!
  }
}

/** Runs an operator over its batch and its results through the pipeline behind it. */
export class OperatorDriver implements Out {
  readonly #stage: OperatorStage
  readonly #node: ProgramNode
  readonly #view: View
  readonly #tally: Tally
  readonly #runResults: () => void
  readonly #outletOf: ReadonlyMap<string, number>
  /** How often each record of the batch was answered: 0 is filtered, more than 1 was multiplied. */
  readonly #answers: Uint32Array
  readonly #onFault: OnFault
  readonly #timers: Timers
  #isBroken = false

  /** @param runResults runs what stands in `stage.results` through the pipeline and clears it. */
  constructor(
    stage: OperatorStage,
    node: ProgramNode,
    tally: Tally,
    timers: Timers,
    runResults: () => void,
    onFault: OnFault,
  ) {
    this.#onFault = onFault
    this.#timers = timers
    this.#stage = stage
    this.#node = node
    this.#view = new View(stage)
    this.#tally = tally
    this.#runResults = runResults
    this.#outletOf = new Map(node.outlets.map((name, i) => [name, i]))
    this.#answers = new Uint32Array(stage.batch.capacity)
  }

  /** Empties the batch. The records that an operator which throws had not answered count as errors. */
  run(): void {
    const { batch, operator, node } = this.#stage
    this.#answers.fill(0, 0, batch.count)
    if (!this.#isBroken) {
      try {
        operator.onBatch(this.#view, this)
      } catch (error) {
        this.#isBroken = true
        this.#onFault(node, error)
      }
    }
    if (this.#isBroken) this.#settle((unanswered) => this.#tally.errors(node, unanswered))
    else this.#settle((unanswered) => this.#tally.filtered(node, unanswered))
    this.#flush()
  }

  /** Event time reached `watermark_us`: timers that are due run, then the operator learns of it. */
  advance(watermark_us: number): void {
    if (this.#isBroken) return
    const { operator } = this.#stage
    try {
      for (let timer = this.#timers.take(watermark_us); timer !== undefined; timer = this.#timers.take(watermark_us)) {
        operator.onTimer?.(timer.due_us, timer.key, this)
      }
      operator.onWatermark?.(watermark_us, this)
    } catch (error) {
      this.#isBroken = true
      this.#onFault(this.#stage.node, error)
    }
    this.#flush()
  }

  #settle(count: (unanswered: number) => void): void {
    const { batch, node } = this.#stage
    let unanswered = 0
    let created = 0
    for (let i = 0; i < batch.count; i++) {
      const answers = this.#answers[i]!
      if (answers === 0) unanswered += 1
      else created += answers - 1
    }
    count(unanswered)
    this.#tally.created(node, created)
    batch.clear()
  }

  emit(i: number, added: readonly Value[], outlet = 'out'): void {
    const place = this.#placeOf(outlet)
    this.#fill(this.#put(i, place), added, place)
  }

  create(ts_us: number, added: readonly Value[], outlet = 'out'): void {
    const { results, node } = this.#stage
    const place = this.#placeOf(outlet)
    const n = results.count
    results.ts_us[n] = ts_us
    results.outlets[n] = place
    results.starts[n] = 0
    results.ends[n] = 0
    results.count = n + 1
    this.#tally.created(node, 1)
    this.#fill(n, added, place)
  }

  #placeOf(outlet: string): number {
    const place = this.#outletOf.get(outlet)
    if (place === undefined) throw new Error(`${this.#node.type} has no outlet '${outlet}'`)
    return place
  }

  #fill(n: number, added: readonly Value[], outlet: number): void {
    const { results, addsAt, adds, node } = this.#stage
    const { columns } = results
    for (let k = 0; k < adds; k++) columns[addsAt + k]![n] = added[k] ?? null
    this.#tally.left(node, outlet, 1)
    if (results.count === results.capacity) this.#flush()
  }

  reject(i: number, reason: string, detail?: string): void {
    const { node, rejectAt, results } = this.#stage
    this.#tally.rejected(node, reason)
    if (rejectAt < 0) {
      this.#answers[i]! += 1
      return
    }
    const n = this.#put(i, this.#node.outlets.length - 1)
    results.columns[rejectAt]![n] = reason
    results.columns[rejectAt + 1]![n] = detail ?? null
    if (results.count === results.capacity) this.#flush()
  }

  #put(i: number, outlet: number): number {
    const { batch, results } = this.#stage
    this.#answers[i]! += 1
    const n = results.count
    this.#stage.carry(i, n)
    results.ts_us[n] = batch.ts_us[i]!
    results.outlets[n] = outlet
    results.count = n + 1
    return n
  }

  #flush(): void {
    if (this.#stage.results.count > 0) this.#runResults()
  }
}

/** Hands batches to a sink and remembers whether it asked for patience. */
export class SinkDriver {
  readonly #stage: SinkStage
  readonly #sink: Sink<unknown>
  readonly #view: SinkBatch<unknown>
  readonly #tally: Tally
  readonly #onFault: OnFault
  #isBroken = false
  #waiting: Promise<void>[] = []
  /** Records given so far, and how many of them are delivered for certain. */
  #given = 0
  #delivered = 0

  constructor(stage: SinkStage, sink: Sink<unknown>, tally: Tally, onFault: OnFault) {
    this.#onFault = onFault
    this.#stage = stage
    this.#sink = sink
    this.#tally = tally
    const view = new View(stage)
    this.#view = Object.assign(view, { writeJson: (i: number, writer: TextBuffer) => stage.writeJson(i, writer) })
  }

  /** Empties the batch. */
  run(): void {
    const { batch, node } = this.#stage
    const records = batch.count
    if (!this.#isBroken) {
      try {
        const answer = this.#sink.write(this.#view)
        if (answer !== undefined) this.#waiting.push(answer.catch((error: unknown) => this.#fail(error)))
      } catch (error) {
        this.#fail(error)
      }
    }
    if (this.#isBroken) this.#tally.errors(node, records)
    else {
      this.#tally.left(node, 0, records)
      this.#given += records
    }
    batch.clear()
  }

  /** What the sink had not delivered for certain is not written but lost here: it will be read again. */
  #fail(error: unknown): void {
    this.#isBroken = true
    const undelivered = this.#given - this.#delivered
    this.#tally.left(this.#stage.node, 0, -undelivered)
    this.#tally.errors(this.#stage.node, undelivered)
    this.#delivered = this.#given
    this.#onFault(this.#stage.node, error)
  }

  /** Resolves when the sink wants more; undefined when it does already. */
  patience(): Promise<unknown> | undefined {
    if (this.#waiting.length === 0) return undefined
    const waiting = this.#waiting
    this.#waiting = []
    return Promise.all(waiting)
  }

  /** Everything given is delivered, unless the sink failed before. */
  async finish(): Promise<void> {
    await this.patience()
    await this.#flush()
  }

  /** The sink hands on what it holds, now; that it is delivered is not waited for. */
  handOn(): void {
    void this.#flush()
  }

  async #flush(): Promise<void> {
    if (this.#isBroken) return
    const given = this.#given
    try {
      await this.#sink.flush()
      this.#delivered = Math.max(this.#delivered, given)
    } catch (error) {
      this.#fail(error)
    }
  }

  async close(): Promise<void> {
    try {
      await this.#sink.close()
    } catch (error) {
      // A sink that failed has said why already; closing it may well fail again.
      if (!this.#isBroken) this.#fail(error)
    }
  }
}
