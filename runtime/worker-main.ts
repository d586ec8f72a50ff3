/** The door of a flow's thread: hands the capabilities of runtime/io to the engine. */

import { createReadStream, createWriteStream } from 'node:fs'
import { runWorker } from './engine/worker.ts'
import { SystemClock } from './io/clock.ts'
import { DiskFiles } from './io/files.ts'

await runWorker(({ folder, samples }) => ({
  files: new DiskFiles({
    folder,
    samples,
    // A thread's own process.stdin and process.stdout go through the main thread; these are the process's, directly.
    stdin: createReadStream('', { fd: 0, autoClose: false }),
    stdout: createWriteStream('', { fd: 1, autoClose: false }),
  }),
  clock: new SystemClock(),
}))
