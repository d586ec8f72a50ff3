/** Looking: what an open tap costs the flow that is looked at. */

import type { Inputs } from '../inputs.ts'
import type { Program } from '../program.ts'
import { EXAMPLES, figuresSaid, ownProgram } from '../programs.ts'
import type { Goal, Row } from '../row.ts'

/** A wire that every record passes, and one that hardly any does: there records are waited for. */
const WIRES = { 'tap-busy-wire': 'eve -> queries', 'tap-rare-wire': 'alarm -> out' } as const
/** With fewer events there is nothing to measure, only to try. */
const FEW = 100_000
type Tapped = keyof typeof WIRES

async function program(inputs: Inputs, name: Tapped): Promise<Program> {
  const eve = await inputs.eve()
  const parameters = {
    input: eve.path,
    output: inputs.place('taps.jsonl'),
    model: 'dga-logistic',
    threshold: 0.4,
    repeat: true,
  }
  return {
    name,
    does: `the flow of dga-logistic-eve over its file again and again, every other second with a tap on ${WIRES[name]}`,
    records: 0,
    command: () =>
      ownProgram(
        new URL('../tap-cost.ts', import.meta.url),
        `${EXAMPLES}dga-eve.json`,
        JSON.stringify(parameters),
        'eve',
        eve.records < FEW ? 2 : 17,
        WIRES[name],
      ),
    read: figuresSaid,
  }
}

const goal = (name: Tapped): Goal => ({
  figure: `CPU a record with a tap on ${WIRES[name]}`,
  unit: 'x',
  must: 1.01,
  aim: 1.01,
  needs: [name],
  of: (round) => round.figure(name, 'times'),
})

export const taps: Row = {
  name: 'taps',
  title: 'A tap on a wire of the flow of the row dga, against none',
  disk_bytes_per_event: 0,
  programs: async (inputs) => [await program(inputs, 'tap-busy-wire'), await program(inputs, 'tap-rare-wire')],
  goals: [goal('tap-busy-wire'), goal('tap-rare-wire')],
}
