/** `lacewing nodes`: the catalogue for people and programs. */

import { InputError } from '../../nodes/contract/capability.ts'
import { type Catalogue, firstSentence, type NodeType, optionsOf, stageOf } from '../../nodes/contract/node.ts'
import { optionsJsonSchema, readOptions } from '../../nodes/contract/option.ts'
import { closestName } from '../format/closest.ts'
import { print } from './print.ts'
import { emphasis, formatTable } from './table.ts'

/** @returns the exit code. @throws InputError for an unknown type. */
export async function nodes(
  type: string | undefined,
  options: { readonly json?: boolean },
  catalogue: Catalogue,
): Promise<number> {
  let types = [...catalogue.values()]
  if (type !== undefined) {
    const spec = catalogue.get(type)
    if (spec === undefined) {
      const near = closestName(type, catalogue.keys())
      throw new InputError(`There is no node type '${type}'.${near === undefined ? '' : ` Did you mean ${near}?`}`)
    }
    types = [spec]
  }
  if (options.json === true) await print(JSON.stringify(types.map(describe), null, 2))
  else if (type === undefined) {
    const rows = types.map((spec) => [spec.type, spec.title, firstSentence(spec.help)])
    await print(formatTable(['type', 'title', ''], rows))
  } else await print(describeForPeople(types[0]!))
  return 0
}

/** Outlets with the options of the first example, else with those the type begins with; some have more, by their options. */
function outletsOf(spec: NodeType): string[] {
  if (spec.shape === 'sink') return []
  if (spec.shape === 'source' || spec.shape === 'derive') return ['out', 'rejected']
  const { options } = readOptions(optionsOf(spec), spec.examples?.[0]?.options ?? {})
  return [...Object.keys(spec.outlets(options as never)), 'rejected']
}

function describe(spec: NodeType) {
  return {
    type: spec.type,
    version: spec.version,
    stage: stageOf(spec.type),
    shape: spec.shape,
    title: spec.title,
    help: spec.help,
    icon: spec.icon,
    inlets: spec.shape === 'source' ? [] : ['in'],
    outlets: outletsOf(spec),
    rejects: spec.rejects ?? {},
    options: optionsJsonSchema(optionsOf(spec)),
  }
}

function describeForPeople(spec: NodeType): string {
  const rows = Object.entries(optionsOf(spec)).map(([name, schema]) => {
    const { description, default: standard } = schema as { description?: string; default?: unknown }
    return [`  ${name}`, 'default' in schema ? JSON.stringify(standard) : 'must be given', description ?? '']
  })
  return [
    `${emphasis(spec.type, process.stdout)}  ${spec.title}`,
    '',
    spec.help,
    '',
    ...(rows.length > 0 ? [formatTable(['  option', 'default', ''], rows)] : ['  no options']),
    '',
    `  inlets ${spec.shape === 'source' ? 'none' : 'in'}; outlets ${outletsOf(spec).join(', ') || 'none'}`,
    ...Object.entries(spec.rejects ?? {}).map(([reason, help]) => `  rejects ${reason}: ${help}`),
  ].join('\n')
}
