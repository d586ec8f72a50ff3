/**
 * Artifacts made before, by everything they were made of. Running a flow again then needs neither the catalogue nor the
 * compiler nor esbuild, which is half of a short run's CPU.
 *
 * They are no more to be trusted than the sources they stand beside; a sensor never reads them. This file must not know
 * how an artifact is made, or it would have to load what it is there to spare.
 */

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Problem } from '../../nodes/contract/problem.ts'
import type { FlowDocument } from '../format/flow.ts'
import type { ParameterValues } from '../format/parameters.ts'
import type { Artifact } from './bundle.ts'
import { fingerprint, ROOT } from './fingerprint.ts'

const FOLDER = join(ROOT, '.lacewing', 'artifacts')
/** Oldest go first. An artifact is about 1 MB. */
const MAX_KEPT = 32
/** What an artifact is made of besides the flow, its parameters and its models. */
const SOURCES = ['nodes', 'flows/format', 'flows/expression', 'flows/compile', 'flows/bundle']

type ModelText = (reference: string) => string | undefined

export interface Made {
  readonly problems: readonly Problem[]
  /** Missing when one of the problems is an error. */
  readonly artifact?: Artifact
}

interface Kept extends Required<Made> {
  /** SHA-256 of each model that was asked for. */
  readonly models: Readonly<Record<string, string>>
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What `make` gave for the same flow, parameters, models and sources before, or gives now. */
export async function keptArtifact(
  flow: FlowDocument,
  parameters: ParameterValues,
  modelText: ModelText,
  make: (modelText: ModelText) => Promise<Made>,
): Promise<Made> {
  const key = sha256(JSON.stringify([fingerprint(SOURCES), flow, parameters]))
  const file = join(FOLDER, `${key}.json`)
  const kept = await readKept(file)
  if (kept !== undefined && Object.entries(kept.models).every(([name, hash]) => hashOf(modelText(name)) === hash)) {
    return kept
  }
  const models: Record<string, string> = {}
  const made = await make((reference) => {
    const text = modelText(reference)
    models[reference] = hashOf(text)
    return text
  })
  const { artifact, problems } = made
  // Keeping it is a convenience: where the project's folder can't be written, every run makes its own.
  if (artifact !== undefined) await keep(file, { artifact, problems, models }).catch(() => undefined)
  return made
}

const hashOf = (text: string | undefined) => (text === undefined ? '' : sha256(text))

async function readKept(file: string): Promise<Kept | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Kept
  } catch {
    // Not there, or cut short by a crash: it is made anew.
    return undefined
  }
}

async function keep(file: string, kept: Kept): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const fresh = join(FOLDER, `.${randomUUID()}`)
  await writeFile(fresh, JSON.stringify(kept))
  await rename(fresh, file)
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'))
  if (names.length <= MAX_KEPT) return
  const ages = await Promise.all(
    names.map(async (name) => ({ name, made_ms: (await stat(join(FOLDER, name))).mtimeMs })),
  )
  const oldest = ages.sort((a, b) => a.made_ms - b.made_ms).slice(0, names.length - MAX_KEPT)
  for (const { name } of oldest) await rm(join(FOLDER, name), { force: true })
}
