/** Whether sources changed since something was built of them. */

import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'

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

/** A short name for a text. Texts of equal names are rare, not impossible. */
export function nameFor(text: string): string {
  return `${crc32(text).toString(16).padStart(8, '0')}-${text.length}`
}
