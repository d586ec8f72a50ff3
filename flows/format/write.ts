/** Writes a flow file: one document, one text, so that a diff shows what changed and nothing else. */

import type { FlowDocument } from './flow.ts'
import { FLOW_LIMITS } from './limits.ts'

/** Lists of scalars up to this width stand on one line. */
const LINE_WIDTH = 100

/**
 * The text of a flow file: keys and wires sorted by code unit, two spaces a level, empty parameters and empty parts of
 * the view left out, one line feed at the end. Reading it gives the same document, and writing that the same text.
 * @throws TypeError for a value in options that JSON can't hold (NaN, undefined, a function, a cycle).
 */
export function writeFlow(flow: FlowDocument): string {
  const { parameters, view, wires, ...rest } = flow
  const shown = Object.fromEntries(Object.entries(view).filter(([, part]) => Object.keys(part).length > 0))
  const document = {
    ...rest,
    wires: [...wires].sort(),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    ...(Object.keys(shown).length === 0 ? {} : { view: shown }),
  }
  return `${canonicalJson(document, '  ')}\n`
}

/**
 * JSON with sorted keys. `indent` '' gives one line without spaces. Object members that are undefined are left out.
 * @throws TypeError as above.
 */
export function canonicalJson(value: unknown, indent: string): string {
  return write(value, indent, 0)
}

function write(value: unknown, indent: string, depth: number): string {
  if (depth > FLOW_LIMITS.nesting) throw new TypeError(`Values are nested deeper than ${FLOW_LIMITS.nesting} levels.`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return writeNumber(value)
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} can't be written as JSON.`)
  const isList = Array.isArray(value)
  const parts = isList ? value.map((item) => write(item, indent, depth + 1)) : writeMembers(value, indent, depth + 1)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  if (parts.length === 0) return open + close
  if (indent === '') return open + parts.join(',') + close
  if (isList && value.every((item) => typeof item !== 'object' || item === null)) {
    const line = `[${parts.join(', ')}]`
    if (line.length <= LINE_WIDTH && !value.some((item) => typeof item === 'string' && item.includes('->'))) return line
  }
  const inner = `\n${indent.repeat(depth + 1)}`
  return `${open}${inner}${parts.join(`,${inner}`)}\n${indent.repeat(depth)}${close}`
}

function writeMembers(object: object, indent: string, depth: number): string[] {
  const members = object as Record<string, unknown>
  const colon = indent === '' ? ':' : ': '
  return Object.keys(members)
    .filter((key) => members[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}${colon}${write(members[key], indent, depth)}`)
}

/** Whole numbers beyond 2^53 get an exponent: the reader takes a run of digits that long for a number that lost some. */
function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} can't be written as JSON.`)
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : JSON.stringify(value)
}
