/** The first screen, when the studio has no flow: examples that run, an empty flow, an import. */

import { html } from 'lit'
import { icon } from '../icon.ts'
import { Panel } from './panel.ts'
import { line } from './prose.ts'
import type { DialogName } from './top-bar.ts'

export class StartPage extends Panel {
  override render() {
    const { workspace } = this
    if (workspace.outage !== undefined) {
      return html`<main class="start"><h1>The studio is not here</h1><p>${workspace.outage}</p></main>`
    }
    return html`<main class="start">
      <h1>Start from one that runs</h1>
      <p>Open one, deploy it, click a wire, and you are looking at records.</p>
      <div class="cards">
        ${workspace.examples.map(
          (example, i) => html`<article class="card">
            <h2>${example.title}</h2>
            <p>${line(example.description.split(/\n\s*\n/)[0] ?? '')}</p>
            <span
              ><button class="btn ${i === 0 ? 'prime' : ''}" aria-label="Open ${example.title}" @click=${() => void workspace.openExample(example.name)}>
                Open
              </button></span
            >
          </article>`,
        )}
      </div>
      <div class="cards">
        <button class="slab" @click=${() => this.#ask('new')}>
          ${icon('workflow')}<span><b>Empty flow</b><span>type to add the first node</span></span>
        </button>
        <button class="slab" @click=${() => this.#ask('import')}>
          ${icon('upload')}<span><b>Import a flow</b><span>JSON; nothing runs until you deploy</span></span>
        </button>
      </div>
    </main>`
  }

  #ask(dialog: DialogName): void {
    this.dispatchEvent(new CustomEvent<DialogName>('dialog', { detail: dialog, bubbles: true }))
  }
}

customElements.define('start-page', StartPage)
