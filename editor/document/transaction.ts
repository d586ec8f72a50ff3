/**
 * Changes of the flow being edited, as values. A change sets one place of the document and knows what stood there
 * before, so every transaction can be undone, written to a log and played again.
 */

import type { FlowDocument } from '../../flows/format/flow.ts'

/** One place set anew. `undefined` means that the key is absent. Values are plain JSON and never mutated. */
export interface Change {
  /** Keys from the root of the document; never empty. */
  readonly path: readonly string[]
  readonly before: unknown
  readonly after: unknown
}

/** Changes that are done and undone as one. */
export interface Transaction {
  /** What was done, for the names of Undo and Redo: `move dns`. */
  readonly label: string
  readonly changes: readonly Change[]
  /** Transactions with the same key that follow each other closely become one: typing a word is one step back. */
  readonly merge?: string
}

type Branch = Readonly<Record<string, unknown>>

/** Objects made here have no prototype, as those of the flow reader: a node may be called `constructor`. */
function set(branch: Branch, path: readonly string[], at: number, value: unknown): Branch {
  const key = path[at]!
  const copy: Record<string, unknown> = Object.assign(Object.create(null), branch)
  const below = Object.hasOwn(branch, key) ? (branch[key] as Branch) : {}
  const next = at === path.length - 1 ? value : set(below, path, at + 1, value)
  if (next === undefined) delete copy[key]
  else copy[key] = next
  return copy
}

/** What stands at a place of the document, `undefined` where nothing does. */
export function valueAt(document: FlowDocument, path: readonly string[]): unknown {
  let value: unknown = document
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Branch)[key]
  }
  return value
}

/** A change of one place, with what stands there now. */
export function change(document: FlowDocument, path: readonly string[], after: unknown): Change {
  return { path, before: valueAt(document, path), after }
}

/** The document after the transaction. The given one is left as it is; untouched parts are shared. */
export function apply(document: FlowDocument, transaction: Transaction): FlowDocument {
  let result = document as unknown as Branch
  for (const { path, after } of transaction.changes) result = set(result, path, 0, after)
  return result as unknown as FlowDocument
}

/** The transaction that leads back. */
export function invert(transaction: Transaction): Transaction {
  return {
    ...transaction,
    changes: transaction.changes
      .toReversed()
      .map(({ path, before, after }) => ({ path, before: after, after: before })),
  }
}

/** One transaction that does what both do, in order. */
export function join(first: Transaction, second: Transaction): Transaction {
  return { ...first, changes: [...first.changes, ...second.changes] }
}
