/** The built editor: built when it is missing or older than what it is made of. */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprint } from '../bundle/fingerprint.ts'

/** Whatever the browser's bundle may import. */
const SOURCES = ['editor', 'nodes', 'flows/format', 'flows/expression', 'flows/compile', 'runtime/protocol']
const STAMP = 'built-from'

/** @returns the folder of the built editor. */
export async function ensureEditor(folder: string, say: (line: string) => void): Promise<string> {
  const wanted = fingerprint(SOURCES)
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
