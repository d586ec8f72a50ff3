/** Reads what can only be read once, front to back: standard input, named pipes, and compressed files. */

import { createGunzip } from 'node:zlib'
import { type ByteReader, InputError, type Position } from '../../nodes/contract/capability.ts'
import { inputError, systemCode } from './input-error.ts'

/**
 * When compressed input is taken for an attack. Real logs shrink to a 10th to a 100th; gzip can go to a 1030th.
 * `ratio` counts only from `after_bytes` of output on, so that small files full of equal lines pass.
 */
export interface ExpansionLimits {
  readonly ratio: number
  readonly after_bytes: number
  readonly max_bytes: number
}

/** Compressed bytes given to zlib at once: they can become a thousand times as many before anybody looks. */
const PIECE_BYTES = 1 << 14

export interface StreamSource {
  readonly path: string
  readonly chunks: AsyncIterable<Uint8Array>
  readonly compression: 'auto' | 'none' | 'gzip'
  readonly limits: ExpansionLimits
  /** Size of the input as it is stored, where known. */
  readonly total_bytes: number | undefined
  /** Ends a waiting read. */
  readonly stop: () => void
}

export class StreamReader implements ByteReader {
  readonly startsFile = false
  readonly #source: StreamSource
  readonly #chunks: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array(0)
  #used = 0
  #offset = 0
  #skip: number
  #done_bytes = 0
  #isClosed = false

  constructor(source: StreamSource, from: Position | undefined) {
    this.#source = source
    this.#skip = Number(from?.offset ?? 0)
    this.#chunks = this.#decompressed()
  }

  read(into: Uint8Array, offset: number): number | Promise<number> {
    return this.#used < this.#chunk.length ? this.#give(into, offset) : this.#readMore(into, offset)
  }

  position(unread: number): Position {
    return { offset: this.#offset - unread }
  }

  progress(): { done_bytes: number; total_bytes: number | undefined } {
    return { done_bytes: this.#done_bytes, total_bytes: this.#source.total_bytes }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#source.stop()
  }

  #give(into: Uint8Array, offset: number): number {
    const count = Math.min(into.length - offset, this.#chunk.length - this.#used)
    into.set(this.#chunk.subarray(this.#used, this.#used + count), offset)
    this.#used += count
    this.#offset += count
    return count
  }

  async #readMore(into: Uint8Array, offset: number): Promise<number> {
    try {
      while (!this.#isClosed) {
        const next = await this.#chunks.next()
        if (next.done) return 0
        this.#chunk = next.value
        this.#used = Math.min(this.#skip, next.value.length)
        this.#skip -= this.#used
        this.#offset += this.#used
        if (this.#used < this.#chunk.length) return this.#give(into, offset)
      }
      return 0
    } catch (error) {
      // Stopping a stream that somebody waits for looks like an error to the one who waits.
      if (this.#isClosed) return 0
      throw inputError(error, 'read', this.#source.path)
    }
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source.chunks) {
      this.#done_bytes += chunk.length
      yield chunk
    }
  }

  async *#decompressed(): AsyncGenerator<Uint8Array> {
    const chunks = this.#counted()
    const first: Uint8Array[] = []
    let isGzip = this.#source.compression === 'gzip'
    if (this.#source.compression === 'auto') {
      // The first two bytes tell, and a pipe may give them one by one.
      let known = 0
      while (known < 2) {
        const next = await chunks.next()
        if (next.done) break
        first.push(next.value)
        known += next.value.length
      }
      const magic = Buffer.concat(first)
      isGzip = magic[0] === 0x1f && magic[1] === 0x8b
    }
    const all = (async function* () {
      yield* first
      yield* chunks
    })()
    yield* isGzip ? gunzip(all, this.#source) : all
  }
}

/** Decompresses all members of a gzip file. Gives what could be read before it says what is wrong. */
async function* gunzip(chunks: AsyncIterable<Uint8Array>, source: StreamSource): AsyncGenerator<Uint8Array> {
  const { path, limits } = source
  const decompressor = createGunzip({ chunkSize: 1 << 16 })
  let output: Uint8Array[] = []
  let failure: Error | undefined
  let in_bytes = 0
  let out_bytes = 0
  // A failed decompressor answers no write, so whoever waits is told by the event.
  let goOn: () => void = () => {}
  decompressor.on('error', (error) => {
    failure = error
    goOn()
  })
  decompressor.on('data', (piece: Uint8Array) => {
    output.push(piece)
    out_bytes += piece.length
  })
  const checkSize = () => {
    if (out_bytes > limits.after_bytes && out_bytes > in_bytes * limits.ratio) {
      throw new InputError(
        `'${path}' could not be read: ${in_bytes} compressed bytes become ${out_bytes}, more than ${limits.ratio} times as many, as in an attack. If the file is genuine, decompress it and read the result.`,
      )
    }
    if (out_bytes > limits.max_bytes) {
      throw new InputError(
        `'${path}' could not be read: it is larger than ${limits.max_bytes} bytes when decompressed. If the file is genuine, decompress it and read the result.`,
      )
    }
  }
  const take = () => {
    const taken = output
    output = []
    return taken
  }
  try {
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length && failure === undefined; start += PIECE_BYTES) {
        const piece = chunk.subarray(start, start + PIECE_BYTES)
        in_bytes += piece.length
        await new Promise<void>((resolve) => {
          goOn = resolve
          decompressor.write(piece, () => resolve())
        })
        yield* take()
        checkSize()
      }
      if (failure !== undefined) break
    }
    if (failure === undefined) {
      await new Promise<void>((resolve) => {
        goOn = resolve
        decompressor.on('end', resolve)
        decompressor.end()
      })
    }
    yield* take()
    if (failure !== undefined) throw gzipError(failure, path)
  } finally {
    decompressor.destroy()
  }
}

function gzipError(error: Error, path: string): InputError {
  const isCut = systemCode(error) === 'Z_BUF_ERROR'
  const reason = isCut
    ? 'the compressed data ends too early. The file was cut short or is still being written; all before was read.'
    : `the compressed data is damaged (${error.message}). All before the damage was read.`
  return new InputError(`'${path}' could not be read to its end: ${reason}`, { cause: error })
}
