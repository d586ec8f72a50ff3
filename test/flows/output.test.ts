import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../flows/main.ts', import.meta.url))
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
const shell = (command: string) => spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 30_000 })
const lacewing = `${quoted(process.execPath)} ${quoted(MAIN)}`

test('an answer that can not be printed is a failure with a reason', () => {
  const { status, stderr } = shell(`${lacewing} eval 1+1 >/dev/full`)
  assert.equal(status, 1)
  assert.match(stderr, /^Standard output could not be written: the disk is full/)
})

test('bytes that are no base64 are wrong input, named as such', () => {
  const { status, stderr } = shell(`${lacewing} eval x --vars '{"x":{"$bytes":"!!!"}}'`)
  assert.equal(status, 2)
  assert.match(stderr, /\$bytes/)
})

test('a reader that leaves early ends eval in order', () => {
  const line = JSON.stringify({ expression: '1+1', variables: {} })
  const { stdout, stderr } = shell(`yes ${quoted(line)} | head -n 50000 | ${lacewing} eval --cases - | head -n 1`)
  assert.equal(stdout, '{"result":2}\n')
  assert.doesNotMatch(stderr, /\n {4}at /)
})

test('start ends when its sensor can not start, with the reason', (t) => {
  const data = mkdtempSync(join(tmpdir(), 'lacewing-'))
  t.after(() => rmSync(data, { recursive: true }))
  mkdirSync(join(data, 'sensor'))
  writeFileSync(join(data, 'sensor', 'key'), 'damaged')
  const { status, stderr } = shell(`${lacewing} start --port 0 --no-sample --data ${quoted(data)}`)
  assert.equal(status, 2)
  assert.match(stderr, /key is damaged/)
})
