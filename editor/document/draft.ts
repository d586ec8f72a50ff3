/**
 * The flow on the canvas: its document, how to go back, and what is selected. No DOM and no network: whoever shows it
 * listens, whoever keeps it is told of each transaction.
 */

import type { FlowDocument } from '../../flows/format/flow.ts'
import { NOTHING_SELECTED, type Selection } from './edits.ts'
import { apply, invert, join, type Transaction } from './transaction.ts'

/** Steps back that are kept. */
export const HISTORY_STEPS = 200
/** Transactions of the same merge key closer than this are one step. */
const MERGE_MS = 1_000

export interface History {
  readonly done: readonly Transaction[]
  readonly undone: readonly Transaction[]
}

/** What a listener hears about: the document became another, or only the selection. */
export type DraftEvent = 'document' | 'selection'

export class Draft {
  #document: FlowDocument
  #selection: Selection = NOTHING_SELECTED
  #done: Transaction[]
  #undone: Transaction[]
  #mergeUntil_ms = 0
  readonly #listeners = new Set<(event: DraftEvent) => void>()
  readonly #now_ms: () => number

  /** `history` must fit the document: its last transaction led to it. */
  constructor(document: FlowDocument, history: History = { done: [], undone: [] }, now_ms: () => number = Date.now) {
    this.#document = document
    this.#done = [...history.done]
    this.#undone = [...history.undone]
    this.#now_ms = now_ms
  }

  get document(): FlowDocument {
    return this.#document
  }
  get selection(): Selection {
    return this.#selection
  }
  get history(): History {
    return { done: this.#done, undone: this.#undone }
  }
  /** What Undo would take back, or undefined. */
  get undoLabel(): string | undefined {
    return this.#done.at(-1)?.label
  }
  get redoLabel(): string | undefined {
    return this.#undone.at(-1)?.label
  }

  /** Calls `listener` after each change until the returned function is called. */
  listen(listener: (event: DraftEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Does a transaction; `undefined` does nothing. What was undone before can't be redone after. */
  do(transaction: Transaction | undefined): void {
    if (transaction === undefined || transaction.changes.length === 0) return
    const now_ms = this.#now_ms()
    const last = this.#done.at(-1)
    const merges = transaction.merge !== undefined && transaction.merge === last?.merge && now_ms < this.#mergeUntil_ms
    if (merges && this.#undone.length === 0) this.#done[this.#done.length - 1] = join(last!, transaction)
    else this.#done.push(transaction)
    if (this.#done.length > HISTORY_STEPS) this.#done.shift()
    this.#undone = []
    this.#mergeUntil_ms = now_ms + MERGE_MS
    this.#become(apply(this.#document, transaction))
  }

  undo(): void {
    const last = this.#done.pop()
    if (last === undefined) return
    this.#undone.push(last)
    this.#mergeUntil_ms = 0
    this.#become(apply(this.#document, invert(last)))
  }

  redo(): void {
    const next = this.#undone.pop()
    if (next === undefined) return
    this.#done.push(next)
    this.#mergeUntil_ms = 0
    this.#become(apply(this.#document, next))
  }

  /** Selects; names that are not in the document are left out. */
  select(selection: Partial<Selection>): void {
    this.#selection = this.#existing({
      nodes: selection.nodes ?? NOTHING_SELECTED.nodes,
      wires: selection.wires ?? NOTHING_SELECTED.wires,
    })
    this.#tell('selection')
  }

  #existing({ nodes, wires }: Selection): Selection {
    return {
      nodes: new Set([...nodes].filter((id) => Object.hasOwn(this.#document.nodes, id))),
      wires: new Set([...wires].filter((wire) => this.#document.wires.includes(wire))),
    }
  }

  #become(document: FlowDocument): void {
    this.#document = document
    this.#selection = this.#existing(this.#selection)
    this.#tell('document')
  }

  #tell(event: DraftEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}
