/** Status reports as text for Prometheus (format 0.0.4) or OpenMetrics 1.0. */

import type { DeploymentState, StatusReport } from './messages.ts'

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

export interface MetricsSource {
  readonly version: string
  readonly sensors: readonly { readonly name: string; readonly connected: boolean }[]
  readonly reports: readonly { readonly sensor: string; readonly report: StatusReport }[]
}

const STATES: readonly DeploymentState[] = ['preparing', 'running', 'ended', 'stopped', 'faulted']
const COUNTERS = ['in', 'out', 'created', 'filtered', 'rejected', 'errors'] as const

/** The page. Node ids, wire names and sensor names become label values, escaped. */
export function metricsText(source: MetricsSource, format: 'prometheus' | 'openmetrics'): string {
  const lines: string[] = []
  /** A counter's samples end in `_total`; only the older format names its family so too. */
  const family = (name: string, type: 'counter' | 'gauge', help: string) => {
    const named = type === 'counter' && format === 'prometheus' ? `${name}_total` : name
    lines.push(`# HELP ${named} ${help}`, `# TYPE ${named} ${type}`)
    return (labels: Readonly<Record<string, string>>, value: number) => {
      const list = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`)
      lines.push(`${name}${type === 'counter' ? '_total' : ''}{${list.join(',')}} ${value}`)
    }
  }
  const deployments = source.reports.map(({ sensor, report }) => ({
    labels: { sensor, flow: report.status.flow },
    ...report,
  }))

  family('lacewing_version', 'gauge', 'The version of the studio, as a label.')({ version: source.version }, 1)
  const connected = family('lacewing_sensor_connected', 'gauge', '1 while the sensor is connected.')
  for (const sensor of source.sensors) connected({ sensor: sensor.name }, sensor.connected ? 1 : 0)

  const state = family('lacewing_deployment_state', 'gauge', '1 for the state the deployment is in.')
  for (const { labels, status } of deployments) {
    for (const one of STATES) state({ ...labels, state: one }, status.state === one ? 1 : 0)
  }
  const records = family('lacewing_node_records', 'counter', 'Records of a node by what became of them.')
  for (const { labels, metrics } of deployments) {
    for (const [node, counters] of Object.entries(metrics.nodes)) {
      for (const fate of COUNTERS) records({ ...labels, node, fate }, counters[fate])
    }
  }
  const wires = family('lacewing_wire_records', 'counter', 'Records that passed a wire.')
  for (const { labels, metrics } of deployments) {
    for (const [wire, passed] of Object.entries(metrics.wires)) wires({ ...labels, wire }, passed)
  }
  const queues = family('lacewing_queue_records', 'gauge', 'Records that wait before a node.')
  for (const { labels, metrics } of deployments) {
    for (const [node, queue] of Object.entries(metrics.queues)) queues({ ...labels, node }, queue.records)
  }
  const cpu = family('lacewing_deployment_cpu_seconds', 'counter', 'CPU time of the deployment.')
  for (const { labels, metrics } of deployments) cpu(labels, metrics.cpu_s)
  const nodeCpu = family('lacewing_node_cpu_seconds', 'counter', 'Estimated CPU time of a node.')
  for (const { labels, metrics } of deployments) {
    for (const [node, seconds] of Object.entries(metrics.node_cpu_s)) nodeCpu({ ...labels, node }, seconds)
  }
  if (format === 'openmetrics') lines.push('# EOF')
  return `${lines.join('\n')}\n`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
