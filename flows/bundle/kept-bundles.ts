/**
 * Bundles made before, by what they were made of: running the same flow again starts without esbuild, which costs a
 * quarter of a second. They are no more to be trusted than the sources they stand beside; a sensor never reads them.
 */

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprint, ROOT } from './fingerprint.ts'

const FOLDER = join(ROOT, '.lacewing', 'bundles')
/** Oldest go first. A bundle is about 1 MB. */
const MAX_KEPT = 32
/** What a bundle may be made of besides the text given. */
const SOURCES = ['nodes']

/** The bundle of `source`: one made before, or what `make` gives now. */
export async function keptBundle(source: string, make: () => Promise<string>): Promise<string> {
  const key = createHash('sha256')
    .update(`${await fingerprint(SOURCES)}\n${source}`)
    .digest('hex')
  const file = join(FOLDER, `${key}.mjs`)
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return kept
  const text = await make()
  // Keeping it is a convenience: where the project's folder can't be written, every run makes its own.
  await keep(file, text).catch(() => undefined)
  return text
}

async function keep(file: string, text: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const fresh = join(FOLDER, `.${randomUUID()}`)
  await writeFile(fresh, text)
  await rename(fresh, file)
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.mjs'))
  if (names.length <= MAX_KEPT) return
  const ages = await Promise.all(
    names.map(async (name) => ({ name, made_ms: (await stat(join(FOLDER, name))).mtimeMs })),
  )
  const oldest = ages.sort((a, b) => a.made_ms - b.made_ms).slice(0, names.length - MAX_KEPT)
  for (const { name } of oldest) await rm(join(FOLDER, name), { force: true })
}
