/** Small pieces of Markdown. Texts given are Markdown already, of our own writing. */

/** A table; cells lose line breaks and have their bars escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('|', '\\|')
}

export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`'
  return fence + text + fence
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.replace(/\n$/, '')}\n\`\`\``
}

/** A range in words, empty when there is none: `from 0`, `up to 9`, `0 to 65535`. */
export function rangeOf({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min === undefined) return max === undefined ? '' : `up to ${max}`
  return max === undefined ? `from ${min}` : `${min} to ${max}`
}

/** Parts with an empty line between them and a line feed at the end; empty parts are left out. */
export function page(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** Stands on every generated page. */
export const GENERATED = '<!-- Written by `npm run docs` from the sources; edit those. -->'
