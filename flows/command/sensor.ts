/** `lacewing sensor`: a headless sensor that dials out to its studio. */

import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import type { Engine, EngineStart } from '../../runtime/engine/engine.ts'
import { startSensor } from '../../runtime/sensor/sensor.ts'
import { untilSignal } from './signals.ts'

export interface SensorCommandOptions {
  readonly studio: string
  readonly token: string
  readonly name?: string
  readonly data: string
}

export interface SensorTools {
  readonly startEngine: (start: EngineStart) => Engine
  readonly samples: readonly string[]
  readonly readSecrets: (path: string | undefined) => Readonly<Record<string, string>>
  readonly version: string
}

/** Runs until Ctrl-C. Secrets are the file `secrets.json` in the data folder, if there is one. @throws InputError */
export async function sensor(options: SensorCommandOptions, tools: SensorTools): Promise<number> {
  const dataFolder = resolve(options.data)
  const secrets = join(dataFolder, 'secrets.json')
  const running = await startSensor({
    studioUrl: options.studio,
    token: options.token,
    name: options.name ?? hostname(),
    version: tools.version,
    dataFolder,
    samples: tools.samples,
    startEngine: tools.startEngine,
    secrets: tools.readSecrets(existsSync(secrets) ? secrets : undefined),
    log: (line) => console.error(line),
  })
  await untilSignal()
  console.error('Stopping: what was read is being delivered.')
  await running.close()
  return 0
}
