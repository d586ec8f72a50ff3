/** Small files that are either as they were or as they shall be, whatever happens in between: kill, crash, power cut. */

import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { InputError } from '../../nodes/contract/capability.ts'

/** Makes a folder for this user only, and its parents. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

/** What a folder lists is on the disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Replaces a file for this user only: written beside it, synced, renamed over it, and the folder synced. When the promise
 * resolves the new content is on the disk; before that the old content is whole. A leftover of a crash is a file that
 * begins with a point and ends in `.tmp`; see {@link isLeftover}.
 * @throws InputError naming the path: disk full, read-only folder.
 */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new InputError(
      `Could not write ${path}: ${(error as Error).message}. Free space or mend the folder's rights.`,
    )
  }
}

/** True for what an interrupted {@link writeDurably} left behind. */
export function isLeftover(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.tmp')
}

/** The file's JSON, or undefined when there is no such file. @throws InputError naming a file that is damaged. */
export async function readJsonFile(path: string): Promise<unknown> {
  let content: string
  try {
    content = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new InputError(`Could not read ${path}: ${(error as Error).message}. Let this user read it.`)
  }
  try {
    return JSON.parse(content)
  } catch {
    throw new InputError(`${path} is damaged: it is not JSON. Restore it from a backup, or remove it to begin anew.`)
  }
}

/**
 * Runs tasks one after another, in the order given; a failed one does not stop the next.
 * For files and engines that must not be changed by two at once.
 */
export function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const result = last.then(task, task)
    last = result
    return result
  }
}
