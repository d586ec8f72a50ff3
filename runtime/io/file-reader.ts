/**
 * Reads a regular file from a place on, and follows it: more is waited for at its end, and when a log rotation puts
 * another file in its place the rest of the old one is read first.
 *
 * A file is known by its inode and by a checksum of its first bytes, so neither an inode used again nor a copy that was
 * emptied (logrotate's copytruncate) passes for the same file. Polling alone finds every change; where the operating
 * system tells of changes they are found sooner.
 */

import { readSync, statSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import type { ByteReader, Position } from '../../nodes/contract/capability.ts'
import { FileWatch } from './file-watch.ts'
import { inputError, systemCode } from './input-error.ts'

/** So many first bytes tell a file; two log files that agree on them differ in no time stamp. */
const HEAD_BYTES = 256

export interface FollowOptions {
  readonly follow: boolean
  /** How often the end of the file is looked at, whatever the operating system tells. */
  readonly poll_ms: number
  /** A rotated file is read until it has been quiet for so long: its writer may not have been told yet. */
  readonly grace_ms: number
}

/** A file and how far it is read. */
interface Place {
  readonly path: string
  readonly offset: number
}

export class FileReader implements ByteReader {
  startsFile = false
  readonly seek: ((place: number) => void) | undefined
  readonly #path: string
  readonly #shown: string
  readonly #options: FollowOptions
  #handle: FileHandle
  #inode: string
  #offset = 0
  /** Length and checksum of what is known of the first bytes of the file. */
  #head_bytes = 0
  #head = 0
  /** Files to read after this one, before those the path will name in future. */
  #following: Place[] = []
  /** The last read found the end; what is there now may be another file's. */
  #isAtEnd = false
  #quietSince_ms = 0
  #done_bytes = 0
  #total_bytes: number | undefined
  readonly #watch: FileWatch
  readonly #headNow = new Uint8Array(HEAD_BYTES)
  #isClosed = false

  private constructor(file: string, shown: string, options: FollowOptions, handle: FileHandle, inode: string) {
    this.#path = file
    this.#shown = shown
    this.#options = options
    this.#handle = handle
    this.#inode = inode
    this.#watch = new FileWatch(file, options.poll_ms)
    // A file that is followed is read as it comes: the place may be another file's by then.
    if (!options.follow) this.seek = (place) => this.#seek(place)
  }

  /**
   * @param file absolute path of a regular file.
   * @param shown the path as the user knows it, for messages.
   * @param from where to go on; in a file that was rotated away since, when it is still in the same folder.
   */
  static async open(
    file: string,
    shown: string,
    options: FollowOptions,
    from: Position | undefined,
  ): Promise<FileReader> {
    const start = from === undefined ? { path: file, offset: 0 } : await placeOf(file, from)
    const handle = await open(start.path, 'r')
    const facts = await handle.stat({ bigint: true })
    const reader = new FileReader(file, shown, options, handle, String(facts.ino))
    await reader.#begin(start.offset)
    reader.#total_bytes = options.follow ? undefined : Number(facts.size)
    reader.#done_bytes = start.offset
    if (start.path !== file) await reader.#queueSuccessors(start.path)
    return reader
  }

  /**
   * Gives the number at once while the file has more: a regular file has its bytes ready or nearly so, and to wait for
   * them in another thread costs about as much as reading them, and twice the time.
   */
  read(into: Uint8Array, offset: number): number | Promise<number> {
    this.startsFile = false
    const count = this.#isAtEnd || this.#isClosed ? 0 : this.#readNow(into, offset)
    return count > 0 ? count : this.#readLater(into, offset)
  }

  #readNow(into: Uint8Array, at: number): number {
    try {
      const count = readSync(this.#handle.fd, into, at, into.length - at, this.#offset)
      this.#took(into.subarray(at, at + count))
      return count
    } catch (error) {
      throw inputError(error, 'read', this.#shown)
    }
  }

  async #readLater(into: Uint8Array, offset: number): Promise<number> {
    try {
      return await this.#read(into, offset)
    } catch (error) {
      if (this.#isClosed) return 0
      throw inputError(error, 'read', this.#shown)
    }
  }

  position(unread: number): Position {
    return { inode: this.#inode, offset: this.#offset - unread, head_bytes: this.#head_bytes, head: this.#head }
  }

  #seek(place: number): void {
    this.#offset = place
    this.#isAtEnd = false
  }

  progress(): { done_bytes: number; total_bytes: number | undefined } {
    return { done_bytes: this.#done_bytes, total_bytes: this.#total_bytes }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#watch.close()
    await this.#handle.close()
  }

  async #read(into: Uint8Array, at: number): Promise<number> {
    while (!this.#isClosed && at < into.length) {
      if (this.#isAtEnd && !this.#isUnchanged() && (await this.#goOver())) {
        this.#isAtEnd = false
        if (this.startsFile) return 0
      }
      const count = this.#readNow(into, at)
      if (count > 0) {
        this.#isAtEnd = false
        return count
      }
      if (!this.#isAtEnd) {
        this.#isAtEnd = true
        this.#quietSince_ms = performance.now()
        if (this.#options.follow || this.#following.length > 0) continue
      }
      if (!this.#options.follow) return 0
      await this.#watch.pause()
    }
    return 0
  }

  /** True when the path still names this very file. In the call, as it is asked before each read of what is new. */
  #isUnchanged(): boolean {
    if (!this.#options.follow || this.#following.length > 0) return false
    const named = statSync(this.#path, { bigint: true, throwIfNoEntry: false })
    if (named === undefined || String(named.ino) !== this.#inode || Number(named.size) < this.#offset) return false
    const head_bytes = readSync(this.#handle.fd, this.#headNow, 0, this.#head_bytes, 0)
    return head_bytes === this.#head_bytes && crc32(this.#headNow.subarray(0, head_bytes)) === this.#head
  }

  #took(bytes: Uint8Array): void {
    this.#learnHead(bytes)
    this.#offset += bytes.length
    this.#done_bytes += bytes.length
  }

  /** The checksum of the first bytes grows with the reading of them. */
  #learnHead(bytes: Uint8Array): void {
    if (this.#offset !== this.#head_bytes || this.#head_bytes === HEAD_BYTES) return
    const more = bytes.subarray(0, HEAD_BYTES - this.#head_bytes)
    this.#head = crc32(more, this.#head)
    this.#head_bytes += more.length
  }

  /** Takes up the file just opened at `offset`. */
  async #begin(offset: number): Promise<void> {
    this.#offset = offset
    const head = Buffer.alloc(Math.min(offset, HEAD_BYTES))
    const { bytesRead } = await this.#handle.read(head, 0, head.length, 0)
    this.#head_bytes = bytesRead
    this.#head = crc32(head.subarray(0, bytesRead))
  }

  /** Goes over to another file; false when it has just been renamed or deleted, to be looked for again. */
  async #take(place: Place): Promise<boolean> {
    const handle = await openIfThere(place.path)
    if (handle === undefined) return false
    await this.#handle.close()
    this.#watch.forget()
    this.#handle = handle
    this.#inode = String((await handle.stat({ bigint: true })).ino)
    await this.#begin(place.offset)
    this.startsFile = place.offset === 0
    return true
  }

  /** At the end of the file: goes over to what comes after it, if anything does. */
  async #goOver(): Promise<boolean> {
    const next = this.#following.shift()
    if (next !== undefined) return this.#take(next)
    if (!this.#options.follow) return false
    const named = await factsOf(this.#path)
    if (named === undefined) return false
    if (String(named.ino) === this.#inode) {
      const isShorter = Number(named.size) < this.#offset
      if (!isShorter && (await headOf(this.#handle, this.#head_bytes)) === this.#head) return false
      // Emptied in place. What was not read yet may stand in a copy that was made before.
      const copy = await findFile(this.#path, async (file, facts) => {
        return Number(facts.size) > this.#offset && (await this.#hasSameHead(file))
      })
      if (copy !== undefined && this.#head_bytes > 0) {
        this.#following.push({ path: this.#path, offset: 0 })
        return this.#take({ path: copy, offset: this.#offset })
      }
      return this.#take({ path: this.#path, offset: 0 })
    }
    // Renamed or deleted. While the new file is empty the writer may not have gone over to it yet.
    const { size } = await this.#handle.stat()
    const isQuiet = size === this.#offset && performance.now() - this.#quietSince_ms >= this.#options.grace_ms
    if (Number(named.size) === 0 || !isQuiet) return false
    await this.#queueSuccessors(undefined)
    return this.#take(this.#following.shift() ?? { path: this.#path, offset: 0 })
  }

  async #hasSameHead(file: string): Promise<boolean> {
    return (await headOfFile(file, this.#head_bytes)) === this.#head
  }

  /** After a rotated file come those rotated later, oldest first, and then the path itself. */
  async #queueSuccessors(own: string | undefined): Promise<void> {
    const since_ns = (await this.#handle.stat({ bigint: true })).mtimeNs
    const later: { path: string; mtimeNs: bigint }[] = []
    await findFile(this.#path, async (file, facts) => {
      if (file !== own && String(facts.ino) !== this.#inode && facts.mtimeNs > since_ns) {
        later.push({ path: file, mtimeNs: facts.mtimeNs })
      }
      return false
    })
    later.sort((a, b) => (a.mtimeNs < b.mtimeNs ? -1 : 1))
    this.#following = later.map((one) => ({ path: one.path, offset: 0 }))
    if ((await factsOf(this.#path)) !== undefined) this.#following.push({ path: this.#path, offset: 0 })
  }
}

interface Facts {
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
}

/** Facts of a regular file, undefined when there is none. */
async function factsOf(file: string): Promise<Facts | undefined> {
  try {
    const facts = await stat(file, { bigint: true })
    return facts.isFile() ? facts : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Checksum of the first bytes; undefined when the file has fewer. */
async function headOf(handle: FileHandle, head_bytes: number): Promise<number | undefined> {
  const head = Buffer.alloc(head_bytes)
  const { bytesRead } = await handle.read(head, 0, head_bytes, 0)
  return bytesRead === head_bytes ? crc32(head) : undefined
}

/** Undefined when the file has gone, or is one this user may not read. */
async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r')
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'EACCES') return undefined
    throw error
  }
}

async function headOfFile(file: string, head_bytes: number): Promise<number | undefined> {
  const handle = await openIfThere(file)
  if (handle === undefined) return undefined
  try {
    return await headOf(handle, head_bytes)
  } finally {
    await handle.close()
  }
}

/**
 * The first file for which `fits`, among those that a rotation of `file` makes: the same name with a number or date
 * after it or before its ending (`eve.json.1`, `eve.json-20260131`, `eve-20260131.json`). Compressed ones are left out.
 */
async function findFile(
  file: string,
  fits: (candidate: string, facts: Facts) => Promise<boolean>,
): Promise<string | undefined> {
  const folder = path.dirname(file)
  const { base, name, ext } = path.parse(file)
  for (const candidate of await readdir(folder)) {
    const between = candidate.startsWith(base)
      ? candidate.slice(base.length)
      : candidate.startsWith(name) && candidate.endsWith(ext)
        ? candidate.slice(name.length, candidate.length - ext.length)
        : ''
    if (!/^[-._]?\d[-._:T\d]*$/.test(between)) continue
    const whole = path.join(folder, candidate)
    const facts = await factsOf(whole)
    if (facts !== undefined && (await fits(whole, facts))) return whole
  }
  return undefined
}

/** Where an earlier reading left off: in the file itself, in a rotated one, or at the start of a new file. */
async function placeOf(file: string, from: Position): Promise<Place> {
  const offset = Number(from.offset)
  const head_bytes = Math.min(Number(from.head_bytes), HEAD_BYTES)
  const isSame = async (candidate: string, facts: Facts) =>
    Number(facts.size) >= offset && (await headOfFile(candidate, head_bytes)) === from.head
  const named = await factsOf(file)
  if (named !== undefined && String(named.ino) === from.inode && (await isSame(file, named))) {
    return { path: file, offset }
  }
  // A renamed file keeps its inode; a copy has only the content.
  const renamed = await findFile(file, async (candidate, facts) => {
    return String(facts.ino) === from.inode && (await isSame(candidate, facts))
  })
  const found = renamed ?? (head_bytes > 0 ? await findFile(file, isSame) : undefined)
  return found === undefined ? { path: file, offset: 0 } : { path: found, offset }
}
