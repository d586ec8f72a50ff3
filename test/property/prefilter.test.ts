/**
 * What the compiler spares changes nothing: random flows over random events write the same and count the same with
 * prefilter and projection on and off.
 *
 * 10,000 events; LACEWING_LONG=1 tries 1,000,000, and LACEWING_SEED another seed than 1. What was tried is printed.
 */

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { compileInput } from '../../flows/bundle/compile-flow.ts'
import { compile } from '../../flows/compile/compile.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { type FlowRun, language, loadModule, runProgram } from '../flows/run-flow.ts'
import { Random } from '../json/random-records.ts'
import { type RandomFlow, randomFlow, randomLines } from './random-flows.ts'

const EVENTS = process.env.LACEWING_LONG === '1' ? 1_000_000 : 10_000
const SEED = Number(process.env.LACEWING_SEED ?? 1)
const EVENTS_A_FLOW = process.env.LACEWING_LONG === '1' ? 1000 : 200

/** What nodes counted, but for how many records were not read. */
function counted({ end }: FlowRun): unknown {
  const nodes = Object.entries(end.metrics.nodes).map(([id, { unread: _, ...counters }]) => [id, counters])
  return { nodes: Object.fromEntries(nodes), wires: end.metrics.wires, state: end.state }
}

function written({ files }: FlowRun, { ordered, unordered }: RandomFlow): unknown {
  const sorted = unordered.map((path) => files.text(path).split('\n').sort())
  return [...ordered.map((path) => files.text(path)), ...sorted]
}

const NEITHER = { prefilter: false, projection: false }
const BOTH = {}
const PROJECTED = { prefilter: false }
/** The ways in which a flow is run, the one first that the others are held against. */
const WAYS = [NEITHER, PROJECTED, { projection: false }, BOTH]
/** Carrying all fields there are is dear: most flows are run only as they mostly are. */
const FEW_WAYS = [PROJECTED, BOTH]

suite('prefilter and projection', () => {
  test('change neither what random flows write nor what they count', async (t) => {
    const random = new Random(SEED)
    const found = { flows: 0, screened: 0, unread: 0 }
    for (let events = 0; events < EVENTS; events += EVENTS_A_FLOW) {
      const made = randomFlow(random)
      const given = { in: randomLines(random, EVENTS_A_FLOW).join('\n') }
      const options = { batchRecords: random.of([7, 100, 1024]) }
      const say = () => `seed ${SEED}, flow ${found.flows}: ${JSON.stringify(made.flow, null, 1)}`
      const [first, ...ways] = found.flows % 4 === 0 ? WAYS : FEW_WAYS
      const unspared = codeOf(made.flow, first!, say)
      const reference = await runProgram(await loadModule(unspared), given, options)
      const tried = new Set([unspared])
      for (const way of ways) {
        const code = codeOf(made.flow, way, say)
        if (tried.has(code)) continue
        tried.add(code)
        const program = await loadModule(code)
        // What is shown of a record must not change what becomes of it.
        const isWatched = random.once(4)
        const run = await runProgram(program, given, { ...options, alwaysWatched: isWatched }, (loop) => {
          if (isWatched) for (const wire of made.flow.wires) loop.openTap(wire, wire, 1000)
        })
        try {
          assert.deepEqual(counted(run), counted(reference))
          assert.deepEqual(written(run, made), written(reference, made))
        } catch (error) {
          throw new Error(`${say()}\n${JSON.stringify(way)}`, { cause: error })
        }
        if (way !== BOTH) continue
        const { unread = 0 } = run.end.metrics.nodes.eve!
        found.unread += unread
        if (unread > 0) found.screened += 1
      }
      found.flows += 1
    }
    t.diagnostic(`seed ${SEED}: ${found.flows} flows over ${EVENTS} events, of which ${found.unread} were not read`)
    // A test of what is never skipped would show nothing.
    assert.ok(found.screened * 10 > found.flows, `${found.screened} of ${found.flows} flows skipped something`)
  })
})

/** The module that a flow becomes: where two are the same there is nothing to compare. */
function codeOf(flow: FlowDocument, spared: object, say: () => string): string {
  const input = compileInput(flow, {}, { folders: [], isConfined: false }, language)
  const { module, problems } = compile({ ...input, ...spared })
  assert.ok(module !== undefined, `${say()}\n${JSON.stringify(problems)}`)
  return module.text
}
