/**
 * Writes the training set as CSV: the columns `name,is_dga,family,part` and every number that `feature.domain` adds,
 * computed by the node itself, so that training and live traffic can't differ.
 *
 *   node flows/examples/train/export-features.ts DOMAINS.csv.gz OUT.csv
 */

import { writeFileSync } from 'node:fs'
import { type Schema, Slice } from '../../../nodes/contract/field.ts'
import { Reject } from '../../../nodes/contract/node.ts'
import { readOptions } from '../../../nodes/contract/option.ts'
import domain from '../../../nodes/feature/domain.ts'
import { readNames } from './split.ts'

const [input, output] = process.argv.slice(2)
if (input === undefined || output === undefined) {
  process.stderr.write('usage: export-features.ts DOMAINS.csv.gz OUT.csv\n')
  process.exit(2)
}

const { options } = readOptions(domain.options, {})
const schema: Schema = { reader: 'json', fields: new Map(), origins: new Map(), open: new Set() }
const { adds, prepare } = domain.derive(options as never, schema)
const columns: { readonly name: string; readonly from: (row: never, options: never, prepared: never) => unknown }[] = []
for (const [name, added] of Object.entries(adds)) {
  if (!('from' in added) || !['integer', 'float64'].includes(added.type.kind)) continue
  columns.push({ name, from: added.from as never })
}

const encoder = new TextEncoder()
const lines = [['name', 'is_dga', 'family', 'part', ...columns.map((column) => column.name)].join(',')]
for (const { name, isDga, family, part } of readNames(input)) {
  const bytes = encoder.encode(name)
  const row = { name: new Slice(bytes, 0, bytes.length) } as never
  const prepared = prepare?.(row, options as never)
  if (prepared instanceof Reject) continue
  const values = columns.map((column) => String(column.from(row, options as never, prepared as never)))
  lines.push([name, isDga ? 1 : 0, family, part, ...values].join(','))
}
writeFileSync(output, `${lines.join('\n')}\n`)
