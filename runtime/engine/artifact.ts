/** The artifact of a flow as a module, and the way back from places in its code to the sources. */

import { readFileSync } from 'node:fs'
import { registerHooks, SourceMap } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Program } from '../../nodes/contract/program.ts'
import type { LoopEnd } from './loop.ts'

/**
 * One ES module: its text, which ends with its source map, or a file that holds it, with the map beside it in FILE.map.
 * A file loads faster, as Node keeps what it compiled of it.
 */
export type ArtifactSource = string | { readonly file: string }

/** The flow's own code in source maps, as the bundler names it. */
const FLOW_SOURCE = 'flow.js'

/** Name under which a text is imported; it stands in stack traces. */
const TEXT_URL = 'lacewing:flow'

/** How the source map begins at the end of a text. */
const MAP = '//# sourceMappingURL=data:application/json;base64,'

/** How often each URL was loaded in this thread. */
const loaded = new Map<string, number>()

export interface LoadedArtifact {
  readonly program: Program
  /**
   * The end of a run with its stack's places those in the sources, which in the flow's own code name the node. The map
   * is read only then: few flows ever need it.
   */
  readonly inSources: (end: LoopEnd) => LoopEnd
}

/** From a text nothing is written to disk. @throws what the module throws. */
export async function loadArtifact(source: ArtifactSource): Promise<LoadedArtifact> {
  const url = typeof source === 'string' ? provideText(source) : anew(pathToFileURL(source.file).href)
  const { program, manifest } = (await import(url)) as {
    readonly program: Program
    readonly manifest: { readonly lines: readonly (readonly [line: number, node: string | null])[] }
  }
  const mapped = (stack: string): string => {
    const map = new SourceMap(JSON.parse(mapOf(source)))
    return stack.replaceAll(placesIn(url), (place, line: string, column: string) => {
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1)
      if (!('originalSource' in entry)) return place
      const originalLine = entry.originalLine + 1
      const original = `${entry.originalSource}:${originalLine}:${entry.originalColumn + 1}`
      const node = manifest.lines.findLast(([from]) => from <= originalLine)?.[1] ?? null
      return entry.originalSource === FLOW_SOURCE && node !== null ? `${original} (node ${node})` : original
    })
  }
  const inSources = (end: LoopEnd): LoopEnd =>
    end.fault?.stack === undefined ? end : { ...end, fault: { ...end.fault, stack: mapped(end.fault.stack) } }
  return { program, inSources }
}

const placesIn = (url: string): RegExp => new RegExp(`${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+):(\\d+)`, 'g')

function mapOf(source: ArtifactSource): string {
  if (typeof source !== 'string') return readFileSync(`${source.file}.map`, 'utf8')
  return Buffer.from(source.slice(source.lastIndexOf(MAP) + MAP.length), 'base64').toString()
}

/** Without the map at its end, which would take longer to load than the rest. */
function provideText(text: string): string {
  const mapAt = text.lastIndexOf(MAP)
  const source = mapAt < 0 ? text : text.slice(0, mapAt)
  const own = anew(TEXT_URL)
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === own ? { url: own, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => (url === own ? { format: 'module', source, shortCircuit: true } : next(url, context)),
  })
  return own
}

/** The URL itself the first time, then with a number: each run has a module of its own, with its own state. */
function anew(url: string): string {
  const before = loaded.get(url) ?? 0
  loaded.set(url, before + 1)
  return `${url}${before === 0 ? '' : `?${before}`}`
}
