/** Where the models that a flow names stand on disk. */

import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'

/** Larger files are not read; the reader of model files has the same bound. */
const MAX_BYTES = 64 * 1024 * 1024

/** Models by the reference in a flow. */
export interface Models {
  readonly text: (reference: string) => string | undefined
  /** Where it stands, its size and when it was written: another for another text, though nothing is read. */
  readonly stamp: (reference: string) => string
}

/**
 * Models by the reference in a flow: `dga` is `models/dga.json` in one of the folders, anything with a slash or
 * ending in `.json` is a path relative to them.
 * @param folders in the order in which they are searched.
 * @param isConfined refuses paths that lead out of the folders: for flows that came from elsewhere.
 */
export function modelsIn(folders: readonly string[], isConfined: boolean): Models {
  const first = <T>(reference: string, of: (file: string) => T | undefined): T | undefined => {
    const path = /[/\\]|\.json$/.test(reference) ? reference : `models/${reference}.json`
    for (const folder of folders) {
      const file = resolve(folder, path)
      const inside = relative(folder, file)
      if (isConfined && (inside.startsWith('..') || isAbsolute(inside))) continue
      const found = of(file)
      if (found !== undefined) return found
    }
    return undefined
  }
  return { text: (reference) => first(reference, textOf), stamp: (reference) => first(reference, stampOf) ?? '' }
}

function stampOf(file: string): string | undefined {
  const facts = statSync(file, { throwIfNoEntry: false })
  return facts?.isFile() ? `${file} ${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}` : undefined
}

function textOf(file: string): string | undefined {
  try {
    const bytes = readFileSync(file)
    return bytes.length > MAX_BYTES ? undefined : bytes.toString('utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'EACCES') return undefined
    throw error
  }
}
