/** The built editor: built when it is missing or older than what it is made of. */

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Whatever the browser's bundle may import. */
const SOURCES = ['editor', 'nodes', 'flows/format', 'flows/expression', 'flows/compile', 'runtime/protocol']
const STAMP = 'built-from'

/** Names, sizes and times of all sources; cheap enough for every start. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const folder of SOURCES) {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    const facts = await Promise.all(files.sort().map(async (file) => ({ file, facts: await stat(file) })))
    for (const { file, facts: found } of facts) hash.update(`${file} ${found.size} ${found.mtimeMs}\n`)
  }
  hash.update(await readFile(join(ROOT, 'package-lock.json')))
  return hash.digest('hex')
}

/** @returns the folder of the built editor. */
export async function ensureEditor(folder: string, say: (line: string) => void): Promise<string> {
  const wanted = await fingerprint()
  const built = await readFile(join(folder, STAMP), 'utf8').catch(() => '')
  if (built === wanted) return folder
  say('Building the editor. This happens once for each change of its sources.')
  const { buildEditor } = await import('../../editor/build.ts')
  const fresh = `${folder}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  await buildEditor({ outdir: fresh, minify: true })
  await writeFile(join(fresh, STAMP), wanted)
  await rm(folder, { recursive: true, force: true })
  await rename(fresh, folder)
  return folder
}
