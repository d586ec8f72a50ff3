/** The door of a flow's thread: hands the capabilities of runtime/io to the engine. */

import { createReadStream, createWriteStream } from 'node:fs'
import { enableCompileCache } from 'node:module'

// A thread does not take over the compile cache of its process; with it the thread starts in a quarter of the time.
if (process.env.NODE_COMPILE_CACHE !== undefined) enableCompileCache(process.env.NODE_COMPILE_CACHE)

const [{ runWorker }, { SystemClock }, { DiskFiles }] = await Promise.all([
  import('./engine/worker.ts'),
  import('./io/clock.ts'),
  import('./io/files.ts'),
])

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
