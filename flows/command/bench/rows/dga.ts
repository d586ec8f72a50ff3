/** The flow that the project is known by: DNS queries of an EVE file, lexical features, a logistic model, alerts. */

import type { InputFile } from '../input-file.ts'
import type { Inputs } from '../inputs.ts'
import type { Program } from '../program.ts'
import { countSaid, EXAMPLES, flowSaid, grep, over, runFlow, tool } from '../programs.ts'
import type { Row } from '../row.ts'

export const DGA_FLOW = 'dga-logistic-eve'

export function dgaFlow(inputs: Inputs, eve: InputFile): Program {
  const settings = (input: string) => ({ input, output: inputs.place('dga.jsonl'), model: 'dga-logistic' })
  return {
    name: DGA_FLOW,
    does: 'lacewing run dga-eve.json with the logistic model: EVE file, DNS queries, lexical features, score, alerts',
    ...over(eve, (path) => runFlow(`${EXAMPLES}dga-eve.json`, settings(path))),
    read: flowSaid,
  }
}

export const dga: Row = {
  name: 'dga',
  title: 'EVE of mixed types, DGA flow with a logistic model',
  disk_bytes_per_event: 0,
  programs: async (inputs) => {
    const eve = await inputs.eve()
    return [
      dgaFlow(inputs, eve),
      {
        name: 'dga-trees-eve',
        does: 'the same with the sample model of a hundred trees',
        ...over(eve, (input) => runFlow(`${EXAMPLES}dga-eve.json`, { input, output: inputs.place('dga-trees.jsonl') })),
        read: flowSaid,
      },
      grep(eve),
      tool('wc', 'counts line feeds', ['-l'], eve, countSaid),
    ]
  },
  goals: [
    {
      figure: 'CPU a million events',
      unit: 's',
      must: 0.9,
      aim: 0.6,
      needs: [DGA_FLOW],
      of: (round) => round.cpu_s(DGA_FLOW),
    },
    {
      figure: 'times grep -c',
      unit: 'x',
      must: 4,
      aim: 2.5,
      needs: [DGA_FLOW, 'grep'],
      of: (round) => round.cpu_s(DGA_FLOW) / round.cpu_s('grep'),
    },
    {
      figure: 'peak memory',
      unit: 'MB',
      must: 150,
      aim: 100,
      needs: [DGA_FLOW],
      of: (round) => round.peak_rss_bytes(DGA_FLOW) / 1e6,
    },
  ],
}
