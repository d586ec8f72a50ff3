/** What the sensor runs, on disk: one small file, replaced whole, from which it goes on after a restart without a studio. */

import { join } from 'node:path'
import { InputError, type Position } from '../../nodes/contract/capability.ts'
import { oneAtATime, readJsonFile, writeDurably } from '../io/durable-file.ts'
import { DEPLOYMENTS_PER_SENSOR, FLOW_NAME } from '../protocol/channels.ts'
import type { Fault } from '../protocol/metrics.ts'
import { either, finite, list, object, oneOf, type Reader, table, text, whole } from '../protocol/shape.ts'

export type Positions = Readonly<Record<string, Position>>

export interface DeploymentEntry {
  readonly flow: string
  readonly revision: number
  readonly artifact: string
  /** What it was when last written: `running` and `faulted` ones are started again after a restart. */
  readonly state: 'running' | 'ended' | 'stopped' | 'faulted'
  readonly since_ms: number
  /** Where its sources stood when it last stopped; it goes on from there. */
  readonly positions: Positions
  readonly fault?: Fault
}

const boolean: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined)
const position = table(text(256), either(either(text(4096), finite(-Number.MAX_VALUE, Number.MAX_VALUE)), boolean), 64)
const entry: Reader<DeploymentEntry> = object(
  {
    flow: text(64, FLOW_NAME),
    revision: whole(),
    artifact: text(64, /^[0-9a-f]{64}$/),
    state: oneOf('running', 'ended', 'stopped', 'faulted'),
    since_ms: whole(),
    positions: table(text(128), position, 8192),
  },
  { fault: object({ message: text(16_384) }, { node: text(128), stack: text(65_536) }) },
)
const file = object({ version: oneOf('1'), deployments: list(entry, DEPLOYMENTS_PER_SENSOR) })

export class DeploymentEntries {
  readonly #path: string
  readonly #entries = new Map<string, DeploymentEntry>()
  readonly #run = oneAtATime()

  private constructor(path: string) {
    this.#path = path
  }

  /** @throws InputError when the file is damaged: better to say so than to run nothing and seem well. */
  static async open(dataFolder: string): Promise<DeploymentEntries> {
    const entries = new DeploymentEntries(join(dataFolder, 'deployments.json'))
    const content = await readJsonFile(entries.#path)
    if (content === undefined) return entries
    const read = file(content)
    if (read === undefined) {
      throw new InputError(`${entries.#path} is damaged. Restore it, or remove it and deploy the flows again.`)
    }
    for (const one of read.deployments) entries.#entries.set(one.flow, one)
    return entries
  }

  all(): readonly DeploymentEntry[] {
    return [...this.#entries.values()]
  }

  /** Resolves when the entry is on the disk. */
  save(entry: DeploymentEntry): Promise<void> {
    this.#entries.set(entry.flow, entry)
    return this.#write()
  }

  remove(flow: string): Promise<void> {
    this.#entries.delete(flow)
    return this.#write()
  }

  #write(): Promise<void> {
    return this.#run(() =>
      writeDurably(this.#path, `${JSON.stringify({ version: '1', deployments: this.all() }, undefined, 2)}\n`),
    )
  }
}
