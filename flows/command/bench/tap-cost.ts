/**
 * What looking at wires costs a flow, as one line of JSON: how many times the CPU a record takes while they are looked at.
 * Started by `lacewing bench`.
 *
 *   node tap-cost.ts FLOW PARAMETERS SOURCE SECONDS WIRE...
 *
 * PARAMETERS is JSON and makes the flow's node SOURCE repeat its input. Taps show as many records a second as those that
 * the editor opens. They are open every other second of one long run, for from one run to the next the cost of a flow
 * differs by more than taps are worth.
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
/** Phases that warm up, an even number; each is as long as the engine waits between two metrics. */
const WARM = 4

const [path, parameters, source, seconds, ...wires] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  ...string[],
]
const warm = Number(seconds) > WARM * 2 ? WARM : 0
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

/** CPU seconds a record of each phase, one behind the other: tapped, untapped, tapped, ... */
const costs_s: number[] = []
let isTapped = false
let shown = 0
let before: { readonly cpu_s: number; readonly records: number } | undefined

const engine = start({ artifact: artifact.text, folder, samples: [], secrets: {} })
await engine.ready
await new Promise<void>((resolve) => {
  engine.onMetrics((metrics) => {
    const { user, system } = process.cpuUsage()
    const now = { cpu_s: (user + system) / 1e6, records: metrics.nodes[source]!.in }
    if (before !== undefined) costs_s.push((now.cpu_s - before.cpu_s) / (now.records - before.records))
    before = now
    if (costs_s.length === Number(seconds)) resolve()
    isTapped = !isTapped
    for (const wire of wires) {
      if (isTapped) {
        engine.openTap(wire, wire, LIMIT_PER_S, ({ samples }) => {
          shown += samples.length
        })
      } else engine.closeTap(wire)
    }
  })
})
await engine.stop()
if (shown === 0) throw new Error('the taps showed nothing')

// Each tapped phase against the mean of the two around it, so that a machine that slows down slows both.
const times: number[] = []
for (let i = warm; i + 1 < costs_s.length; i += 2) {
  times.push((2 * costs_s[i]!) / ((costs_s[i - 1] ?? costs_s[i + 1]!) + costs_s[i + 1]!))
}
times.sort((a, b) => a - b)
process.stdout.write(`${JSON.stringify({ times: times[times.length >> 1] })}\n`)
