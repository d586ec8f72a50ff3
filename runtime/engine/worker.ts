/** The thread of one flow: loads an artifact, runs the loop, answers the engine. */

import { registerHooks, SourceMap } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { Capabilities } from '../../nodes/contract/capability.ts'
import type { Program } from '../../nodes/contract/program.ts'
import { Loop } from './loop.ts'
import { FRAME_INTERVAL_MS } from './tap.ts'
import type { EngineStart, FromWorker, ToWorker } from './thread.ts'

/** Where the code of a flow works for which node, as the artifact's manifest has it. */
type Lines = readonly (readonly [line: number, node: string | null])[]

/**
 * A stack whose places in the artifact are those in the sources, and in the flow's own code name the node. The map is
 * read only now: few flows ever need it.
 */
function mapped(stack: string, artifact: string, lines: Lines): string {
  const encoded = artifact.slice(artifact.lastIndexOf('base64,') + 7)
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()))
  return stack.replace(/lacewing:flow:(\d+):(\d+)/g, (place, line: string, column: string) => {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1)
    if (!('originalSource' in entry)) return place
    const originalLine = entry.originalLine + 1
    const source = `${entry.originalSource}:${originalLine}:${entry.originalColumn + 1}`
    const node = lines.findLast(([from]) => from <= originalLine)?.[1] ?? null
    return entry.originalSource === FLOW_SOURCE && node !== null ? `${source} (node ${node})` : source
  })
}

/** The flow's own code in source maps, as the bundler names it. */
const FLOW_SOURCE = 'flow.js'

/** Name under which the artifact is imported; it stands in stack traces. */
const ARTIFACT = 'lacewing:flow'

/** Loads the artifact from its text: nothing of a flow is written to disk to run it. */
async function loadArtifact(text: string): Promise<{ program: Program; manifest: { lines: Lines } }> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === ARTIFACT ? { url: ARTIFACT, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === ARTIFACT ? { format: 'module', source: text, shortCircuit: true } : next(url, context),
  })
  return await import(ARTIFACT)
}

/**
 * Runs the flow given in the thread's data.
 * @param capabilities makes the doors to the world for a flow's folder.
 */
export async function runWorker(capabilities: (start: EngineStart) => Capabilities): Promise<void> {
  const port = parentPort!
  const say = (message: FromWorker) => port.postMessage(message)
  const start = workerData as EngineStart
  let loop: Loop
  let lines: Lines
  try {
    const { program, manifest } = await loadArtifact(start.artifact)
    lines = manifest.lines
    loop = new Loop({
      program,
      capabilities: capabilities(start),
      secrets: start.secrets,
      resume: start.resume,
      ...(start.maxRecords === undefined ? {} : { maxRecords: start.maxRecords }),
      ...(start.batchRecords === undefined ? {} : { batchRecords: start.batchRecords }),
      ...(start.alwaysWatched === undefined ? {} : { alwaysWatched: start.alwaysWatched }),
    })
    await loop.open()
    say({ say: 'ready', wires: program.wires.map(({ name }) => name) })
  } catch (error) {
    say({ say: 'refused', message: error instanceof Error ? error.message : String(error) })
    port.close()
    return
  }
  port.on('message', (message: ToWorker) => {
    if (message.ask === 'stop') void loop.stop()
    else if (message.ask === 'tap') loop.openTap(message.tap, message.wire, message.limit_per_s)
    else loop.closeTap(message.tap)
  })
  const metricsTimer = setInterval(() => say({ say: 'metrics', metrics: loop.metrics() }), 1000)
  const tapTimer = setInterval(() => {
    const frames = loop.collectSamples()
    if (frames.length > 0) say({ say: 'samples', frames })
  }, FRAME_INTERVAL_MS)
  const ended = await loop.run()
  const end =
    ended.fault?.stack === undefined
      ? ended
      : { ...ended, fault: { ...ended.fault, stack: mapped(ended.fault.stack, start.artifact, lines) } }
  clearInterval(metricsTimer)
  clearInterval(tapTimer)
  const frames = loop.collectSamples()
  if (frames.length > 0) say({ say: 'samples', frames })
  say({ say: 'end', end })
  port.close()
}
