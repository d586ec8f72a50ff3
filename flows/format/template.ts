/**
 * References in the texts of options: `${name}` a parameter of the flow, `${secret:NAME}` a secret of the sensor,
 * `$${` the two characters `${` themselves. Any other `$` stands for itself.
 */

export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'secret'; readonly name: string }

/** A reference that is not one of the forms above. `start` and `end` are offsets in the text. */
export interface TemplateMistake {
  readonly start: number
  readonly end: number
}

/** How to mend a mistake. */
export const TEMPLATE_FIX = 'Write ${name} or ${secret:NAME}; $${ stands for ${ itself.'

const REFERENCE = /\$(?:\$\{|\{(?:(secret):([A-Za-z_][A-Za-z0-9_]{0,127})|([a-z][a-z0-9_-]{0,63}))\}|\{)/g

/** The pieces of a text in order, neighbouring texts joined, or its first mistake. Linear in the text. */
export function parseTemplate(text: string): { pieces: readonly TemplatePiece[] } | { mistake: TemplateMistake } {
  if (!text.includes('${')) return { pieces: text === '' ? [] : [{ kind: 'text', text }] }
  const pieces: TemplatePiece[] = []
  let literal = ''
  let done = 0
  const flush = () => {
    if (literal !== '') pieces.push({ kind: 'text', text: literal })
    literal = ''
  }
  for (const match of text.matchAll(REFERENCE)) {
    literal += text.slice(done, match.index)
    done = match.index + match[0].length
    const [whole, isSecret, secret, parameter] = match
    if (whole === '$${') literal += '${'
    else if (whole === '${') return { mistake: { start: match.index, end: done } }
    else {
      flush()
      pieces.push(isSecret === undefined ? { kind: 'parameter', name: parameter! } : { kind: 'secret', name: secret! })
    }
  }
  literal += text.slice(done)
  flush()
  return { pieces }
}

/** A text such that parseTemplate gives back just it: every `${` escaped. */
export function escapeTemplate(text: string): string {
  return text.replaceAll('${', () => '$${')
}
