/** What the engine and the thread of a flow say to each other. */

import type { Position } from '../../nodes/contract/capability.ts'
import type { SampleFrame } from '../protocol/messages.ts'
import type { FlowMetrics } from '../protocol/metrics.ts'
import type { ArtifactSource } from './artifact.ts'
import type { LoopEnd, LoopStart } from './loop.ts'
import type { ShareStart } from './share.ts'

export interface EngineStart {
  readonly artifact: ArtifactSource
  /** Relative paths of the flow are relative to this folder; reads look in `samples` too. */
  readonly folder: string
  readonly samples: readonly string[]
  readonly secrets: Readonly<Record<string, string>>
  /** Positions of sources from an earlier run, by node id; with them sinks append. */
  readonly resume?: Readonly<Record<string, Position>>
  /** Most the flow's heap may hold, MiB; beyond it this flow ends with a fault. */
  readonly heap_mib?: number
  /** Each source is taken to have ended after so many records. */
  readonly maxRecords?: number
  /** Of one of several threads that share the flow. */
  readonly share?: ShareStart
  /** For tests: records a batch, and the watched form throughout. */
  readonly batchRecords?: number
  readonly alwaysWatched?: boolean
}

/** What the loop needs of it, besides the program and the doors to the world. */
export function loopStart(start: EngineStart): Omit<LoopStart, 'program' | 'capabilities'> {
  const { secrets, resume, maxRecords, batchRecords, alwaysWatched } = start
  return {
    secrets,
    resume,
    ...(maxRecords === undefined ? {} : { maxRecords }),
    ...(batchRecords === undefined ? {} : { batchRecords }),
    ...(alwaysWatched === undefined ? {} : { alwaysWatched }),
  }
}

export type ToWorker =
  | { readonly ask: 'stop' }
  | { readonly ask: 'tap'; readonly tap: string; readonly wire: string; readonly limit_per_s: number }
  | { readonly ask: 'untap'; readonly tap: string }
export type FromWorker =
  | { readonly say: 'ready'; readonly wires: readonly string[] }
  | { readonly say: 'refused'; readonly message: string }
  | { readonly say: 'metrics'; readonly metrics: FlowMetrics }
  | { readonly say: 'samples'; readonly frames: readonly SampleFrame[] }
  | { readonly say: 'end'; readonly end: LoopEnd }
