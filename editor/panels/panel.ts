/** What all panels have in common: they show the workspace, in the page's own tree, and are drawn anew when it changes. */

import { LitElement } from 'lit'
import type { Workspace } from '../workspace.ts'

export abstract class Panel extends LitElement {
  static override properties = { workspace: { attribute: false } }
  declare workspace: Workspace
  #stop: (() => void) | undefined

  /** Without a shadow root: the style sheet is one for all, and so are the symbols of icons. */
  override createRenderRoot(): this {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = this.workspace.listen(() => this.workspaceChanged())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
  }

  /** Called soon after anything in the workspace changed. */
  protected workspaceChanged(): void {
    this.requestUpdate()
  }
}

/** The text typed into a control. */
export function typed(event: Event): string {
  return (event.currentTarget as HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement).value
}
