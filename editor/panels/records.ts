/** Records as a table: which fields become columns, in groups by the node that added them. Pure. */

import type { WireField } from '../../flows/compile/wire-fields.ts'
import type { Sample } from '../../runtime/protocol/messages.ts'

export interface Column {
  readonly path: string
  /** Without the group's name in front. */
  readonly title: string
  /** Unit, or the kind where there is none. */
  readonly note: string
  readonly isNumber: boolean
}

export interface ColumnGroup {
  /** The node that added these fields; undefined for those the record came with. */
  readonly origin: string | undefined
  readonly columns: readonly Column[]
  /** Fields of the group that the wire has. */
  readonly fields: number
  /** Paths of those that some record at hand has. */
  readonly present: readonly string[]
}

/** Columns shown unasked: of a record's own fields, of fields added further up, of those added just before the wire. */
const OWN_SHOWN = 5
const ADDED_SHOWN = 4
const NEWEST_SHOWN = 8

/** Paths people look for first, before the rest in the order of the wire. */
const FIRST = ['timestamp', 'src_ip', 'dest_ip']
/** Of an event's own part, what names the thing it is about. */
const TELLING = /\.(rrname|query|sni|hostname|url|subject|signature|filename|rrtype|rcode)$/
const LAST = ['dest_port', 'proto', 'event_type', 'src_port']

/** What a person said about columns: paths with true are shown, with false hidden. */
export type ColumnChoice = ReadonlyMap<string, boolean>

/**
 * Groups of columns for the records at hand. Fields that none of the records has are left out; a wire whose fields are
 * not known is read off the records. `upstream` is the node the wire comes from: its own fields are what one looks for.
 */
export function columnGroups(
  fields: readonly WireField[],
  samples: readonly Sample[],
  upstream?: string,
  choice: ColumnChoice = new Map(),
): ColumnGroup[] {
  const seen = new Map<string, unknown>()
  for (const { record } of samples) collect(record, '', seen, 0)
  const known = new Map(fields.map((field) => [field.path, field]))
  const groups = new Map<string | undefined, WireField[]>([[undefined, []]])
  for (const field of fields) groups.set(field.origin, [...(groups.get(field.origin) ?? []), field])
  for (const [path, value] of seen) {
    const isKnown = known.has(path) || fields.some((field) => path.startsWith(`${field.path}.`))
    if (!isKnown) groups.get(undefined)!.push({ path, kind: typeof value === 'number' ? 'float64' : 'any' })
  }
  const result: ColumnGroup[] = []
  for (const [origin, all] of groups) {
    const present = all.filter((field) => seen.has(field.path))
    const ordered = origin === undefined ? present.toSorted((a, b) => rank(a.path) - rank(b.path)) : present
    const most = origin === undefined ? OWN_SHOWN : origin === upstream ? NEWEST_SHOWN : ADDED_SHOWN
    const shown = ordered.filter((field, i) => choice.get(field.path) ?? i < most)
    if (ordered.length > 0) {
      const columns = shown.map((field) => column(field, origin, seen))
      result.push({ origin, columns, fields: all.length, present: ordered.map((field) => field.path) })
    }
  }
  return result
}

function column(field: WireField, origin: string | undefined, seen: ReadonlyMap<string, unknown>): Column {
  const isNumber =
    field.kind === 'integer' ||
    field.kind === 'int64' ||
    field.kind === 'float64' ||
    typeof seen.get(field.path) === 'number'
  const isIdentifier = /(^|_|\.)(id|port)$/.test(field.path)
  return {
    path: field.path,
    title:
      origin !== undefined && field.path.startsWith(`${origin}.`) ? field.path.slice(origin.length + 1) : field.path,
    note: field.unit ?? (field.kind === 'any' ? '' : field.kind),
    isNumber: isNumber && !isIdentifier,
  }
}

/** How the values at hand are spread over a column. */
export interface ColumnShape {
  /** Shares of the highest bar, 0 to 1; none where a picture would say nothing. */
  readonly bars: readonly number[]
  /** Different values among those at hand. */
  readonly distinct: number
}

const BARS = 12

