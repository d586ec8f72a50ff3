/**
 * What several workers that share a flow, and the coordinator of them all, tell each other.
 *
 * A flow is shared by key, when every worker reads the whole input and keeps the records of its own keys; or by blocks,
 * when the input is cut into numbered blocks and each is worked on by the worker that takes it, the lowest first. Blocks
 * are taken through memory that the workers have in common, so nobody waits for an answer.
 */

import type { MessagePort } from 'node:worker_threads'
import type { Share } from '../../nodes/contract/program.ts'

/** How a worker takes blocks. */
export interface Blocks {
  /** Of input that is divided where lines end, and of input whose records are dealt out. */
  readonly block_bytes: number
  readonly block_records: number
  /**
   * Takes the lowest block that nobody has taken; it may lie behind the end of the input. What leaves the flow from then
   * on belongs to it.
   */
  next(): number
  /** The size of the input that all workers go by: what the first to ask had found. */
  agreeOnSize(found_bytes: number): number
}

/** What a worker is started with: goes into the data of its thread. */
export interface ShareStart extends Share {
  readonly by: 'blocks' | 'key'
  readonly block_bytes: number
  readonly block_records: number
  /** Two 64-bit integers, see `COMMON`. */
  readonly common: SharedArrayBuffer
  /** To the coordinator, which owns the outputs. */
  readonly port: MessagePort
}

/** Places in the memory that workers have in common. */
export const COMMON = { nextBlock: 0, size_bytes: 1 } as const

/** Memory in which no block is taken and no size agreed on. */
export function commonMemory(): SharedArrayBuffer {
  const common = new SharedArrayBuffer(16)
  new BigInt64Array(common)[COMMON.size_bytes] = -1n
  return common
}

/** From a worker to the coordinator. Outputs are numbered in the order in which every worker opens them. */
export type ToCoordinator =
  /** It wants to read the file: answered when it may. */
  | { readonly say: 'reads'; readonly call: number; readonly path: string }
  | {
      readonly say: 'opens'
      readonly call: number
      readonly output: number
      readonly path: string
      readonly append: boolean
    }
  /** Everything is open, and what stands at the head of outputs was sent. */
  | { readonly say: 'begun' }
  /** All bytes of blocks below were sent; Infinity when no more come. */
  | { readonly say: 'block'; readonly block: number }
  /** Whole records. The buffer is given away, and comes back with `written`. */
  | { readonly say: 'bytes'; readonly output: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly say: 'syncs'; readonly call: number; readonly output: number }
  | { readonly say: 'closes'; readonly call: number; readonly output: number }

/** From the coordinator to a worker. */
export type FromCoordinator =
  | { readonly say: 'answer'; readonly call: number; readonly opened_bytes: number }
  | { readonly say: 'refusal'; readonly call: number; readonly message: string }
  /** So many bytes of this worker are with the operating system. */
  | { readonly say: 'written'; readonly output: number; readonly bytes: number; readonly spare: readonly ArrayBuffer[] }
  | { readonly say: 'failed'; readonly output: number; readonly message: string }
