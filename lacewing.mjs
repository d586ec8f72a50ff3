#!/usr/bin/env node
/**
 * The `lacewing` command. Runs on the Node that happens to be there (20.11 or newer): makes sure that what the lock file
 * names is installed, then runs flows/main.ts on the Node that the lock file pins.
 */

import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureInstalled, ROOT, SetupError } from './setup.mjs'

const MAIN = join(ROOT, 'flows', 'main.ts')

/** Sources run as they are; what Node makes of them is kept here, or every start would pay for it again. */
process.env.NODE_COMPILE_CACHE ??= join(ROOT, '.lacewing', 'compile-cache')

try {
  const node = ensureInstalled()
  if (realpathSync(node) === realpathSync(process.execPath)) {
    process.argv[1] = MAIN
    nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE)
    await import(pathToFileURL(MAIN).href)
  } else runOn(node, process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

function runOn(node, args) {
  const child = spawn(node, [MAIN, ...args], { stdio: 'inherit' })
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
