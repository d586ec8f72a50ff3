/**
 * Other programs with one job: DNS queries of an EVE file, four lexical features, a logistic score, what scores high to
 * a file. How each is set up stands in its folder under peers/; docs/benchmarks.md says what the job is.
 */

import { fileURLToPath } from 'node:url'
import type { InputFile } from '../input-file.ts'
import type { Inputs } from '../inputs.ts'
import { findProgram } from '../meter.ts'
import type { Missing, Program } from '../program.ts'
import { countSaid, figuresSaid, flowSaid, grep, over, ownProgram, runFlow, tool } from '../programs.ts'
import type { Row } from '../row.ts'

const LACEWING = 'letters-lacewing'
const PLAIN_NODE = 'letters-plain-node'
const NODE_RED = 'letters-node-red'

interface Peer {
  readonly name: string
  readonly does: string
  /** The words that start it, or undefined where it is not installed. */
  readonly find: () => readonly string[] | undefined
  /** Bash. `"$@"` is the program, started in its own folder; it reads `$BENCH_INPUT`, writes `$BENCH_OUTPUT`, may use `$BENCH_FOLDER`. */
  readonly script: string
  /** It needs minutes for all events, so it gets a tenth. */
  readonly isSlow?: boolean
}

const folder = (name: string) => fileURLToPath(new URL(`../peers/${name}/`, import.meta.url))

const onPath = (name: string) => () => {
  const path = findProgram(name)
  return path === undefined ? undefined : [path]
}

function findNodeRed(): readonly string[] | undefined {
  try {
    return [process.execPath, fileURLToPath(import.meta.resolve('node-red/red.js'))]
  } catch {
    // It is a development dependency, which not every installation has.
    return undefined
  }
}

const PEERS: readonly Peer[] = [
  {
    name: NODE_RED,
    does: 'Node-RED',
    find: findNodeRed,
    script:
      'cp flows.json "$BENCH_FOLDER" && ' +
      '"$@" --settings "$PWD/settings.cjs" --userDir "$BENCH_FOLDER" "$BENCH_FOLDER/flows.json" >&2',
    isSlow: true,
  },
  {
    name: 'letters-jq',
    does: 'jq',
    find: onPath('jq'),
    script: '"$@" -c -n -f letters.jq "$BENCH_INPUT" > "$BENCH_OUTPUT"',
    isSlow: true,
  },
  {
    name: 'letters-vector',
    does: 'Vector',
    find: onPath('vector'),
    script: '"$@" --quiet --config vector.yaml < "$BENCH_INPUT" >&2',
  },
  { name: 'letters-bento', does: 'Bento', find: onPath('bento'), script: '"$@" -c bento.yaml >&2' },
  {
    name: 'letters-fluent-bit',
    does: 'Fluent Bit',
    find: onPath('fluent-bit'),
    script: '"$@" -q -c fluent-bit.yaml >&2 && mv "$BENCH_FOLDER/out.jsonl" "$BENCH_OUTPUT"',
  },
]

/** Ends with the number of records that were written. */
const WHOLE_SCRIPT = (script: string) =>
  `set -e; cd "$1"; shift; rm -rf "$BENCH_FOLDER"; mkdir "$BENCH_FOLDER"; : > "$BENCH_OUTPUT"; ${script}; wc -l < "$BENCH_OUTPUT"`

function peerProgram(peer: Peer, inputs: Inputs, eve: InputFile, agreed: Agreed): Program | Missing {
  const { name, does, find, script } = peer
  const program = find()
  if (program === undefined) return { name, why: `${does} is not installed` }
  const settings = (path: string) => [
    `BENCH_INPUT=${path}`,
    `BENCH_OUTPUT=${inputs.place(`${name}.jsonl`)}`,
    `BENCH_FOLDER=${inputs.place(name)}`,
  ]
  const own = folder(name.replace('letters-', ''))
  return {
    name,
    does: `${does}: the job of letters-lacewing${peer.isSlow === true ? ', over a tenth of the events' : ''}`,
    ...over(eve, (path) => ['env', ...settings(path), 'bash', '-c', WHOLE_SCRIPT(script), 'bench', own, ...program]),
    read: countSaid,
    ...agreed,
    isOptional: true,
  }
}

/** Peers know two suffixes of two labels, those of the generated events. Over other files they need not agree. */
type Agreed = Pick<Program, 'expected'>

export const peers: Row = {
  name: 'peers',
  title: 'One job by several programs: DNS queries, four features, logistic score, file',
  disk_bytes_per_event: 150,
  programs: async (inputs) => {
    const [eve, tenth] = [await inputs.eve(), await inputs.tenthOfEve()]
    const plainNode = (path: string) =>
      ownProgram(new URL('../peers/plain-node.ts', import.meta.url), path, inputs.place('plain-node.jsonl'))
    const agreed = async ({ path }: InputFile): Promise<Agreed> =>
      inputs.isGenerated ? { expected: await inputs.found(plainNode(path)) } : {}
    const [ofAll, ofTenth] = [await agreed(eve), await agreed(tenth)]
    return [
      {
        name: LACEWING,
        does: 'lacewing run letters.json: DNS queries, four features, logistic score, file',
        ...over(eve, (input) =>
          runFlow(`${folder('lacewing')}letters.json`, { input, output: inputs.place('letters.jsonl') }),
        ),
        read: flowSaid,
        ...ofAll,
      },
      { name: PLAIN_NODE, does: 'the same by hand for Node', ...over(eve, plainNode), read: figuresSaid },
      ...PEERS.map((peer) =>
        peer.isSlow === true ? peerProgram(peer, inputs, tenth, ofTenth) : peerProgram(peer, inputs, eve, ofAll),
      ),
      grep(eve),
      tool('jq', 'parses every line, counts DNS events', ['-n', COUNT_DNS], tenth, countSaid),
    ]
  },
  goals: [],
}

const COUNT_DNS = 'reduce (inputs | select(.event_type == "dns")) as $event (0; . + 1)'
