/** The door of a flow's thread: hands the capabilities of runtime/io to the engine. */

import { runWorker } from './engine/worker.ts'
import { SystemClock } from './io/clock.ts'
import { FileSystem } from './io/files.ts'

await runWorker(({ folder, samples }) => ({ files: new FileSystem({ folder, samples }), clock: new SystemClock() }))
