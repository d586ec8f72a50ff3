/** A node type as a page of the reference. */

import type { Fields } from '../../nodes/contract/field.ts'
import { schemaOf } from '../../nodes/contract/field.ts'
import {
  type Catalogue,
  firstSentence,
  type NodeType,
  type OutletSpec,
  optionsOf,
  STAGES,
  stageOf,
} from '../../nodes/contract/node.ts'
import { choicesOf, type OptionsSchema, optionRole, readOptions } from '../../nodes/contract/option.ts'
import { block, code, GENERATED, page, rangeOf, table } from './markdown.ts'

type OptionSchema = OptionsSchema[string]

/** What the shape of a node means for the records. */
const SHAPES: Readonly<Record<NodeType['shape'], string>> = {
  source: 'A source: yields records. No inlet.',
  derive: 'Adds fields to each record and passes all of them on.',
  keep: 'Passes records on or filters them; changes none.',
  operator: 'Keeps state; may filter records, hold them back or make several of one.',
  sink: 'Writes records. No outlet but `rejected`.',
}

export function nodePage(type: NodeType): string {
  return page(
    GENERATED,
    `# ${type.title}: ${code(type.type)}`,
    type.help,
    `${SHAPES[type.shape]} Version ${type.version}.`,
    optionSection(optionsOf(type)),
    addsSection(type),
    outletSection(type),
    rejectSection(type),
    exampleSection(type),
  )
}

/** The list of all node types in palette order, stage by stage. */
export function nodeIndexPage(catalogue: Catalogue): string {
  const types = [...catalogue.values()]
  const stages = STAGES.map((stage) => {
    const rows = types
      .filter(({ type }) => stageOf(type) === stage)
      .map(({ type, title, help }) => [`[${code(type)}](nodes/${type}.md)`, title, firstSentence(help)])
    return rows.length === 0 ? '' : `## ${stage}\n\n${table(['type', 'title', 'does'], rows)}`
  })
  return page(GENERATED, '# Node types', 'In the order of the stages a record passes.', ...stages)
}

function optionSection(options: OptionsSchema): string {
  const rows = Object.entries(options).map(([name, schema]) => [
    code(name),
    typeOf(schema),
    'default' in schema ? code(JSON.stringify(schema.default)) : 'must be given',
    (schema as { description?: string }).description ?? '',
  ])
  if (rows.length === 0) return '## Options\n\nNone.'
  return `## Options\n\n${table(['option', 'type', 'default', 'meaning'], rows)}`
}

/** The type of an option in words, with its range and unit. */
function typeOf(schema: OptionSchema): string {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number }
  const { unit } = optionNotes(schema)
  const range = rangeOf({
    ...(minimum === undefined ? {} : { min: minimum }),
    ...(maximum === undefined ? {} : { max: maximum }),
  })
  return [kindOf(schema), range, unit ?? ''].filter((part) => part !== '').join(', ')
}

function kindOf(schema: OptionSchema): string {
  const role = optionRole(schema)
  switch (role.role) {
    case 'field':
      return `field (${role.kind})`
    case 'expression':
      return `expression (${role.returns})`
    case 'assignments':
      return 'list of `name := expression`'
    case 'path':
      return `path to ${role.direction}`
    case 'model':
      return 'model'
    default: {
      const { type, items } = schema as { type?: string; items?: { type: string } }
      const name = (jsonType: string | undefined) => (jsonType === 'string' ? 'text' : (jsonType ?? 'any'))
      return choicesOf(schema)?.map(code).join(', ') ?? (type === 'array' ? `list of ${name(items?.type)}` : name(type))
    }
  }
}

function optionNotes(schema: OptionSchema): { readonly unit?: string } {
  return (schema as { 'x-lacewing'?: { unit?: string } })['x-lacewing'] ?? {}
}

/** Options of the first example with defaults filled in; without an example, the defaults where all have one. */
function exampleOptions(type: NodeType): Record<string, unknown> | undefined {
  const { options, mistakes } = readOptions(optionsOf(type), type.examples?.[0]?.options ?? {})
  return mistakes.length > 0 ? undefined : options
}

/**
 * The fields a node adds with the options of its first example. Left out where they follow from the flow itself: from
 * expressions in its options, or from a model.
 */
export function addedFields(type: NodeType): Fields {
  if (type.shape !== 'derive' && type.shape !== 'operator') return {}
  if (Object.values(type.options).some((schema) => optionRole(schema).role === 'model')) return {}
  const options = exampleOptions(type)
  if (options === undefined) return {}
  const schema = schemaOf([])
  if (type.shape === 'operator') return type.adds(options, schema)
  const { adds } = type.derive(options, schema)
  return Object.fromEntries(
    Object.entries(adds).flatMap(([name, added]) => ('expression' in added ? [] : [[name, added.type]])),
  )
}

function addsSection(type: NodeType): string {
  const fields = Object.entries(addedFields(type))
  if (fields.length === 0 || (type.shape !== 'derive' && type.shape !== 'operator')) return ''
  const where = type.addsTo === 'node' ? "They stand under the node's id." : 'They stand in the record itself.'
  const rows = fields.map(([name, type]) => [
    code(name),
    type.kind + (type.unit === undefined ? '' : `, ${type.unit}`),
    rangeOf(type),
    type.help ?? '',
  ])
  return `## Fields it adds\n\n${where}\n\n${table(['field', 'type', 'range', 'meaning'], rows)}`
}

function outletSection(type: NodeType): string {
  const inlet = type.shape === 'source' ? [] : [[code('in'), 'inlet', 'The records.']]
  const rows = Object.entries(outlets(type) ?? {}).map(([name, { help }]) => [code(name), 'outlet', help])
  const rejected = [code('rejected'), 'outlet', 'Records it could not take, with `reject.reason`.']
  const intro = outlets(type) === undefined ? 'Further outlets follow from its options.\n\n' : ''
  return `## Inlets and outlets\n\n${intro}${table(['name', 'is', 'meaning'], [...inlet, ...rows, rejected])}`
}

/** The outlets besides `rejected`; undefined when they follow from options that have no defaults. */
function outlets(type: NodeType): Readonly<Record<string, OutletSpec>> | undefined {
  if (type.shape === 'sink') return {}
  if (type.shape === 'source') return type.outlets
  if (type.shape === 'derive') return { out: { help: 'The records.' } }
  const options = exampleOptions(type)
  return options === undefined ? undefined : type.outlets(options)
}

function rejectSection({ rejects = {} }: NodeType): string {
  const rows = Object.entries(rejects).map(([reason, help]) => [code(reason), help])
  return rows.length === 0 ? '' : `## Reasons for rejecting a record\n\n${table(['reason', 'meaning'], rows)}`
}

function exampleSection({ examples = [] }: NodeType): string {
  const parts = examples.map(({ title, options = {}, given, expect, rejects = [] }) =>
    [
      `### ${title}`,
      Object.keys(options).length === 0 ? '' : `Options:\n\n${block('json', JSON.stringify(options, null, 2))}`,
      given.length === 0 ? '' : `Given:\n\n${block('json', lines(given))}`,
      expect.length === 0 ? 'Gives nothing.' : `Gives at least:\n\n${block('json', lines(expect))}`,
      rejects.length === 0 ? '' : `Rejects: ${rejects.map(code).join(', ')}`,
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  )
  return parts.length === 0 ? '' : `## Examples\n\n${parts.join('\n\n')}`
}

function lines(records: readonly unknown[]): string {
  return records.map((record) => JSON.stringify(record)).join('\n')
}
