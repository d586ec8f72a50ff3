#!/usr/bin/env node
/**
 * The `lacewing` command. Runs on the Node that happens to be there (20.11 or newer): makes sure that what the lock file
 * names is installed, then runs flows/main.ts on the Node that the lock file pins. Imports nothing that needs installing.
 */

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('.', import.meta.url))
const MODULES = join(ROOT, 'node_modules')
const LOCK = join(ROOT, 'package-lock.json')
/** Holds the hash of the lock file that was installed last. */
const STAMP = join(MODULES, '.lacewing-stamp')
const MAIN = join(ROOT, 'flows', 'main.ts')

const lock = readFileSync(LOCK)
if (!isFresh()) install()

const args = process.argv.slice(2)
const pinned = JSON.parse(lock.toString()).packages['node_modules/node']?.version
if (process.version === `v${pinned}`) {
  process.argv[1] = MAIN
  await import(pathToFileURL(MAIN).href)
} else runPinned()

function hashOfLock() {
  return createHash('sha256').update(lock).digest('hex')
}

function isFresh() {
  if (existsSync(STAMP)) return readFileSync(STAMP, 'utf8') === hashOfLock()
  if (!isInstalled()) return false
  writeFileSync(STAMP, hashOfLock())
  return true
}

/** Someone ran npm by hand: true when npm's own record of what it installed agrees with the lock file. */
function isInstalled() {
  const record = join(MODULES, '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = JSON.parse(lock.toString()).packages
  const there = JSON.parse(readFileSync(record, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || there[path]?.version === version || (optional && !there[path]),
  )
}

function install() {
  process.stderr.write('Installing what Lacewing needs; this takes a minute the first time.\n')
  // Everything of npm's goes to standard error: standard output belongs to the command.
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--include=dev'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  })
  if (npm.status === 0) {
    writeFileSync(STAMP, hashOfLock())
    return
  }
  const reason = npm.error === undefined ? `npm ended with ${npm.status ?? npm.signal}` : npm.error.message
  process.stderr.write(`Could not install what Lacewing needs: ${reason}. See above; then try again.\n`)
  process.exit(1)
}

function runPinned() {
  const node = [join(MODULES, 'node', 'bin', 'node'), join(MODULES, '.bin', 'node')].find(existsSync)
  if (node === undefined) {
    process.stderr.write('The pinned Node is missing from node_modules. Remove that folder and try again.\n')
    process.exit(1)
  }
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
