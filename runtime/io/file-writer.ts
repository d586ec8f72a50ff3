/**
 * Writes bytes to a file or to standard output, in order.
 *
 * What comes after a quiet moment is written at once; what comes soon after that gathers for so long that a call to the
 * system is worth while. To a regular file large pieces go in the call and uncopied: it takes them as fast as memory,
 * and handing them to another thread would cost more. To all else they go one at a time, while the next one gathers.
 */

import { writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { ByteWriter, InputError } from '../../nodes/contract/capability.ts'
import { inputError } from './input-error.ts'

/** Holding so much, `write` asks the caller to wait. It may still give the rest of its batch. */
const PRESSED_BYTES = 1 << 20
/** So much is sent at once; less waits for more when the last was sent only so long ago. */
const WORTHWHILE_BYTES = 1 << 16
const GATHER_MS = 1
/** A buffer that one large batch has grown is not kept. */
const KEPT_BYTES = 4 << 20

/** Where the bytes go. It takes all of them or throws. */
export interface Output {
  put(bytes: Uint8Array): Promise<void>
  /** The same in the call, where that never takes long. */
  readonly putNow?: (bytes: Uint8Array) => void
  sync(): Promise<void>
  close(): Promise<void>
}

export class FileWriter implements ByteWriter {
  readonly opened_bytes: number
  readonly #path: string
  readonly #output: Output
  #gathering = new Uint8Array(1 << 16)
  #spare = new Uint8Array(1 << 16)
  #length = 0
  #sending_bytes = 0
  /** The piece on its way; it goes on with the next until nothing is left, and never rejects. */
  #flight: Promise<void> | undefined
  #failure: InputError | undefined
  #sent_ms = Number.NEGATIVE_INFINITY
  /** Ends the wait for more bytes before a small piece is sent. */
  #wait: NodeJS.Timeout | undefined

  constructor(path: string, output: Output, opened_bytes: number) {
    this.#path = path
    this.#output = output
    this.opened_bytes = opened_bytes
  }

  write(bytes: Uint8Array, start: number, end: number): boolean {
    // What comes after a failure could only stand in the file without what came before.
    if (this.#failure !== undefined) return true
    const isWorthwhile = end - start >= WORTHWHILE_BYTES
    if (isWorthwhile && this.#output.putNow !== undefined) {
      this.#sendGathered()
      this.#put(this.#output.putNow, bytes.subarray(start, end))
      return this.#failure !== undefined
    }
    this.#gather(bytes, start, end)
    if (this.#length >= WORTHWHILE_BYTES || performance.now() - this.#sent_ms >= GATHER_MS) this.#sendGathered()
    else this.#wait ??= setTimeout(() => this.#sendGathered(), GATHER_MS)
    return this.#failure !== undefined || this.#length + this.#sending_bytes >= PRESSED_BYTES
  }

  #gather(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#length + end - start
    if (needed > this.#gathering.length) {
      const grown = new Uint8Array(Math.max(needed, this.#gathering.length * 2))
      grown.set(this.#gathering.subarray(0, this.#length))
      this.#gathering = grown
    }
    this.#gathering.set(bytes.subarray(start, end), this.#length)
    this.#length = needed
  }

  async drained(): Promise<void> {
    this.#sendGathered()
    await this.#flight
    if (this.#failure !== undefined) throw this.#failure
  }

  async synced(): Promise<void> {
    await this.drained()
    try {
      await this.#output.sync()
    } catch (error) {
      throw this.#fail(error)
    }
  }

  async close(): Promise<void> {
    this.#sendGathered()
    await this.#flight
    try {
      await this.#output.close()
    } catch (error) {
      this.#fail(error)
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  #fail(error: unknown): InputError {
    this.#failure ??= inputError(error, 'written', this.#path)
    return this.#failure
  }

  /** Sends what has gathered, or sees to it that what is on its way is followed by it. */
  #sendGathered(): void {
    clearTimeout(this.#wait)
    this.#wait = undefined
    if (this.#output.putNow === undefined) this.#flight ??= this.#send()
    else if (this.#length > 0) {
      const length = this.#length
      this.#length = 0
      this.#put(this.#output.putNow, this.#gathering.subarray(0, length))
    }
  }

  #put(put: (bytes: Uint8Array) => void, bytes: Uint8Array): void {
    if (this.#failure !== undefined) return
    try {
      put(bytes)
    } catch (error) {
      this.#fail(error)
    }
    this.#sent_ms = performance.now()
  }

  async #send(): Promise<void> {
    while (this.#length > 0) {
      const piece = this.#gathering
      const length = this.#length
      this.#gathering = this.#spare
      this.#length = 0
      this.#sending_bytes = length
      try {
        await this.#output.put(piece.subarray(0, length))
      } catch (error) {
        this.#fail(error)
        this.#length = 0
      }
      this.#spare = piece.length <= KEPT_BYTES ? piece : new Uint8Array(1 << 16)
    }
    this.#sending_bytes = 0
    this.#sent_ms = performance.now()
    this.#flight = undefined
  }
}

/** An open file. Only what is a regular file can be synced. */
export function fileOutput(handle: FileHandle, isRegular: boolean): Output {
  const putNow = (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(handle.fd, bytes, done)
  }
  return {
    ...(isRegular ? { putNow } : {}),
    async put(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, null)
        done += bytesWritten
      }
    },
    sync: async () => {
      if (isRegular) await handle.datasync()
    },
    close: () => handle.close(),
  }
}

/** Streams that are listened to already: standard output may be opened by many sinks, one after the other. */
const watched = new WeakMap<NodeJS.WritableStream, { failure: Error | undefined }>()

/** Standard output or the like. It stays open. */
export function streamOutput(stream: NodeJS.WritableStream): Output {
  const watch = watched.get(stream) ?? { failure: undefined as Error | undefined }
  if (!watched.has(stream)) {
    watched.set(stream, watch)
    // Without a listener a reader that goes away (`| head`) would end the process.
    stream.on('error', (error) => {
      watch.failure = error
    })
  }
  return {
    put: (bytes) =>
      new Promise((resolve, reject) => {
        if (watch.failure !== undefined) reject(watch.failure)
        else stream.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    sync: async () => {},
    close: async () => {},
  }
}
