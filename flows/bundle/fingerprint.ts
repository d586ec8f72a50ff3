/** Whether sources changed since something was built of them. */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's root folder, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * A hash over names, sizes and times of all files in folders of the project, and over its lock file. Synchronous, which
 * takes a third of the time for so many small calls: a few ms.
 */
export function fingerprint(folders: readonly string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    for (const file of files.sort()) {
      const { size, mtimeMs } = statSync(file)
      hash.update(`${file} ${size} ${mtimeMs}\n`)
    }
  }
  hash.update(readFileSync(join(ROOT, 'package-lock.json')))
  return hash.digest('hex')
}
