/** `name := expression`, as lists of computed fields have it. The sign is no part of the language itself. */

import { placeOf, type TextPlace } from '../../nodes/contract/problem.ts'

/** One assignment. Offsets in problems of `expression` count from `expressionAt.start` of the whole text. */
export interface Assignment {
  /** Trimmed; undefined when the text has no `:=`. */
  readonly name: string | undefined
  readonly nameAt: TextPlace
  /** Trimmed. */
  readonly expression: string
  readonly expressionAt: TextPlace
}

/** Splits at the first `:=`; without one the whole text is the expression. */
export function splitAssignment(text: string): Assignment {
  const sign = text.indexOf(':=')
  const [nameFrom, nameTo] = trimmed(text, 0, Math.max(sign, 0))
  const [from, to] = trimmed(text, sign === -1 ? 0 : sign + 2, text.length)
  return {
    name: sign === -1 ? undefined : text.slice(nameFrom, nameTo),
    nameAt: placeOf(text, { start: nameFrom, end: nameTo }),
    expression: text.slice(from, to),
    expressionAt: placeOf(text, { start: from, end: to }),
  }
}

function trimmed(text: string, from: number, to: number): [number, number] {
  const part = text.slice(from, to)
  const start = from + (part.length - part.trimStart().length)
  return [start, Math.max(start, from + part.trimEnd().length)]
}
