/** The one file in which a flow's thread starts: used while it is as its sources are, and never missed. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { compileFlow, compileInput } from '../../flows/bundle/compile-flow.ts'
import { PROGRAM_FILES, type Stamp, threadDoor } from '../../flows/bundle/program-files.ts'
import { buildRunProgram } from '../../flows/bundle/run-program.ts'
import { makeEngineStarter } from '../../runtime/engine/thread-engine.ts'
import { flowOf, language } from './run-flow.ts'

const SOURCES = new URL('../../runtime/worker-main.ts', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'lacewing-door-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const place = (name: string) => join(folder, name)
const LINES = '{"event_type":"dns"}\n'.repeat(100)

describe('the door of a thread', () => {
  before(() => buildRunProgram(folder))

  const stamps = () => JSON.parse(readFileSync(place(PROGRAM_FILES.madeOf), 'utf8')) as Stamp[]
  const withStamps = (changed: unknown) => writeFileSync(place(PROGRAM_FILES.madeOf), JSON.stringify(changed))

  it('is the one file while its sources are as they were, and runs a flow as they do', async () => {
    const door = threadDoor(SOURCES, folder)
    assert.equal(door.href, pathToFileURL(place(PROGRAM_FILES.thread)).href)
    const nodes = {
      eve: { type: 'capture.eve', options: { path: 'in.json' } },
      out: { type: 'sink.file', options: { path: 'out.jsonl' } },
    }
    const input = compileInput(flowOf(nodes, ['eve -> out']), {}, { folders: [], isConfined: true }, language)
    const { text } = (await compileFlow(input)).artifact!
    writeFileSync(place('in.json'), LINES)
    for (const each of [door, SOURCES]) {
      const end = await makeEngineStarter(each)({ artifact: text, folder, samples: [], secrets: {} }).ended
      assert.equal(end.state, 'ended', end.fault?.message)
      assert.equal(readFileSync(place('out.jsonl'), 'utf8'), LINES)
    }
  })

  it('hangs on every source of the thread', () => {
    const paths = stamps().map(([path]) => path)
    for (const path of ['runtime/worker-main.ts', 'runtime/engine/worker.ts', 'runtime/engine/loop.ts']) {
      assert.ok(paths.includes(path), path)
    }
  })

  it('is that of the sources when one of them changed, or the file is missing or damaged', () => {
    const made = stamps()
    const [path, size, mtimeMs] = made.at(-1)!
    const others = made.slice(0, -1)
    const stale: [string, unknown][] = [
      ['another time', [...others, [path, size, mtimeMs - 1]]],
      ['another size', [...others, [path, size + 1, mtimeMs]]],
      ['gone', [...others, ['runtime/no-such-file.ts', size, mtimeMs]]],
      ['damaged', { no: 'list' }],
    ]
    for (const [what, changed] of stale) {
      withStamps(changed)
      assert.equal(threadDoor(SOURCES, folder), SOURCES, what)
    }
    writeFileSync(place(PROGRAM_FILES.madeOf), '[')
    assert.equal(threadDoor(SOURCES, folder), SOURCES, 'cut short')
    withStamps(made)
    assert.notEqual(threadDoor(SOURCES, folder), SOURCES)
    rmSync(place(PROGRAM_FILES.thread))
    assert.equal(threadDoor(SOURCES, folder), SOURCES, 'no file')
    assert.equal(threadDoor(SOURCES, place('no such folder')), SOURCES)
  })

  it('is that of the sources when a file was cut short since', async () => {
    for (const name of [PROGRAM_FILES.run, PROGRAM_FILES.thread]) {
      for (const kept of [0, 0.5]) {
        await buildRunProgram(folder)
        assert.notEqual(threadDoor(SOURCES, folder), SOURCES)
        truncateSync(place(name), Math.floor(statSync(place(name)).size * kept))
        assert.equal(threadDoor(SOURCES, folder), SOURCES, name)
      }
    }
  })
})
