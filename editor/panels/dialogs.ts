/** Dialogs: a new flow, and the import of a flow file. Esc closes, Enter confirms. */

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { type Problem, problemLine } from '../../nodes/contract/problem.ts'
import { icon } from '../icon.ts'
import type { Workspace } from '../workspace.ts'

export class Dialogs extends LitElement {
  static override properties = { workspace: { attribute: false } }
  declare workspace: Workspace
  #problems: readonly Problem[] = []

  override createRenderRoot(): this {
    return this
  }

  show(name: 'import' | 'new'): void {
    this.#problems = []
    this.requestUpdate()
    this.querySelector<HTMLDialogElement>(`#dialog-${name}`)?.showModal()
  }

  override render() {
    return html`${this.#dialog('new', 'New flow', this.#newFlow())} ${this.#dialog('import', 'Import a flow', this.#import())}`
  }

  #dialog(name: string, title: string, content: TemplateResult): TemplateResult {
    const close = (event: Event): void => (event.currentTarget as Element).closest('dialog')!.close()
    return html`<dialog id="dialog-${name}" aria-label=${title}>
      <header>
        ${title}<span class="grow"></span><button class="btn ghost little sq" aria-label="Close" @click=${close}>${icon('x', 's')}</button>
      </header>
      ${content}
    </dialog>`
  }

  #newFlow(): TemplateResult {
    const begin = (event: SubmitEvent): void => {
      event.preventDefault()
      const form = event.currentTarget as HTMLFormElement
      this.workspace.newFlow(String(new FormData(form).get('title')).trim())
      form.reset()
      form.closest('dialog')!.close()
    }
    return html`<form @submit=${begin}>
      <div class="body">
        <label for="new-title">Title</label>
        <span class="field"><input id="new-title" name="title" type="text" maxlength="120" autocomplete="off" autofocus /></span>
      </div>
      <footer><button class="btn prime">Begin</button></footer>
    </form>`
  }

  #import(): TemplateResult {
    const take = (text: string, dialog: HTMLDialogElement): void => {
      this.#problems = this.workspace.importFlow(text)
      this.requestUpdate()
      if (this.#problems.length === 0) dialog.close()
    }
    const submit = (event: SubmitEvent): void => {
      event.preventDefault()
      const form = event.currentTarget as HTMLFormElement
      take(String(new FormData(form).get('text')), form.closest('dialog')!)
    }
    const open = async (event: Event): Promise<void> => {
      const input = event.currentTarget as HTMLInputElement
      const text = await input.files?.[0]?.text()
      input.value = ''
      if (text !== undefined) take(text, input.closest('dialog')!)
    }
    return html`<form @submit=${submit}>
      <div class="body">
        <p class="dim">Paste the text of a flow file, or open one. It becomes a draft in this browser; nothing runs until you deploy.</p>
        <span class="field tall mono"><textarea name="text" rows="10" spellcheck="false" aria-label="Text of a flow file" autofocus></textarea></span>
        ${
          this.#problems.length === 0
            ? nothing
            : html`<ul class="bad" role="alert">${this.#problems.slice(0, 8).map((problem) => html`<li>${problemLine(problem)}</li>`)}</ul>`
        }
      </div>
      <footer>
        <label class="btn">${icon('folder-open', 's')}Open a file<input class="unseen" type="file" accept=".json,application/json" aria-label="Flow file" @change=${open} /></label>
        <span class="grow"></span>
        <button class="btn prime" aria-label="Import the text">Import</button>
      </footer>
    </form>`
  }
}

customElements.define('flow-dialogs', Dialogs)
