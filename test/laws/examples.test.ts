import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FieldKind } from '../../nodes/contract/field.ts'
import { type NodeExample, type NodeType, optionsOf, type PlainRecord } from '../../nodes/contract/node.ts'
import { catalogue } from '../../nodes/index.ts'
import { eveFields } from '../../nodes/records/eve.ts'
import { flowOf, programOf, runProgram } from '../flows/run-flow.ts'

const BATCH_SIZES = [1, 7, 4096]

for (const type of catalogue.values()) {
  if ((type.examples ?? []).length === 0) continue
  describe(`examples of ${type.type}`, () => {
    for (const example of type.examples ?? []) {
      it(`${example.title}, at every size of batches`, async () => {
        const program = await programOf(flowFor(type, example))
        const given = { in: example.given.map((record) => `${JSON.stringify(record)}\n`).join('') }
        for (const batchRecords of BATCH_SIZES) {
          const run = await runProgram(program, given, { batchRecords })
          const records = run.records('out')
          assert.equal(records.length, example.expect.length)
          for (const [i, expected] of example.expect.entries()) assertContains(records[i], expected, `record ${i}`)
          const reasons = run.records('rejected').map(({ reject }) => (reject as { reason: string }).reason)
          assert.deepEqual(reasons, example.rejects ?? [])
        }
      })
    }
  })
}

describe('the catalogue', () => {
  it('has an example of every type that needs neither packets, a file nor a model', () => {
    const without = [...catalogue.values()].filter(
      (type) =>
        !['source', 'sink'].includes(type.shape) &&
        !type.type.startsWith('parse.') &&
        !Object.values(optionsOf(type)).some((option) => option['x-lacewing'].role === 'model') &&
        (type.examples ?? []).length === 0,
    )
    assert.deepEqual(
      without.map(({ type }) => type),
      [],
    )
  })
})

/** EVE with whatever fields the example has, the node under the id `node`, and both its outlets to files. */
function flowFor(type: NodeType, example: NodeExample) {
  const fields = new Map<string, FieldKind>()
  for (const record of example.given) collectFields(record, '', fields)
  const extra = [...fields]
    .filter(([path]) => !Object.hasOwn(eveFields(), path))
    .map(([path, kind]) => `${path}: ${kind}`)
  return flowOf(
    {
      eve: { type: 'capture.eve', options: { path: 'in', fields: extra } },
      node: { type: type.type, options: { ...example.options } },
      out: { type: 'sink.file', options: { path: 'out' } },
      rejected: { type: 'sink.file', options: { path: 'rejected' } },
    },
    ['eve -> node', `node.${example.outlet ?? 'out'} -> out`, 'node.rejected -> rejected'],
  )
}

function collectFields(record: PlainRecord, prefix: string, fields: Map<string, FieldKind>): void {
  for (const [name, value] of Object.entries(record)) {
    const path = `${prefix}${name}`
    if (typeof value === 'string') fields.set(path, 'text')
    else if (typeof value === 'boolean') fields.set(path, 'boolean')
    else if (typeof value === 'number') fields.set(path, Number.isInteger(value) ? 'integer' : 'float64')
    else if (Array.isArray(value)) fields.set(path, 'list')
    else if (typeof value === 'object' && value !== null) collectFields(value as PlainRecord, `${path}.`, fields)
  }
}

/** Every member of `expected` stands in `found`; numbers to 1e-9. A null there means that the field is missing. */
function assertContains(found: unknown, expected: unknown, where: string): void {
  if (typeof expected === 'number') {
    assert.ok(typeof found === 'number' && Math.abs(found - expected) <= 1e-9, `${where}: ${found} is not ${expected}`)
  } else if (Array.isArray(expected) || typeof expected !== 'object' || expected === null) {
    assert.deepEqual(found ?? null, expected, where)
  } else {
    for (const [name, value] of Object.entries(expected)) {
      assertContains((found as Record<string, unknown> | undefined)?.[name], value, `${where}.${name}`)
    }
  }
}
