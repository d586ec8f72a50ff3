/** State: counts of millions of keys in a sliding window. */

import { MARK_EVERY } from '../data.ts'
import { FLOWS, flowSaid, over, runFlow } from '../programs.ts'
import type { Row } from '../row.ts'

const FLOW = 'distinct-clients'

export const keys: Row = {
  name: 'keys',
  title: 'Counts of 5 keys for each 10 records, all distinct, in a sliding window',
  disk_bytes_per_event: 1300,
  programs: async (inputs) => {
    const { file, keys: count } = await inputs.keys()
    const settings = (input: string) => ({ input, output: inputs.place('keys.jsonl'), keys: count })
    return [
      {
        name: FLOW,
        does: 'lacewing run distinct-clients.json: small records, a count for each client, those seen before to a file',
        ...over(file, (path) => runFlow(`${FLOWS}distinct-clients.json`, settings(path))),
        read: flowSaid,
        expected: Math.floor((file.records - 1) / MARK_EVERY) - Math.floor((count - 1) / MARK_EVERY),
      },
    ]
  },
  goals: [
    {
      figure: 'CPU a record',
      unit: 'us',
      must: 1.5,
      aim: 0.8,
      needs: [FLOW],
      of: (round) => round.cpu_s(FLOW),
    },
    {
      figure: 'peak memory',
      unit: 'MB',
      must: 600,
      aim: 300,
      needs: [FLOW],
      of: (round) => round.peak_rss_bytes(FLOW) / 1e6,
    },
  ],
}
