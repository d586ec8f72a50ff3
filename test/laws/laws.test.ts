import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { expectNone, projectFiles, ROOT } from './source-tree.ts'

const text = readFileSync(join(ROOT, 'docs', 'laws.md'), 'utf8')
const named = new Set([...text.matchAll(/`(test\/[\w./-]+)`/g)].map((match) => match[1]!))

suite('docs/laws.md', () => {
  test('names only tests that exist', () => {
    expectNone([...named].filter((path) => !existsSync(join(ROOT, path))).map((path) => `${path} is not there.`))
  })

  test('has every law test', () => {
    const tests = projectFiles().filter((path) => /^test\/laws\/.*\.test\.ts$/.test(path))
    expectNone(tests.filter((path) => !named.has(path)).map((path) => `${path} holds no law of docs/laws.md.`))
  })

  test('numbers the laws without gaps', () => {
    const numbers = [...text.matchAll(/^\| *(\d+) *\|/gm)].map((match) => Number(match[1]))
    expectNone(numbers.filter((number, i) => number !== i + 1).map((number) => `Law ${number} is out of order.`))
  })
})
