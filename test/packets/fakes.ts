/** Small stand-ins for the engine: files in memory, a batch that collects, rows, an outlet. */

import {
  type ByteReader,
  type Capabilities,
  type Clock,
  InputError,
  type Position,
} from '../../nodes/contract/capability.ts'
import { Slice, type Value } from '../../nodes/contract/field.ts'
import type { SourceNode } from '../../nodes/contract/node.ts'
import type { BatchView, Foresight, Out, SourceBatch } from '../../nodes/contract/operator.ts'
import { readOptions } from '../../nodes/contract/option.ts'

/** Files in memory. `chunk` is the most bytes one read gives; `waits` makes every read a promise. */
export function memoryFiles(
  files: Readonly<Record<string, Uint8Array>>,
  { chunk = 65_536, waits = false } = {},
): Pick<Capabilities, 'files'> & { closed: number } {
  const world = {
    closed: 0,
    files: {
      read: async (path: string): Promise<ByteReader> => {
        const bytes = files[path]
        if (bytes === undefined) throw new InputError(`${path}: no such file`)
        let at = 0
        return {
          read(into, offset) {
            const count = Math.min(chunk, bytes.length - at, into.length - offset)
            into.set(bytes.subarray(at, at + count), offset)
            at += count
            return waits ? Promise.resolve(count) : count
          },
          position: (unread): Position => ({ offset: at - unread }),
          startsFile: false,
          progress: () => ({ done_bytes: at, total_bytes: bytes.length }),
          close: async () => {
            world.closed++
          },
        }
      },
      write: () => Promise.reject(new Error('A capture writes nothing.')),
    },
  }
  return world
}

/** A clock that goes on only while somebody sleeps. */
export function steppedClock(): Clock & { time_ms: number } {
  const clock = {
    time_ms: 0,
    now_ms: () => clock.time_ms,
    sleep: async (ms: number) => {
      clock.time_ms += ms
    },
  }
  return clock
}

export interface Captured {
  readonly bytes: Uint8Array
  readonly ts_us: number
  readonly columns: Value[]
}
export interface Collected {
  readonly packets: Captured[]
  readonly rejects: { reason: string; detail: string; excerpt: Uint8Array }[]
  /** Packets passed over, packets left to other workers, and the newest time of them. */
  passed: number
  left: number
  passed_us: number
  failure: Error | undefined
}

export const newCollected = (): Collected => ({
  packets: [],
  rejects: [],
  passed: 0,
  left: 0,
  passed_us: Number.NEGATIVE_INFINITY,
  failure: undefined,
})

/** A batch that copies all it is given. */
export class CollectingBatch implements SourceBatch {
  readonly capacity: number
  readonly most = Number.POSITIVE_INFINITY
  readonly isShown: boolean
  count = 0
  readonly #into: Collected
  constructor(into: Collected, capacity: number, isShown = false) {
    this.isShown = isShown
    this.#into = into
    this.capacity = capacity
  }
  add(buffer: Uint8Array, start: number, end: number, ts_us: number): void {
    if (this.count === this.capacity) throw new Error('more records than the capacity')
    this.count++
    this.#into.packets.push({ bytes: buffer.slice(start, end), ts_us, columns: [] })
  }
  set(column: number, value: Value): void {
    this.#into.packets.at(-1)!.columns[column] = value
  }
  skip(): void {
    throw new Error('packets are passed over, not skipped')
  }
  addUnread(): void {
    throw new Error('packets are passed over, not skipped')
  }
  pass(records: number, newest_us: number): void {
    this.#into.passed += records
    this.#into.passed_us = Math.max(this.#into.passed_us, newest_us)
  }
  leave(records: number, newest_us: number): void {
    this.#into.left += records
    this.#into.passed_us = Math.max(this.#into.passed_us, newest_us)
  }
  reject(reason: string, detail: string, excerpt: Uint8Array): void {
    this.#into.rejects.push({ reason, detail, excerpt: excerpt.slice() })
  }
}

/** Runs a source over one file until it ends, fails, or has given `most` packets. */
export async function capture(
  node: SourceNode,
  file: Uint8Array,
  {
    chunk = 65_536,
    waits = false,
    capacity = 1024,
    most = Number.POSITIVE_INFINITY,
    isShown = false,
    options = {},
  } = {},
  from?: Position,
  foresight?: Foresight,
): Promise<Collected & { position: Position | undefined }> {
  const collected = newCollected()
  const { options: filled } = readOptions(node.options, { path: 'capture', ...options })
  const capabilities = { ...memoryFiles({ capture: file }, { chunk, waits }), clock: steppedClock() }
  const source = await node.open(filled as never, capabilities, from, undefined, foresight)
  try {
    while (collected.packets.length < most) {
      const batch = new CollectingBatch(collected, Math.min(capacity, most - collected.packets.length), isShown)
      if (!(await source.read(batch))) break
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    collected.failure = error
  }
  const position = source.position?.()
  await source.close()
  return { ...collected, position }
}

/** Rows as an operator sees them. */
export class Rows<Row> implements BatchView<Row> {
  readonly count: number
  readonly #rows: readonly Row[]
  readonly #ts_us: readonly number[]
  constructor(rows: readonly Row[], ts_us: readonly number[] = []) {
    this.#rows = rows
    this.#ts_us = ts_us
    this.count = rows.length
  }
  at(i: number): Row {
    return this.#rows[i]!
  }
  ts_us(i: number): number {
    return this.#ts_us[i] ?? 0
  }
}

export interface Emitted {
  readonly i: number
  readonly added: readonly Value[]
}

/** An outlet that copies all it is given. */
export class CollectingOut implements Out {
  readonly emitted: Emitted[] = []
  readonly rejects: { i: number; reason: string; detail: string | undefined }[] = []
  emit(i: number, added: readonly Value[]): void {
    this.emitted.push({ i, added: [...added] })
  }
  create(): void {
    throw new Error('a record was made of none')
  }
  reject(i: number, reason: string, detail?: string): void {
    this.rejects.push({ i, reason, detail })
  }
}

export const slice = (bytes: Uint8Array) => new Slice(bytes, 0, bytes.length)

/** Bytes from hexadecimal text; blanks and line breaks between the digits say nothing. */
export const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

/** Least milliseconds of several calls: what other programs of a busy machine add is mostly not in it. */
export function least_ms(work: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let call = 0; call < 9; call++) {
    const start = performance.now()
    work()
    least = Math.min(least, performance.now() - start)
  }
  return least
}
