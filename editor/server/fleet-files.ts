/**
 * What the studio keeps of its fleet: `sensors.json`, `deployments.json` and `artifacts/<hash>.mjs` in one folder. Writes
 * of a file follow one another, each durable before it resolves.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlowDocument } from '../../flows/format/flow.ts'
import type { ParameterValues } from '../../flows/format/parameters.ts'
import { InputError } from '../../nodes/contract/capability.ts'
import { makePrivateFolder, oneAtATime, readJsonFile, writeDurably } from '../../runtime/io/durable-file.ts'
import { FLOW_NAME, SENSOR_NAME } from '../../runtime/protocol/channels.ts'
import {
  either,
  finite,
  isObject,
  list,
  object,
  oneOf,
  type Reader,
  table,
  text,
  whole,
} from '../../runtime/protocol/shape.ts'

/** What a person asked to run. */
export interface DeployedFlow {
  readonly revision: number
  readonly artifact: string
  readonly parameters: ParameterValues
  readonly flow: FlowDocument
  readonly deployed_ms: number
}
/** `proposed`: asked for, and the sensor's answer is not known yet. */
export interface Deployment {
  readonly sensor: string
  readonly name: string
  readonly wanted?: DeployedFlow
  readonly proposed?: DeployedFlow
  /** It shall stop, as soon as the sensor can be told. */
  readonly stops?: true
}
export interface KnownSensor {
  readonly name: string
  readonly key_sha256: string
  readonly joined_ms: number
}

/** Sensors a studio may know. */
export const SENSORS_MAX = 4096

const readDeployedFlow: Reader<DeployedFlow> = object({
  revision: whole(),
  artifact: text(64, /^[0-9a-f]{64}$/),
  parameters: table(
    text(64),
    either(either(text(65_536), finite(-Number.MAX_VALUE, Number.MAX_VALUE)), (value) =>
      typeof value === 'boolean' ? value : undefined,
    ),
    256,
  ),
  // Written by this studio from a document it had read.
  flow: (value) => (isObject(value) ? (value as unknown as FlowDocument) : undefined),
  deployed_ms: whole(),
})
const readDeploymentsFile = object({
  version: oneOf('1'),
  deployments: list<Deployment>(
    object(
      { sensor: text(64, SENSOR_NAME), name: text(64, FLOW_NAME) },
      {
        wanted: readDeployedFlow,
        proposed: readDeployedFlow,
        stops: (value) => (value === true ? value : undefined),
      },
    ),
    1_000_000,
  ),
})
const readSensorsFile = object({
  version: oneOf('1'),
  sensors: list<KnownSensor>(
    object({ name: text(64, SENSOR_NAME), key_sha256: text(64, /^[0-9a-f]{64}$/), joined_ms: whole() }),
    SENSORS_MAX,
  ),
})

export class FleetFiles {
  readonly #folder: string
  readonly #run = oneAtATime()

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Makes the folder where it is missing. */
  static async open(folder: string): Promise<FleetFiles> {
    await makePrivateFolder(join(folder, 'artifacts'))
    return new FleetFiles(folder)
  }

  /** None when there is no file yet. @throws InputError when it is damaged. */
  async readSensors(): Promise<readonly KnownSensor[]> {
    return (await this.#read('sensors', readSensorsFile))?.sensors ?? []
  }

  /** None when there is no file yet. @throws InputError when it is damaged. */
  async readDeployments(): Promise<readonly Deployment[]> {
    return (await this.#read('deployments', readDeploymentsFile))?.deployments ?? []
  }

  saveSensors(sensors: readonly KnownSensor[]): Promise<void> {
    return this.#save('sensors', { sensors })
  }

  saveDeployments(deployments: readonly Deployment[]): Promise<void> {
    return this.#save('deployments', { deployments })
  }

  /** The bytes as they were saved, for the sensor to check against the hash. @throws when it is not there. */
  readArtifact(hash: string): Promise<Buffer> {
    return readFile(this.#artifactPath(hash))
  }

  saveArtifact({ text, hash }: { readonly text: string; readonly hash: string }): Promise<void> {
    return writeDurably(this.#artifactPath(hash), text)
  }

  async #read<T>(name: string, reader: Reader<T>): Promise<T | undefined> {
    const path = this.#path(name)
    const json = await readJsonFile(path)
    if (json === undefined) return undefined
    const read = reader(json)
    if (read === undefined) throw new InputError(`${path} is damaged. Restore it from a backup or remove it.`)
    return read
  }

  #save(name: string, content: object): Promise<void> {
    return this.#run(() =>
      writeDurably(this.#path(name), `${JSON.stringify({ version: '1', ...content }, undefined, 2)}\n`),
    )
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`)
  }

  #artifactPath(hash: string): string {
    return join(this.#folder, 'artifacts', `${hash}.mjs`)
  }
}
