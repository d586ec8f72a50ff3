import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { exampleFiles, explainProblems } from '../../docs/explain.ts'
import { PROBLEMS, type ProblemCode } from '../../nodes/contract/problem.ts'
import { functions } from '../../nodes/functions/index.ts'
import { catalogue } from '../../nodes/index.ts'
import { readModel } from '../../nodes/model/model-file.ts'
import { expectNone, sourceFiles } from './source-tree.ts'

const codes = Object.keys(PROBLEMS) as ProblemCode[]
const examples = explainProblems({ catalogue, functions, readModel })

suite('problems', () => {
  for (const code of codes) {
    test(`${code} is what its example earns, and nothing else`, () => {
      const { text, problems } = examples.get(code)!
      assert.ok(text !== undefined, `Law 10: write docs/reference/problems/${code}.json, a flow that has ${code}.`)
      assert.deepEqual([...new Set(problems.map((problem) => problem.code))], [code])
      for (const { message, fix } of problems) {
        assert.match(message, /^[^\n]+\.$/)
        assert.match(fix, /\S/)
      }
    })
  }

  test('every example belongs to a code', () => {
    const known = new Set(codes.flatMap((code) => [`${code}.json`, `${code}.model.json`]))
    expectNone(exampleFiles().filter((name) => !known.has(name)))
  })

  test('every code is reported somewhere in the sources', () => {
    const sources = sourceFiles().filter(
      ({ path }) => /^(flows|nodes|editor)\//.test(path) && !path.endsWith('/problem.ts'),
    )
    const unused = codes.filter((code) => !sources.some(({ text }) => text.includes(code)))
    expectNone(unused.map((code) => `${code} is reported nowhere. Law 10: report it, or take it out of problem.ts.`))
  })
})
