/**
 * Fields and schemas: what a record on a wire is made of.
 *
 * A record is flat in the compiler's eyes: each field has a dotted path (`dns.rrname`) and a type. This room must not
 * know where records come from, how they are stored in a batch, or who reads them.
 */

/**
 * The kinds a field may have, and the JavaScript value a node sees for each. Every field may also be null (missing).
 * - `boolean` boolean
 * - `integer` number, a whole number within ±(2^53 - 1): ports, counts, lengths
 * - `int64`   number while safe, bigint beyond 2^53: `flow_id`; equal values always have the same representation
 * - `float64` number, never NaN or infinite on a wire
 * - `text`    string
 * - `list`    array of values
 * - `map`     Map with string keys (never an object: keys come off the wire)
 * - `bytes`   Slice, lent for the call; never leaves the sensor in a record's JSON
 * - `any`     any of the above
 */
export type FieldKind = 'boolean' | 'integer' | 'int64' | 'float64' | 'text' | 'list' | 'map' | 'bytes' | 'any'

/** A lent window on bytes: `buffer[start..end)`. The object is reused; copy the bytes to keep them. */
export class Slice {
  buffer: Uint8Array
  start: number
  end: number
  constructor(buffer: Uint8Array, start: number, end: number) {
    this.buffer = buffer
    this.start = start
    this.end = end
  }
}

/** Any value that can stand in a field. */
export type Value = null | boolean | number | bigint | string | Value[] | Map<string, Value> | Slice

/** Kind to JavaScript type, null left out. */
export interface KindValue {
  boolean: boolean
  integer: number
  int64: number | bigint
  float64: number
  text: string
  list: Value[]
  map: Map<string, Value>
  bytes: Slice
  any: Exclude<Value, null>
}

/** The type of one field. `min`, `max` and `unit` document it; they are not checked per record. */
export interface FieldType<K extends FieldKind = FieldKind> {
  readonly kind: K
  readonly help?: string
  /** UCUM-like unit in plain text: `us`, `bytes`, `bits`, `ratio`. */
  readonly unit?: string
  readonly min?: number
  readonly max?: number
}

type FieldNotes = Omit<FieldType, 'kind'>
const make =
  <K extends FieldKind>(kind: K) =>
  (notes: FieldNotes = {}): FieldType<K> => ({ kind, ...notes })

/** Builders, one a kind: `field.float64({ unit: 'bits', help: '...' })`. */
export const field = {
  boolean: make('boolean'),
  integer: make('integer'),
  int64: make('int64'),
  float64: make('float64'),
  text: make('text'),
  list: make('list'),
  map: make('map'),
  bytes: make('bytes'),
  any: make('any'),
}

/** Dotted path to type, in the order in which the fields were added. */
export type Fields = Readonly<Record<string, FieldType>>

/**
 * The schema of a wire.
 * - `reader` how fields that are not columns are read from the record's own bytes: `json` (the record came as a JSON
 *   line, read lazily by path) or `none` (every field is a column).
 * - `fields` every field known on the wire.
 * - `origins` for each field that is a column, the id of the node that added it; a field without origin stands in the
 *   record's own bytes.
 * - `open` the first path segments under which the record may hold fields nobody declared (Suricata adds some with each
 *   release): reading such a field is a warning, reading one elsewhere is an error.
 */
export interface Schema {
  readonly reader: 'json' | 'none'
  readonly fields: ReadonlyMap<string, FieldType>
  readonly origins: ReadonlyMap<string, string>
  readonly open: ReadonlySet<string>
}

/** A schema with just these fields as columns: what a compiled flow tells a node of its wire. */
export function schemaOf(fields: readonly (readonly [path: string, kind: FieldKind])[]): Schema {
  return {
    reader: 'none',
    fields: new Map(fields.map(([path, kind]) => [path, { kind }])),
    origins: new Map(),
    open: new Set(),
  }
}

/** A value of kind `any` as one of `kind`, or null when it is of another. */
export function valueAs(value: Value | undefined, kind: FieldKind): Value {
  if (value === null || value === undefined) return null
  switch (kind) {
    case 'any':
      return value
    case 'text':
      return typeof value === 'string' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'integer':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
    case 'int64':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value)) ? value : null
    case 'float64':
      return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : null
    case 'list':
      return Array.isArray(value) ? value : null
    case 'map':
      return value instanceof Map ? value : null
    case 'bytes':
      return value instanceof Slice ? value : null
  }
}

/** A window object of its own on the same bytes: for a record that waits between pipelines. */
export function copySlice(slice: Slice | null): Slice | null {
  return slice === null ? null : new Slice(slice.buffer, slice.start, slice.end)
}
