/** Icons: references into the sheet of symbols that the build puts into index.html. */

import { html, type TemplateResult } from 'lit'
import type { IconName } from './icon-names.ts'

/** `size`: 16 px, `s` 14 px, `xs` 12 px. Decoration: what it means stands beside it or in the control's name. */
export function icon(name: IconName, size: '' | 's' | 'xs' = ''): TemplateResult {
  return typeIcon(name, size)
}

/** The icon of a node type, by the name its file gives. */
export function typeIcon(name: string, size: '' | 's' | 'xs' = ''): TemplateResult {
  return html`<svg class="i ${size}" aria-hidden="true"><use href="#icon-${name}"></use></svg>`
}
