/**
 * Builds the editor for the browser: files with their hash in the name, one page that names them. The only way in is
 * `buildEditor`; run as a program it builds into the folder given and prints the sizes.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile, type Plugin } from 'esbuild'
import type { Catalogue } from '../nodes/contract/node.ts'
import { catalogue } from '../nodes/index.ts'
import { ICON_NAMES } from './icon-names.ts'

export interface BuildOptions {
  /** Folder for the files; made when missing. Files of earlier builds stay. */
  readonly outdir: string
  readonly minify: boolean
}

export interface BuiltEditor {
  /** Names of the files within `outdir`; `index.html` is among them, the others may be cached for ever. */
  readonly files: readonly string[]
  /** Compressed bytes of all that the first load fetches. Fonts are compressed already. */
  readonly gzip_bytes: number
  /** Of these, the page, the scripts and the styles. */
  readonly gzip_bytes_without_fonts: number
}

const ENTRIES = ['main.ts', 'style/index.css']
/** The page's own icon. */
const ICON = 'favicon.svg'
const here = import.meta.dirname
const require = createRequire(import.meta.url)

/** @throws Error with esbuild's messages when the editor does not compile. */
export async function buildEditor({ outdir, minify }: BuildOptions): Promise<BuiltEditor> {
  const result = await build({
    entryPoints: [
      ...ENTRIES.map((entry) => ({ in: join(here, entry), out: 'editor' })),
      { in: join(here, ICON), out: 'lacewing' },
    ],
    outdir,
    bundle: true,
    format: 'esm',
    splitting: true,
    target: ['es2024', 'chrome123', 'firefox128', 'safari17.5'],
    minify,
    sourcemap: minify ? false : 'linked',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.woff2': 'file', '.svg': 'copy' },
    publicPath: '/',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
    write: false,
    plugins: [noNodeModules, facesOnly],
  })
  await mkdir(outdir, { recursive: true })
  const outputs = result.outputFiles.map(({ path, contents }) => ({
    name: basename(path),
    contents: Buffer.from(contents),
  }))
  const atOnce = firstLoad(result.metafile)
  const icon = outputs.find(({ name }) => extname(name) === '.svg')!.name
  const page = await indexPage([...atOnce, icon], catalogue)
  const files = [...outputs, { name: 'index.html', contents: Buffer.from(page) }]
  await Promise.all(files.map(({ name, contents }) => writeFile(join(outdir, name), contents)))
  const loaded = files.filter(({ name }) => name === 'index.html' || atOnce.includes(name))
  const size = ({ name, contents }: { name: string; contents: Buffer }): number =>
    extname(name) === '.woff2' ? contents.length : gzipSync(contents).length
  const sum = (some: typeof files): number => some.reduce((total, file) => total + size(file), 0)
  return {
    files: files.map(({ name }) => name),
    gzip_bytes: sum(loaded),
    gzip_bytes_without_fonts: sum(loaded.filter(({ name }) => extname(name) !== '.woff2')),
  }
}

/** Names of the files that the page needs before it shows anything: entries and all that they import outright. */
function firstLoad({ outputs }: Metafile): string[] {
  const needed = new Set<string>()
  const add = (path: string): void => {
    const output = outputs[path]
    if (output === undefined || needed.has(path)) return
    needed.add(path)
    for (const { path: next, kind } of output.imports) if (kind !== 'dynamic-import') add(next)
  }
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint !== undefined && ENTRIES.some((entry) => entryPoint.endsWith(entry))) add(path)
  }
  return [...needed].map((path) => basename(path))
}

/**
 * The editor shows node types and never runs them: the tables and kernels they work with stay out of its bundle. What
 * stands in for them is empty.
 */
const facesOnly: Plugin = {
  name: 'faces-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tldts$|\/(kernels\/\w+|domain-\w+)\.gen\.ts$/ }, ({ path }) => ({
      path,
      namespace: 'faces-only',
    }))
    onLoad({ filter: /./, namespace: 'faces-only' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** The browser has no Node: an import of one of its modules is a mistake in the house's walls, and is named as such. */
const noNodeModules: Plugin = {
  name: 'no-node-modules',
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) => ({
      errors: [{ text: `${importer} imports ${path}, which the browser does not have.` }],
    }))
  },
}

async function indexPage(names: readonly string[], catalogue: Catalogue): Promise<string> {
  const page = await readFile(join(here, 'index.html'), 'utf8')
  const named = (extension: string): string[] => names.filter((name) => extname(name) === extension)
  const fonts = named('.woff2').map(
    (name) => `<link rel="preload" href="/${name}" as="font" type="font/woff2" crossorigin>`,
  )
  const icons = named('.svg').map((name) => `<link rel="icon" type="image/svg+xml" href="/${name}">`)
  const styles = named('.css').map((name) => `<link rel="stylesheet" href="/${name}">`)
  // Chunks come by themselves: the entry imports them.
  const scripts = named('.js')
    .filter((name) => name.startsWith('editor-'))
    .map((name) => `<script type="module" src="/${name}"></script>`)
  return page
    .replace('<!-- styles -->', () => [...icons, ...fonts, ...styles].join('\n'))
    .replace('<!-- scripts -->', () => scripts.join('\n'))
    .replace('<!-- icons -->', await iconSheet(catalogue))
}

/** All icons as symbols: `icon.ts` refers to them. A node type's icon that Lucide does not have fails the build. */
async function iconSheet(catalogue: Catalogue): Promise<string> {
  const folder = join(dirname(require.resolve('lucide-static/package.json')), 'icons')
  const names = [...new Set([...ICON_NAMES, ...[...catalogue.values()].map((type) => type.icon)])].sort()
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(join(folder, `${name}.svg`), 'utf8')
      const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)?.[1]?.replace(/\s+/g, ' ').trim()
      if (inner === undefined) throw new Error(`The icon ${name} of lucide-static is not an SVG file.`)
      return `<symbol id="icon-${name}" viewBox="0 0 24 24">${inner}</symbol>`
    }),
  )
  return `<svg width="0" height="0" aria-hidden="true" hidden>${symbols.join('')}</svg>`
}

if (import.meta.main) {
  const outdir = process.argv[2] ?? join(here, '../.lacewing/editor-build')
  const built = await buildEditor({ outdir, minify: !process.argv.includes('--readable') })
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
  const { gzip_bytes, gzip_bytes_without_fonts: rest, files } = built
  process.stdout.write(`${files.join('\n')}\n${kilobytes(gzip_bytes)} compressed, ${kilobytes(rest)} without fonts\n`)
}
