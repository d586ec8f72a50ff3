/**
 * The files that run-program.ts makes of the sources for a faster start, and whether they are as the sources are.
 * lacewing.mjs looks after the command in the same way, on a Node that may not read TypeScript.
 */

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './fingerprint.ts'

export const PROGRAM_FOLDER = join(ROOT, '.lacewing', 'program')
/** The command, the door of a flow's thread, and the sources that both were made of. */
export const PROGRAM_FILES = { run: 'run.cjs', thread: 'thread.cjs', madeOf: 'made-of.json' } as const

/** Path from the root, size and time of a source. */
export type Stamp = readonly [path: string, size: number, mtimeMs: number]

/**
 * Where a flow's thread begins: in the one file, or in the sources when they changed or it is not there. To be asked for
 * each thread, as both may happen while a sensor runs.
 * @param sources the door as it stands in the sources.
 */
export function threadDoor(sources: URL, folder = PROGRAM_FOLDER): URL {
  const file = join(folder, PROGRAM_FILES.thread)
  try {
    const stamps = JSON.parse(readFileSync(join(folder, PROGRAM_FILES.madeOf), 'utf8')) as readonly Stamp[]
    return statSync(file).isFile() && stamps.every(isAsItWas) ? pathToFileURL(file) : sources
  } catch {
    return sources
  }
}

function isAsItWas([path, size, mtimeMs]: Stamp): boolean {
  const facts = statSync(join(ROOT, path))
  return facts.size === size && facts.mtimeMs === mtimeMs
}
