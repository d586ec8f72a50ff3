/** What `lacewing bench` prints as JSON: figures with their spread over the rounds, and whether each goal is met. */

import { CALIBRATION_S, type Missing, PARSE_LOOP, type Program, type Round } from './program.ts'
import type { Goal, Row } from './row.ts'

/** Least, middle and greatest over the rounds; null where they are no numbers. */
export interface Spread {
  readonly min: number | null
  readonly median: number | null
  readonly max: number | null
}

/** `aim` and `must` by the median; `missed` is neither; `unknown` when it could not be measured. */
export type Verdict = 'aim' | 'must' | 'missed' | 'unknown'

export interface GoalReport {
  readonly figure: string
  readonly unit: Goal['unit']
  readonly better: 'less' | 'more'
  /** Null where only `aim` is asked for. */
  readonly must: number | null
  readonly aim: number
  readonly measured: Spread | null
  /** What is held against `must` and `aim`; null for ratios, bytes and the clock. */
  readonly calibrated: Spread | null
  /** To the parse loop's time for one event (`us`) or a million (`s`); null where `calibrated` is. */
  readonly ratio: Spread | null
  readonly verdict: Verdict
}

export interface ProgramReport {
  readonly does: string
  readonly records: number
  readonly records_counted: number | null
  readonly found: number | null
  /** What it was to find, and whether it did; null where nobody knows. */
  readonly expected: number | null
  readonly agrees: boolean | null
  /** Of a whole process, from its start to its end. Null for programs that read no records. */
  readonly cpu_s_per_million: Spread | null
  readonly calibrated_s_per_million: Spread | null
  /** To the parse loop. */
  readonly cpu_ratio: Spread | null
  readonly cpu_s: Spread
  readonly elapsed_s: Spread
  readonly peak_rss_bytes: number | null
  /** The cost of a million records once it runs, and of what comes before. Null where only whole runs were measured. */
  readonly without_start_up: {
    readonly start_up_cpu_s: Spread
    readonly cpu_s_per_million: Spread
    readonly cpu_ratio: Spread
  } | null
  /** What only the program itself can measure. */
  readonly figures: Readonly<Record<string, Spread>>
}

export interface Report {
  readonly machine: Readonly<Record<string, string | number>>
  readonly runs: number
  readonly data: Readonly<Record<string, object>>
  readonly reference: { readonly program: string; readonly calibration_s: number; readonly calibration: Spread }
  readonly rows: Readonly<Record<string, { readonly title: string; readonly goals: readonly GoalReport[] }>>
  readonly programs: Readonly<Record<string, ProgramReport>>
  readonly missing: readonly Missing[]
}

type Measured = Pick<Report, 'reference' | 'rows' | 'programs'>

/** @param rounds at least one; each holds every program. */
export function reportOf(rows: readonly Row[], programs: readonly Program[], rounds: readonly Round[]): Measured {
  return {
    reference: {
      program: PARSE_LOOP,
      calibration_s: CALIBRATION_S,
      calibration: spread(rounds.map((round) => round.calibration())),
    },
    rows: Object.fromEntries(
      rows.map(({ name, title, goals }) => [name, { title, goals: goals.map((goal) => goalReport(goal, rounds)) }]),
    ),
    programs: Object.fromEntries(programs.map((program) => [program.name, programReport(program, rounds)])),
  }
}

function goalReport(goal: Goal, rounds: readonly Round[]): GoalReport {
  const { figure, unit, better = 'less' as const, must, aim, needs } = goal
  const head = { figure, unit, better, must: Number.isFinite(must) ? must : null, aim }
  if (!rounds.every((round) => needs.every((name) => round.has(name)))) {
    return { ...head, measured: null, calibrated: null, ratio: null, verdict: 'unknown' }
  }
  const values = rounds.map(goal.of)
  const measured = spread(values)
  const isCalibrated = unit === 's' || unit === 'us'
  const calibrated = isCalibrated ? spread(values.map((value, i) => value * rounds[i]!.calibration())) : null
  const ratio = isCalibrated ? spread(values.map((value, i) => value / rounds[i]!.cpu_s(PARSE_LOOP))) : null
  return { ...head, measured, calibrated, ratio, verdict: verdictOf(goal, (calibrated ?? measured).median) }
}

function verdictOf({ better, must, aim }: Goal, is: number | null): Verdict {
  if (is === null) return 'unknown'
  const meets = (bound: number) => (better === 'more' ? is >= bound : is <= bound)
  if (meets(aim)) return 'aim'
  return meets(must) ? 'must' : 'missed'
}

function programReport({ name, does, records, expected }: Program, rounds: readonly Round[]): ProgramReport {
  const over = (of: (round: Round) => number) => spread(rounds.map(of))
  const { said, few } = rounds.at(-1)!.of(name)
  const peaks = rounds.map((round) => round.peak_rss_bytes(name)).filter(Number.isFinite)
  const readsRecords = records > 0
  return {
    does,
    records,
    records_counted: said.records,
    found: said.found,
    expected: expected ?? null,
    agrees: expected === undefined ? null : rounds.every((round) => round.of(name).said.found === expected),
    cpu_s_per_million: readsRecords ? over((round) => round.cpu_s(name)) : null,
    calibrated_s_per_million: readsRecords ? over((round) => round.cpu_s(name) * round.calibration()) : null,
    cpu_ratio: readsRecords ? over((round) => round.cpu_s(name) / round.cpu_s(PARSE_LOOP)) : null,
    cpu_s: over((round) => round.of(name).cost.cpu_s),
    elapsed_s: over((round) => round.of(name).cost.elapsed_s),
    peak_rss_bytes: peaks.length > 0 ? Math.max(...peaks) : null,
    without_start_up:
      few === undefined
        ? null
        : {
            start_up_cpu_s: over((round) => round.start_up_s(name)),
            cpu_s_per_million: over((round) => round.cpu_s_running(name)),
            cpu_ratio: over((round) => round.cpu_s_running(name) / round.cpu_s_running(PARSE_LOOP)),
          },
    figures: Object.fromEntries(
      Object.keys(said.figures).map((figure) => [figure, over((round) => round.figure(name, figure))]),
    ),
  }
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const round = (value: number) => (Number.isFinite(value) ? Number(value.toFixed(4)) : null)
  return {
    min: round(sorted[0]!),
    median: round((sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2),
    max: round(sorted.at(-1)!),
  }
}
