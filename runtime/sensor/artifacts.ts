/** Artifacts on the sensor's disk, by the SHA-256 of their bytes. What leaves here has been checked against its name. */

import { createHash } from 'node:crypto'
import { open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../nodes/contract/capability.ts'
import { makePrivateFolder, oneAtATime, syncFolder } from '../io/durable-file.ts'
import type { Offer, OfferAnswer, Put, PutAnswer } from '../protocol/messages.ts'

/** Artifacts kept beyond those in use, newest first, so that going back needs no transfer. */
const KEPT = 8
/** Transfers that may be under way or waiting to be resumed. */
const PARTS = 4

const WHOLE = /^[0-9a-f]{64}\.mjs$/
const PART = /^[0-9a-f]{64}\.part$/

export class Artifacts {
  readonly #folder: string
  readonly #run = oneAtATime()
  /** Announced size by hash, of transfers under way. */
  readonly #announced = new Map<string, number>()

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<Artifacts> {
    await makePrivateFolder(folder)
    return new Artifacts(folder)
  }

  /** `have` only when the bytes are here and unharmed; harmed ones are thrown away, so that the studio sends them anew. */
  offer(offer: Offer): Promise<OfferAnswer> {
    return this.#run(async () => {
      if (await this.#isWhole(offer.artifact)) {
        const now = new Date()
        await utimes(this.#path(offer.artifact), now, now)
        return { answer: 'have' }
      }
      this.#announced.delete(offer.artifact)
      this.#announced.set(offer.artifact, offer.bytes)
      for (const hash of this.#announced.keys()) {
        if (this.#announced.size <= PARTS) break
        this.#announced.delete(hash)
        await rm(this.#part(hash), { force: true })
      }
      return { answer: 'need' }
    })
  }

  /**
   * Takes the next bytes of an announced artifact. A chunk that does not begin where the last one ended is not taken: the
   * answer says where to go on, which is how a cut transfer resumes.
   */
  put(put: Put): Promise<PutAnswer> {
    return this.#run(async () => {
      const size = this.#announced.get(put.artifact)
      if (size === undefined) return { refused: 'This artifact was not offered. Offer it first.' }
      const part = this.#part(put.artifact)
      let received = await sizeOf(part)
      if (received > size) {
        await rm(part)
        received = 0
      }
      if (put.offset !== received && received < size) return { received }
      if (put.offset === received) {
        if (received + put.chunk.byteLength > size) return { refused: `It is longer than the ${size} bytes offered.` }
        const file = await open(part, 'a', 0o600)
        try {
          await file.writeFile(put.chunk)
          received += put.chunk.byteLength
          if (received === size) await file.sync()
        } finally {
          await file.close()
        }
      }
      if (received < size) return { received }
      this.#announced.delete(put.artifact)
      if (hashOf(await readFile(part)) !== put.artifact) {
        await rm(part)
        return { refused: 'The bytes received do not match the hash offered. Send them again.' }
      }
      await rename(part, this.#path(put.artifact))
      await syncFolder(this.#folder)
      return { received }
    })
  }

  /** The artifact's text. @throws InputError when it is missing or its bytes do not match its name. */
  async read(hash: string): Promise<string> {
    let content: Buffer
    try {
      content = await readFile(this.#path(hash))
    } catch (error) {
      throw new InputError(`Artifact ${hash} can't be read: ${(error as Error).message}. Deploy the flow again.`)
    }
    if (hashOf(content) !== hash) {
      throw new InputError(`Artifact ${hash} is damaged: its bytes do not match its hash. Deploy the flow again.`)
    }
    return content.toString('utf8')
  }

  /** Removes all but those in use, the few used last, and transfers that may be resumed. */
  prune(inUse: ReadonlySet<string>): Promise<void> {
    return this.#run(async () => {
      const spare: { path: string; used_ms: number }[] = []
      for (const name of await readdir(this.#folder)) {
        const path = join(this.#folder, name)
        if (PART.test(name) && !this.#announced.has(name.slice(0, 64))) await rm(path, { force: true })
        else if (WHOLE.test(name) && !inUse.has(name.slice(0, 64))) {
          spare.push({ path, used_ms: (await stat(path)).mtimeMs })
        }
      }
      spare.sort((a, b) => b.used_ms - a.used_ms)
      for (const { path } of spare.slice(KEPT)) await rm(path, { force: true })
    })
  }

  async #isWhole(hash: string): Promise<boolean> {
    const path = this.#path(hash)
    if ((await sizeOf(path)) === 0) return false
    if (hashOf(await readFile(path)) === hash) return true
    await rm(path)
    return false
  }

  #path(hash: string): string {
    return join(this.#folder, `${hash}.mjs`)
  }

  #part(hash: string): string {
    return join(this.#folder, `${hash}.part`)
  }
}

/** Size in bytes; 0 when there is no such file. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

/** SHA-256, hex. */
export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}
