/** The flow file as JSON Schema 2020-12, for editors that complete and check JSON. */

import { FORMAT_VERSION, NAME } from '../../flows/format/flow.ts'
import { FLOW_LIMITS } from '../../flows/format/limits.ts'
import { canonicalJson } from '../../flows/format/write.ts'
import { type Catalogue, type NodeType, optionsOf } from '../../nodes/contract/node.ts'
import { optionsJsonSchema } from '../../nodes/contract/option.ts'

type JsonSchema = Readonly<Record<string, unknown>>

const name: JsonSchema = { type: 'string', pattern: NAME.source, maxLength: FLOW_LIMITS.name }
const line: JsonSchema = { type: 'string', maxLength: FLOW_LIMITS.title }
const prose: JsonSchema = { type: 'string', maxLength: FLOW_LIMITS.prose }
const pixel: JsonSchema = { type: 'number', minimum: -FLOW_LIMITS.pixels, maximum: FLOW_LIMITS.pixels }
const pair: JsonSchema = { type: 'array', prefixItems: [pixel, pixel], minItems: 2, maxItems: 2 }

/** An object with these members and no others. */
const object = (required: readonly string[], properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
})
const dictionary = (of: JsonSchema, maxProperties: number): JsonSchema => ({
  type: 'object',
  propertyNames: name,
  additionalProperties: of,
  maxProperties,
})
const list = (items: JsonSchema, maxItems: number): JsonSchema => ({ type: 'array', items, maxItems })

/** The text of flow.schema.json: the document, and for each node type of the catalogue its options. */
export function flowSchema(catalogue: Catalogue): string {
  const types = [...catalogue.values()]
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:lacewing:flow:${FORMAT_VERSION}`,
    title: 'A flow of Lacewing',
    ...object(['lacewing', 'name', 'nodes'], {
      lacewing: { const: FORMAT_VERSION, description: 'Version of the format.' },
      name: { ...name, description: 'Name of the flow in commands and addresses.' },
      title: { ...line, description: 'What people read.' },
      description: { ...prose, description: 'Markdown.' },
      parameters: dictionary({ $ref: '#/$defs/parameter' }, FLOW_LIMITS.parameters),
      nodes: dictionary({ $ref: '#/$defs/node' }, FLOW_LIMITS.nodes),
      wires: list({ type: 'string', pattern: '->', maxLength: 1024 }, FLOW_LIMITS.wires),
      view: object([], {
        positions: dictionary(pair, FLOW_LIMITS.nodes),
        groups: list(object(['nodes'], { title: line, nodes: list(name, FLOW_LIMITS.nodes) }), FLOW_LIMITS.groups),
        notes: list(object(['text', 'position'], { text: prose, position: pair, size: pair }), FLOW_LIMITS.notes),
      }),
    }),
    $defs: {
      parameter: object(['type'], {
        type: { enum: ['string', 'integer', 'number', 'boolean'] },
        default: { type: ['string', 'number', 'boolean'] },
        help: prose,
      }),
      node: {
        ...object(['type'], {
          type: { anyOf: [{ enum: types.map(({ type }) => type) }, { type: 'string', maxLength: 128 }] },
          version: { type: 'integer', minimum: 1 },
          title: line,
          options: { type: 'object' },
        }),
        allOf: types.map(optionsRule),
      },
      ...Object.fromEntries(types.map((type) => [type.type, optionsOfType(type)])),
    },
  }
  return `${canonicalJson(schema, '  ')}\n`
}

/** For a node of the type: its options are the type's, and they must be there when one of them has no default. */
function optionsRule(node: NodeType): JsonSchema {
  const mustBeThere = Object.values(optionsOf(node)).some((schema) => !('default' in schema))
  return {
    if: { properties: { type: { const: node.type } }, required: ['type'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      ...(mustBeThere ? { required: ['options'] } : {}),
      properties: { options: { $ref: `#/$defs/${node.type}` } },
    },
  }
}

/** As the node's own schema, and in place of any value a text with a reference to a parameter. */
function optionsOfType(node: NodeType): JsonSchema {
  const { properties, required } = optionsJsonSchema(optionsOf(node)) as unknown as {
    properties: Record<string, JsonSchema>
    required?: string[]
  }
  const withReference = Object.entries(properties).map(([option, schema]) => {
    const { description, default: fallback, title, ...rest } = schema
    const reference = { type: 'string', pattern: '\\$\\{' }
    return [option, { description, default: fallback, title, anyOf: [rest, reference] }] as const
  })
  return { ...object(required ?? [], Object.fromEntries(withReference)), title: node.title, description: node.help }
}
