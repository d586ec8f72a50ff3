/** Runs test files in the order given, by the pinned Node: `node test/run-files.mjs FILE...`. Called by run.mjs. */

import { run } from 'node:test'
import { spec } from 'node:test/reporters'

// Sized for two cores; a browser test on a loaded machine is the slowest thing that must still pass.
const CONCURRENCY = 2
const TIMEOUT_MS = 300_000

run({ files: process.argv.slice(2), concurrency: CONCURRENCY, timeout: TIMEOUT_MS })
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(new spec())
  .pipe(process.stdout)
