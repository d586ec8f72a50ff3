/**
 * Artifacts made before, by everything they were made of. Running a flow again then needs neither the catalogue nor the
 * compiler nor esbuild, and Node keeps what it compiled of the file. Whether sources and models changed is told by the
 * sizes and times of their files: reading them would cost more than starting.
 *
 * They are no more to be trusted than the sources they stand beside; a sensor never reads them. This file must not know
 * how an artifact is made, or it would have to load what it is there to spare.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from '../../nodes/contract/problem.ts'
import type { ParameterValues } from '../format/parameters.ts'
import type { Artifact, Manifest } from './bundle.ts'
import { fingerprint, nameFor, ROOT } from './fingerprint.ts'
import type { Models } from './model-files.ts'
import { writeWhole } from './whole-file.ts'

const FOLDER = join(ROOT, '.lacewing', 'artifacts')
/** Oldest go first. An artifact is about 1 MB. */
const MAX_KEPT = 32
/** What an artifact is made of besides the flow, its parameters and its models. */
const SOURCES = ['nodes', 'flows/format', 'flows/expression', 'flows/compile', 'flows/bundle', 'package-lock.json']

export interface Made {
  readonly problems: readonly Problem[]
  /** Missing when one of the problems is an error. */
  readonly artifact?: Artifact
}

/** An artifact that may stand in a file. */
export interface ArtifactToRun {
  readonly source: string | { readonly file: string }
  readonly hash: string
  readonly manifest: Manifest
}

interface Kept {
  /** All it was made of, in words; the file's name is only a short form. */
  readonly madeOf: string
  /** Stamp of each model that was asked for. */
  readonly models: Readonly<Record<string, string>>
  readonly problems: readonly Problem[]
  readonly hash: string
  readonly manifest: Manifest
  /** Size of the artifact's file. */
  readonly bytes: number
}

/**
 * What `make` gave for the same flow, parameters, models and sources before, or gives now.
 * @param flow the text of its file.
 */
export async function keptArtifact(
  flow: string,
  parameters: ParameterValues,
  models: Models,
  make: (modelText: Models['text']) => Promise<Made>,
): Promise<{ readonly problems: readonly Problem[]; readonly artifact?: ArtifactToRun }> {
  const madeOf = JSON.stringify([flow, parameters, fingerprint(SOURCES)])
  const place = join(FOLDER, nameFor(madeOf))
  const kept = readKept(place)
  if (kept?.madeOf === madeOf && Object.entries(kept.models).every(([name, stamp]) => models.stamp(name) === stamp)) {
    const { problems, hash, manifest } = kept
    return { problems, artifact: { source: { file: `${place}.mjs` }, hash, manifest } }
  }
  const stamps: Record<string, string> = {}
  const { artifact, problems } = await make((reference) => {
    stamps[reference] = models.stamp(reference)
    return models.text(reference)
  })
  if (artifact === undefined) return { problems }
  const { text, hash, manifest } = artifact
  try {
    keep(place, text, { madeOf, models: stamps, problems, hash, manifest })
  } catch {
    // Keeping it is a convenience: where the project's folder can't be written, every run makes its own.
  }
  return { problems, artifact: { source: text, hash, manifest } }
}

/** Undefined when it is not there, or was cut short by a crash: then it is made anew. */
function readKept(place: string): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(`${place}.json`, 'utf8')) as Kept
    return statSync(`${place}.mjs`).size === kept.bytes ? kept : undefined
  } catch {
    return undefined
  }
}

/** The source map gets a file of its own: in the module's it would cost each start more than all else that is read. */
function keep(place: string, text: string, kept: Omit<Kept, 'bytes'>): void {
  mkdirSync(FOLDER, { recursive: true })
  const mapAt = text.lastIndexOf('//# sourceMappingURL=')
  const module = Buffer.from(text.slice(0, mapAt))
  writeWhole(`${place}.mjs.map`, Buffer.from(text.slice(text.indexOf(',', mapAt) + 1), 'base64'))
  writeWhole(`${place}.mjs`, module)
  writeWhole(`${place}.json`, JSON.stringify({ ...kept, bytes: module.length } satisfies Kept))
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  const ages = names.map((name) => ({ name, made_ms: statSync(join(FOLDER, name)).mtimeMs }))
  for (const { name } of ages.sort((a, b) => b.made_ms - a.made_ms).slice(MAX_KEPT)) {
    rmSync(join(FOLDER, name), { force: true })
    for (const end of ['mjs', 'mjs.map']) rmSync(join(FOLDER, name.replace(/json$/, end)), { force: true })
  }
}
