/**
 * Writes docs/reference from the sources: node types, functions, records, problems and the schema of the flow file.
 *
 * `npm run docs` writes; `node docs/generate.ts --check` writes nothing and fails when a page is not what the sources
 * say. A law test runs the latter.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { functions } from '../nodes/functions/index.ts'
import { catalogue } from '../nodes/index.ts'
import { readModel } from '../nodes/model/model-file.ts'
import { eveFields } from '../nodes/records/eve.ts'
import { captureFields } from '../nodes/records/packet.ts'
import { explainProblems } from './explain.ts'
import { flowSchema } from './pages/flow-schema.ts'
import { functionPage } from './pages/function-page.ts'
import { addedFields, nodeIndexPage, nodePage } from './pages/node-page.ts'
import { problemPage } from './pages/problem-page.ts'
import { type FieldSource, recordPage } from './pages/record-page.ts'

const REFERENCE = join(import.meta.dirname, 'reference')

/** Captures, and every node type that writes into the record itself. */
const sources: readonly FieldSource[] = [
  { type: 'capture.eve', fields: eveFields() },
  { type: 'capture.pcap', fields: captureFields },
  ...[...catalogue.values()]
    .filter((type) => 'addsTo' in type && type.addsTo === 'record')
    .map((type) => ({ type: type.type, fields: addedFields(type) })),
]

/** Every generated file: its path below docs/reference and its text. */
function pages(): Map<string, string> {
  return new Map([
    ['nodes.md', nodeIndexPage(catalogue)],
    ...[...catalogue.values()].map((type) => [`nodes/${type.type}.md`, nodePage(type)] as const),
    ['functions.md', functionPage(functions.values())],
    ['records.md', recordPage(sources)],
    ['problems.md', problemPage(explainProblems({ catalogue, functions, readModel }))],
    ['flow.schema.json', flowSchema(catalogue)],
  ])
}

/** Pages of node types that are no more. */
function leftOver(written: ReadonlyMap<string, string>): string[] {
  const folder = join(REFERENCE, 'nodes')
  const found = existsSync(folder) ? readdirSync(folder) : []
  return found.map((name) => `nodes/${name}`).filter((path) => !written.has(path))
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

const all = pages()
const changed = [...all].filter(([path, text]) => textOf(join(REFERENCE, path)) !== text)
if (process.argv.includes('--check')) {
  const stale = [...changed.map(([path]) => path), ...leftOver(all)]
  for (const path of stale) console.error(`docs/reference/${path} is not what the sources say. Run npm run docs.`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [path, text] of changed) {
    mkdirSync(dirname(join(REFERENCE, path)), { recursive: true })
    writeFileSync(join(REFERENCE, path), text)
  }
  for (const path of leftOver(all)) rmSync(join(REFERENCE, path))
  console.error(`${changed.length} of ${all.size} pages of docs/reference were written.`)
}
