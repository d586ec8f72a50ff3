/** Who may import whom, and where each dependency lives: laws 1, 4 and 5 as data. docs/laws.md says it in prose. */

import { STAGES } from '../../nodes/contract/node.ts'

export const STAGE_ROOMS: readonly string[] = STAGES.map((stage) => `nodes/${stage}`)

/** The room a file belongs to: its folder in the second level, or the file itself where it is a room of its own. */
export function roomOf(path: string): string {
  const [house, second, third] = path.split('/')
  if (second === undefined) return 'root'
  if (house === 'test' || house === 'docs') return house
  if (path.endsWith('/generate.ts')) return path
  if (third !== undefined) return `${house}/${second}`
  return second.endsWith('main.ts') || second === 'index.ts' || second === 'build.ts' ? path : house!
}

/** Doors are where a program begins. They may import anything, and nothing imports them. */
export const DOORS: ReadonlySet<string> = new Set(['flows/main.ts', 'runtime/worker-main.ts', 'editor/main.ts'])

/**
 * Files that export what others define, besides index.ts: compiled expressions name their operations as exports of one
 * module.
 */
export const GATHERING: ReadonlySet<string> = new Set(['nodes/functions/operations.ts'])

const BROWSER_MAY = [
  'nodes/contract',
  'nodes/records',
  'nodes/index.ts',
  'nodes/functions',
  'flows/format',
  'flows/expression',
  'flows/compile',
  'runtime/protocol',
]

/** Rooms of the editor that run in the browser; each may import the others, without circles. */
export const BROWSER_ROOMS = [
  'editor',
  'editor/document',
  'editor/canvas',
  'editor/panels',
  'editor/live',
  'editor/store',
]

/** Room to the rooms it may import besides itself; `*` is every room but doors. A room that is not here is a violation. */
export const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['nodes/contract', []],
  ['nodes/kernels', []],
  ['nodes/kernels/generate.ts', []],
  ['nodes/feature/generate.ts', []],
  ['nodes/records', ['nodes/contract', 'nodes/kernels']],
  ...STAGE_ROOMS.map((room) => [room, ['nodes/contract', 'nodes/kernels', 'nodes/records']] as const),
  ['nodes/functions', ['nodes/contract']],
  ['nodes/index.ts', ['nodes/contract', ...STAGE_ROOMS]],
  ['flows/format', ['nodes/contract']],
  ['flows/expression', ['nodes/contract', 'nodes/functions', 'flows/format']],
  ['flows/expression/generate.ts', ['flows/expression']],
  // nodes/records: emitted code reads and writes records by its classes, and a screen must know what they can find.
  ['flows/compile', ['nodes/contract', 'nodes/kernels', 'nodes/records', 'flows/format', 'flows/expression']],
  ['flows/bundle', ['nodes/contract', 'flows/format', 'flows/expression', 'flows/compile']],
  ['flows/command', ['*']],
  ['flows/examples', ['*']],
  ['runtime/protocol', ['nodes/contract']],
  ['runtime/engine', ['nodes/contract', 'nodes/kernels', 'runtime/protocol']],
  ['runtime/io', ['nodes/contract', 'runtime/protocol']],
  ['runtime/sensor', ['nodes/contract', 'runtime/protocol', 'runtime/engine', 'runtime/io']],
  ...BROWSER_ROOMS.map((room) => [room, [...BROWSER_MAY, ...BROWSER_ROOMS]] as const),
  ['editor/server', [...BROWSER_MAY, 'flows/bundle', 'runtime/io']],
  ['editor/build.ts', ['nodes/contract', 'nodes/index.ts', 'editor']],
  ['docs', ['*']],
  ['test', ['*']],
  ['root', []],
])

/** Rooms that see nothing of the world: no `node:*`, no DOM, no clock. They run in a browser, a worker and a test alike. */
export const PURE_ROOMS: ReadonlySet<string> = new Set([
  'nodes/contract',
  'nodes/kernels',
  'nodes/records',
  ...STAGE_ROOMS,
  'nodes/functions',
  'nodes/index.ts',
  'flows/format',
  'flows/expression',
  'flows/compile',
  'runtime/protocol',
])

/** Rooms that may import `node:*`. */
export const NODE_ROOMS: ReadonlySet<string> = new Set([
  'nodes/kernels/generate.ts',
  'nodes/feature/generate.ts',
  'flows/expression/generate.ts',
  'flows/bundle',
  'flows/command',
  'flows/main.ts',
  'flows/examples',
  'runtime/engine',
  'runtime/io',
  'runtime/sensor',
  'runtime/worker-main.ts',
  'editor/server',
  'editor/build.ts',
  'docs',
  'test',
  'root',
])

/**
 * Each dependency with the folders or files that may import it; tests of a dependency's home may too where `test` is
 * listed. Swapping a dependency touches its home and nothing else. A trailing `*` stands for any rest of the name.
 */
export const HOMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['rete*', ['editor/canvas/']],
  ['@retejs/*', ['editor/canvas/']],
  ['lit*', ['editor/']],
  ['lucide-static*', ['editor/icon', 'editor/build.ts']],
  ['@codemirror/*', ['editor/panels/']],
  ['dexie', ['editor/store/']],
  ['socket.io-client', ['editor/live/', 'runtime/sensor/socket.ts', 'test/']],
  ['socket.io', ['editor/server/', 'test/']],
  ['fastify', ['editor/server/']],
  ['@fastify/*', ['editor/server/']],
  ['assemblyscript*', ['nodes/kernels/generate.ts']],
  ['esbuild', ['flows/bundle/', 'editor/build.ts']],
  ['typebox*', ['test/laws/']],
  // Two homes: the public suffix list is asked by the functions and by the domain features, which know no functions.
  ['tldts', ['nodes/functions/', 'nodes/feature/generate.ts', 'test/']],
  ['re2js', ['nodes/functions/']],
  ['@lezer/common', ['flows/expression/', 'editor/panels/']],
  ['@lezer/lr', ['flows/expression/']],
  ['@lezer/highlight', ['flows/expression/', 'editor/panels/']],
  ['@lezer/generator', ['flows/expression/', 'docs/', 'test/']],
  ['commander', ['flows/main.ts', 'flows/command/']],
  ['node:worker_threads', ['runtime/engine/', 'test/']],
  ['fast-check', ['test/']],
  ['playwright-core', ['test/']],
  ['axe-core', ['test/']],
  ['@sparticuz/chromium', ['test/browser.mjs']],
])

/** The homes of a module, or undefined when it has none. Node's own modules have no home unless listed. */
export function homesOf(specifier: string): readonly string[] | undefined {
  for (const [name, homes] of HOMES) {
    const isMeant = name.endsWith('*')
      ? specifier === name.slice(0, -1) || specifier.startsWith(name.slice(0, -1))
      : specifier === name || specifier.startsWith(`${name}/`)
    if (isMeant) return homes
  }
  return undefined
}
