/**
 * Standard input and output, straight from their descriptors.
 *
 * A pipe is shared with whoever else holds it, and any of them may have set it not to block: Node itself does when it
 * looks at `process.stdin` or starts a thread. "Nothing yet" and "no room" then come as EAGAIN, which is waited out.
 */

import { read, write } from 'node:fs'
import { promisify } from 'node:util'
import type { Output } from './file-writer.ts'
import { systemCode } from './input-error.ts'

const PIECE_BYTES = 1 << 16
/** Long enough to cost nothing, short enough for nobody to notice. */
const PAUSE_MS = 5

const readSome = promisify(read)
const writeSome = promisify(write)
const pause = () => new Promise<undefined>((resolve) => setTimeout(resolve, PAUSE_MS))

/** The pieces of a descriptor's input, as they come. `destroy` ends them, also while one is waited for. */
export class DescriptorInput implements AsyncIterable<Uint8Array> {
  readonly #fd: number
  readonly #stopped = Promise.withResolvers<0>()
  #isStopped = false

  constructor(fd: number) {
    this.#fd = fd
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (!this.#isStopped) {
      const piece = new Uint8Array(PIECE_BYTES)
      const length = await Promise.race([this.#stopped.promise, this.#fill(piece)])
      if (length === 0) return
      if (length !== undefined) yield piece.subarray(0, length)
    }
  }

  destroy(): void {
    this.#isStopped = true
    this.#stopped.resolve(0)
  }

  /** Undefined when there was nothing yet. */
  async #fill(piece: Uint8Array): Promise<number | undefined> {
    try {
      return (await readSome(this.#fd, piece, 0, piece.length, null)).bytesRead
    } catch (error) {
      if (systemCode(error) === 'EAGAIN') return pause()
      throw error
    }
  }
}

/** A descriptor that stays open. */
export function descriptorOutput(fd: number): Output {
  return {
    async put(bytes) {
      for (let done = 0; done < bytes.length; ) {
        try {
          done += (await writeSome(fd, bytes, done, bytes.length - done, null)).bytesWritten
        } catch (error) {
          if (systemCode(error) !== 'EAGAIN') throw error
          await pause()
        }
      }
    },
    sync: async () => {},
    close: async () => {},
  }
}
