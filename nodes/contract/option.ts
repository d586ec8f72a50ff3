/**
 * Options of a node type: one definition gives the TypeScript type, the validation, the JSON Schema and the form.
 *
 * An option is a JSON Schema (TypeBox) with our notes under `x-lacewing`, which say how the form shows it and what the
 * compiler does with it. This is the only file that knows TypeBox.
 */

import Type, { type Static, type TObject, type TSchema } from 'typebox'
import Value from 'typebox/value'
import type { FieldKind } from './field.ts'
import type { Model } from './model.ts'

/** What the form and the compiler do with an option beyond its JSON type. */
export type OptionRole =
  | { readonly role: 'plain' }
  /** The path of a field on the inlet's wire; the form completes it. */
  | { readonly role: 'field'; readonly kind: FieldKind }
  /** An expression over the fields of the inlet's wire. */
  | { readonly role: 'expression'; readonly returns: FieldKind }
  /** A list of `name := expression`, each seeing the names before it. */
  | { readonly role: 'assignments' }
  /** The name or path of a model; the node sees the Model itself. */
  | { readonly role: 'model' }
  /** A file path, relative to the folder of the flow. */
  | { readonly role: 'path'; readonly direction: 'read' | 'write' }
  /** Text shown over several lines. */
  | { readonly role: 'prose' }

interface Notes<T> {
  readonly help: string
  /** Shown instead of the option's name. */
  readonly title?: string
  /** Without a default the option must be given. */
  readonly default?: T
  readonly unit?: string
}
interface NumberNotes extends Notes<number> {
  readonly min?: number
  readonly max?: number
}

const plain: OptionRole = { role: 'plain' }

function annotate(notes: Notes<unknown>, role: OptionRole): Record<string, unknown> {
  const { help, title, unit } = notes
  return {
    description: help,
    ...(title === undefined ? {} : { title }),
    ...(notes.default === undefined ? {} : { default: notes.default }),
    'x-lacewing': { ...role, ...(unit === undefined ? {} : { unit }) },
  }
}
const range = ({ min, max }: Pick<NumberNotes, 'min' | 'max'>) => ({
  ...(min === undefined ? {} : { minimum: min }),
  ...(max === undefined ? {} : { maximum: max }),
})

/** Builders. An option without `default` is compulsory. */
export const option = {
  text: (n: Notes<string> & { readonly maxLength?: number; readonly multiline?: boolean }) =>
    Type.String({ ...annotate(n, n.multiline ? { role: 'prose' } : plain), maxLength: n.maxLength ?? 4096 }),
  integer: (n: NumberNotes) => Type.Integer({ ...annotate(n, plain), ...range(n) }),
  number: (n: NumberNotes) => Type.Number({ ...annotate(n, plain), ...range(n) }),
  boolean: (n: Notes<boolean>) => Type.Boolean(annotate(n, plain)),
  choice: <const C extends readonly string[]>(n: Notes<C[number]> & { readonly of: C }) =>
    Type.Union(
      n.of.map((name) => Type.Literal(name)),
      annotate(n, plain),
    ) as unknown as TSchemaOf<C[number]>,
  texts: (n: Notes<string[]> & { readonly maxItems?: number }) =>
    Type.Array(Type.String({ maxLength: 4096 }), { ...annotate(n, plain), maxItems: n.maxItems ?? 1024 }),
  integers: (n: Notes<number[]> & { readonly maxItems?: number; readonly min?: number; readonly max?: number }) =>
    Type.Array(Type.Integer(range(n)), { ...annotate(n, plain), maxItems: n.maxItems ?? 1024 }),
  field: (n: Notes<string> & { readonly kind: FieldKind }) =>
    Type.String({ ...annotate(n, { role: 'field', kind: n.kind }), minLength: 1, maxLength: 256 }),
  expression: (n: Notes<string> & { readonly returns: FieldKind }) =>
    Type.String({ ...annotate(n, { role: 'expression', returns: n.returns }), maxLength: 65536 }),
  assignments: (n: Notes<string[]>) =>
    Type.Array(Type.String({ maxLength: 65536 }), { ...annotate(n, { role: 'assignments' }), maxItems: 256 }),
  path: (n: Notes<string> & { readonly direction: 'read' | 'write' }) =>
    Type.String({ ...annotate(n, { role: 'path', direction: n.direction }), minLength: 1, maxLength: 4096 }),
  model: (n: Notes<string>) =>
    Type.Unsafe<Model>({ type: 'string', minLength: 1, maxLength: 256, ...annotate(n, { role: 'model' }) }),
}

/** A schema of which only the static type matters to TypeScript. */
type TSchemaOf<T> = ReturnType<typeof Type.Unsafe<T>>

export type OptionsSchema = Readonly<Record<string, TSchema>>
/** The options as the node's code sees them: defaults filled in, parameters put in, models loaded. */
export type OptionsOf<O extends OptionsSchema> = Static<TObject<O>>

/** The role of an option, `plain` where the schema says nothing. */
export function optionRole(schema: TSchema): OptionRole {
  return ((schema as { 'x-lacewing'?: OptionRole })['x-lacewing'] ?? plain) as OptionRole
}

/** JSON Schema of all options of a node type, closed: an unknown option is a mistake. */
export function optionsJsonSchema(options: OptionsSchema): TObject {
  const properties = Object.fromEntries(
    Object.entries(options).map(([name, schema]) => [name, 'default' in schema ? Type.Optional(schema) : schema]),
  )
  return Type.Object(properties, { additionalProperties: false })
}

/** A mistake in options: the option's name (dotted below the first level; empty for all of them) and a sentence. */
export interface OptionMistake {
  readonly option: string
  readonly message: string
}

/**
 * Checks given options against their schema and fills in defaults.
 * The result has no prototype trickery: keys come from the schema, never from the input.
 */
export function readOptions(
  options: OptionsSchema,
  given: Readonly<Record<string, unknown>>,
): { options: Record<string, unknown>; mistakes: OptionMistake[] } {
  const mistakes: OptionMistake[] = []
  const result: Record<string, unknown> = {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(options, name)) {
      const known = Object.keys(options)
      mistakes.push({
        option: name,
        message: `There is no option '${name}'. Options are: ${known.length > 0 ? known.join(', ') : 'none'}.`,
      })
    }
  }
  for (const [name, schema] of Object.entries(options)) {
    if (!Object.hasOwn(given, name)) {
      if ('default' in schema) result[name] = structuredClone((schema as { default: unknown }).default)
      else mistakes.push({ option: name, message: `Option '${name}' is missing.` })
      continue
    }
    const value = given[name]
    for (const error of Value.Errors(schema, value)) {
      const below = error.instancePath.split('/').slice(1).join('.')
      const choices = choicesOf(schema)
      const detail = choices !== undefined ? `must be one of ${choices.join(', ')}` : error.message
      mistakes.push({ option: below === '' ? name : `${name}.${below}`, message: `It ${detail}.` })
      if (choices !== undefined) break
    }
    result[name] = value
  }
  return { options: result, mistakes }
}

/** The names a choice option allows, or undefined for any other option. */
export function choicesOf(schema: TSchema): string[] | undefined {
  const anyOf = (schema as { anyOf?: { const?: unknown }[] }).anyOf
  if (anyOf === undefined || !anyOf.every((one) => typeof one.const === 'string')) return undefined
  return anyOf.map((one) => one.const as string)
}
