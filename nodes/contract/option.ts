/**
 * Options of a node type: one definition gives the TypeScript type, the validation, the JSON Schema and the form.
 *
 * An option is a JSON Schema (2020-12, the few keywords below) with our notes under `x-lacewing`, which say how the form
 * shows it and what the compiler does with it. The keywords are so few that checking them here costs a page; a schema
 * library cost every command 250 ms of start-up (docs/decisions/0006).
 */

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

const range = ({ min, max }: Pick<NumberNotes, 'min' | 'max'>) => ({
  ...(min === undefined ? {} : { minimum: min }),
  ...(max === undefined ? {} : { maximum: max }),
})

/** The JSON Schema of one option, and in its type the value that the node's code sees. */
export interface OptionSchema<T = unknown> {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array'
  readonly description: string
  readonly title?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly items?: Pick<OptionSchema, 'type' | 'minimum' | 'maximum' | 'maxLength'>
  readonly 'x-lacewing': OptionRole & { readonly unit?: string }
  /** Never there: carries the type. */
  readonly value?: T
}

type Limits = Partial<
  Pick<OptionSchema, 'enum' | 'minimum' | 'maximum' | 'minLength' | 'maxLength' | 'maxItems' | 'items'>
>

function make<T>(
  type: OptionSchema['type'],
  notes: Notes<unknown>,
  role: OptionRole,
  limits: Limits = {},
): OptionSchema<T> {
  const { help, title, unit } = notes
  return {
    type,
    description: help,
    ...(title === undefined ? {} : { title }),
    ...(notes.default === undefined ? {} : { default: notes.default }),
    ...limits,
    'x-lacewing': { ...role, ...(unit === undefined ? {} : { unit }) },
  }
}

const TEXT_MAX = 4096
const EXPRESSION_MAX = 65_536

/** Builders. An option without `default` is compulsory. */
export const option = {
  text: (n: Notes<string> & { readonly maxLength?: number; readonly multiline?: boolean }) =>
    make<string>('string', n, n.multiline ? { role: 'prose' } : plain, { maxLength: n.maxLength ?? TEXT_MAX }),
  integer: (n: NumberNotes) => make<number>('integer', n, plain, range(n)),
  number: (n: NumberNotes) => make<number>('number', n, plain, range(n)),
  boolean: (n: Notes<boolean>) => make<boolean>('boolean', n, plain),
  choice: <const C extends readonly string[]>(n: Notes<C[number]> & { readonly of: C }) =>
    make<C[number]>('string', n, plain, { enum: n.of }),
  texts: (n: Notes<string[]> & { readonly maxItems?: number }) =>
    make<string[]>('array', n, plain, {
      items: { type: 'string', maxLength: TEXT_MAX },
      maxItems: n.maxItems ?? 1024,
    }),
  integers: (n: Notes<number[]> & Pick<NumberNotes, 'min' | 'max'> & { readonly maxItems?: number }) =>
    make<number[]>('array', n, plain, { items: { type: 'integer', ...range(n) }, maxItems: n.maxItems ?? 1024 }),
  field: (n: Notes<string> & { readonly kind: FieldKind }) =>
    make<string>('string', n, { role: 'field', kind: n.kind }, { minLength: 1, maxLength: 256 }),
  expression: (n: Notes<string> & { readonly returns: FieldKind }) =>
    make<string>(
      'string',
      n,
      { role: 'expression', returns: n.returns },
      {
        // Only an expression that may be left out may be empty.
        minLength: n.default === '' ? 0 : 1,
        maxLength: EXPRESSION_MAX,
      },
    ),
  assignments: (n: Notes<string[]>) =>
    make<string[]>(
      'array',
      n,
      { role: 'assignments' },
      {
        items: { type: 'string', maxLength: EXPRESSION_MAX },
        maxItems: 256,
      },
    ),
  path: (n: Notes<string> & { readonly direction: 'read' | 'write' }) =>
    make<string>('string', n, { role: 'path', direction: n.direction }, { minLength: 1, maxLength: TEXT_MAX }),
  model: (n: Notes<string>) => make<Model>('string', n, { role: 'model' }, { minLength: 1, maxLength: 256 }),
}

export type OptionsSchema = Readonly<Record<string, OptionSchema>>
/** The options as the node's code sees them: defaults filled in, parameters put in, models loaded. */
export type OptionsOf<O extends OptionsSchema> = {
  readonly [K in keyof O]: O[K] extends OptionSchema<infer T> ? T : never
}

export function optionRole(schema: OptionSchema): OptionRole {
  return schema['x-lacewing']
}

/** JSON Schema of all options of a node type, closed: an unknown option is a mistake. */
export function optionsJsonSchema(options: OptionsSchema) {
  const compulsory = Object.keys(options).filter((name) => options[name]!.default === undefined)
  return {
    type: 'object' as const,
    ...(compulsory.length > 0 ? { required: compulsory } : {}),
    properties: options,
    additionalProperties: false,
  }
}

/** A mistake in options: the option's name (dotted below the first level) and a sentence. */
export interface OptionMistake {
  readonly option: string
  readonly message: string
}

/**
 * Checks given options against their schema and fills in defaults.
 * Keys of the result come from the schema, never from the input, so no name in a flow can reach a prototype.
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
    if (Object.hasOwn(given, name)) {
      mistakes.push(...mistakesIn(name, given[name], schema))
      result[name] = given[name]
    } else if (schema.default !== undefined) result[name] = structuredClone(schema.default)
    else mistakes.push({ option: name, message: `Option '${name}' is missing.` })
  }
  return { options: result, mistakes }
}

const TYPE_WORDS = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
} as const

function mistakesIn(
  name: string,
  value: unknown,
  schema: Pick<
    OptionSchema,
    'type' | 'enum' | 'minimum' | 'maximum' | 'minLength' | 'maxLength' | 'maxItems' | 'items'
  >,
): OptionMistake[] {
  const { type, items } = schema
  const mistake = (message: string): OptionMistake[] => [{ option: name, message }]
  if (!isOfType(value, type)) return mistake(`It must be ${TYPE_WORDS[type]}.`)
  if (typeof value === 'string') {
    if (schema.enum !== undefined && !schema.enum.includes(value)) {
      return mistake(`It must be one of ${schema.enum.join(', ')}.`)
    }
    if (value.length < (schema.minLength ?? 0)) return mistake('It must not be empty.')
    if (value.length > (schema.maxLength ?? Number.POSITIVE_INFINITY)) {
      return mistake(`It must not be longer than ${schema.maxLength} characters.`)
    }
  }
  if (typeof value === 'number') {
    if (value < (schema.minimum ?? Number.NEGATIVE_INFINITY)) return mistake(`It must be ${schema.minimum} or more.`)
    if (value > (schema.maximum ?? Number.POSITIVE_INFINITY)) return mistake(`It must be ${schema.maximum} or less.`)
  }
  if (!Array.isArray(value) || items === undefined) return []
  if (value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY)) {
    return mistake(`It must not have more than ${schema.maxItems} entries.`)
  }
  return value.flatMap((one, i) => mistakesIn(`${name}.${i}`, one, items))
}

function isOfType(value: unknown, type: OptionSchema['type']): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'number') return Number.isFinite(value)
  return typeof value === type
}

/** The names a choice allows, or undefined for any other option. */
export function choicesOf(schema: OptionSchema): readonly string[] | undefined {
  return schema.enum
}
