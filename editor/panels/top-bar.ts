/** The top bar: flows, Undo and Redo, Import and Export, the look, the sensor, Deploy. */

import { html, nothing, type TemplateResult } from 'lit'
import type { Draft } from '../document/draft.ts'
import { icon } from '../icon.ts'
import { menu } from './menu.ts'
import { firstSentence } from './palette.ts'
import { Panel } from './panel.ts'
import { hasMoreContrast, setContrast, setTheme, type Theme, theme } from './theme.ts'

const THEMES: readonly (readonly [Theme, string, 'monitor' | 'sun' | 'moon'])[] = [
  ['system', 'As the system', 'monitor'],
  ['light', 'Light', 'sun'],
  ['dark', 'Dark', 'moon'],
]

/** The dialogs are the app's: the bar only asks for them. */
export type DialogName = 'import' | 'new'

export class TopBar extends Panel {
  override render() {
    const { workspace } = this
    const draft = workspace.open?.draft
    return html`<header class="topbar">
      <div class="side">
        ${logo}
        <button class="flows" popovertarget="menu-flows">Flows${icon('chevron-down', 'xs')}</button>
        ${menu('menu-flows', 'Flows', this.#flows())}
      </div>
      <nav class="tabs" aria-label="Open flows">${workspace.tabs.map((name) => this.#tab(name))}</nav>
      <div class="grow"></div>
      <div class="side">
        ${draft === undefined ? nothing : this.#flowTools(draft)}
        <button class="btn ghost sq" aria-label="Look" title="Look" popovertarget="menu-look">${icon('sun-moon')}</button>
        ${menu('menu-look', 'Look', this.#look())}
        ${draft === undefined ? nothing : html`${this.#sensor()} ${this.#deploy()}`}
      </div>
    </header>`
  }

  #flowTools({ undoLabel, redoLabel }: Draft): TemplateResult {
    const { workspace } = this
    const about = 'Import a flow file; nothing runs until you deploy'
    return html`<div class="pair">
        ${this.#tool('Undo', 'undo-2', undoLabel === undefined, () => workspace.undo(), hint('Undo', undoLabel, 'Ctrl Z'))}
        ${this.#tool('Redo', 'redo-2', redoLabel === undefined, () => workspace.redo(), hint('Redo', redoLabel, 'Ctrl Shift Z'))}
      </div>
      <div class="pair">
        ${this.#tool('Import', 'upload', false, () => this.#ask('import'), about)}
        ${this.#tool('Export', 'download', false, () => this.#export(), 'Export this flow as a file')}
      </div>`
  }

  #tool(name: string, symbol: Parameters<typeof icon>[0], isOff: boolean, act: () => void, title: string) {
    return html`<button class="btn ghost sq" aria-label=${name} title=${title} ?disabled=${isOff} @click=${act}>
      ${icon(symbol)}
    </button>`
  }

  #tab(name: string): TemplateResult {
    const { workspace } = this
    const isOpen = workspace.document?.name === name
    const title = workspace.titleOfFlow(name)
    const isFresh = isOpen && workspace.changes > 0
    const errors = isOpen ? workspace.problems.filter((problem) => problem.severity === 'error').length : 0
    return html`<div class="tab ${isOpen ? 'on' : ''}">
      <button aria-current=${isOpen ? 'page' : nothing} @click=${() => isOpen || void workspace.openFlow(name)}>
        <span class="cut">${title}</span>
        ${isFresh ? html`<i class="dot you" title="${workspace.changes} changes not deployed"></i>` : nothing}
        ${errors > 0 ? html`<span class="count bad" title="${errors} problems">${errors}</span>` : nothing}
      </button>
      ${
        workspace.tabs.length > 1
          ? html`<button class="close" aria-label="Close ${title}" title="Close" @click=${() => workspace.closeTab(name)}>
            ${icon('x', 'xs')}
          </button>`
          : nothing
      }
    </div>`
  }

  #flows(): TemplateResult {
    const { workspace } = this
    return html`
      <button @click=${() => this.#ask('new')}>${icon('plus', 's')}New flow</button>
      ${workspace.flows.length === 0 ? nothing : html`<h2>In this studio</h2>`}
      ${workspace.flows.map(
        (flow) => html`<button @click=${() => void workspace.openFlow(flow.name)}>
          ${icon('workflow', 's')}<span class="cut">${flow.title ?? flow.name}</span><span class="r mono">r${flow.revision}</span>
        </button>`,
      )}
      ${workspace.drafts.length === 0 ? nothing : html`<h2>Only in this browser</h2>`}
      ${workspace.drafts.map(
        ({ name }) =>
          html`<button @click=${() => void workspace.openFlow(name)}>${icon('workflow', 's')}<span class="cut">${workspace.titleOfFlow(name)}</span></button>`,
      )}
      ${workspace.examples.length === 0 ? nothing : html`<hr /><h2>Begin with an example</h2>`}
      ${workspace.examples.map(
        (
          example,
        ) => html`<button title=${firstSentence(example.description)} @click=${() => void workspace.openExample(example.name)}>
          ${icon('folder-open', 's')}<span class="cut">${example.title}</span>
        </button>`,
      )}
    `
  }

  #look(): TemplateResult {
    const now = theme()
    const isMore = hasMoreContrast()
    const redraw = (): void => this.requestUpdate()
    return html`
      ${THEMES.map(
        ([name, title, symbol]) => html`<button
          aria-pressed=${now === name}
          @click=${() => {
            setTheme(this.workspace, name)
            redraw()
          }}
        >
          ${icon(symbol, 's')}${title}${now === name ? html`<span class="r">${icon('check', 'xs')}</span>` : nothing}
        </button>`,
      )}
      <hr />
      <button
        aria-pressed=${isMore}
        @click=${() => {
          setContrast(this.workspace, isMore ? 'normal' : 'more')
          redraw()
        }}
      >
        ${icon('contrast', 's')}More contrast${isMore ? html`<span class="r">${icon('check', 'xs')}</span>` : nothing}
      </button>
    `
  }

  #sensor(): TemplateResult {
    const { workspace } = this
    const sensor = workspace.sensors.find((one) => one.name === workspace.sensor)
    const isHere = sensor?.connected === true && workspace.isConnected
    const shown = workspace.deployed === undefined ? '' : ` r${workspace.deployed.revision}`
    const name =
      workspace.sensor === undefined
        ? 'No sensor'
        : `Sensor ${workspace.sensor}${shown}, ${isHere ? 'connected' : 'not connected'}`
    const says = sensor === undefined ? 'no sensor' : isHere ? 'connected' : 'not connected'
    return html`<button class="sensor" popovertarget="menu-sensor" aria-label=${name}>
        ${icon('server', 's')}<span>${workspace.sensor ?? 'No sensor'}</span>
        ${workspace.deployed === undefined ? nothing : html`<span class="faint mono">r${workspace.deployed.revision}</span>`}
        <i class="dot ${isHere ? 'good' : 'bad'}" title=${says}></i>${icon('chevron-down', 'xs')}
      </button>
      ${menu(
        'menu-sensor',
        'Sensors',
        workspace.sensors.length === 0
          ? html`<h2>No sensor has dialled in.</h2>`
          : html`${workspace.sensors.map((one) => {
              const runs = one.deployments.find((deployment) => deployment.flow === workspace.document?.name)
              return html`<button @click=${() => void workspace.watch(one.name)}>
                <i class="dot ${one.connected ? 'good' : 'bad'}"></i>${one.name}
                <span class="r">${runs === undefined ? 'does not run this flow' : `r${runs.revision} ${runs.state}`}</span>
              </button>`
            })}`,
      )}`
  }

  #deploy(): TemplateResult {
    const { workspace } = this
    const count = workspace.changes
    const isOff = workspace.open === undefined || workspace.isDeploying
    return html`<button
      class="btn prime"
      aria-label="Deploy"
      title=${workspace.sensor === undefined ? 'Deploy' : `Save and run this flow on ${workspace.sensor}`}
      ?disabled=${isOff}
      @click=${() => void workspace.deploy()}
    >
      ${workspace.isDeploying ? 'Deploying' : 'Deploy'}${count > 0 ? html`<span class="count" title="${count} changes">${count}</span>` : nothing}
    </button>`
  }

  #ask(dialog: DialogName): void {
    this.dispatchEvent(new CustomEvent<DialogName>('dialog', { detail: dialog, bubbles: true }))
  }

  #export(): void {
    const file = this.workspace.exportFlow()
    if (file === undefined) return
    const url = URL.createObjectURL(new Blob([file.text], { type: 'application/json' }))
    const link = document.createElement('a')
    link.href = url
    link.download = file.name
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 1000)
  }
}

function hint(verb: string, label: string | undefined, key: string): string {
  return label === undefined ? `${verb} (${key})` : `${verb}: ${label} (${key})`
}

const logo = html`<svg class="logo" viewBox="0 0 22 22" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round" stroke-linecap="round" role="img" aria-label="Lacewing">
  <path fill="color-mix(in oklab, currentColor 18%, transparent)" d="M2.5 14.5C4 7 11 2.2 20 2.5c-.2 6.5-5.5 11.8-17.5 12Z" />
  <path fill="color-mix(in oklab, currentColor 10%, transparent)" d="M2.5 14.5c6-.6 11 .2 14 2.6-3 3.2-9.5 2.9-14-2.6Z" />
  <path stroke-width="1" d="M2.5 14.5 15.5 6M7 11.6 8.8 7M10.6 9.3l5.7.9" />
</svg>`

customElements.define('flow-top-bar', TopBar)
