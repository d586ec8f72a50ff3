import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { suite, test } from 'node:test'

/**
 * Reads a text made by `make` in a process of its own; gives the codes, the time, that of one search through the text, and
 * by how much reading raised the resident memory beyond what the text itself takes.
 */
function readAlone(make: string): { codes: string[]; elapsed_ms: number; search_ms: number; grown_bytes: number } {
  const program = `
    import { readFlow } from ${JSON.stringify(new URL('../../flows/format/read.ts', import.meta.url).href)}
    readFlow('{}')
    const text = ${make}
    gc()
    const before = process.memoryUsage.rss()
    const start = performance.now()
    const { problems } = readFlow(text)
    const elapsed_ms = performance.now() - start
    const grown_bytes = process.resourceUsage().maxRSS * 1024 - Math.max(before, 0)
    const searched = performance.now()
    text.indexOf('\\u0000')
    const search_ms = performance.now() - searched
    console.log(JSON.stringify({ codes: problems.map((p) => p.code), elapsed_ms, search_ms, grown_bytes }))`
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output)
}

const MIB = 1024 * 1024

suite('hostile flow files', () => {
  test('200 MB of text are refused at once and cost no memory', () => {
    const { codes, grown_bytes, elapsed_ms, search_ms } = readAlone(`'['.padEnd(200_000_000, ' ')`)
    assert.deepEqual(codes, ['FLOW-0102'])
    assert.ok(grown_bytes < 50 * MIB, `${grown_bytes} bytes`)
    assert.ok(elapsed_ms < search_ms, `${elapsed_ms} ms, a search through it ${search_ms} ms`)
  })

  test('a million nodes are refused before they are all read', () => {
    const { codes, grown_bytes } = readAlone(
      `'{"lacewing":1,"name":"x","nodes":{' + Array.from({ length: 1e6 }, (_, i) => '"n' + i + '":{}').join() + '}}'`,
    )
    assert.deepEqual(codes, ['FLOW-0102'])
    assert.ok(grown_bytes < 50 * MIB, `${grown_bytes} bytes`)
  })

  test('the largest text that is looked at, full of the smallest values, stays within the bound', () => {
    for (const piece of ['0,', '[],', '{},', '"",', '{"a":0},', '[0],', '"\\\\n",']) {
      const { codes, grown_bytes } = readAlone(`'{"lacewing":1,"x":[' + ${JSON.stringify(piece)}.repeat(1_000_000)`)
      assert.deepEqual(codes, ['FLOW-0102'], piece)
      assert.ok(grown_bytes < 50 * MIB, `${piece} ${grown_bytes} bytes`)
    }
  })

  test('nesting of 100,000 is refused without running out of stack', () => {
    for (const piece of ['[', '{"a":']) {
      const { codes } = readAlone(`'{"lacewing":1,"x":' + ${JSON.stringify(piece)}.repeat(100_000)`)
      assert.deepEqual(codes, ['FLOW-0102'])
    }
  })

  test('a long text full of line breaks and mistakes takes about as long as one without mistakes', () => {
    const breaks = "'\\n'.repeat(7_900_000)"
    const bad = readAlone(`'{"lacewing":1,"name":"x","nodes":{},' + '"a":1,\\n'.repeat(50_000) + ${breaks} + '"b":1}'`)
    const good = readAlone(`'{"lacewing":1,"name":"x","nodes":{}' + ' '.repeat(350_000) + ${breaks} + '}'`)
    assert.ok(bad.codes.length <= 102)
    assert.ok(bad.elapsed_ms < 10 * good.elapsed_ms, `${bad.elapsed_ms} ms, without mistakes ${good.elapsed_ms} ms`)
  })
})
