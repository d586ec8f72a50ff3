/** Looking: what open taps cost the flow that is looked at. */

import { EXAMPLES, figuresSaid, ownProgram } from '../programs.ts'
import type { Row } from '../row.ts'

const TAPS = 'tap-cost'

export const taps: Row = {
  name: 'taps',
  title: 'A tap on every wire of the flow of the row dga, against none',
  disk_bytes_per_event: 0,
  programs: async (inputs) => {
    const eve = await inputs.eve()
    const parameters = { input: eve.path, output: inputs.place('taps.jsonl'), model: 'dga-logistic' }
    return [
      {
        name: TAPS,
        does: 'runs the flow of dga-logistic-eve in turn with and without a tap on each wire, six times each',
        records: 0,
        command: () =>
          ownProgram(new URL('../tap-cost.ts', import.meta.url), `${EXAMPLES}dga-eve.json`, JSON.stringify(parameters)),
        read: figuresSaid,
      },
    ]
  },
  goals: [
    {
      figure: 'CPU with a tap on every wire',
      unit: 'x',
      must: 1.01,
      aim: 1.01,
      needs: [TAPS],
      of: (round) => round.figure(TAPS, 'times'),
    },
  ],
}
