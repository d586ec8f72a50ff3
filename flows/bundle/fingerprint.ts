/** Whether sources changed since something was built of them. */

import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The project's root folder, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Names, sizes and times of files of the project, and of all files in folders of it: a line each. Synchronous, which
 * takes a third of the time for so many small calls: 2 ms for 200 files.
 */
export function fingerprint(paths: readonly string[]): string {
  const lines: string[] = []
  for (const path of paths) addLines(path, lines)
  return lines.sort().join('\n')
}

function addLines(path: string, lines: string[]): void {
  const facts = statSync(ROOT + path)
  if (!facts.isDirectory()) lines.push(`${path} ${facts.size} ${facts.mtimeMs}`)
  else for (const name of readdirSync(ROOT + path)) addLines(`${path}/${name}`, lines)
}

/** A short name for a text: 16 digits of a hash (FNV-1a, twice over). Texts of equal names are rare, not impossible. */
export function nameFor(text: string): string {
  let forward = 0x811c9dc5
  let backward = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    forward = Math.imul(forward ^ text.charCodeAt(i), 0x01000193)
    backward = Math.imul(backward ^ text.charCodeAt(text.length - 1 - i), 0x01000193)
  }
  return [forward, backward].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
