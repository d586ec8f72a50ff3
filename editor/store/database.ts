/**
 * What the browser keeps: drafts with their way back, and preferences. The studio's copy of a flow is the truth; this
 * one is a safety net. Where the browser refuses to store, everything works and nothing survives the page.
 */

import { Dexie, type EntityTable } from 'dexie'
import type { FlowDocument } from '../../flows/format/flow.ts'
import type { Transaction } from '../document/transaction.ts'

/** An unsaved flow. `done` and `undone` lead back and forth from `document`. */
export interface StoredDraft {
  readonly name: string
  /** The studio's revision it began from; 0 for a flow the studio does not have. */
  readonly base_revision: number
  /** It is that revision, kept for its way back. */
  readonly is_saved: boolean
  readonly document: FlowDocument
  readonly done: readonly Transaction[]
  readonly undone: readonly Transaction[]
  readonly updated_ms: number
}

export interface DraftSummary {
  readonly name: string
  readonly title: string
}

interface Preference {
  readonly key: string
  readonly value: unknown
}

class Database extends Dexie {
  declare readonly drafts: EntityTable<StoredDraft, 'name'>
  declare readonly preferences: EntityTable<Preference, 'key'>

  constructor() {
    super('lacewing')
    // The document stays one blob: indexing into it would cost more than it gives.
    this.version(1).stores({ drafts: 'name', preferences: 'key' })
  }
}

export class Store {
  readonly #database = new Database()
  /** False when the browser refuses, as some private windows do. */
  isKept = true

  async #try<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    if (!this.isKept) return otherwise
    try {
      return await work()
    } catch {
      this.isKept = false
      return otherwise
    }
  }

  draft(name: string): Promise<StoredDraft | undefined> {
    return this.#try(() => this.#database.drafts.get(name), undefined)
  }

  async keepDraft(draft: StoredDraft): Promise<void> {
    await this.#try(() => this.#database.drafts.put(draft), draft.name)
  }

  async forgetDraft(name: string): Promise<void> {
    await this.#try(() => this.#database.drafts.delete(name), undefined)
  }

  /** The flows with a draft. */
  drafts(): Promise<DraftSummary[]> {
    return this.#try(async () => {
      const found: DraftSummary[] = []
      await this.#database.drafts.each(({ name, document }) => {
        found.push({ name, title: document.title ?? name })
      })
      return found
    }, [])
  }

  /** A preference, or `otherwise` when there is none of its type. */
  async preference<T extends string | number | boolean | readonly string[]>(key: string, otherwise: T): Promise<T> {
    const found = await this.#try(() => this.#database.preferences.get(key), undefined)
    const fits = found !== undefined && typeof found.value === typeof otherwise
    return fits && Array.isArray(found.value) === Array.isArray(otherwise) ? (found.value as T) : otherwise
  }

  async setPreference(key: string, value: string | number | boolean | readonly string[]): Promise<void> {
    await this.#try(() => this.#database.preferences.put({ key, value }), key)
  }
}
