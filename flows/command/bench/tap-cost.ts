/**
 * What looking at wires costs a flow: runs it in turn with and without a tap on each wire, and prints how many times the
 * CPU of the runs without taps the others took, as one line of JSON. Started by `lacewing bench`.
 *
 *   node tap-cost.ts FLOW PARAMETERS
 *
 * PARAMETERS is JSON. Taps show as many records a second as those that the editor opens. Of each kind the cheapest run
 * counts: what disturbs a run only adds to it.
 */

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { functions } from '../../../nodes/functions/index.ts'
import { catalogue } from '../../../nodes/index.ts'
import { readModel } from '../../../nodes/model/model-file.ts'
import { makeLocalEngineStarter } from '../../../runtime/engine/local-engine.ts'
import { SystemClock } from '../../../runtime/io/clock.ts'
import { DiskFiles } from '../../../runtime/io/files.ts'
import { compileFlow, compileInput } from '../../bundle/compile-flow.ts'
import { readFlow } from '../../format/read.ts'

/** As the editor has it. */
const LIMIT_PER_S = 50
/** Runs of each kind that count. */
const RUNS = 6

const [path, parameters] = process.argv.slice(2) as [string, string]
const folder = dirname(resolve(path))
const flow = readFlow(readFileSync(path, 'utf8')).flow!
const input = compileInput(
  flow,
  JSON.parse(parameters),
  { folders: [folder], isConfined: false },
  { catalogue, functions, readModel },
)
const { compilation, artifact } = await compileFlow(input)
if (artifact === undefined) throw new Error(JSON.stringify(compilation.problems))

const start = makeLocalEngineStarter(({ folder, samples }) => ({
  files: new DiskFiles({ folder, samples }),
  clock: new SystemClock(),
}))

/** CPU seconds of one run. */
async function run(isTapped: boolean): Promise<number> {
  const before = process.cpuUsage()
  const engine = start({ artifact: artifact!.text, folder, samples: [], secrets: {} })
  await engine.ready
  let shown = 0
  for (const wire of isTapped ? flow.wires : []) {
    engine.openTap(wire, wire, LIMIT_PER_S, ({ samples }) => {
      shown += samples.length
    })
  }
  const { state, fault } = await engine.ended
  if (state !== 'ended') throw new Error(fault?.message ?? state)
  if (isTapped && shown === 0) throw new Error('the taps showed nothing')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const costs_s = { tapped: [] as number[], untapped: [] as number[] }
// The first run of each kind warms up.
for (let i = -1; i < RUNS; i++) {
  const [untapped_s, tapped_s] = [await run(false), await run(true)]
  if (i < 0) continue
  costs_s.untapped.push(untapped_s)
  costs_s.tapped.push(tapped_s)
}
process.stdout.write(`${JSON.stringify({ times: Math.min(...costs_s.tapped) / Math.min(...costs_s.untapped) })}\n`)
