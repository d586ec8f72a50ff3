/** Stand-ins for the engine: a batch that collects texts, and a temporary folder. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import type { SourceBatch } from '../../nodes/contract/operator.ts'

/** A folder of its own, gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'lacewing-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Keeps the records of all batches as texts. Use one object again with `next`. */
export class TextBatch implements SourceBatch {
  readonly capacity: number
  readonly most = Number.POSITIVE_INFINITY
  readonly isShown = false
  count = 0
  skipped = 0
  readonly texts: string[] = []
  readonly rejects: { reason: string; excerpt: Uint8Array }[] = []

  constructor(capacity = 1024) {
    this.capacity = capacity
  }
  next(): this {
    this.count = 0
    return this
  }
  add(buffer: Uint8Array, start: number, end: number, ts_us: number): void {
    if (this.count++ === this.capacity) throw new Error('more records than the capacity')
    if (!Number.isNaN(ts_us)) throw new Error('an event time that was not asked for')
    if (buffer[end]! >= 32) throw new Error('no control character after the record')
    this.texts.push(Buffer.from(buffer.subarray(start, end)).toString())
  }
  set(): void {
    throw new Error('there are no columns')
  }
  skip(records: number): void {
    this.skipped += records
  }
  addUnread(): void {
    throw new Error('a line not to be read without a screen')
  }
  pass(): void {
    throw new Error('a line of which nothing can be foretold')
  }
  leave(): void {
    throw new Error('a line of which nothing can be foretold')
  }
  reject(reason: string, _detail: string, excerpt: Uint8Array): void {
    this.rejects.push({ reason, excerpt: excerpt.slice() })
  }
}

/** Waits until `isSo`, or fails after five seconds. */
export async function until(isSo: () => boolean): Promise<void> {
  const end_ms = performance.now() + 5000
  while (!isSo()) {
    if (performance.now() > end_ms) throw new Error('it did not come to pass within five seconds')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
