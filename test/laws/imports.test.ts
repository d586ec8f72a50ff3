import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { suite, test } from 'node:test'
import { BROWSER_ROOMS, DOORS, GATHERING, HOMES, homesOf, MAY_IMPORT, NODE_ROOMS, PURE_ROOMS, roomOf } from './rooms.ts'
import { expectNone, importsOf, lineAt, ROOT, type SourceFile, sourceFiles } from './source-tree.ts'

interface Edge {
  readonly from: string
  readonly line: number
  /** A path from the root, or the name of a module. */
  readonly to: string
  readonly isFile: boolean
  readonly isExport: boolean
}

function edgesOf({ path, text }: SourceFile): Edge[] {
  return importsOf(text).map(({ specifier, line, isExport }) => {
    const isFile = specifier.startsWith('.')
    const to = isFile ? posix.normalize(posix.join(posix.dirname(path), specifier)) : specifier
    return { from: path, line, to, isFile, isExport }
  })
}

/** The laws an import breaks, each as a sentence. */
function violations(edge: Edge): string[] {
  const { from, to, isFile } = edge
  const room = roomOf(from)
  const isDoor = DOORS.has(from)
  const broken: string[] = []
  const say = (law: string) => broken.push(`${from}:${edge.line} imports ${to}. ${law}`)
  if (isFile) {
    const other = roomOf(to)
    const may = MAY_IMPORT.get(room)
    if (DOORS.has(to)) say('Law 2: nothing imports a door.')
    else if (may === undefined && !isDoor) say(`Law 1: ${room} is no room of the table in test/laws/rooms.ts.`)
    else if (!isDoor && other !== room && !may!.includes('*') && !may!.includes(other)) {
      say(`Law 1: ${room} may import ${may!.length === 0 ? 'no other room' : may!.join(', ')}.`)
    }
    if (edge.isExport && !from.endsWith('/index.ts') && !GATHERING.has(from)) {
      say('Law 6: only an index.ts exports what another file defines.')
    }
    return broken
  }
  const homes = homesOf(to)
  if (homes !== undefined && !homes.some((home) => from.startsWith(home)))
    say(`Law 4: its home is ${homes.join(', ')}.`)
  if (to.startsWith('node:')) {
    if (!NODE_ROOMS.has(room)) say(`Law 5: ${room} knows nothing of Node.`)
  } else if (homes === undefined) say('Law 4: it has no home in test/laws/rooms.ts.')
  return broken
}

/** One circle among the edges as the list of its nodes, or undefined. */
function findCircle(edges: ReadonlyMap<string, Iterable<string>>): string[] | undefined {
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (node: string): string[] | undefined => {
    const at = trail.indexOf(node)
    if (at !== -1) return [...trail.slice(at), node]
    if (done.has(node)) return undefined
    trail.push(node)
    for (const next of edges.get(node) ?? []) {
      const circle = visit(next)
      if (circle !== undefined) return circle
    }
    trail.pop()
    done.add(node)
    return undefined
  }
  for (const node of edges.keys()) {
    const circle = visit(node)
    if (circle !== undefined) return circle
  }
  return undefined
}

