/**
 * `lacewing run` as one file, which starts in half the CPU time of the sources it is made of: Node looks for one module
 * instead of fifty, and keeps what it compiled of it. lacewing.mjs uses it as long as the sources are as they were;
 * without it everything runs from the sources. What only a flow that is compiled anew needs stays with the sources.
 * Beside it the door of a flow's thread, for the same reason.
 */

import { accessSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as esbuild from 'esbuild'
import { ROOT } from './fingerprint.ts'
import { PROGRAM_FILES, PROGRAM_FOLDER, type Stamp } from './program-files.ts'
import { writeWhole } from './whole-file.ts'

const THREAD = join(ROOT, 'runtime', 'worker-main.ts')
/** Imported while it runs, and in the file all the same: every run needs them. */
const NEEDED = /\/(?:runtime\/(?:engine|io)\/[\w-]+|command\/run)\.ts$/

/** Makes both anew. Where the folder can't be written there are none. */
export async function buildRunProgram(folder = PROGRAM_FOLDER): Promise<void> {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch {
    return
  }
  const stamps: Stamp[] = []
  const begin = `import { main } from './flows/main.ts'; main().then((code) => { process.exitCode = code })`
  const [run, thread] = await Promise.all([
    bundled({ stdin: { contents: begin, sourcefile: 'run-program.js', resolveDir: ROOT } }, stamps),
    bundled({ entryPoints: [THREAD] }, stamps),
  ])
  // A source that changed between two looks has two stamps, and what was made is stale.
  const madeOf = new Map(stamps.map((stamp) => [stamp.join(), stamp]))
  try {
    const files = [PROGRAM_FILES.run, PROGRAM_FILES.thread].map((name) => join(folder, name)) as [string, string]
    writeWhole(files[0], run)
    writeWhole(files[1], thread)
    // Their own stamps as well: a file that was cut short since is stale.
    const made = [...madeOf.values(), ...files.map(stampOf)]
    writeWhole(join(folder, PROGRAM_FILES.madeOf), JSON.stringify(made))
  } catch {
    // The disk is full, or the like: there is none for now.
  }
}

async function bundled(entry: esbuild.BuildOptions, stamps: Stamp[]): Promise<Uint8Array> {
  const { outputFiles } = await esbuild.build({
    ...entry,
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    // An ES module would load all of Node's modules for files and streams, needed or not.
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    charset: 'utf8',
    logLevel: 'silent',
    plugins: [{ name: 'lacewing-program', setup: (build) => setup(build, stamps) }],
  })
  return outputFiles![0]!.contents
}

/** Of Node's own modules, those that hardly any run uses. */
const RARE = /^(?:node:)?(?:child_process|crypto|os)$/

function setup(build: esbuild.PluginBuild, stamps: Stamp[]): void {
  build.onResolve({ filter: RARE }, ({ path, namespace }) =>
    namespace === 'rare' ? { path, external: true } : { path, namespace: 'rare' },
  )
  // Loaded with the first use of anything in it.
  build.onLoad({ filter: RARE, namespace: 'rare' }, ({ path }) => {
    const names = Object.keys(process.getBuiltinModule(path)!)
    const getters = names.map((name) => `get ${name}() { return require('${path}').${name} }`)
    return { contents: `module.exports = { ${getters.join(', ')} }`, loader: 'js' }
  })
  build.onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir }) => {
    if (kind !== 'dynamic-import') return undefined
    const file = resolve(resolveDir, path)
    return NEEDED.test(file) ? { path: file } : { path: pathToFileURL(file).href, external: true }
  })
  build.onLoad({ filter: /\.(?:ts|js|json)$/ }, ({ path }) => {
    // Looked at before it is read: a change in between makes the result stale, not wrong.
    stamps.push(stampOf(path))
    const text = readFileSync(path, 'utf8')
    if (!path.endsWith('.ts')) return { contents: text, loader: path.endsWith('.js') ? 'js' : 'json' }
    // Each file still says where its own source stands.
    const contents = text
      .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
      .replaceAll('import.meta.main', 'false')
    return { contents, loader: 'ts' }
  })
}

function stampOf(path: string): Stamp {
  const { size, mtimeMs } = statSync(path)
  return [relative(ROOT, path), size, mtimeMs]
}
