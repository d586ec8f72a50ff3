/** The last minute of a deployment's counters, and what follows from them: rates, silence, totals. Pure. */

import type { FlowMetrics, NodeCounters } from '../../runtime/protocol/metrics.ts'

/** Seconds without a record after which a wire counts as silent. */
export const SILENT_S = 60
const KEEP_MS = (SILENT_S + 1) * 1000
const KEEP_FRAMES = 128
/** A figure of fewer records than this over one second says too little: look back further. */
const ENOUGH_RECORDS = 20

/** Oldest first; all frames belong to one start of one deployment. */
export interface LiveHistory {
  readonly frames: readonly FlowMetrics[]
  /** When each wire last carried a record, by the sensor's clock; a wire that never did is missing. */
  readonly moved_ms: ReadonlyMap<string, number>
}
export const NO_HISTORY: LiveHistory = { frames: [], moved_ms: new Map() }

/** The history with a newer frame. Counters that fell mean a new start: the history begins again. */
export function observe(history: LiveHistory, frame: FlowMetrics): LiveHistory {
  const last = history.frames.at(-1)
  if (last !== undefined && frame.at_ms === last.at_ms) return history
  if (last === undefined || frame.at_ms < last.at_ms || fell(last, frame)) return start(frame)
  const moved_ms = new Map(history.moved_ms)
  for (const [wire, count] of Object.entries(frame.wires)) {
    if (count > counter(last.wires, wire)) moved_ms.set(wire, frame.at_ms)
  }
  const frames = [...history.frames, frame].filter((one) => frame.at_ms - one.at_ms <= KEEP_MS).slice(-KEEP_FRAMES)
  return { frames, moved_ms }
}

function start(frame: FlowMetrics): LiveHistory {
  const carried = Object.entries(frame.wires).filter(([, count]) => count > 0)
  return { frames: [frame], moved_ms: new Map(carried.map(([wire]) => [wire, frame.at_ms])) }
}

function fell(before: FlowMetrics, after: FlowMetrics): boolean {
  return Object.entries(before.wires).some(([wire, count]) => counter(after.wires, wire) < count)
}

function counter(counters: Readonly<Record<string, number>>, name: string): number {
  return Object.hasOwn(counters, name) ? counters[name]! : 0
}

/** Records a second now: over the last second where that says enough, else over up to a minute. */
export function rateOf(history: LiveHistory, read: (frame: FlowMetrics) => number): number | undefined {
  const { frames } = history
  const last = frames.at(-1)
  if (last === undefined || frames.length < 2) return undefined
  for (let i = frames.length - 2; ; i--) {
    const first = frames[i]!
    const records = read(last) - read(first)
    const elapsed_s = (last.at_ms - first.at_ms) / 1000
    if (i === 0 || records >= ENOUGH_RECORDS * Math.max(1, elapsed_s / 5)) return records / elapsed_s
  }
}

/** Reads one wire's counter. */
export const ofWire =
  (wire: string) =>
  (frame: FlowMetrics): number =>
    counter(frame.wires, wire)

/** Reads one of a node's counters. */
export const ofNode =
  (node: string, name: keyof NodeCounters) =>
  (frame: FlowMetrics): number =>
    Object.hasOwn(frame.nodes, node) ? (frame.nodes[node]![name] ?? 0) : 0

/** Records a second in each step between frames, oldest first: a line of the last minute. */
export function steps(history: LiveHistory, read: (frame: FlowMetrics) => number): number[] {
  return history.frames.slice(1).map((frame, i) => {
    const before = history.frames[i]!
    return ((read(frame) - read(before)) * 1000) / (frame.at_ms - before.at_ms)
  })
}
