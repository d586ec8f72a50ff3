/**
 * A measured program, and a round: each program run once. Only figures of one round are ever compared, so that a slower
 * minute cancels out.
 */

import type { Cost } from './meter.ts'

/** What a program says of its own run, read from its standard output. */
export interface Said {
  /** Records read; null where the program does not say. */
  readonly records: number | null
  /** DNS events, lines or alerts, as the program counts; null where it counts nothing. */
  readonly found: number | null
  /** Peak memory by its own account, for machines without GNU time. */
  readonly peak_rss_bytes: number | null
  /** What only it can measure, such as a latency. */
  readonly figures: Readonly<Record<string, number>>
}

export interface Program {
  /** The same name in two rows is the same program, and runs once a round. */
  readonly name: string
  readonly does: string
  /** Records that it reads. */
  readonly records: number
  /** Given what ran before it in the same round. */
  readonly command: (round: Round) => readonly string[]
  /** The same over the first records only: run once to warm up, and each round, to tell start-up from the cost of records. */
  readonly few?: { readonly records: number; readonly command: readonly string[] }
  readonly read: (stdout: string) => Said
  /** What it must find if it does what others do. */
  readonly expected?: number
  /** When its first run fails it is named as missing, with what it said, instead of ending the benchmarks. */
  readonly isOptional?: boolean
}

/** A program of a row that can't be measured here, and why. */
export interface Missing {
  readonly name: string
  readonly why: string
}

export const isMissing = (program: Program | Missing): program is Missing => 'why' in program

interface Outcome {
  readonly program: Program
  readonly cost: Cost
  /** Of the run over the first records, where it was made. */
  readonly few: Cost | undefined
  readonly said: Said
}

/** The reference: what seconds are calibrated by. */
export const PARSE_LOOP = 'json-parse-loop'
/** CPU seconds a million events that the parse loop is taken to need. */
export const CALIBRATION_S = 3.7

/** What the programs cost that ran in this round so far. */
export class Round {
  readonly #outcomes = new Map<string, Outcome>()

  add(outcome: Outcome): void {
    this.#outcomes.set(outcome.program.name, outcome)
  }

  has(name: string): boolean {
    return this.#outcomes.has(name)
  }

  /** @throws Error when that program did not run: a row is in the wrong order. */
  of(name: string): Outcome {
    const outcome = this.#outcomes.get(name)
    if (outcome === undefined) throw new Error(`${name} did not run before it was asked for`)
    return outcome
  }

  /** CPU seconds a million records, the whole process from its start to its end. */
  cpu_s(name: string): number {
    const { program, cost } = this.of(name)
    return (cost.cpu_s / program.records) * 1e6
  }

  /** CPU seconds a million records once it runs. @throws Error for a program without a run over its first records. */
  cpu_s_running(name: string): number {
    const { program, cost, few } = this.#withFew(name)
    return ((cost.cpu_s - few.cpu_s) / (program.records - program.few.records)) * 1e6
  }

  /** CPU seconds before the first record. @throws as `cpu_s_running` */
  start_up_s(name: string): number {
    const { program, few } = this.#withFew(name)
    return few.cpu_s - (this.cpu_s_running(name) * program.few.records) / 1e6
  }

  /** Largest resident set; NaN where nothing tells it. */
  peak_rss_bytes(name: string): number {
    const { cost, said } = this.of(name)
    return cost.peak_rss_bytes ?? said.peak_rss_bytes ?? Number.NaN
  }

  /** What only the program itself could measure. @throws Error when it said nothing of it. */
  figure(name: string, figure: string): number {
    const value = this.of(name).said.figures[figure]
    if (value === undefined) throw new Error(`${name} does not say its ${figure}`)
    return value
  }

  /** What a measured second counts as. */
  calibration(): number {
    return CALIBRATION_S / this.cpu_s(PARSE_LOOP)
  }

  #withFew(name: string) {
    const { program, cost, few } = this.of(name)
    if (few === undefined || program.few === undefined) throw new Error(`${name} has no run over its first records`)
    return { program: { records: program.records, few: program.few }, cost, few }
  }
}
