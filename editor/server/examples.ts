/** The flows that come with Lacewing: `<folder>/<name>.json` or `<folder>/<name>/flow.json`. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import { FLOW_NAME } from '../../runtime/protocol/channels.ts'
import { AnswerError } from './answer-error.ts'

/** Every example that can be read, by name. */
export async function listExamples(folder: string): Promise<readonly FlowDocument[]> {
  const names = (await readdir(folder))
    .map((name) => name.replace(/\.json$/, ''))
    .filter((name) => FLOW_NAME.test(name))
  const flows = await Promise.all([...new Set(names)].sort().map((name) => readExample(folder, name)))
  return flows.filter((flow) => flow !== undefined)
}

/** @throws AnswerError 404 */
export async function openExample(folder: string, name: string): Promise<FlowDocument> {
  const flow = FLOW_NAME.test(name) ? await readExample(folder, name) : undefined
  if (flow === undefined) throw new AnswerError(404, `There is no example '${name}'.`, 'GET /api/examples lists them.')
  return flow
}

async function readExample(folder: string, name: string): Promise<FlowDocument | undefined> {
  for (const path of [join(folder, `${name}.json`), join(folder, name, 'flow.json')]) {
    try {
      return readFlow(await readFile(path, 'utf8')).flow
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    }
  }
  return undefined
}
