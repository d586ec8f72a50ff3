/** Texts that are only compared are looked at where they stand in the record: with the result of the decoded text. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { flowOf, programOf, runProgram } from './run-flow.ts'

/** JSON of values of a field, each in a record of its own. */
const SPELLINGS = [
  ...['"dns"', '"\\u0064ns"', '"DNS"', '"dns "', '""', '"d"', 'null', '3', '["dns"]', '{"dns":1}', '"\ufffd"'],
  ...['"\\ufffd"', '"\\ud800"', '"\\ud83d\\ude00"', '"\u{1f600}"', '"é"', '"\\u00e9"', '"e\u0301"'],
]
const TEXTS = ['dns', '', '\ufffd', '\ud800', '\u{1f600}', 'é', '3']

for (const operator of ['==', '!=']) {
  it(`a filter by ${operator} passes the records that JSON.parse would let it pass`, async () => {
    const lines = ['{}', ...SPELLINGS.map((value) => `{"dns":{"rrname":${value}}}`)]
    for (const text of TEXTS) {
      const nodes = {
        eve: { type: 'capture.eve', options: { path: 'in' } },
        only: { type: 'rule.filter', options: { where: `dns.rrname ${operator} '${text}'` } },
        out: { type: 'sink.file', options: { path: 'out' } },
      }
      const program = await programOf(flowOf(nodes, ['eve -> only', 'only -> out']))
      const { files } = await runProgram(program, { in: lines.join('\n') })
      const expected = lines.filter((line) => (JSON.parse(line).dns?.rrname === text) === (operator === '=='))
      assert.deepEqual(files.text('out').split('\n').slice(0, -1), expected, JSON.stringify(text))
    }
  })
}
