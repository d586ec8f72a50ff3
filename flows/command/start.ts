/** `lacewing start`: the studio with an embedded sensor and the sample flow. */

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FlowCompiler } from '../../editor/server/compiler.ts'
import { type Studio, startStudio } from '../../editor/server/studio.ts'
import { InputError } from '../../nodes/contract/capability.ts'
import type { Engine, EngineStart } from '../../runtime/engine/engine.ts'
import { startSensor } from '../../runtime/sensor/sensor.ts'
import { compileFlow, compileInput, type Language } from '../bundle/compile-flow.ts'
import { checkWires } from '../compile/wire-fields.ts'
import type { FlowDocument } from '../format/flow.ts'
import type { ParameterValues } from '../format/parameters.ts'
import { readFlow } from '../format/read.ts'
import { ensureEditor } from './editor-files.ts'
import { untilSignal } from './signals.ts'

const EDITOR = fileURLToPath(new URL('../../.lacewing/editor', import.meta.url))
/** Name of the sensor inside the studio's process. */
const EMBEDDED_SENSOR = 'local'
const SAMPLE = 'dga-eve'
/** The bundled capture in a loop, at a rate that can be followed. */
const SAMPLE_SETTINGS = { repeat: true, rate: 200 }

export interface StartOptions {
  readonly port: string
  readonly host: string
  readonly data: string
  readonly sample: boolean
}

export interface StartTools {
  readonly language: Language
  readonly startEngine: (start: EngineStart) => Engine
  readonly samples: readonly string[]
  readonly readSecrets: (path: string | undefined) => Readonly<Record<string, string>>
  readonly version: string
}

/** Runs until Ctrl-C. @returns the exit code. @throws InputError */
export async function start(options: StartOptions, tools: StartTools): Promise<number> {
  const port = Number(options.port)
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new InputError(`--port ${options.port} is no port. Give a number from 0 to 65535.`)
  }
  const say = (line: string) => console.error(line)
  const data = resolve(options.data)
  const editorFiles = await ensureEditor(EDITOR, say)
  const studio = await startStudio({
    port,
    host: options.host,
    dataFolder: join(data, 'studio'),
    editorFiles,
    compiler: compilerFor(tools),
    examplesFolder: tools.samples[0]!,
    version: tools.version,
    log: say,
  })
  const sensor = await startSensor({
    studioUrl: studio.url,
    token: studio.sensorToken,
    name: EMBEDDED_SENSOR,
    version: tools.version,
    dataFolder: join(data, 'sensor'),
    samples: tools.samples,
    startEngine: tools.startEngine,
    secrets: {},
    log: say,
  }).catch(async (error) => {
    await studio.close()
    throw error
  })
  const ended = untilSignal()
  console.log('Open the editor with this link; it works once:')
  console.log(studio.loginLink)
  say(`Another sensor joins with: ${studio.sensorCommand}`)
  if (options.sample) await deploySample(studio, tools.samples[0]!, say)
  await ended
  say('Stopping: what was read is being delivered.')
  await sensor.close()
  await studio.close()
  return 0
}

function compilerFor({ language, samples }: StartTools): FlowCompiler {
  const input = (flow: FlowDocument, parameters: ParameterValues, folder: string) =>
    compileInput(flow, parameters, { folders: [folder, ...samples], isConfined: true }, language)
  return {
    check: async (flow, parameters, folder) => checkWires(input(flow, parameters, folder)),
    compile: async (flow, parameters, folder) => {
      const { compilation, artifact } = await compileFlow(input(flow, parameters, folder))
      return { problems: compilation.problems, ...(artifact === undefined ? {} : { artifact }) }
    },
  }
}

/** On the first start the sample flow is kept and deployed; afterwards it is the user's own. */
async function deploySample(studio: Studio, examples: string, say: (line: string) => void): Promise<void> {
  if ((await studio.flows.list()).length > 0) return
  const { flow } = readFlow(await readFile(join(examples, `${SAMPLE}.json`), 'utf8'))
  if (flow === undefined) throw new Error(`the bundled flow ${SAMPLE} is damaged`)
  await studio.flows.create(flow)
  const answer = await studio.deploy({ flow: SAMPLE, sensor: EMBEDDED_SENSOR, parameters: SAMPLE_SETTINGS })
  if (answer.answer !== 'running') say(`The sample flow could not be deployed: ${answer.reason}`)
}
