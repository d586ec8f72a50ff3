/** From older format versions to the current one. A flow opens for ever: an entry here is never removed. */

import { FORMAT_VERSION } from './flow.ts'

/** A document as plain JSON; objects have no prototype. */
export type PlainDocument = Record<string, unknown>

/** Version to the function that makes a document of the next version from it. It may change its argument. */
export type Migrations = Readonly<Record<number, (document: PlainDocument) => PlainDocument>>

/** Version 1 is the first. */
export const MIGRATIONS: Migrations = {}

/** The document in the current version, or the version for which the way on is missing. */
export function migrate(
  document: PlainDocument,
  version: number,
  migrations: Migrations,
): { document: PlainDocument } | { missing: number } {
  let current = document
  for (let from = version; from < FORMAT_VERSION; from++) {
    const step = Object.hasOwn(migrations, from) ? migrations[from] : undefined
    if (step === undefined) return { missing: from }
    current = { ...step(current), lacewing: from + 1 }
  }
  return { document: current }
}
