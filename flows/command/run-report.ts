/** What a run tells when it is over: the counters of each node as a table, and with `--stats` as JSON. */

import { writeFileSync } from 'node:fs'
import { InputError } from '../../nodes/contract/capability.ts'
import type { EngineEnd } from '../../runtime/engine/engine.ts'
import type { FlowMetrics } from '../../runtime/protocol/metrics.ts'
import type { ArtifactToRun } from '../bundle/kept-artifacts.ts'
import { parseWire } from '../format/wire.ts'
import { print } from './print.ts'
import { emphasis, formatTable, grouped, printable } from './table.ts'

/** What `--stats` writes; fixed by the contract, `filtered` and `created` added. */
interface Stats {
  readonly flow: string
  readonly artifact: string
  readonly elapsed_s: number
  readonly cpu_s: number
  readonly peak_rss_bytes: number
  readonly records_in: number
  readonly records_out: number
  readonly rejected: number
  readonly nodes: Readonly<Record<string, unknown>>
  readonly wires: readonly { readonly from: string; readonly to: string; readonly records: number }[]
}

/**
 * The table goes to standard error.
 * @param statsFile of `--stats`; `-` is standard output. @throws InputError when it can't be written.
 */
export async function report(
  end: EngineEnd,
  artifact: ArtifactToRun,
  elapsed_s: number,
  statsFile: string | undefined,
): Promise<void> {
  const { user, system } = process.cpuUsage()
  const stats = statsOf(end.metrics, artifact, elapsed_s, (user + system) / 1e6)
  if (statsFile !== undefined) {
    const text = JSON.stringify(stats, null, 2)
    if (statsFile === '-') await print(text)
    else writeStats(statsFile, `${text}\n`)
  }
  console.error(summary(end.metrics))
  const rate = elapsed_s > 0 ? Math.round(stats.records_in / elapsed_s) : 0
  console.error(
    `\n${grouped(stats.records_in)} records in ${elapsed_s.toFixed(2)} s (${grouped(rate)}/s), ` +
      `CPU ${stats.cpu_s.toFixed(2)} s, peak memory ${(stats.peak_rss_bytes / 1e6).toFixed(0)} MB`,
  )
}

function writeStats(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new InputError(
      `The statistics could not be written to ${path} (${(error as NodeJS.ErrnoException).code}). Name a file in a folder that exists, or '-'.`,
    )
  }
}

function statsOf(metrics: FlowMetrics, { manifest, hash }: ArtifactToRun, elapsed_s: number, cpu_s: number): Stats {
  const nodes = Object.entries(metrics.nodes)
  const wires = manifest.wires.flatMap((wire) => parseWire(wire) ?? [])
  const sources = nodes.filter(([id]) => !wires.some(({ to }) => to === id))
  const ends = nodes.filter(([id]) => !wires.some(({ from }) => from === id))
  return {
    flow: manifest.flow,
    artifact: hash,
    elapsed_s,
    cpu_s,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    records_in: sources.reduce((sum, [, counters]) => sum + counters.in, 0),
    records_out: ends.reduce((sum, [, counters]) => sum + counters.out, 0),
    rejected: nodes.reduce((sum, [, counters]) => sum + counters.rejected, 0),
    nodes: metrics.nodes,
    wires: Object.entries(metrics.wires).map(([wire, records]) => {
      const [from, to] = wire.split(' -> ') as [string, string]
      return { from, to, records }
    }),
  }
}

function summary(metrics: FlowMetrics): string {
  const rows = Object.entries(metrics.nodes).map(([id, counters]) => [
    id,
    counters.in,
    counters.out,
    counters.filtered,
    counters.rejected,
    counters.errors,
    counters.unread ?? 0,
    `${(metrics.node_cpu_s[id] ?? 0).toFixed(3)} s`,
  ])
  const table = formatTable(['node', 'in', 'out', 'filtered', 'rejected', 'errors', 'unread', 'CPU'], rows)
  const [head, ...body] = table.split('\n') as [string, ...string[]]
  const reasons = Object.entries(metrics.nodes).flatMap(([id, { reasons }]) =>
    Object.entries(reasons ?? {}).map(([reason, count]) => `  ${id}: ${grouped(count)} ${reason}`),
  )
  const rejected = reasons.length > 0 ? ['', 'Rejected:', ...reasons] : []
  return [emphasis(head, process.stderr), ...body, ...rejected].map(printable).join('\n')
}