function group(edges: readonly Edge[], nameOf: (path: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>()
  for (const { from, to } of edges) {
    const a = nameOf(from)
    const b = nameOf(to)
    if (!graph.has(a)) graph.set(a, new Set())
    if (a !== b || from === to) graph.get(a)!.add(b)
  }
  return graph
}

const files = sourceFiles()
const edges = files.flatMap(edgesOf)
const fileEdges = edges.filter((edge) => edge.isFile)

suite('imports', () => {
  test('every import keeps the laws on rooms, doors, homes and the world', () => {
    expectNone(edges.flatMap(violations))
  })

  test('no file imports itself through others', () => {
    const circle = findCircle(group(fileEdges, (path) => path))
    assert.equal(circle, undefined, `Law 3: no circles. ${circle?.join(' -> ')}`)
  })

  test('no room imports itself through others', () => {
    const own = fileEdges.filter(({ from }) => !from.startsWith('test/') && !DOORS.has(from))
    const circle = findCircle(group(own, roomOf))
    assert.equal(circle, undefined, `Law 3: no circles. ${circle?.join(' -> ')}`)
  })

  test('every import of a file names a file that is there', () => {
    const known = new Set(files.map(({ path }) => path))
    const missing = fileEdges.filter(({ to }) => !known.has(to) && /\.(ts|mjs|js)$/.test(to))
    expectNone(missing.map(({ from, line, to }) => `${from}:${line} imports ${to}, which is not there.`))
  })

  test('every room, door and home of the tables is there', () => {
    const known = new Set(files.map(({ path }) => path))
    const rooms = new Set([...known].map(roomOf))
    const homes = [...HOMES.values()].flat()
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const modules = [
      ...Object.keys({ ...dependencies, ...devDependencies }),
      ...builtinModules.map((name) => `node:${name}`),
    ]
    expectNone([
      ...[...MAY_IMPORT.keys(), ...PURE_ROOMS, ...NODE_ROOMS].filter((room) => !rooms.has(room)),
      ...[...DOORS, ...GATHERING].filter((path) => !known.has(path)),
      ...homes.filter((home) => ![...known].some((path) => path.startsWith(home))),
      ...[...HOMES].filter(([, own]) => !modules.some((name) => homesOf(name) === own)).map(([name]) => name),
    ])
  })

  test('index.ts stands only at the catalogue and at the function registry', () => {
    const indexes = files.map(({ path }) => path).filter((path) => path.endsWith('/index.ts'))
    assert.deepEqual(
      indexes.filter((path) => path !== 'nodes/index.ts' && path !== 'nodes/functions/index.ts'),
      [],
    )
  })

  test('pure rooms use no global of the browser, of Node or of the clock', () => {
    const world =
      /(?<![.\w$'"`#-])(?:(?:document|window|process|globalThis|navigator|location|Buffer|performance|Date)\.[a-zA-Z]|(?:fetch|setTimeout|setInterval|queueMicrotask)\(|Math\.random|new Date\(\))/
    const broken: string[] = []
    for (const { path, text } of files) {
      if (!PURE_ROOMS.has(roomOf(path))) continue
      for (const [i, line] of text.split('\n').entries()) {
        const code = line.replace(/\/\/.*$/, '')
        const match = /^\s*\*/.test(code) || /^\s*\/\*/.test(code) ? null : world.exec(code)
        if (match !== null && !PURE_CALLS.has(code.slice(match.index).match(/^[\w.]+/)![0])) {
          broken.push(`${path}:${i + 1} uses ${match[0]} Law 5: ${roomOf(path)} is pure.`)
        }
      }
    }
    expectNone(broken)
  })
})

/** Turns generated code into a function where no artifact is made: for `lacewing eval` and for previews. */
const CODE_MAKERS = new Set(['flows/expression/evaluate.ts'])

suite('code', () => {
  test('text becomes code only where compiled expressions are evaluated', () => {
    const maker = /\bnew Function\(|(?<![\w.])eval\(|'node:vm'/g
    const own = files.filter(({ path }) => !path.startsWith('test/') && !CODE_MAKERS.has(path))
    expectNone(
      own.flatMap(({ path, text }) =>
        [...text.matchAll(maker)].map((match) => `${path}:${lineAt(text, match.index)} ${match[0]} Law 14.`),
      ),
    )
  })
})

/** Functions of their arguments only. */
const PURE_CALLS = new Set(['Date.UTC', 'Date.parse'])

suite('the law test itself', () => {
  const edge = (from: string, to: string, isFile = true): Edge => ({ from, to, isFile, line: 1, isExport: false })

  test('finds imports in all their forms, and none in comments or programs written as text', () => {
    const source = [
      "import a from './a.ts'",
      "import type { B } from './b.ts'",
      'import {',
      '  c,',
      '  d,',
      "} from './c.ts'",
      "import * as e from './e.ts'",
      "import './f.ts'",
      "export { g } from './g.ts'",
      "export * from './h.ts'",
      "const lazy = () => CALL('./i.ts')",
      "type J = CALL('./j.ts').J",
      "// CALL('./no.ts')",
      " * import x from './no.ts'",
      "const text = `import x from '${'./no.ts'}'`",
      "export const from = 'no'",
    ]
      .join('\n')
      .replaceAll('CALL', 'import')
    assert.deepEqual(
      importsOf(source).map(({ specifier, line }) => `${line} ${specifier}`),
      ['1 ./a.ts', '2 ./b.ts', '3 ./c.ts', '7 ./e.ts', '8 ./f.ts', '9 ./g.ts', '10 ./h.ts', '11 ./i.ts', '12 ./j.ts'],
    )
    assert.equal(lineAt('a\nb\nc', 4), 3)
  })

  const forbidden: [string, Edge][] = [
    ['a stage imports another stage', edge('nodes/feature/a.ts', 'nodes/rule/b.ts')],
    ['a node imports Node', edge('nodes/sink/file.ts', 'node:fs', false)],
    ['the contract imports records', edge('nodes/contract/a.ts', 'nodes/records/b.ts')],
    ['the compiler imports the catalogue', edge('flows/compile/a.ts', 'nodes/index.ts')],
    ['the engine imports io', edge('runtime/engine/a.ts', 'runtime/io/b.ts')],
    ['the sensor imports a flow', edge('runtime/sensor/a.ts', 'flows/compile/b.ts')],
    ['the browser imports the bundler', edge('editor/panels/a.ts', 'flows/bundle/b.ts')],
    ['the browser imports Node', edge('editor/live/a.ts', 'node:path', false)],
    ['somebody imports a door', edge('flows/command/a.ts', 'runtime/worker-main.ts')],
    ['rete outside the canvas', edge('editor/panels/a.ts', 'rete', false)],
    ['a worker outside the engine', edge('runtime/io/a.ts', 'node:worker_threads', false)],
    ['a dependency without a home', edge('runtime/io/a.ts', 'left-pad', false)],
    ['a new room nobody declared', edge('runtime/extra/a.ts', 'nodes/contract/b.ts')],
  ]
  for (const [what, bad] of forbidden) {
    test(`refuses: ${what}`, () => {
      assert.equal(violations(bad).length, 1)
    })
  }

  test('passes what the table allows', () => {
    const allowed = [
      edge('nodes/feature/a.ts', 'nodes/feature/b.ts'),
      edge('nodes/feature/a.ts', 'nodes/contract/node.ts'),
      edge('flows/main.ts', 'runtime/engine/a.ts'),
      edge('runtime/engine/a.ts', 'node:worker_threads', false),
      edge('editor/canvas/a.ts', 'rete-area-plugin', false),
      edge('editor/server/a.ts', 'flows/bundle/b.ts'),
    ]
    assert.deepEqual(allowed.flatMap(violations), [])
  })

  test('finds a circle', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ])
    assert.deepEqual(findCircle(graph), ['b', 'c', 'b'])
  })

  test('the table names only rooms that it knows', () => {
    const known = new Set([...MAY_IMPORT.keys(), '*'])
    const unknown = [...MAY_IMPORT.values()].flat().filter((room) => !known.has(room))
    assert.deepEqual(unknown, [])
    for (const room of [...PURE_ROOMS, ...BROWSER_ROOMS]) assert.equal(NODE_ROOMS.has(room), false)
    assert.ok(HOMES.size > 0)
  })
})
