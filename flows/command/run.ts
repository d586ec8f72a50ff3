/** `lacewing run`: one flow, headless, until its sources end. */

import { join } from 'node:path'
import { InputError, type Position } from '../../nodes/contract/capability.ts'
import { problemLine } from '../../nodes/contract/problem.ts'
import type { Engine, EngineEnd, EngineStart } from '../../runtime/engine/engine.ts'
import type { SharedStart, Sharing } from '../../runtime/engine/shared-engine.ts'
import { makePrivateFolder, readJsonFile, writeDurably } from '../../runtime/io/durable-file.ts'
import { type ArtifactToRun, keptArtifact, type Made } from '../bundle/kept-artifacts.ts'
import { modelsIn } from '../bundle/model-files.ts'
import type { FlowDocument } from '../format/flow.ts'
import type { ParameterValues } from '../format/parameters.ts'
import { FlowProblems, loadFlowText, parseSettings, readFlowText } from './flow-file.ts'
import { Progress } from './progress.ts'
import { report } from './run-report.ts'
import { printable } from './table.ts'

export interface RunOptions {
  readonly set: readonly string[]
  readonly records?: string
  readonly workers: string
  readonly stats?: string
  readonly secrets?: string
  readonly data?: string
  readonly resume?: boolean
}

export interface RunTools {
  /** Asked only for a flow that was not compiled before as it is now. */
  readonly compile: (
    flow: FlowDocument,
    parameters: ParameterValues,
    modelText: (reference: string) => string | undefined,
  ) => Promise<Made>
  readonly startEngine: (start: EngineStart) => Engine
  /** Of several threads. */
  readonly startShared: (start: SharedStart, sharing: Sharing) => Promise<Engine>
  readonly samples: readonly string[]
  readonly readSecrets: (path: string | undefined) => Readonly<Record<string, string>>
}

/** @returns the exit code. @throws InputError, FlowProblems */
export async function run(path: string, options: RunOptions, tools: RunTools): Promise<number> {
  const maxRecords = options.records === undefined ? undefined : wholeNumber('--records', options.records)
  const workers = wholeNumber('--workers', options.workers)
  if (workers > MAX_WORKERS) throw new InputError(`--workers ${workers} is more than ${MAX_WORKERS}. Give fewer.`)
  if (options.resume === true && options.data === undefined) {
    throw new InputError('--resume goes on from what --data DIR holds. Give the folder of the earlier run.')
  }
  const file = loadFlowText(path)
  const parameters = parseSettings(options.set)
  const models = modelsIn([file.folder, ...tools.samples], false)
  const { artifact, problems } = await keptArtifact(file.text, parameters, models, async (modelText) => {
    const { flow, warnings } = readFlowText(path, file.text)
    const made = await tools.compile(flow, parameters, modelText)
    return { ...made, problems: [...warnings, ...made.problems] }
  })
  if (artifact === undefined) throw new FlowProblems(path, problems)
  for (const warning of problems) console.error(printable(problemLine(warning)))

  const began_ms = performance.now()
  const start: SharedStart = {
    artifact: artifact.source,
    folder: file.folder,
    samples: tools.samples,
    secrets: tools.readSecrets(options.secrets),
    ...(maxRecords === undefined ? {} : { maxRecords }),
  }
  const resume = options.resume ? { resume: await readPositions(options.data!, artifact.manifest.flow) } : {}
  const sharing = workers === 1 ? undefined : sharingOf(workers, artifact, options)
  const engine =
    sharing === undefined ? tools.startEngine({ ...start, ...resume }) : await tools.startShared(start, sharing)
  const release = stopOnSignals(engine)
  const progress = new Progress(engine)
  let end: EngineEnd
  try {
    await engine.ready
    end = await engine.ended
  } finally {
    progress.clear()
    release()
  }
  if (options.data !== undefined) await keepPositions(options.data, artifact.manifest.flow, end)
  await report(end, artifact, (performance.now() - began_ms) / 1000, options.stats)
  if (end.fault === undefined) return 0
  const where = end.fault.node === undefined ? '' : ` at node ${end.fault.node}`
  console.error(printable(`The flow stopped${where}: ${end.fault.message}`))
  if (end.fault.stack !== undefined) console.error(printable(end.fault.stack))
  return 1
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new InputError(`${option} ${text} is no whole number from 1 on.`)
}

/* ---- several workers ---- */

/** More only cost memory: nobody has as many cores for one flow. */
const MAX_WORKERS = 64

/** Undefined when one worker must do it all; then it is said why. */
function sharingOf(workers: number, { manifest }: ArtifactToRun, { data }: RunOptions): Sharing | undefined {
  const { split } = manifest
  if (split.by !== 'one' && data === undefined) return { workers, by: split.by, source: split.source }
  const why = split.by === 'one' ? split.why : 'Several workers stop at many places, and --data keeps one.'
  console.error(printable(`The flow runs in one worker. ${why}`))
  return undefined
}

/* ---- where an earlier run stopped ---- */

const positionsFile = (folder: string, flow: string) => join(folder, `${flow}.positions.json`)

async function readPositions(folder: string, flow: string): Promise<Record<string, Position>> {
  const file = positionsFile(folder, flow)
  const kept = await readJsonFile(file)
  if (kept === undefined) throw new InputError(`There is no ${file} to go on from. Run with --data ${folder} first.`)
  if (typeof kept !== 'object' || kept === null)
    throw new InputError(`${file} is damaged. Remove it and run without --resume.`)
  return kept as Record<string, Position>
}

/** After a fault too: everything before these positions is delivered, and the next run reads on from there. */
async function keepPositions(folder: string, flow: string, end: EngineEnd): Promise<void> {
  await makePrivateFolder(folder)
  await writeDurably(positionsFile(folder, flow), JSON.stringify(end.positions))
}

/** The first Ctrl-C or termination stops the flow in order, a second one ends the process. */
function stopOnSignals(engine: Engine): () => void {
  let isAsked = false
  const stop = () => {
    if (isAsked) process.exit(1)
    isAsked = true
    console.error('Stopping: what was read is being delivered. Once more to stop at once.')
    void engine.stop()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
