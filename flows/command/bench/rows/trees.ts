/** Models alone: what scoring one row of numbers costs, in batches. */

import { figuresSaid, ownProgram } from '../programs.ts'
import type { Row } from '../row.ts'

const SCORING = 'score-rows'

export const trees: Row = {
  name: 'trees',
  title: 'A hundred trees a row, in batches of 64',
  disk_bytes_per_event: 0,
  programs: async () => [
    {
      name: SCORING,
      does: 'scores rows of 20 numbers, filling in included: 100 boosted trees of depth 4, a forest of 100 of depth 8',
      records: 0,
      command: () => ownProgram(new URL('../score-rows.ts', import.meta.url)),
      read: figuresSaid,
    },
  ],
  goals: [
    {
      figure: 'boosted, depth 4, CPU a row',
      unit: 'us',
      must: 1.5,
      aim: 0.7,
      needs: [SCORING],
      of: (round) => round.figure(SCORING, 'boosted_us'),
    },
    {
      figure: 'forest, depth 8, CPU a row',
      unit: 'us',
      must: 4,
      aim: 1.5,
      needs: [SCORING],
      of: (round) => round.figure(SCORING, 'forest_us'),
    },
  ],
}
