/** The fields of records with the names other schemas have for them. */

import type { Fields, FieldType } from '../../nodes/contract/field.ts'
import { RECORD_NAMES } from '../record-names.ts'
import { code, GENERATED, page, rangeOf, table } from './markdown.ts'

/** A node type and the fields it puts into the record itself. */
export interface FieldSource {
  readonly type: string
  readonly fields: Fields
}

export function recordPage(sources: readonly FieldSource[]): string {
  const sections = new Map<string, [string, FieldType][]>()
  for (const [path, type] of mergedFields(sources)) {
    const section = path.includes('.') ? path.slice(0, path.indexOf('.')) : ''
    sections.set(section, [...(sections.get(section) ?? []), [path, type]])
  }
  const intro =
    "Names are those of Suricata's EVE, whatever the source, so that one flow runs over EVE files, captures and live " +
    'traffic. A record is nested JSON: `dns.rrname` is the member `rrname` of the member `dns`. Fields that are not ' +
    'listed pass through unchanged. The last three columns are the names of the same thing in Zeek (with the log it ' +
    'stands in, where not in all), in the Elastic Common Schema and in OCSF; an empty cell means that there is none.'
  const tables = [...sections].map(([section, fields]) => {
    const rows = fields.map(([path, type]) => fieldRow(path, type, sources))
    const head = ['field', 'type', 'unit', 'range', 'source', 'meaning', 'Zeek', 'ECS', 'OCSF']
    return `## ${section === '' ? 'Any record' : section}\n\n${table(head, rows)}`
  })
  return page(GENERATED, '# Records', intro, ...tables)
}

/** Each path once, as the first source with it has it. */
function mergedFields(sources: readonly FieldSource[]): Map<string, FieldType> {
  const merged = new Map<string, FieldType>()
  for (const { fields } of sources) {
    for (const [path, type] of Object.entries(fields)) if (!merged.has(path)) merged.set(path, type)
  }
  return merged
}

function fieldRow(path: string, type: FieldType, sources: readonly FieldSource[]): string[] {
  const names = RECORD_NAMES.get(path)
  const from = sources.filter(({ fields }) => Object.hasOwn(fields, path)).map((source) => code(source.type))
  const others = [names?.zeek, names?.ecs, names?.ocsf].map((name) => (name === undefined ? '' : code(name)))
  return [code(path), type.kind, type.unit ?? '', rangeOf(type), from.join(', '), type.help ?? '', ...others]
}
