/** One process a data folder: a lock file that names its process, and outlives it harmlessly. */

import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../nodes/contract/capability.ts'
import { object, text, whole } from '../protocol/shape.ts'

const readHolder = object({ pid: whole(1), started: text(128) })

/**
 * Takes the folder's lock, also over from a process that is gone; gives the release.
 * @throws InputError when another process that still runs holds it.
 */
export async function lockData(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock')
  const mine = `${JSON.stringify({ pid: process.pid, started: await startOf(process.pid) })}\n`
  for (;;) {
    // Written first and linked after: whoever sees the lock sees all of it.
    const temporary = `${path}.${process.pid}`
    await writeFile(temporary, mine, { mode: 0o600 })
    try {
      await link(temporary, path)
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      await rm(temporary, { force: true })
    }
    const theirs = await readLock(path)
    if (theirs === undefined) continue
    if (await isHeld(theirs, mine)) {
      const { pid } = readHolder(JSON.parse(theirs))!
      throw new InputError(`The data folder ${folder} is in use by process ${pid}. Stop it, or choose another --data.`)
    }
    await removeStale(path, theirs)
  }
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Moves the stale lock away; if another process was faster and its lock was moved, that is put back. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path)
  await rm(aside)
}

/** True when the process the lock names still runs. A process id is used again; its start time then differs. */
async function isHeld(content: string, mine: string): Promise<boolean> {
  let holder: { pid: number; started: string } | undefined
  try {
    holder = readHolder(JSON.parse(content))
  } catch {
    return false // Not JSON: a disk fault or another program's file; no process of ours writes such.
  }
  if (holder === undefined) return false
  if (holder.pid === process.pid) return content === mine
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return (await startOf(holder.pid)) === holder.started
}

/** When a process began, as boot and clock ticks since; empty where the system does not tell, `dead` for a zombie. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    // The second field is the program's name in parentheses and may hold anything; the start time is the 20th after it.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Dead, and its parent has not asked: in a container without an init that may last for ever.
    if (state === 'Z' || state === 'X') return 'dead'
    return `${boot.trim()} ${rest[18]}`
  } catch {
    return '' // No /proc: the process id alone decides.
  }
}
