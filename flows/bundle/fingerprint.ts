/** Whether sources changed since something was built of them. */

import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's root folder, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A hash over names, sizes and times of all files in folders of the project, and over its lock file. Some ms. */
export async function fingerprint(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const folder of folders) {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    const facts = await Promise.all(files.sort().map(async (file) => ({ file, found: await stat(file) })))
    for (const { file, found } of facts) hash.update(`${file} ${found.size} ${found.mtimeMs}\n`)
  }
  hash.update(await readFile(join(ROOT, 'package-lock.json')))
  return hash.digest('hex')
}
