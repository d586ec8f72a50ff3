/** The small field that opens at the pointer: type what comes next, Enter places it, wired where a wire was let go. */

import { html, LitElement, nothing } from 'lit'
import type { Catalogue, NodeType } from '../../nodes/contract/node.ts'
import { stageOf } from '../../nodes/contract/node.ts'
import { icon, typeIcon } from '../icon.ts'
import { placed } from '../placed.ts'
import { type Found, findTypes } from './find.ts'
import { typed } from './panel.ts'

const WIDTH = 250
const MOST_SHOWN = 9

export class QuickAdd extends LitElement {
  static override properties = {
    catalogue: { attribute: false },
    isAfter: { attribute: false },
    place: { attribute: false },
  }
  declare catalogue: Catalogue
  /** Name of the outlet a wire comes from: sources don't fit then. */
  declare isAfter: string | undefined
  declare place: { readonly x: number; readonly y: number }
  #query = ''
  #at = 0

  override createRenderRoot(): this {
    return this
  }

  override firstUpdated(): void {
    this.querySelector('input')?.focus()
  }

  #found(): Found[] {
    const fits = (type: NodeType): boolean => this.isAfter === undefined || type.shape !== 'source'
    return findTypes(this.catalogue, this.#query).filter(({ type }) => fits(type))
  }

  override render() {
    const found = this.#found()
    const first = Math.max(0, Math.min(this.#at - MOST_SHOWN + 1, found.length - MOST_SHOWN))
    const shown = found.slice(first, first + MOST_SHOWN)
    const height = 36 + 28 * Math.max(1, shown.length) + 34
    const left = Math.max(8, Math.min(this.place.x, innerWidth - WIDTH - 8))
    const top = Math.max(52, Math.min(this.place.y, innerHeight - height - 32))
    return html`<div
      class="menu quick"
      ${placed({ left: `${left}px`, top: `${top}px`, width: `${WIDTH}px` })}
      @focusout=${(event: FocusEvent) => {
        if (!this.contains(event.relatedTarget as Node | null)) this.#close()
      }}
    >
      <label class="q">
        ${icon('search', 's')}
        <input
          type="search"
          role="combobox"
          aria-label="Add a node"
          aria-expanded="true"
          aria-controls="quick-list"
          aria-activedescendant=${found.length > 0 ? `quick-${this.#at}` : nothing}
          placeholder=${this.isAfter === undefined ? 'Type a node' : 'What comes next'}
          autocomplete="off"
          spellcheck="false"
          @input=${(event: Event) => {
            this.#query = typed(event)
            this.#at = 0
            this.requestUpdate()
          }}
          @keydown=${(event: KeyboardEvent) => this.#key(event, found)}
        />
      </label>
      <ul role="listbox" id="quick-list" aria-label="Node types">
        ${shown.map(({ type, at }, i) => {
          const index = first + i
          return html`<li
            role="option"
            id="quick-${index}"
            class=${stageOf(type.type)}
            data-choice=${type.type}
            aria-selected=${index === this.#at}
            @pointerdown=${(event: Event) => event.preventDefault()}
            @click=${() => this.#choose(type)}
          >
            ${typeIcon(type.icon)}<span class="cut"
              >${at === undefined ? type.title : html`${type.title.slice(0, at.start)}<mark>${type.title.slice(at.start, at.end)}</mark>${type.title.slice(at.end)}`}</span
            ><span class="r">${stageOf(type.type)}</span>
          </li>`
        })}
      </ul>
      <footer>
        ${this.isAfter === undefined ? html`<kbd>Enter</kbd> places it here` : html`<span class="mono">${this.isAfter}</span> <kbd>Enter</kbd> wires it`}
        <span class="grow"></span><kbd>Esc</kbd>
      </footer>
    </div>`
  }

  #key(event: KeyboardEvent, found: readonly Found[]): void {
    event.stopPropagation()
    if (event.key === 'ArrowDown') this.#at = Math.min(found.length - 1, this.#at + 1)
    else if (event.key === 'ArrowUp') this.#at = Math.max(0, this.#at - 1)
    else if (event.key === 'Enter') {
      const chosen = found[this.#at]
      if (chosen !== undefined) this.#choose(chosen.type)
    } else if (event.key === 'Escape') this.#close()
    else return
    event.preventDefault()
    this.requestUpdate()
  }

  #choose(type: NodeType): void {
    this.dispatchEvent(new CustomEvent<string>('choose', { detail: type.type }))
  }
  #close(): void {
    this.dispatchEvent(new CustomEvent('close'))
  }
}

customElements.define('quick-add', QuickAdd)
