/**
 * The reason of an alert: a template with fields of the record put in.
 *
 * The values came over the wire and end in terminals, log files and web pages: what could steer one of those is taken
 * out, and every part is bounded.
 */

import type { Value } from '../contract/field.ts'

/** UTF-8 bytes of a whole reason. */
export const REASON_BYTES = 1024
/** Characters of one value in it, so that a long one leaves room for what stands behind it. */
const VALUE_CHARACTERS = 256
/** Items of a list or map in it. */
const ITEMS = 16

const PLACEHOLDER = /\{([A-Za-z_][\w-]*(?:\.[\w-]+)*)\}/g
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
/** C0 and C1 controls, line and paragraph separators, and characters that turn the direction of text or hide in it. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** `texts[0] path[0] texts[1] ... texts[n]`: one more text than paths. */
export interface ReasonTemplate {
  readonly texts: readonly string[]
  readonly paths: readonly string[]
}

/** Reads a template: `{dns.rrname}` stands for a field; any other brace stands for itself. */
export function readTemplate(template: string): ReasonTemplate {
  const parts = template.split(PLACEHOLDER)
  return { texts: parts.filter((_, i) => i % 2 === 0), paths: parts.filter((_, i) => i % 2 === 1) }
}

/**
 * Fills a template. Missing values are empty.
 * @returns one line of well-formed text of at most 1,024 bytes in UTF-8, cut between characters.
 */
export function fillTemplate(template: ReasonTemplate, read: (index: number) => Value): string {
  const { texts, paths } = template
  let reason = texts[0]!
  for (let i = 0; i < paths.length; i++) {
    reason += printValue(read(i)) + texts[i + 1]!
    if (reason.length > REASON_BYTES) break
  }
  const line = reason.slice(0, REASON_BYTES).replace(BREAKS, ' ').replace(UNSAFE, '').toWellFormed()
  return cut(line, REASON_BYTES)
}

function printValue(value: Value): string {
  if (typeof value === 'string') return value.slice(0, VALUE_CHARACTERS)
  if (Array.isArray(value)) return value.slice(0, ITEMS).map(printScalar).join(', ').slice(0, VALUE_CHARACTERS)
  if (value instanceof Map) {
    const items: string[] = []
    for (const [key, item] of value) {
      if (items.length === ITEMS) break
      items.push(`${key.slice(0, VALUE_CHARACTERS)}=${printScalar(item)}`)
    }
    return items.join(', ').slice(0, VALUE_CHARACTERS)
  }
  return printScalar(value)
}

/** Numbers with at most six significant digits after a point; what is no scalar prints as empty. */
function printScalar(value: Value): string {
  switch (typeof value) {
    case 'string':
      return value.slice(0, VALUE_CHARACTERS)
    case 'number':
      return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
    case 'bigint':
    case 'boolean':
      return String(value)
    default:
      return ''
  }
}

function cut(text: string, bytes: number): string {
  // A UTF-16 unit takes at most three bytes, so a short text needs no count.
  if (text.length * 3 <= bytes) return text
  let used = 0
  let end = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    used += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    if (used > bytes) return text.slice(0, end)
    end += character.length
  }
  return text
}
