import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { BROWSER_ROOMS, MAY_IMPORT, STAGE_ROOMS } from './rooms.ts'
import { expectNone, projectFiles, ROOT } from './source-tree.ts'

const text = readFileSync(join(ROOT, 'docs', 'laws.md'), 'utf8')
const named = new Set([...text.matchAll(/`(test\/[\w./-]+)`/g)].map((match) => match[1]!))

const CATALOGUE = 'nodes/index.ts'
const isFile = (room: string): boolean => room.endsWith('.ts')

/** The rooms of a table row's first cell. */
function roomsNamed(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, name]) =>
    name === 'nodes/<stage>' ? STAGE_ROOMS : name === 'editor/*' ? BROWSER_ROOMS : [name!],
  )
}

/** The rooms of its second cell, which are called by the last part of their names. */
function roomsAllowed(cell: string): readonly string[] {
  if (cell === 'nothing') return []
  if (cell === 'anything') return ['*']
  return cell.split(', ').flatMap((word) => {
    if (word === 'all stages') return STAGE_ROOMS
    return word === 'catalogue' ? [CATALOGUE] : [...MAY_IMPORT.keys()].filter((room) => room.endsWith(`/${word}`))
  })
}

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

  test('says of each room what the table in rooms.ts says', () => {
    const rooms = [...MAY_IMPORT.keys()].filter((room) => room !== 'root' && (!isFile(room) || room === CATALOGUE))
    const said = new Map<string, readonly string[]>()
    for (const [, names, may] of text.matchAll(/^\| (`(?:nodes|flows|runtime|editor|docs)[^|]*) \| ([^|;]*)/gm)) {
      for (const room of roomsNamed(names!)) said.set(room, roomsAllowed(may!.trim()))
    }
    assert.deepEqual([...said.keys()].sort(), rooms.sort())
    for (const [room, may] of said) {
      const own = room.startsWith('editor') && room !== 'editor/server' ? BROWSER_ROOMS : []
      const allowed = MAY_IMPORT.get(room)!.filter((other) => !own.includes(other))
      assert.deepEqual([...may].sort(), allowed.sort(), room)
    }
  })
})
