/** Whole records through a flow that adds one field: what reading and writing alone cost. */

import { FLOWS, flowSaid, over, runFlow } from '../programs.ts'
import type { Row } from '../row.ts'

const FLOW = 'pass-through-eve'

export const pass: Row = {
  name: 'pass',
  title: 'Whole EVE records with one field more, to a file',
  disk_bytes_per_event: 700,
  programs: async (inputs) => {
    const eve = await inputs.eve()
    const settings = (input: string) => ({ input, output: inputs.place('pass.jsonl') })
    return [
      {
        name: FLOW,
        does: 'lacewing run pass-through.json: every record as it came and one field, to a file',
        ...over(eve, (path) => runFlow(`${FLOWS}pass-through.json`, settings(path))),
        read: flowSaid,
        expected: eve.records,
      },
    ]
  },
  goals: [
    {
      figure: 'CPU a million events',
      unit: 's',
      must: 2,
      aim: 1,
      needs: [FLOW],
      of: (round) => round.cpu_s(FLOW),
    },
  ],
}
