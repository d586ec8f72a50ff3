/** The palette: node types by stage, found by typing, added by dragging, clicking or Enter. */

import { html, nothing, type TemplateResult } from 'lit'
import { type NodeType, STAGES, stageOf } from '../../nodes/contract/node.ts'
import { icon, typeIcon } from '../icon.ts'
import { type Found, findTypes } from './find.ts'
import { Panel, typed } from './panel.ts'

/** A type is wanted on the canvas: at a place of the window, or (undefined) where there is room. */
export interface AddRequest {
  readonly type: string
  readonly at: { readonly x: number; readonly y: number } | undefined
}

/** A pointer that moved more since it went down drags. */
const DRAG_PX = 4

export class Palette extends Panel {
  #query = ''
  #at = 0
  #carried: { readonly type: NodeType; readonly element: HTMLElement } | undefined

  override render() {
    const found = findTypes(this.workspace.catalogue, this.#query)
    const isSearch = this.#query.trim() !== ''
    this.#at = Math.min(this.#at, Math.max(0, found.length - 1))
    return html`<aside class="palette" aria-label="Node types">
      <label class="field">
        ${icon('search', 's')}
        <input
          type="search"
          placeholder="Search types"
          aria-label="Search types"
          autocomplete="off"
          spellcheck="false"
          .value=${this.#query}
          @input=${(event: Event) => {
            this.#query = typed(event)
            this.#at = 0
            this.requestUpdate()
          }}
          @keydown=${(event: KeyboardEvent) => this.#key(event, found)}
        />
        ${isSearch ? nothing : html`<kbd>/</kbd>`}
      </label>
      <div class="types">
        ${isSearch ? this.#results(found) : STAGES.map((stage) => this.#stage(stage, found))}
      </div>
    </aside>`
  }

  #stage(stage: string, all: readonly Found[]): TemplateResult | typeof nothing {
    const types = all.filter(({ type }) => stageOf(type.type) === stage)
    if (types.length === 0) return nothing
    const name = `${stage[0]?.toUpperCase()}${stage.slice(1)}`
    return html`<section class=${stage}>
      <h2>${name}<span>${types.length}</span></h2>
      <ul>
        ${types.map((one) => this.#item(one, false))}
      </ul>
    </section>`
  }

  #results(found: readonly Found[]): TemplateResult {
    if (found.length === 0) return html`<p class="none">No type is called '${this.#query.trim()}'.</p>`
    return html`<ul>
      ${found.map((one, i) => this.#item(one, i === this.#at))}
    </ul>`
  }

  #item({ type, at }: Found, isOn: boolean): TemplateResult {
    const { title } = type
    return html`<li class=${stageOf(type.type)}>
      <button
        data-type=${type.type}
        class=${isOn ? 'on' : ''}
        title=${`${type.type}\n${firstSentence(type.help)}`}
        @click=${() => this.#add(type.type, undefined)}
        @pointerdown=${(event: PointerEvent) => this.#carry(event, type)}
      >
        ${typeIcon(type.icon, 's')}<span class="cut"
          >${at === undefined ? title : html`${title.slice(0, at.start)}<mark>${title.slice(at.start, at.end)}</mark>${title.slice(at.end)}`}</span
        >
      </button>
    </li>`
  }

  #key(event: KeyboardEvent, found: readonly Found[]): void {
    const input = event.currentTarget as HTMLInputElement
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1
      this.#at = Math.max(0, Math.min(found.length - 1, this.#at + step))
      event.preventDefault()
    } else if (event.key === 'Enter') {
      const chosen = found[this.#at]
      if (chosen === undefined || this.#query.trim() === '') return
      this.#query = ''
      input.blur()
      this.#add(chosen.type.type, undefined)
    } else if (event.key === 'Escape') {
      this.#query = ''
      input.blur()
      event.stopPropagation()
    } else return
    this.requestUpdate()
  }

  #add(type: string, at: AddRequest['at']): void {
    this.dispatchEvent(new CustomEvent<AddRequest>('add-node', { detail: { type, at }, bubbles: true }))
  }

  /** Dragging out of the palette, by pointer events, so that touch works too. */
  #carry(event: PointerEvent, type: NodeType): void {
    if (event.button !== 0) return
    const ended = new AbortController()
    const { signal } = ended
    const { clientX, clientY, pointerId } = event
    const button = event.currentTarget as HTMLElement
    const drop = (at: AddRequest['at']): void => {
      ended.abort()
      this.#carried?.element.remove()
      if (this.#carried !== undefined && at !== undefined) {
        // The click that follows on the button would add it a second time.
        button.addEventListener('click', (click) => click.stopImmediatePropagation(), { once: true, capture: true })
        setTimeout(() => this.requestUpdate())
        this.#add(type.type, at)
      }
      this.#carried = undefined
    }
    addEventListener(
      'pointermove',
      (move) => {
        if (move.pointerId !== pointerId) return
        if (this.#carried === undefined) {
          if (Math.hypot(move.clientX - clientX, move.clientY - clientY) < DRAG_PX) return
          this.#carried = { type, element: this.#ghost(type) }
        }
        this.#carried.element.style.left = `${move.clientX - 24}px`
        this.#carried.element.style.top = `${move.clientY - 16}px`
      },
      { signal },
    )
    addEventListener('pointerup', (up) => drop(overCanvas(up)), { signal })
    addEventListener('pointercancel', () => drop(undefined), { signal })
    addEventListener('keydown', (key) => key.key === 'Escape' && drop(undefined), { signal, capture: true })
  }

  #ghost(type: NodeType): HTMLElement {
    const element = document.createElement('div')
    element.className = `carried ${stageOf(type.type)}`
    element.textContent = type.title
    document.body.append(element)
    return element
  }
}

/** The place where a pointer was let go, when that is the canvas. */
function overCanvas({ clientX, clientY }: PointerEvent): AddRequest['at'] {
  const isOver = document.elementsFromPoint(clientX, clientY).some((one) => one.classList.contains('plane'))
  return isOver ? { x: clientX, y: clientY } : undefined
}

/** The first sentence of a type's help, as plain text. */
export function firstSentence(help: string): string {
  const text = help.replace(/[`*_]/g, '').replace(/\s+/g, ' ')
  return /^.*?[.](?=\s|$)/.exec(text)?.[0] ?? text
}

customElements.define('flow-palette', Palette)
