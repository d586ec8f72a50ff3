/** Files of a running flow: finds a path, opens it, and says what is wrong when that fails. */

import type { Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  type ByteReader,
  type ByteWriter,
  type Files,
  InputError,
  type ReadOptions,
} from '../../nodes/contract/capability.ts'
import { FileReader } from './file-reader.ts'
import { FileWriter, fileOutput, streamOutput } from './file-writer.ts'
import { inputError, systemCode } from './input-error.ts'
import { DescriptorInput, descriptorOutput } from './standard-streams.ts'
import { type ExpansionLimits, StreamReader } from './stream-reader.ts'

export interface DiskFilesOptions {
  /** The flow's folder: where relative paths begin. */
  readonly folder: string
  /** Folders in which a relative path to read is looked for when the flow's folder has no such file. */
  readonly samples?: readonly string[]
  readonly poll_ms?: number
  readonly grace_ms?: number
  readonly limits?: ExpansionLimits
  /** In place of the process's own. */
  readonly stdin?: AsyncIterable<Uint8Array> & { destroy(): unknown }
  readonly stdout?: NodeJS.WritableStream
}

const LIMITS: ExpansionLimits = { ratio: 400, after_bytes: 64 << 20, max_bytes: 2 ** 40 }

export class DiskFiles implements Files {
  readonly #options: DiskFilesOptions
  /** Regular files of this flow by device and inode, and what is done with each. */
  readonly #open = new Map<string, 'read' | 'written'>()

  constructor(options: DiskFilesOptions) {
    this.#options = options
  }

  async read(name: string, options: ReadOptions): Promise<ByteReader> {
    const limits = this.#options.limits ?? LIMITS
    const { compression, from } = options
    if (name === '-') {
      const stdin = this.#options.stdin ?? new DescriptorInput(0)
      const stop = () => stdin.destroy()
      return new StreamReader({ path: name, chunks: stdin, compression, limits, total_bytes: undefined, stop }, from)
    }
    try {
      const file = await this.#find(name)
      const facts = await stat(file)
      if (facts.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
      this.#claim(name, facts, 'read')
      const isGzip = compression === 'gzip' || (compression === 'auto' && facts.isFile() && (await startsAsGzip(file)))
      if (isGzip && options.follow) {
        throw new InputError(`'${name}' is compressed and cannot be followed. Follow the log that is being written.`)
      }
      if (facts.isFile() && !isGzip) {
        const { poll_ms = 100, grace_ms = 1000 } = this.#options
        return await FileReader.open(file, name, { follow: options.follow, poll_ms, grace_ms }, from)
      }
      const handle = await open(file, 'r')
      const stream = handle.createReadStream({ highWaterMark: 1 << 18 })
      const total_bytes = facts.isFile() ? facts.size : undefined
      const stop = () => stream.destroy()
      return new StreamReader({ path: name, chunks: stream, compression, limits, total_bytes, stop }, from)
    } catch (error) {
      throw inputError(error, 'read', name)
    }
  }

  /**
   * The flow reads this file elsewhere, maybe several times at once.
   * @throws InputError when it can be read only once, or when this flow writes it.
   */
  async reads(name: string): Promise<void> {
    if (name === '-') throw onlyOnce('Standard input')
    try {
      const facts = await stat(await this.#find(name))
      if (!facts.isFile() && !facts.isDirectory()) throw onlyOnce(`'${name}' is no regular file. It`)
      this.#claim(name, facts, 'read')
    } catch (error) {
      throw inputError(error, 'read', name)
    }
  }

  async write(name: string, options: { readonly append: boolean }): Promise<ByteWriter> {
    if (name === '-') {
      const { stdout } = this.#options
      return new FileWriter(name, stdout === undefined ? descriptorOutput(1) : streamOutput(stdout), 0)
    }
    const file = path.resolve(this.#options.folder, name)
    try {
      // Before it is emptied, what is there is looked at.
      if (await exists(file)) this.#claim(name, await stat(file), 'written')
      const handle = await open(file, options.append ? 'a' : 'w')
      const facts = await handle.stat()
      const output = fileOutput(handle, facts.isFile())
      if (!facts.isFile()) return new FileWriter(name, output, 0)
      const identity = identityOf(facts)
      this.#open.set(identity, 'written')
      const close = () => {
        this.#open.delete(identity)
        return output.close()
      }
      return new FileWriter(name, { ...output, close }, facts.size)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw inputError(error, 'written', name)
      const folder = path.dirname(file)
      throw new InputError(
        `'${name}' could not be written: there is no folder '${folder}'. Make it (mkdir -p '${folder}'), or choose another path.`,
        { cause: error },
      )
    }
  }

  /** Takes a file for one use. @throws InputError when this flow writes it elsewhere, or would write what it reads. */
  #claim(name: string, facts: Stats, use: 'read' | 'written'): void {
    if (!facts.isFile()) return
    const identity = identityOf(facts)
    const other = this.#open.get(identity)
    if (other === 'written' || (other === 'read' && use === 'written')) {
      throw new InputError(
        `'${name}' could not be ${use}: it is also ${other} by another node of this flow. Give each its own file.`,
      )
    }
    this.#open.set(identity, use)
  }

  /** The absolute path of a file to read: in the flow's folder, else among the samples. */
  async #find(name: string): Promise<string> {
    const own = path.resolve(this.#options.folder, name)
    if (path.isAbsolute(name)) return own
    for (const folder of [this.#options.folder, ...(this.#options.samples ?? [])]) {
      const file = path.resolve(folder, name)
      if (await exists(file)) return file
    }
    return own
  }
}

const onlyOnce = (subject: string) =>
  new InputError(`${subject} can be read only once, by one worker. Leave out --workers.`)

const identityOf = ({ dev, ino }: Stats): string => `${dev} ${ino}`

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw error
  }
}

async function startsAsGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const magic = new Uint8Array(2)
    const { bytesRead } = await handle.read(magic, 0, 2, 0)
    return bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b
  } finally {
    await handle.close()
  }
}
