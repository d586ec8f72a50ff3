/** The page: where the panels are, and the keys that work everywhere. */

import { html, nothing } from 'lit'
import type { Problem } from '../../nodes/contract/problem.ts'
import type { Dialogs } from './dialogs.ts'
import './dialogs.ts'
import './drawer.ts'
import './inspector.ts'
import { OUTDATED } from './option-form.ts'
import type { AddRequest } from './palette.ts'
import './palette.ts'
import { Panel } from './panel.ts'
import './problems.ts'
import type { Stage } from './stage.ts'
import './stage.ts'
import './start-page.ts'
import './status-bar.ts'
import type { DialogName } from './top-bar.ts'
import './top-bar.ts'

export class App extends Panel {
  readonly #stop = new AbortController()

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('keydown', (event) => this.#key(event), { signal: this.#stop.signal })
    addEventListener(OUTDATED, () => this.workspace.sayOutdated(), { signal: this.#stop.signal })
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop.abort()
  }

  override render() {
    const { workspace } = this
    if (!workspace.isReady) return nothing
    const dialogs = html`<flow-dialogs .workspace=${workspace}></flow-dialogs>`
    const ask = (event: CustomEvent<DialogName>): void =>
      this.querySelector<Dialogs>('flow-dialogs')!.show(event.detail)
    if (workspace.open === undefined) {
      return html`<div class="page" @dialog=${ask}>
        <flow-top-bar .workspace=${workspace}></flow-top-bar><start-page .workspace=${workspace}></start-page>${dialogs}
      </div>`
    }
    return html`<div
      class="app"
      @dialog=${ask}
      @add-node=${(event: CustomEvent<AddRequest>) => this.#stage?.addType(event.detail.type, event.detail.at)}
      @go=${(event: CustomEvent<Problem>) => this.#go(event.detail)}
    >
      <flow-top-bar .workspace=${workspace}></flow-top-bar>
      <flow-palette .workspace=${workspace}></flow-palette>
      <flow-stage .workspace=${workspace}></flow-stage>
      <flow-inspector .workspace=${workspace}></flow-inspector>
      <flow-drawer .workspace=${workspace}></flow-drawer>
      <flow-problems .workspace=${workspace}></flow-problems>
      <flow-status-bar .workspace=${workspace}></flow-status-bar>
      ${dialogs}
    </div>`
  }

  get #stage(): Stage | null {
    return this.querySelector<Stage>('flow-stage')
  }

  #go({ node, wire, option }: Problem): void {
    const { workspace } = this
    if (node !== undefined) {
      workspace.open?.draft.select({ nodes: new Set([node]) })
      workspace.inspect({ node })
      this.#stage?.reveal(node)
      if (option !== undefined) requestAnimationFrame(() => this.#focusOption(option))
    } else if (wire !== undefined) {
      workspace.open?.draft.select({ wires: new Set([wire]) })
      this.#stage?.revealWire(wire)
    }
  }

  #focusOption(option: string): void {
    const name = option.split('.')[0]!
    const place = this.querySelector(`flow-inspector [data-option="${CSS.escape(name)}"]`)
    place?.querySelector<HTMLElement>('input, select, textarea, expression-field, button')?.focus()
  }

  #key(event: KeyboardEvent): void {
    const target = event.composedPath()[0] as Element
    if (document.querySelector('dialog[open], :popover-open') !== null) return
    const isTyping = target.matches('input, textarea, select, [contenteditable="true"]')
    const isHandled = isTyping ? this.#keyWhileTyping(event, target) : this.#keyOfPage(event, target)
    if (isHandled) event.preventDefault()
  }

  #keyWhileTyping(event: KeyboardEvent, target: Element): boolean {
    if (event.key !== 'Escape' || event.defaultPrevented) return false
    ;(target as HTMLElement).blur()
    return true
  }

  /** True when the key did something. */
  #keyOfPage(event: KeyboardEvent, target: Element): boolean {
    const { workspace } = this
    const stage = this.#stage
    if (event.defaultPrevented || stage === null) return false
    const isCommand = event.ctrlKey || event.metaKey
    const key = event.key.toLowerCase()
    if (isCommand) {
      if (key === 'z' && event.shiftKey) workspace.redo()
      else if (key === 'z') workspace.undo()
      else if (key === 'y') workspace.redo()
      else if (key === 'a') workspace.selectAll()
      else if (key === 'd') workspace.duplicateSelected()
      else return false
      return true
    }
    if (event.altKey) return false
    if (key === 'escape') return this.#escape()
    const isControl = target.matches('button, a, summary')
    if (key === ' ' && !isControl) stage.addAtPointer()
    else if (key === '/') this.querySelector<HTMLInputElement>('flow-palette input')?.focus()
    else if (key === 'delete' || key === 'backspace') workspace.removeSelected()
    else if (key === '1') stage.fit()
    else if (key === '+' || key === '=') stage.zoomBy(1.25)
    else if (key === '-') stage.zoomBy(1 / 1.25)
    else return false
    return true
  }

  /** Closes what was opened last: the drawer, the problems, the inspector, the selection. The focus goes back to its wire or node. */
  #escape(): boolean {
    const { workspace } = this
    const selection = workspace.open?.draft.selection
    const { tap, inspected } = workspace
    if (tap !== undefined) {
      workspace.untap()
      this.#stage?.revealWire(tap.wire)
    } else if (workspace.areProblemsOpen) workspace.showProblems(false)
    else if (inspected !== undefined) {
      workspace.inspect(undefined)
      if (inspected !== 'flow') this.#stage?.reveal(inspected.node)
    } else if (selection !== undefined && selection.nodes.size + selection.wires.size > 0)
      workspace.open?.draft.select({})
    else return false
    return true
  }
}

customElements.define('lacewing-app', App)
