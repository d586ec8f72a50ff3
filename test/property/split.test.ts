/**
 * Workers that share a flow by key do together what one does alone: random flows over random events, each run by three
 * loops. Of events without a time of their own nothing is said: they take that of a record before, which may be another
 * worker's.
 *
 * 10,000 events; LACEWING_LONG=1 tries 1,000,000, and LACEWING_SEED another seed than 1. What was tried is printed.
 */

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { compileInput } from '../../flows/bundle/compile-flow.ts'
import { compile } from '../../flows/compile/compile.ts'
import { type FlowRun, keyShare, language, loadModule, runProgram } from '../flows/run-flow.ts'
import { Random } from '../json/random-records.ts'
import { randomFlow, randomLines } from './random-flows.ts'

const EVENTS = process.env.LACEWING_LONG === '1' ? 1_000_000 : 10_000
const SEED = Number(process.env.LACEWING_SEED ?? 1)
const EVENTS_A_FLOW = 500
const WORKERS = 3

/** Counters of all runs together, by node; how many records were not read may differ. */
function counted(runs: readonly FlowRun[]): unknown {
  const sums: Record<string, Record<string, number>> = {}
  for (const { end } of runs) {
    for (const [id, { unread: _, ...counters }] of Object.entries(end.metrics.nodes)) {
      const sum = sums[id] ?? {}
      sums[id] = sum
      for (const [name, count] of Object.entries(counters)) {
        if (typeof count === 'number') sum[name] = (sum[name] ?? 0) + count
      }
    }
  }
  return sums
}

const written = (runs: readonly FlowRun[], paths: readonly string[]) =>
  paths.map((path) =>
    runs
      .flatMap(({ files }) => files.text(path).split('\n'))
      .filter(Boolean)
      .sort(),
  )

suite('flows shared by key', () => {
  test('write and count what one worker does', async (t) => {
    const random = new Random(SEED)
    const found = { flows: 0, shared: 0 }
    let events = 0
    for (; events < EVENTS; found.flows += 1) {
      const { flow, ordered, unordered } = randomFlow(random)
      const { module, split } = compile(compileInput(flow, {}, { folders: [], isConfined: false }, language))
      if (split!.split.by !== 'key') continue
      const lines = randomLines(random, EVENTS_A_FLOW).filter(
        (line) => !line.endsWith('}') || /"timestamp":"1/.test(line),
      )
      const given = { in: lines.join('\n') }
      const program = await loadModule(module!.text)
      const alone = await runProgram(program, given)
      const together: FlowRun[] = []
      for (let i = 0; i < WORKERS; i++) together.push(await runProgram(program, given, { share: keyShare(i, WORKERS) }))
      const paths = [...ordered, ...unordered]
      try {
        assert.deepEqual(counted(together), counted([alone]))
        assert.deepEqual(written(together, paths), written([alone], paths))
      } catch (error) {
        throw new Error(`seed ${SEED}, flow ${found.flows}: ${JSON.stringify(flow)}`, { cause: error })
      }
      found.shared += 1
      events += lines.length
    }
    t.diagnostic(`seed ${SEED}: ${found.shared} of ${found.flows} flows are shared by key; ${events} events`)
  })
})
