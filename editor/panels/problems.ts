/** The problems of the flow: what is wrong, where, how to mend it. A click goes there. */

import { html, nothing, type TemplateResult } from 'lit'
import type { Problem } from '../../nodes/contract/problem.ts'
import { icon } from '../icon.ts'
import { Panel } from './panel.ts'
import { resizeGrip } from './resize.ts'

export class Problems extends Panel {
  override render() {
    const { workspace } = this
    if (!workspace.areProblemsOpen || workspace.tap !== undefined) return nothing
    const { problems } = workspace
    return html`<section class="drawer plain" aria-label="Problems">
      ${resizeGrip(workspace)}
      <header>
        <b>Problems</b><span class="faint">${problems.length}</span><span class="grow"></span>
        <button class="btn ghost little sq" aria-label="Close" title="Close (Esc)" @click=${() => workspace.showProblems(false)}>${icon('x', 's')}</button>
      </header>
      ${
        problems.length === 0
          ? html`<p class="says">The flow compiles.</p>`
          : html`<div class="table">
            <table class="list">
              <thead>
                <tr><th><span class="unseen">Severity</span></th><th>Problem</th><th>Where</th><th>How to mend it</th><th></th></tr>
              </thead>
              <tbody>${problems.map((problem) => this.#row(problem))}</tbody>
            </table>
          </div>`
      }
    </section>`
  }

  #row(problem: Problem): TemplateResult {
    const isError = problem.severity === 'error'
    const place = [problem.node, problem.wire, problem.option, problem.pointer]
      .filter((part) => part !== undefined)
      .join(', ')
    const isThere = problem.node !== undefined || problem.wire !== undefined
    return html`<tr data-problem=${problem.code}>
      <td class=${isError ? 'bad' : 'hot'}>${icon(isError ? 'circle-x' : 'triangle-alert')}<span class="unseen">${problem.severity}</span></td>
      <td>${problem.message}</td>
      <td class="mono">${place}</td>
      <td class="dim">${problem.fix}</td>
      <td>${isThere ? html`<button class="link" @click=${() => this.#go(problem)}>Go there</button>` : nothing}</td>
    </tr>`
  }

  #go(problem: Problem): void {
    this.dispatchEvent(new CustomEvent<Problem>('go', { detail: problem, bubbles: true }))
  }
}

customElements.define('flow-problems', Problems)
