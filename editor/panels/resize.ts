/** The upper edge of the drawer: drag it, or focus it and use the arrows; the height is remembered. */

import { html, type TemplateResult } from 'lit'
import type { Workspace } from '../workspace.ts'

const LEAST_PX = 120
const STEP_PX = 24
/** The height as it is, for the name of the grip. */
let now = 284

/** Gives the drawer the height this browser kept. */
export async function readDrawerHeight(workspace: Workspace): Promise<void> {
  setHeight(await workspace.preference('drawer', now))
}

function setHeight(pixels: number): number {
  const height = Math.round(Math.max(LEAST_PX, Math.min(pixels, innerHeight * 0.7)))
  document.documentElement.style.setProperty('--drawer-now', `${height}px`)
  now = height
  return height
}

export function resizeGrip(workspace: Workspace): TemplateResult {
  const heightNow = (event: Event): number => (event.currentTarget as HTMLElement).parentElement!.clientHeight
  const begin = (event: PointerEvent): void => {
    const from = heightNow(event)
    const ended = new AbortController()
    const move = (to: PointerEvent): number => setHeight(from + event.clientY - to.clientY)
    addEventListener('pointermove', move, { signal: ended.signal })
    const end = (up: PointerEvent): void => {
      ended.abort()
      workspace.setPreference('drawer', move(up))
    }
    addEventListener('pointerup', end, { signal: ended.signal })
    addEventListener('pointercancel', end, { signal: ended.signal })
  }
  const key = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowUp' ? STEP_PX : event.key === 'ArrowDown' ? -STEP_PX : 0
    if (step === 0) return
    workspace.setPreference('drawer', setHeight(heightNow(event) + step))
    event.preventDefault()
  }
  return html`<div class="grip" role="separator" aria-orientation="horizontal" aria-label="Height of the drawer"
    aria-valuenow=${now} tabindex="0" @pointerdown=${begin} @keydown=${key}></div>`
}
