/**
 * First steps of a bare clone: dependencies and the pinned Node.
 *
 * Plain JavaScript for Node 20.11 or newer: it runs before anything is installed, so it must import nothing but Node's own
 * modules. lacewing.mjs and test/run.mjs both begin here.
 */

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * One of Node's own modules. An import would load all that it refers to as well: of `node:fs` the streams, which is a
 * tenth of a short command.
 */
export const builtin = process.getBuiltinModule ?? (await import('node:module')).createRequire(import.meta.url)

const { existsSync, readFileSync, writeFileSync } = builtin('node:fs')

/** The project's root folder. */
export const ROOT = dirname(fileURLToPath(import.meta.url))

const LOCK = join(ROOT, 'package-lock.json')
const MODULES = join(ROOT, 'node_modules')
/** The lock file that was last found to agree with what is installed. */
const STAMP = join(MODULES, '.lacewing-stamp')
const NODE = join(MODULES, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** A step of the set-up failed; the message says which and what to do. */
export class SetupError extends Error {
  name = 'SetupError'
}

/**
 * Makes node_modules agree with package-lock.json where it does not, and gives the path of the pinned Node. Costs
 * reading the lock file when nothing changed. npm's output goes to standard error.
 *
 * Not with `npm ci`: it refuses a lock file without the optional packages of every other platform, and there are
 * registries that do not have all of them. What was installed is compared with the lock file afterwards instead.
 * @throws SetupError
 */
export function ensureInstalled() {
  const lock = readFileSync(LOCK)
  if (existsSync(NODE)) {
    if (existsSync(STAMP) && readFileSync(STAMP).equals(lock)) return NODE
    if (installedAsLocked(lock)) {
      writeFileSync(STAMP, lock)
      return NODE
    }
  }
  process.stderr.write('Installing dependencies. This happens once for each change of package-lock.json.\n')
  const { spawnSync } = builtin('node:child_process')
  const npm = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  })
  if (npm.error !== undefined) {
    throw new SetupError(`npm could not be started: ${npm.error.message}. Install Node 20.11 or newer with npm.`)
  }
  if (npm.status !== 0) {
    throw new SetupError('npm install failed; its message is above. Mend that and run the same command again.')
  }
  if (!existsSync(NODE)) {
    throw new SetupError(
      `npm install ended without ${NODE}. Its package unpacks it with an install script: check that npm's ignore-scripts is off.`,
    )
  }
  if (!installedAsLocked(lock)) {
    throw new SetupError(
      'What npm installed is not what package-lock.json says. Remove node_modules and try again; if package.json was changed, run npm install and commit package-lock.json.',
    )
  }
  writeFileSync(STAMP, lock)
  return NODE
}

/**
 * True when npm's own record of node_modules has every package of the lock file in its exact version and no other, so
 * that a contributor's `npm install` is not done again. Packages of other platforms are optional and may be absent.
 */
function installedAsLocked(lock) {
  const record = join(MODULES, '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  const { '': _, ...locked } = JSON.parse(lock.toString('utf8')).packages
  return (
    Object.keys(installed).every((path) => path in locked) &&
    Object.entries(locked).every(([path, { integrity, optional }]) => {
      const found = installed[path]
      return found === undefined ? optional === true : found.integrity === integrity
    })
  )
}
