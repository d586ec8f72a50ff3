/**
 * Flows on disk, every revision a file: `<folder>/<name>/<revision>.json`, canonical JSON. A revision is written beside
 * its place, synced and renamed there, so that a kill at any moment loses nothing that was answered for.
 */

import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import { writeFlow } from '../../flows/format/write.ts'
import { isLeftover, makePrivateFolder, oneAtATime, syncFolder, writeDurably } from '../../runtime/io/durable-file.ts'
import { FLOW_NAME } from '../../runtime/protocol/channels.ts'
import { AnswerError } from './answer-error.ts'

export interface FlowEntry {
  readonly name: string
  readonly title: string
  readonly revision: number
  readonly updated_ms: number
}
export interface StoredFlow {
  readonly flow: FlowDocument
  readonly revision: number
}

/** More would make the list of flows useless, and fills disks. */
const FLOWS_MAX = 10_000
const REVISION_FILE = /^([1-9][0-9]{0,8})\.json$/
const REMOVED = /^\.removed-/

export class FlowStore {
  readonly #folder: string
  readonly #entries = new Map<string, FlowEntry>()
  readonly #run = oneAtATime()

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Opens the folder, cleaning up after a kill. */
  static async open(folder: string): Promise<FlowStore> {
    await makePrivateFolder(folder)
    const store = new FlowStore(folder)
    for (const name of await readdir(folder)) {
      if (REMOVED.test(name)) await rm(join(folder, name), { recursive: true })
      else if (FLOW_NAME.test(name)) await store.#load(name)
    }
    return store
  }

  list(): readonly FlowEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** The newest revision, or the one asked for. @throws AnswerError 404; 422 when this version can't read it. */
  async read(name: string, revision?: number): Promise<StoredFlow> {
    const newest = this.#entries.get(name)
    if (newest === undefined) throw unknownFlow(name)
    const wanted = revision ?? newest.revision
    let text: string
    try {
      text = await readFile(this.#path(name, wanted), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new AnswerError(404, `Flow '${name}' has no revision ${wanted}.`, `The newest is ${newest.revision}.`)
    }
    const { flow, problems } = readFlow(text)
    if (flow === undefined) {
      throw new AnswerError(422, `Revision ${wanted} of flow '${name}' can't be read.`, 'Go back to an earlier one.', {
        problems,
      })
    }
    return { flow, revision: wanted }
  }

  /** @throws AnswerError 404 */
  async revisions(name: string): Promise<readonly { readonly revision: number; readonly saved_ms: number }[]> {
    if (!this.#entries.has(name)) throw unknownFlow(name)
    const numbers = await this.#revisionsOf(name)
    const times = numbers.map(async (revision) => ({
      revision,
      saved_ms: Math.round((await stat(this.#path(name, revision))).mtimeMs),
    }))
    return Promise.all(times)
  }

  /** Keeps a new flow under its name, or `name-2`, `name-3`, ... when that is taken. Gives name and revision 1. */
  create(flow: FlowDocument): Promise<{ readonly name: string; readonly revision: number }> {
    return this.#run(async () => {
      const name = this.#freeName(flow.name)
      await this.#begin({ ...flow, name })
      return { name, revision: 1 }
    })
  }

  /**
   * Keeps the next revision; `base_revision` 0 begins a flow that is not there yet. Saving what is there already gives its revision, so a save whose answer was lost can be
   * sent again.
   * @throws AnswerError 404; 409 with the newest `flow` and `revision` when that is not `base_revision`.
   */
  save(flow: FlowDocument, base_revision: number): Promise<{ readonly revision: number }> {
    return this.#run(async () => {
      const newest = this.#entries.get(flow.name)
      if (newest === undefined) {
        if (base_revision !== 0) throw unknownFlow(flow.name)
        await this.#begin(flow)
        return { revision: 1 }
      }
      if ((await readFile(this.#path(flow.name, newest.revision), 'utf8')) === writeFlow(flow)) {
        return { revision: newest.revision }
      }
      if (newest.revision !== base_revision) {
        const theirs = await this.read(flow.name)
        throw new AnswerError(
          409,
          `Flow '${flow.name}' was saved as revision ${theirs.revision} meanwhile; your changes began at ${base_revision}.`,
          'Merge the two and save again.',
          { ...theirs },
        )
      }
      // A damaged newest file is not overwritten: numbers only rise.
      const revision = Math.max(...(await this.#revisionsOf(flow.name))) + 1
      await this.#write(flow, revision)
      return { revision }
    })
  }

  /** Removes a flow and all its revisions. @throws AnswerError 404 */
  remove(name: string): Promise<void> {
    return this.#run(async () => {
      if (!this.#entries.delete(name)) throw unknownFlow(name)
      const aside = join(this.#folder, `.removed-${name}`)
      await rename(join(this.#folder, name), aside)
      await syncFolder(this.#folder)
      await rm(aside, { recursive: true })
    })
  }

  async #begin(flow: FlowDocument): Promise<void> {
    if (this.#entries.size >= FLOWS_MAX) {
      throw new AnswerError(409, `${FLOWS_MAX} flows are kept already.`, 'Delete some that nobody needs.')
    }
    await mkdir(join(this.#folder, flow.name), { mode: 0o700 })
    await syncFolder(this.#folder)
    await this.#write(flow, 1)
  }

  async #write(flow: FlowDocument, revision: number): Promise<void> {
    await writeDurably(this.#path(flow.name, revision), writeFlow(flow))
    this.#entries.set(flow.name, {
      name: flow.name,
      title: flow.title ?? flow.name,
      revision,
      updated_ms: Date.now(),
    })
  }

  async #load(name: string): Promise<void> {
    const folder = join(this.#folder, name)
    for (const file of await readdir(folder)) if (isLeftover(file)) await rm(join(folder, file))
    for (const revision of (await this.#revisionsOf(name)).reverse()) {
      const path = this.#path(name, revision)
      const { flow, problems } = readFlow(await readFile(path, 'utf8'))
      // Written by a newer version: shown by its name, and reading it says why it can't be opened.
      const isNewer = problems.some((problem) => problem.code === 'FLOW-0103')
      if (flow === undefined && !isNewer) continue
      const updated_ms = Math.round((await stat(path)).mtimeMs)
      this.#entries.set(name, { name, title: flow?.title ?? name, revision, updated_ms })
      return
    }
    // A kill between making the folder and writing revision 1: nothing was answered for.
    if ((await this.#revisionsOf(name)).length === 0) await rm(folder, { recursive: true })
  }

  /** Ascending. */
  async #revisionsOf(name: string): Promise<number[]> {
    const files = await readdir(join(this.#folder, name))
    const numbers = files.map((file) => Number(REVISION_FILE.exec(file)?.[1] ?? 0)).filter((number) => number > 0)
    return numbers.sort((a, b) => a - b)
  }

  #freeName(name: string): string {
    if (!this.#entries.has(name)) return name
    for (let number = 2; ; number++) {
      const tail = `-${number}`
      const candidate = `${name.slice(0, 64 - tail.length)}${tail}`
      if (!this.#entries.has(candidate)) return candidate
    }
  }

  #path(name: string, revision: number): string {
    return join(this.#folder, name, `${revision}.json`)
  }
}

function unknownFlow(name: string): AnswerError {
  return new AnswerError(404, `There is no flow '${name}'.`, 'GET /api/flows lists them.')
}
