/** Help texts: Markdown as far as help uses it, as plain paragraphs. Everything goes into text, nothing into markup. */

import { html, type TemplateResult } from 'lit'

/** One line with its `code` and **strong** parts. */
export function line(text: string): (string | TemplateResult)[] {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/)
  return parts.map((part) => {
    if (part.startsWith('`') && part.length > 2) return html`<code>${part.slice(1, -1)}</code>`
    if (part.startsWith('**') && part.length > 4) return html`<b>${part.slice(2, -2)}</b>`
    return part
  })
}

/** Paragraphs are parted by empty lines. */
export function paragraphs(text: string): TemplateResult[] {
  const all = text.split(/\n\s*\n/).filter((one) => one.trim() !== '')
  return all.map((one) => html`<p class="help">${line(one.trim())}</p>`)
}
