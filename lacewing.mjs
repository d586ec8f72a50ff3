#!/usr/bin/env node
/**
 * The `lacewing` command. Runs on the Node that happens to be there (20.11 or newer): makes sure that what the lock file
 * names is installed, then runs flows/main.ts on the Node that the lock file pins.
 */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { builtin, ensureInstalled, ROOT, SetupError } from './setup.mjs'

const { readFileSync, realpathSync, statSync } = builtin('node:fs')

const MAIN = join(ROOT, 'flows', 'main.ts')
/** `lacewing run` in one file, and the sources it was made of: as flows/bundle/program-files.ts says. */
const RUN = join(ROOT, '.lacewing', 'program', 'run.cjs')
const RUN_MADE_OF = join(ROOT, '.lacewing', 'program', 'made-of.json')

/** Sources run as they are; what Node makes of them is kept here, or every start would pay for it again. */
process.env.NODE_COMPILE_CACHE ??= join(ROOT, '.lacewing', 'compile-cache')

try {
  const node = ensureInstalled()
  const file = process.argv[2] === 'run' && isRunFresh() ? RUN : MAIN
  if (realpathSync(node) === realpathSync(process.execPath)) {
    process.argv[1] = file
    const { createRequire, enableCompileCache } = builtin('node:module')
    enableCompileCache(process.env.NODE_COMPILE_CACHE)
    if (file === RUN) createRequire(import.meta.url)(RUN)
    else await (await import(pathToFileURL(MAIN).href)).start()
  } else runOn(node, [file, ...process.argv.slice(2)])
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

/** True while every source that went into it is as it was. */
function isRunFresh() {
  try {
    return JSON.parse(readFileSync(RUN_MADE_OF, 'utf8')).every(([path, size, mtimeMs]) => {
      const facts = statSync(join(ROOT, path))
      return facts.size === size && facts.mtimeMs === mtimeMs
    })
  } catch {
    return false
  }
}

function runOn(node, args) {
  const { spawn } = builtin('node:child_process')
  const { constants } = builtin('node:os')
  const child = spawn(node, args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us already; a second one would read as impatience.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    process.stderr.write(`Could not start ${node}: ${error.message}.\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}
