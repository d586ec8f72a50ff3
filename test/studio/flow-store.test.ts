import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { FlowStore } from '../../editor/server/flow-store.ts'
import { flowOf, temporaryFolder } from './fakes.ts'

const SAVER = join(import.meta.dirname, 'save-forever.ts')

/** Runs the saver on the folder and kills it at some moment after its first save; gives the last revision it printed. */
function saveUntilKilled(folder: string, after_ms: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const child = spawn(process.execPath, [SAVER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), after_ms))
  child.on('error', reject)
  child.on('close', () => resolve(Number(printed.split('\n').slice(0, -1).at(-1))))
  return promise
}

test('kill -9 while saving loses no revision that was answered for', async (t) => {
  const folder = await temporaryFolder(t)
  for (let round = 0; round < 12; round++) {
    const answered = await saveUntilKilled(folder, (round * 7) % 40)
    const store = await FlowStore.open(folder)
    const [entry] = store.list()
    assert.ok(entry!.revision >= answered && entry!.revision <= answered + 1, `${entry!.revision} after ${answered}`)
    const revisions = await store.revisions('counter')
    assert.equal(revisions.length, entry!.revision)
    for (const { revision } of revisions.slice(-3)) {
      const { flow } = await store.read('counter', revision)
      assert.equal(JSON.parse(String(flow.nodes.count!.options.program)).total, revision)
    }
    assert.deepEqual(
      (await readdir(join(folder, 'counter'))).filter((name) => name.startsWith('.')),
      [],
    )
  }
})

test('a newest revision that is damaged hides no earlier one, and is not written over', async (t) => {
  const folder = await temporaryFolder(t)
  const store = await FlowStore.open(folder)
  await store.create(flowOf('counter', {}, 'One'))
  await writeFile(join(folder, 'counter', '2.json'), '{"lacewing": 1, "na')
  const again = await FlowStore.open(folder)
  assert.equal(again.list()[0]!.revision, 1)
  assert.deepEqual(await again.save(flowOf('counter', {}, 'Three'), 1), { revision: 3 })
})

test('a flow whose folder was made but not filled when the power went is as if never made', async (t) => {
  const folder = await temporaryFolder(t)
  const store = await FlowStore.open(folder)
  await store.create(flowOf('counter'))
  await mkdir(join(folder, 'half'))
  await mkdir(join(folder, '.removed-old'))
  const again = await FlowStore.open(folder)
  assert.deepEqual(
    again.list().map(({ name }) => name),
    ['counter'],
  )
  assert.deepEqual(await readdir(folder), ['counter'])
})

test('names stay within their length when they get a number', async (t) => {
  const store = await FlowStore.open(await temporaryFolder(t))
  const long = 'a'.repeat(64)
  await store.create(flowOf(long))
  const { name } = await store.create(flowOf(long))
  assert.equal(name, `${'a'.repeat(62)}-2`)
})
