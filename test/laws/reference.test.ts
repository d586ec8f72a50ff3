import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Check } from 'typebox/value'
import { flowSchema } from '../../docs/pages/flow-schema.ts'
import { functionPage } from '../../docs/pages/function-page.ts'
import { table } from '../../docs/pages/markdown.ts'
import { addedFields, nodeIndexPage, nodePage } from '../../docs/pages/node-page.ts'
import { recordPage } from '../../docs/pages/record-page.ts'
import { RECORD_NAMES } from '../../docs/record-names.ts'
import { readFlow } from '../../flows/format/read.ts'
import { field } from '../../nodes/contract/field.ts'
import { need } from '../../nodes/contract/need.ts'
import { type Catalogue, deriveNode, keepNode } from '../../nodes/contract/node.ts'
import { option } from '../../nodes/contract/option.ts'
import { eveFields } from '../../nodes/records/eve.ts'
import { captureFields, headerFields } from '../../nodes/records/packet.ts'
import { expectNone, projectFiles, ROOT } from './source-tree.ts'

const length = deriveNode({
  type: 'feature.length',
  version: 2,
  title: 'Length',
  help: 'Measures a text. More follows.',
  icon: 'ruler',
  options: {
    field: option.field({ kind: 'text', help: 'The text.' }),
    scale: option.number({ default: 1, min: 0, max: 10, unit: 'ratio', help: 'Factor | divisor.' }),
  },
  needs: ({ field }) => ({ text: need.field(field, 'text') }),
  adds: { length: { type: field.float64({ min: 0, help: 'Its length.' }), from: (row) => row.text.length } },
  examples: [
    { title: 'two letters', options: { field: 'a' }, given: [{ a: 'xy' }], expect: [{ node: { length: 2 } }] },
  ],
})
const chance = keepNode({
  type: 'rule.chance',
  version: 1,
  title: 'Chance',
  help: 'Keeps some.',
  icon: 'dice',
  options: { mode: option.choice({ of: ['some', 'all'], default: 'some', help: 'How many.' }) },
  needs: () => ({}),
  choose: () => 0,
})
const catalogue: Catalogue = new Map([length, chance].map((type) => [type.type, type]))

suite('the pages of the reference', () => {
  test('a node page has options with type, default and meaning, added fields, outlets and examples', () => {
    const page = nodePage(length)
    for (const part of [
      '# Length: `feature.length`',
      'Version 2.',
      '| `field` | field (text) | must be given | The text. |',
      '| `scale` | number, 0 to 10, ratio | `1` | Factor \\| divisor. |',
      '| `as` | text | `""` |',
      '| `length` | float64 | from 0 | Its length. |',
      '| `rejected` | outlet |',
      '{"node":{"length":2}}',
    ]) {
      assert.ok(page.includes(part), `${part}\n${page}`)
    }
    assert.ok(nodePage(chance).includes('| `mode` | `some`, `all` | `"some"` | How many. |'))
    assert.deepEqual(Object.keys(addedFields(length)), ['length'])
  })

  test('the list of node types has the first sentence of each', () => {
    assert.ok(
      nodeIndexPage(catalogue).includes('| [`feature.length`](nodes/feature.length.md) | Length | Measures a text. |'),
    )
  })

  test('the function page shows how a function is called', () => {
    const page = functionPage([
      {
        name: 'JOIN',
        group: 'strings',
        help: 'Joins texts.',
        parameters: [
          { name: 'texts', type: 'list', help: 'What to join.' },
          { name: 'between', type: 'text', help: 'What comes between.', optional: true },
        ],
        returns: 'text',
        returnsHelp: 'all in one.',
        examples: [{ expression: "JOIN(['a', 'b'])", result: 'ab' }],
        apply: () => '',
      },
    ])
    for (const part of ['## strings', '`JOIN(texts, [between])`', "| `JOIN(['a', 'b'])` | `\"ab\"` |"]) {
      assert.ok(page.includes(part), page)
    }
  })

  test('the record page names source and other schemas of each field', () => {
    const page = recordPage([
      { type: 'capture.eve', fields: { src_ip: field.text({ help: 'Source.' }) } },
      { type: 'parse.packet', fields: { src_ip: field.text() } },
    ])
    const row =
      '| `src_ip` | text |  |  | `capture.eve`, `parse.packet` | Source. | `id.orig_h` | `source.ip` | `src_endpoint.ip` |'
    assert.ok(page.includes(row), page)
  })

  test('a bar or a line break in a cell does not break the table', () => {
    assert.equal(table(['a'], [['x|y\nz']]), '| a |\n| --- |\n| x\\|y z |')
  })

  test('other schemas have names only for fields that records have', () => {
    const known = new Set([eveFields(), captureFields, headerFields].flatMap((fields) => Object.keys(fields)))
    expectNone([...RECORD_NAMES.keys()].filter((path) => !known.has(path)))
  })
})

suite('the schema of the flow file', () => {
  const schema = JSON.parse(flowSchema(catalogue))
  const flow = (options: unknown, type = 'feature.length') => ({
    lacewing: 1,
    name: 'x',
    nodes: { a: { type, options } },
    wires: ['a -> b'],
  })

  test('takes flows with good options, with references in place of values, and with types from elsewhere', () => {
    for (const good of [
      flow({ field: 'dns.rrname', scale: 2 }),
      flow({ field: 'dns.rrname', scale: '${factor}' }),
      flow({}, 'rule.chance'),
      flow({ anything: 1 }, 'other/parse.modbus'),
    ]) {
      assert.equal(Check(schema, good), true, JSON.stringify(good))
      assert.deepEqual(readFlow(JSON.stringify(good)).problems, [])
    }
  })

  test('refuses unknown and missing keys and options, and values of the wrong type', () => {
    for (const bad of [
      { ...flow({ field: 'x' }), wire: [] },
      { ...flow({ field: 'x' }), lacewing: 2 },
      { ...flow({ field: 'x' }), name: 'X' },
      { lacewing: 1, name: 'x' },
      flow({}),
      flow({ field: 'x', scale: 'two' }),
      flow({ field: 'x', scale: 11 }),
      flow({ field: 'x', other: 1 }),
      flow({ mode: 'none' }, 'rule.chance'),
    ]) {
      assert.equal(Check(schema, bad), false, JSON.stringify(bad))
    }
  })

  test('takes every flow of the examples', () => {
    const written = JSON.parse(readFileSync(join(ROOT, 'docs/reference/flow.schema.json'), 'utf8'))
    const examples = projectFiles().filter((path) => /^flows\/examples\/[^/]+\.json$/.test(path))
    assert.ok(examples.length > 0)
    for (const path of examples) {
      assert.equal(Check(written, JSON.parse(readFileSync(join(ROOT, path), 'utf8'))), true, path)
    }
  })
})

suite('docs/reference', () => {
  test('is what the sources say', () => {
    const { status, stderr } = spawnSync(process.execPath, ['docs/generate.ts', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  })
})
