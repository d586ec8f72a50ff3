/** Skipping lines that no filter passes changes nothing but the time it takes: no false negatives, whatever the writing. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { flowOf, programOf, runProgram } from '../flows/run-flow.ts'

const WORDS = ['dns', 'tls', 'query', 'answer', 'a"b', 'é', '\\', '']
const word = fc.constantFrom(...WORDS)

/** One JSON text of a value in many spellings: any character may be escaped, white space may stand between parts. */
function spelled(value: unknown, escapes: readonly number[]): string {
  let at = 0
  const next = () => escapes[at++ % escapes.length]!
  const space = () => (next() % 5 === 0 ? ' ' : '')
  const text = (plain: string) =>
    JSON.stringify(plain).replace(/[a-zé]/g, (letter) =>
      next() % 7 === 0 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
    )
  const write = (part: unknown): string =>
    typeof part === 'object' && part !== null
      ? `{${space()}${Object.entries(part)
          .map(([name, member]) => `${text(name)}${space()}:${space()}${write(member)}`)
          .join(`${space()},`)}${space()}}`
      : typeof part === 'string'
        ? text(part)
        : JSON.stringify(part)
  return write(value)
}

const line = fc
  .tuple(
    fc.record(
      { event_type: word, proto: word, dns: fc.record({ type: word, rrname: word }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
    fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
  )
  .map(([record, escapes]) => spelled(record, escapes))

const literal = word.map((text) => JSON.stringify(text))
const comparison = fc.oneof(
  fc.tuple(fc.constantFrom('event_type', 'proto', 'dns.type'), literal).map(([name, text]) => `${name} == ${text}`),
  fc.tuple(literal, literal).map(([a, b]) => `event_type in [${a}, ${b}]`),
  fc.constant("event_type != 'dns'"),
  fc.constant('exists(dns.rrname)'),
)
const expression = fc
  .array(fc.tuple(comparison, fc.constantFrom(' and ', ' or ')), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([part, joint], i) => (i === 0 ? part : joint + part)).join(''))

describe('filter before parse', () => {
  it('lets through what reading every line lets through, and counts the same', async () => {
    await fc.assert(
      fc.asyncProperty(expression, expression, fc.array(line, { maxLength: 40 }), async (first, second, lines) => {
        const nodes = {
          eve: { type: 'capture.eve', options: { path: 'in' } },
          a: { type: 'rule.filter', options: { where: first } },
          b: { type: 'rule.filter', options: { where: second } },
          out_a: { type: 'sink.file', options: { path: 'a' } },
          out_b: { type: 'sink.file', options: { path: 'b' } },
        }
        const wires = ['eve -> a', 'eve -> b', 'a -> out_a', 'b -> out_b']
        const bad = { type: 'sink.discard', options: {} }
        const screened = await programOf(flowOf(nodes, wires))
        // Where somebody is wired to the rejects, every line is read.
        const unscreened = await programOf(flowOf({ ...nodes, bad }, [...wires, 'eve.rejected -> bad']))
        const given = { in: lines.map((text) => `${text}\n`).join('') }
        const run = await runProgram(screened, given, { batchRecords: 7 })
        const reference = await runProgram(unscreened, given, { batchRecords: 7 })
        for (const path of ['a', 'b']) assert.equal(run.files.text(path), reference.files.text(path))
        for (const id of Object.keys(nodes)) {
          const { unread: _, ...counters } = run.end.metrics.nodes[id]!
          assert.deepEqual(counters, reference.end.metrics.nodes[id])
        }
      }),
      { numRuns: 40 },
    )
  })

  it('still rejects a line that is not in braces, whatever it lacks', async () => {
    const nodes = {
      eve: { type: 'capture.eve', options: { path: 'in' } },
      a: { type: 'rule.filter', options: { where: "event_type == 'dns'" } },
      out: { type: 'sink.file', options: { path: 'a' } },
    }
    const program = await programOf(flowOf(nodes, ['eve -> a', 'a -> out']))
    const run = await runProgram(program, { in: 'nonsense\n{"a":1\n[{"event_type":"tls"}]\n{"event_type":"tls"}\n' })
    assert.equal(run.end.metrics.nodes.eve?.rejected, 3)
    assert.equal(run.end.metrics.nodes.a?.filtered, 1)
  })
})
