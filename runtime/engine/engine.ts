/** The engine's face: what runs one artifact, wherever it runs it. */

import type { SampleFrame } from '../protocol/messages.ts'
import type { FlowMetrics } from '../protocol/metrics.ts'
import type { LoopEnd } from './loop.ts'
import type { EngineStart } from './thread.ts'

export type { EngineStart }
export type EngineEnd = LoopEnd

export interface Engine {
  /** Resolves when sources and sinks are open and records may flow; rejects with the reason when they can't be. */
  readonly ready: Promise<void>
  /** Never rejects: what went wrong is in the answer. */
  readonly ended: Promise<EngineEnd>
  /** The newest metrics, at most about a second old. */
  metrics(): FlowMetrics
  onMetrics(listener: (metrics: FlowMetrics) => void): void
  /** False when the flow has no such wire. */
  openTap(tap: string, wire: string, limit_per_s: number, listener: (frame: SampleFrame) => void): boolean
  closeTap(tap: string): void
  /** Stops reading, delivers what was read, closes. */
  stop(): Promise<EngineEnd>
}

/** Before anything ran. */
export const NOTHING: FlowMetrics = { at_ms: 0, nodes: {}, wires: {}, queues: {}, cpu_s: 0, node_cpu_s: {} }
/** Most the heap of a flow may hold, MiB, unless told otherwise. */
export const HEAP_MIB = 1024
/** How long a flow may take to deliver what it holds once it was told to stop. */
export const STOP_MS = 30_000
/** How often metrics are told. */
export const METRICS_MS = 1000

export const usedTooMuch = (heap_mib: number): string =>
  `The flow used more than its ${heap_mib} MiB of memory and was ended.`
