/** Menus that open under a button: popovers of the platform, so Esc and a click elsewhere close them. */

import { html, type TemplateResult } from 'lit'

/** A popover with a name; its button says `popovertarget`. Choosing an entry closes it. */
export function menu(id: string, label: string, content: TemplateResult): TemplateResult {
  const close = (event: Event): void => {
    if ((event.target as Element).closest('button') !== null) (event.currentTarget as HTMLElement).hidePopover()
  }
  return html`<div class="menu" id=${id} popover aria-label=${label} @beforetoggle=${place} @click=${close} @keydown=${arrows}>
    ${content}
  </div>`
}

function place(event: ToggleEvent): void {
  if (event.newState !== 'open') return
  const popover = event.currentTarget as HTMLElement
  const root = popover.getRootNode() as Document
  const button = root.querySelector(`[popovertarget="${popover.id}"]`)
  if (button === null) return
  const { left, right, bottom } = button.getBoundingClientRect()
  const isAtRight = left > innerWidth / 2
  popover.style.top = `${bottom + 4}px`
  popover.style.left = isAtRight ? 'auto' : `${left}px`
  popover.style.right = isAtRight ? `${innerWidth - right}px` : 'auto'
  popover.style.maxHeight = `${innerHeight - bottom - 16}px`
}

function arrows(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const entries = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('button:not(:disabled)')]
  const at = entries.indexOf(document.activeElement as HTMLElement)
  const next = event.key === 'ArrowDown' ? at + 1 : at <= 0 ? entries.length - 1 : at - 1
  entries[next % entries.length]?.focus()
  event.preventDefault()
}
