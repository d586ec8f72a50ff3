/** Every event parsed to twelve features and scored by a hundred trees: no filter can spare the work. One worker, and two. */

import type { InputFile } from '../input-file.ts'
import type { Inputs } from '../inputs.ts'
import type { Program } from '../program.ts'
import { FLOWS, flowSaid, over, runFlow } from '../programs.ts'
import type { Row } from '../row.ts'
import type { Shape } from '../seeded-trees.ts'

const FLOW = 'boosted-eve'
const ONE_WORKER = 'boosted-eve-one-worker'
const TWO_WORKERS = 'boosted-eve-two-workers'

/** Inputs are the fields that flows/twelve-features.json adds, with about the greatest value of each. */
const TWELVE: Shape = {
  name: 'twelve',
  trees: 100,
  depth: 4,
  base: 1.3,
  inputs: [
    ['client_port', 65_535],
    ['server_port', 1000],
    ['bytes_up', 20_000],
    ['bytes_down', 900_000],
    ['packets', 600],
    ['age', 60],
    ['is_udp', 1],
    ['is_alert', 1],
    ['status', 500],
    ['name_length', 40],
    ['host_length', 40],
    ['url_length', 60],
  ],
}

async function flow(name: string, does: string, inputs: Inputs, eve: InputFile, ...more: string[]): Promise<Program> {
  const model = await inputs.trees(TWELVE)
  const settings = (input: string) => ({ input, model, output: inputs.place(`${name}.jsonl`) })
  return {
    name,
    does,
    ...over(eve, (path) => runFlow(`${FLOWS}twelve-features.json`, settings(path), ...more)),
    read: flowSaid,
  }
}

export const boosted: Row = {
  name: 'boosted',
  title: 'The same file, every event to 12 features, 100 boosted trees of depth 4, rule, file',
  disk_bytes_per_event: 50,
  programs: async (inputs) => [
    await flow(
      FLOW,
      'lacewing run twelve-features.json: every event, 12 features, 100 trees, rule, file',
      inputs,
      await inputs.eve(),
    ),
  ],
  goals: [
    {
      figure: 'CPU a million events',
      unit: 's',
      must: 5,
      aim: 3,
      needs: [FLOW],
      of: (round) => round.cpu_s(FLOW),
    },
  ],
}

export const workers: Row = {
  name: 'workers',
  title: 'Two workers against one, the flow of the row boosted, the events three times over',
  disk_bytes_per_event: 2300,
  programs: async (inputs) => {
    const eve = await inputs.longEve()
    const one = await flow(ONE_WORKER, `${FLOW} over the events three times over`, inputs, eve)
    const two = await flow(TWO_WORKERS, 'the same with --workers 2', inputs, eve, '--workers', '2')
    return [one, two]
  },
  goals: [
    {
      figure: 'times as fast by the clock',
      unit: 'x',
      must: 1.7,
      aim: 1.9,
      better: 'more',
      needs: [ONE_WORKER, TWO_WORKERS],
      of: (round) => round.of(ONE_WORKER).cost.elapsed_s / round.of(TWO_WORKERS).cost.elapsed_s,
    },
  ],
}
