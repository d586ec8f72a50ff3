/** The thread of one flow: loads an artifact, runs the loop, answers the engine. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Capabilities } from '../../nodes/contract/capability.ts'
import { type LoadedArtifact, loadArtifact } from './artifact.ts'
import { METRICS_MS } from './engine.ts'
import { Loop } from './loop.ts'
import { sharedStart } from './shared-files.ts'
import { FRAME_INTERVAL_MS } from './tap.ts'
import { type EngineStart, type FromWorker, loopStart, type ToWorker } from './thread.ts'

/**
 * Runs the flow given in the thread's data.
 * @param capabilities makes the doors to the world for a flow's folder.
 */
export async function runWorker(capabilities: (start: EngineStart) => Capabilities): Promise<void> {
  const port = parentPort!
  const say = (message: FromWorker) => port.postMessage(message)
  const start = workerData as EngineStart
  const shared = sharedStart(capabilities(start), start)
  let loop: Loop
  let artifact: LoadedArtifact
  try {
    artifact = await loadArtifact(start.artifact)
    loop = new Loop({ program: artifact.program, ...loopStart(start), ...shared })
    await loop.open()
    say({ say: 'ready', wires: artifact.program.wires.map(({ name }) => name) })
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
  const metricsTimer = setInterval(() => say({ say: 'metrics', metrics: loop.metrics() }), METRICS_MS)
  const tapTimer = setInterval(() => {
    const frames = loop.collectSamples()
    if (frames.length > 0) say({ say: 'samples', frames })
  }, FRAME_INTERVAL_MS)
  const end = artifact.inSources(await loop.run())
  clearInterval(metricsTimer)
  clearInterval(tapTimer)
  const frames = loop.collectSamples()
  if (frames.length > 0) say({ say: 'samples', frames })
  say({ say: 'end', end })
  port.close()
}
