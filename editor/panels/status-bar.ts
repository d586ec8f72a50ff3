/** The status bar: the sensor, what comes in, what is lost, what it costs, problems, the time. */

import { html, nothing } from 'lit'
import { stageOf } from '../../nodes/contract/node.ts'
import { icon } from '../icon.ts'
import { ofNode, rateOf } from '../live/history.ts'
import { clockTime, shortNumber, shortRate } from '../live/numbers.ts'
import { Panel } from './panel.ts'

export class StatusBar extends Panel {
  #timer: number | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    this.#timer = window.setInterval(() => this.requestUpdate(), 1000)
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#timer)
  }

  override render() {
    const { workspace } = this
    const { history, deployed, sensor, problems, tap } = workspace
    const last = history.frames.at(-1)
    const isHere = workspace.isConnected && workspace.sensors.some((one) => one.name === sensor && one.connected)
    const sources = Object.entries(deployed?.flow.nodes ?? {}).filter(([, node]) => stageOf(node.type) === 'capture')
    const isWatched = deployed !== undefined && last !== undefined
    const into = isWatched
      ? rateOf(history, (frame) => sum(sources.map(([id]) => ofNode(id, 'out')(frame))))
      : undefined
    const total = (name: 'rejected' | 'errors'): number =>
      isWatched ? sum(Object.keys(last.nodes).map((id) => ofNode(id, name)(last))) : 0
    const cpu = isWatched ? rateOf(history, (frame) => frame.cpu_s) : undefined
    const errors = problems.filter((problem) => problem.severity === 'error').length
    const says = !workspace.isConnected
      ? 'the studio is not connected'
      : sensor === undefined
        ? 'no sensor'
        : `${sensor} ${isHere ? 'connected' : 'not connected'}`
    const rate = into === undefined ? undefined : shortRate(into)
    return html`<footer class="statusbar">
      <span><i class="dot ${isHere ? 'good' : 'bad'}"></i>${says}</span>
      ${rate === undefined ? nothing : html`<span>in <b>${rate.figure}${rate.unit}</b></span>`}
      ${total('rejected') > 0 ? html`<span>rejected <b>${shortNumber(total('rejected'))}</b></span>` : nothing}
      ${total('errors') > 0 ? html`<span class="bad">errors <b>${shortNumber(total('errors'))}</b></span>` : nothing}
      ${cpu === undefined ? nothing : html`<span>cpu <b>${cpu.toFixed(2)}</b> cores</span>`}
      ${
        tap === undefined || tap.refusal !== undefined
          ? nothing
          : html`<span>tap: 1 wire, cap <b>${workspace.tapLimit_per_s}</b> rows/s${tap.missed > 0 ? html`, <b>${shortNumber(tap.missed)}</b> unseen` : nothing}</span>`
      }
      <span class="grow"></span>
      <button class="last ${errors > 0 ? 'bad' : problems.length > 0 ? 'hot' : ''}" @click=${() => workspace.showProblems(!workspace.areProblemsOpen)}>
        ${icon(problems.length === 0 ? 'check' : 'circle-alert', 'xs')}${problems.length === 0 ? 'no problems' : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`}
      </button>
      <span class="last"><b>${clockTime(Date.now())}</b> UTC</span>
    </footer>`
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

customElements.define('flow-status-bar', StatusBar)
