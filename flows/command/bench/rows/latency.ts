/** How long a record waits for its alert when the flow has half the work that it could do. */

import type { Round } from '../program.ts'
import { EXAMPLES, figuresSaid, ownProgram, runFlow } from '../programs.ts'
import type { Row } from '../row.ts'
import { DGA_FLOW, dgaFlow } from './dga.ts'

const LATENCY = 'latency-eve'
/** Half of what one core does once it runs, by the run of this round; of a few events start-up can't be told. */
function halfLoad_per_s(round: Round): number {
  const cpu_s = round.of(DGA_FLOW).few === undefined ? round.cpu_s(DGA_FLOW) : round.cpu_s_running(DGA_FLOW)
  return Math.round(1e6 / cpu_s / 2)
}

export const latency: Row = {
  name: 'latency',
  title: 'Record written to alert read, the flow of the row dga at half of its rate',
  disk_bytes_per_event: 1350,
  programs: async (inputs) => {
    const eve = await inputs.eve()
    const numbered = await inputs.numberedEve()
    const folder = inputs.place('')
    const settings = {
      input: inputs.place('feed.json'),
      output: inputs.place('latency.jsonl'),
      follow: 'true',
      model: 'dga-logistic',
      threshold: 0.4,
    }
    const flow = runFlow(`${EXAMPLES}dga-eve.json`, settings)
    return [
      dgaFlow(inputs, eve),
      {
        name: LATENCY,
        does: 'follows a file that grows by half of what dga-logistic-eve reads a CPU second; write of a record to read of its alert',
        records: 0,
        command: (round) =>
          ownProgram(
            new URL('../latency.ts', import.meta.url),
            numbered.path,
            folder,
            halfLoad_per_s(round),
            '--',
            ...flow,
          ),
        read: figuresSaid,
      },
    ]
  },
  goals: [
    {
      figure: 'half of the records within',
      unit: 'ms',
      must: 5,
      aim: 1,
      needs: [LATENCY],
      of: (round) => round.figure(LATENCY, 'p50_ms'),
    },
    {
      figure: '99 of 100 within',
      unit: 'ms',
      must: 25,
      aim: 10,
      needs: [LATENCY],
      of: (round) => round.figure(LATENCY, 'p99_ms'),
    },
  ],
}
