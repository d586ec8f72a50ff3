/** A row of the table in docs/benchmarks.md: programs to run, and goals, whose figures are computed from one round. */

import type { Inputs } from './inputs.ts'
import type { Missing, Program, Round } from './program.ts'

export interface Goal {
  /** What the figure counts. */
  readonly figure: string
  /** `s` and `us` are of CPU, `ms` of the clock. */
  readonly unit: 's' | 'us' | 'ms' | 'MB' | 'x'
  /** Times of CPU are held against both as if the parse loop took CALIBRATION_S. Infinite where only `aim` is asked for. */
  readonly must: number
  readonly aim: number
  /** Where more of it is better, the bounds are lower ones. */
  readonly better?: 'more'
  /** The programs that it is computed from; where one is missing, so is the figure. */
  readonly needs: readonly string[]
  readonly of: (round: Round) => number
}

export interface Row {
  readonly name: string
  readonly title: string
  /** What its files take in the folder for temporary files. */
  readonly disk_bytes_per_event: number
  readonly programs: (inputs: Inputs) => Promise<readonly (Program | Missing)[]>
  readonly goals: readonly Goal[]
}
