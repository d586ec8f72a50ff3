/** The thread of one flow: loads an artifact, runs the loop, answers the engine. */

import { registerHooks, SourceMap } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { Capabilities } from '../../nodes/contract/capability.ts'
import type { Program } from '../../nodes/contract/program.ts'
import { Loop } from './loop.ts'
import { FRAME_INTERVAL_MS } from './tap.ts'
import type { EngineStart, FromWorker, ToWorker } from './thread.ts'

/** A stack whose places in the artifact are those in the sources. The map is read only now: few flows ever need it. */
function mapped(stack: string, artifact: string): string {
  const encoded = artifact.slice(artifact.lastIndexOf('base64,') + 7)
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()))
  return stack.replace(/lacewing:flow:(\d+):(\d+)/g, (place, line: string, column: string) => {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1)
    return 'originalSource' in entry
      ? `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      : place
  })
}

/** Name under which the artifact is imported; it stands in stack traces. */
const ARTIFACT = 'lacewing:flow'

/** Loads the artifact from its text: nothing of a flow is written to disk to run it. */
async function loadProgram(text: string): Promise<Program> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === ARTIFACT ? { url: ARTIFACT, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === ARTIFACT ? { format: 'module', source: text, shortCircuit: true } : next(url, context),
  })
  const { program } = (await import(ARTIFACT)) as { program: Program }
  return program
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
  try {
    const program = await loadProgram(start.artifact)
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
      : { ...ended, fault: { ...ended.fault, stack: mapped(ended.fault.stack, start.artifact) } }
  clearInterval(metricsTimer)
  clearInterval(tapTimer)
  const frames = loop.collectSamples()
  if (frames.length > 0) say({ say: 'samples', frames })
  say({ say: 'end', end })
  port.close()
}