/** Numbers in steps from least to most; other values by how often they come, as long as some come again. */
export function columnShape(samples: readonly Sample[], { path, isNumber }: Column): ColumnShape {
  const counts = new Map<unknown, number>()
  let present = 0
  for (const { record } of samples) {
    const value = valueAtPath(record, path)
    if (value === undefined || value === null) continue
    const key = typeof value === 'object' ? JSON.stringify(value) : value
    counts.set(key, (counts.get(key) ?? 0) + 1)
    present += 1
  }
  const distinct = counts.size
  if (!isNumber) {
    const often = [...counts.values()].sort((a, b) => b - a).slice(0, BARS)
    return { distinct, bars: distinct * 2 > present ? [] : often.map((count) => count / often[0]!) }
  }
  const numbers = [...counts].filter((one): one is [number, number] => Number.isFinite(one[0]))
  const least = Math.min(...numbers.map(([value]) => value))
  const span = Math.max(...numbers.map(([value]) => value)) - least
  if (numbers.length < 2) return { distinct, bars: [] }
  const bars = new Array<number>(BARS).fill(0)
  for (const [value, count] of numbers) {
    const bar = Math.min(BARS - 1, Math.floor(((value - least) / span) * BARS))
    bars[bar] = bars[bar]! + count
  }
  const most = Math.max(...bars)
  return { distinct, bars: bars.map((count) => count / most) }
}

/** Who, then what it is about, then the rest of the event's own part (`dns.rrname`), then the rest of the head. */
function rank(path: string): number {
  const first = FIRST.indexOf(path)
  if (first >= 0) return first
  if (TELLING.test(path)) return 10
  const last = LAST.indexOf(path)
  if (last >= 0) return 30 + last
  return path.includes('.') ? 20 : 40
}

function collect(value: unknown, path: string, into: Map<string, unknown>, depth: number): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 4) {
    if (path !== '' && value !== null && value !== undefined && into.size < 512) into.set(path, value)
    return
  }
  for (const [key, part] of Object.entries(value)) collect(part, path === '' ? key : `${path}.${key}`, into, depth + 1)
}

/** The value at a dotted path of a record; keys with points in them are found too. */
export function valueAtPath(record: unknown, path: string): unknown {
  if (typeof record !== 'object' || record === null) return undefined
  if (Object.hasOwn(record, path)) return (record as Record<string, unknown>)[path]
  for (let point = path.indexOf('.'); point >= 0; point = path.indexOf('.', point + 1)) {
    const head = path.slice(0, point)
    if (!Object.hasOwn(record, head)) continue
    const found = valueAtPath((record as Record<string, unknown>)[head], path.slice(point + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** A value in a cell. Missing is empty; identifiers and texts stand as they are; other numbers have three decimals. */
export function cellText(value: unknown, column: Column): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return column.path === 'timestamp' ? timeOf(value) : value
  if (typeof value === 'number' && column.isNumber && !Number.isInteger(value)) {
    const size = Math.abs(value)
    return value.toFixed(size >= 100 ? 1 : size >= 0.001 ? 3 : 6).replace('-', '\u2212')
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** `14:07:31.482` of a timestamp as Suricata writes it; anything else as it is. */
function timeOf(text: string): string {
  return /^\d{4}-\d\d-\d\d[T ](\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(text)?.[1] ?? text
}

/** True when the record fits what was typed: a text anywhere in it, or `field > number` and the like. */
export function fits(record: unknown, query: string): boolean {
  const wanted = query.trim()
  if (wanted === '') return true
  const comparison = /^([A-Za-z_][\w.]*)\s*(>=|<=|==|!=|>|<|=)\s*(.+)$/.exec(wanted)
  if (comparison === null) return JSON.stringify(record).toLowerCase().includes(wanted.toLowerCase())
  const [, path, operator, right] = comparison as unknown as [string, string, string, string]
  const value = valueAtPath(record, path)
  const text = right.trim().replace(/^(['"])(.*)\1$/, '$2')
  const number = Number(text)
  if (operator === '==' || operator === '=') return String(value) === text
  if (operator === '!=') return String(value) !== text
  if (typeof value !== 'number' || !Number.isFinite(number)) return false
  return operator === '>'
    ? value > number
    : operator === '<'
      ? value < number
      : operator === '>='
        ? value >= number
        : value <= number
}
