/** The only place that calls esbuild for flows: makes the artifact of a module. */

import { createHash } from 'node:crypto'
import * as esbuild from 'esbuild'
import { PROGRAM_VERSION } from '../../nodes/contract/program.ts'
import { type Module, SOURCE_PREFIX, type SplitPlan } from '../compile/ir.ts'
import { ROOT } from './fingerprint.ts'

/** Name of the emitted module in source maps and stack traces. */
const FLOW_FILE = 'flow.js'

/** What an artifact says of itself; exported by it as `manifest`. */
export interface Manifest {
  readonly flow: string
  readonly program: number
  /** Type and version of each node, by id. */
  readonly nodes: Readonly<Record<string, string>>
  /** SHA-256 of each model, by node and option. */
  readonly models: Readonly<Record<string, string>>
  /** Doors to the world that its sources and sinks go through. */
  readonly uses: readonly string[]
  readonly secrets: readonly string[]
  readonly wires: readonly string[]
  /** How several workers may share it. */
  readonly split: SplitPlan['split']
  /**
   * Which node the flow's own code works for: from that line of `flow.js` on, counted from 1, the node of that id, or
   * none. With the artifact's source map it leads from any place of the artifact to a node.
   */
  readonly lines: readonly (readonly [line: number, node: string | null])[]
}

export interface Artifact {
  /** One readable ES module: exports `program` and `manifest`, ends with its source map. */
  readonly text: string
  /** SHA-256 of `text`, hex: the artifact's id. Same flow, same bytes. */
  readonly hash: string
  readonly manifest: Manifest
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

function manifestOf({ graph, split }: SplitPlan, { lineNodes }: Module): Manifest {
  const nodes = [...graph.nodes.values()]
  const uses = nodes.flatMap(({ spec }) => (spec.shape === 'source' || spec.shape === 'sink' ? spec.uses : []))
  return {
    flow: graph.flow,
    program: PROGRAM_VERSION,
    nodes: Object.fromEntries(nodes.map(({ id, spec }) => [id, `${spec.type}@${spec.version}`])),
    models: Object.fromEntries(
      nodes.flatMap(({ id, models, options }) =>
        Object.keys(models).map((option) => [`${id}.${option}`, sha256(JSON.stringify(options[option]))]),
      ),
    ),
    uses: [...new Set(uses)].sort(),
    secrets: [...new Set(nodes.flatMap(({ secrets }) => secrets.map(({ name }) => name)))].sort(),
    wires: graph.wires.map(({ name }) => name),
    split,
    lines: lineNodes.flatMap((node, i) =>
      i === 0 || node !== lineNodes[i - 1] ? [[i + 1, node ?? null] as const] : [],
    ),
  }
}

/** Bundles the emitted module with the code of the nodes it names. @throws only for a defect of ours. */
export async function bundle(module: Module, plan: SplitPlan): Promise<Artifact> {
  const manifest = manifestOf(plan, module)
  const source = `${module.text}\nexport const manifest = ${JSON.stringify(manifest)}\n`
  const text = await build(source)
  return { text, hash: sha256(text), manifest }
}

async function build(source: string): Promise<string> {
  const result = await esbuild.build({
    stdin: { contents: source, sourcefile: FLOW_FILE, resolveDir: ROOT, loader: 'js' },
    absWorkingDir: ROOT,
    outdir: ROOT,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2024',
    sourcemap: 'inline',
    sourcesContent: false,
    treeShaking: true,
    charset: 'utf8',
    logLevel: 'silent',
    mainFields: ['module', 'main'],
    plugins: [
      {
        name: 'lacewing-sources',
        setup(build) {
          build.onResolve({ filter: new RegExp(`^${SOURCE_PREFIX}`) }, ({ path }) => ({
            path: `${ROOT}${path.slice(SOURCE_PREFIX.length)}`,
          }))
        },
      },
    ],
  })
  return result.outputFiles[0]!.text
}
