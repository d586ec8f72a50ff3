/**
 * What `npm test` runs: set-up, static checks, then every test, browser tests last.
 *
 * `node test/run.mjs test/format test/laws/words.test.ts` runs only those, without the checks. Plain JavaScript for
 * Node 20.11 or newer on a bare clone; the tests themselves run on the pinned Node.
 */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { ensureInstalled, ROOT, SetupError } from '../setup.mjs'
import { findBrowser } from './browser.mjs'

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

/** Gives the exit code: 0 only when all checks and tests passed. */
async function main(parts) {
  const node = ensureInstalled()
  const files = testFiles(parts.length === 0 ? ['test'] : parts)
  if (files.length === 0) throw new SetupError(`There are no test files in ${parts.join(', ')}. They end in .test.ts.`)
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ''}` }
  if (files.some(needsBrowser)) env.LACEWING_CHROMIUM = await findBrowser()
  const checked = parts.length > 0 || passes('npm', ['run', '--silent', 'check'], env)
  const tested = passes(node, [join(ROOT, 'test', 'run-files.mjs'), ...files], env)
  if (!checked) process.stderr.write('npm run check failed; its messages stand before the tests.\n')
  return checked && tested ? 0 : 1
}

function passes(command, arguments_, env) {
  return spawnSync(command, arguments_, { cwd: ROOT, stdio: 'inherit', env }).status === 0
}

/** All files *.test.ts in folders and files given, in one fixed order, those that need a browser at the end. */
function testFiles(parts) {
  const found = parts.flatMap((part) => {
    const path = resolve(ROOT, part)
    if (!statSync(path).isDirectory()) return [relative(ROOT, path)]
    const inside = readdirSync(path, { recursive: true }).filter((name) => name.endsWith('.test.ts'))
    return inside.map((name) => relative(ROOT, join(path, name)))
  })
  const files = [...new Set(found)].sort()
  return [...files.filter((file) => !needsBrowser(file)), ...files.filter(needsBrowser)]
}

function needsBrowser(file) {
  return readFileSync(join(ROOT, file), 'utf8').includes('LACEWING_CHROMIUM')
}
