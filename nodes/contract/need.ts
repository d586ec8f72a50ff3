/**
 * Needs: what a node reads of each record. A node names them; the compiler fetches them, in the fused loop, from a
 * column, from the record's own bytes, from an expression or from a model, and hands them over as one reused row.
 */

import type { FieldKind, KindValue, Slice } from './field.ts'
import type { Model, Scored } from './model.ts'

/** One value a node reads. `optional` values may be null; a record lacking any other is handled as the shape says. */
export type Need<T = unknown> =
  /** With `form: 'utf8'` a text is the bytes it stands in, lent for the call. */
  (
    | { readonly from: 'field'; readonly path: string; readonly kind: FieldKind; readonly form?: 'utf8' }
    /** `option` is the option the text stands in, for the place of problems. */
    | { readonly from: 'expression'; readonly text: string; readonly kind: FieldKind; readonly option: string }
    /** What a model makes of the fields mapped to its inputs. */
    | { readonly from: 'model'; readonly model: Model; readonly inputs: readonly string[]; readonly option: string }
  ) & { readonly optional: boolean; readonly value?: T }

export type Needs = Readonly<Record<string, Need>>

/** The row a node sees: a reused cursor, valid for the call. Read it, don't keep it. */
export type RowOf<N extends Needs> = { readonly [K in keyof N]: N[K] extends Need<infer T> ? T : never }

/**
 * Builders. `need.field('dns.rrname', 'text')` must be there; `need.optional(...)` may be null; `need.utf8('dns.rrname')`
 * must be there and is the text in UTF-8, of which no string is made where the record itself came as UTF-8.
 */
export const need = {
  field: <K extends FieldKind>(path: string, kind: K): Need<KindValue[K]> => ({
    from: 'field',
    path,
    kind,
    optional: false,
  }),
  optional: <K extends FieldKind>(path: string, kind: K): Need<KindValue[K] | null> => ({
    from: 'field',
    path,
    kind,
    optional: true,
  }),
  utf8: (path: string): Need<Slice> => ({ from: 'field', path, kind: 'text', form: 'utf8', optional: false }),
  optionalUtf8: (path: string): Need<Slice | null> => ({
    from: 'field',
    path,
    kind: 'text',
    form: 'utf8',
    optional: true,
  }),
  /** May be null: null rules are the expression's own. */
  expression: <K extends FieldKind>(option: string, text: string, kind: K): Need<KindValue[K] | null> => ({
    from: 'expression',
    text,
    kind,
    option,
    optional: true,
  }),
  /** `inputs[i]` is the path of the field for the model's input i. Null when an input without `missing` is missing. */
  model: (option: string, model: Model, inputs: readonly string[]): Need<Scored | null> => ({
    from: 'model',
    model,
    inputs,
    option,
    optional: true,
  }),
}
