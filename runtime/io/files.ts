/** Files of a running flow: finds a path, opens it, and says what is wrong when that fails. */

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

  async write(name: string, options: { readonly append: boolean }): Promise<ByteWriter> {
    if (name === '-') {
      const { stdout } = this.#options
      return new FileWriter(name, stdout === undefined ? descriptorOutput(1) : streamOutput(stdout), 0)
    }
    const file = path.resolve(this.#options.folder, name)
    try {
      const handle = await open(file, options.append ? 'a' : 'w')
      const facts = await handle.stat()
      return new FileWriter(name, fileOutput(handle, facts.isFile()), facts.isFile() ? facts.size : 0)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw inputError(error, 'written', name)
      const folder = path.dirname(file)
      throw new InputError(
        `'${name}' could not be written: there is no folder '${folder}'. Make it (mkdir -p '${folder}'), or choose another path.`,
        { cause: error },
      )
    }
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
