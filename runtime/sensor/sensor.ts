/**
 * The sensor: a daemon that runs artifacts and does as its studio says. It listens on nothing.
 *
 * This room must not know what a flow looks like, which node types exist, or how records travel: it gets artifacts,
 * hands them to engines, and passes on what engines say.
 */

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../nodes/contract/capability.ts'
import type { Engine, EngineStart } from '../engine/engine.ts'
import { lockData } from '../io/data-lock.ts'
import { makePrivateFolder, writeDurably } from '../io/durable-file.ts'
import { DEPLOYMENTS_PER_SENSOR, SENSOR_NAME, TAPS_PER_SENSOR } from '../protocol/channels.ts'
import {
  type ActivateAnswer,
  type DeploymentStatus,
  type OfferAnswer,
  PROTOCOL_VERSION,
  type PutAnswer,
  type TapAnswer,
} from '../protocol/messages.ts'
import {
  readActivate,
  readOffer,
  readPut,
  readSampleFrame,
  readStop,
  readTapClose,
  readTapOpen,
} from '../protocol/read-messages.ts'
import { Artifacts } from './artifacts.ts'
import { Deployment, type DeploymentHost, TIMING, type Timing } from './deployment.ts'
import { DeploymentEntries } from './entries.ts'
import { dialStudio, type StudioCalls, type StudioSocket } from './socket.ts'

export interface SensorOptions {
  /** `http://127.0.0.1:7433`, or https elsewhere. */
  readonly studioUrl: string
  /** Lets a sensor that the studio does not know yet join. */
  readonly token: string
  readonly name: string
  readonly version: string
  /** Artifacts, deployments, this sensor's key and the flows' working folders live here, for this user only. */
  readonly dataFolder: string
  /** Folders in which a flow's relative paths are looked for when its own folder lacks the file. */
  readonly samples: readonly string[]
  readonly startEngine: (start: EngineStart) => Engine
  /** Values for `${secret:NAME}`; they never leave the sensor. */
  readonly secrets: Readonly<Record<string, string>>
  readonly timing?: Partial<Timing>
  /** Another way to the studio, for tests. */
  readonly connect?: (calls: StudioCalls) => StudioSocket
  /** One line for the operator. */
  readonly log?: (line: string) => void
}

export interface Sensor {
  readonly name: string
  /** True while the studio has taken it in. */
  readonly isConnected: boolean
  deployments(): readonly DeploymentStatus[]
  /** Drains every flow, writes down where each stands, and hangs up. */
  close(): Promise<void>
}

/**
 * Starts what ran before, then dials out. Resolves when the deployments were read; they start meanwhile.
 * @throws InputError when the data folder can't be used, also by another sensor, or the address is no studio's.
 */
export async function startSensor(options: SensorOptions): Promise<Sensor> {
  const { name, dataFolder } = options
  if (!SENSOR_NAME.test(name)) {
    throw new InputError(`'${name}' can't be a sensor's name. Use letters, digits, '.', '_' and '-', 64 at most.`)
  }
  await makePrivateFolder(dataFolder)
  const unlock = await lockData(dataFolder)
  try {
    return await startLocked(options, unlock)
  } catch (error) {
    await unlock()
    throw error
  }
}

/** @param unlock gives the data folder free when the sensor was closed. */
async function startLocked(options: SensorOptions, unlock: () => Promise<void>): Promise<Sensor> {
  const { name, dataFolder, log = () => undefined } = options
  const artifacts = await Artifacts.open(join(dataFolder, 'artifacts'))
  const entries = await DeploymentEntries.open(dataFolder)
  const deployments = new Map<string, Deployment>()
  const tapFlows = new Map<string, Deployment>()
  let socket: StudioSocket | undefined

  const host: DeploymentHost = {
    artifacts,
    entries,
    async surroundings(flow) {
      const folder = join(dataFolder, 'flows', flow)
      await makePrivateFolder(folder)
      return { folder, samples: options.samples, secrets: options.secrets }
    },
    startEngine: options.startEngine,
    timing: { ...TIMING, ...options.timing },
    onReport: (report) => socket?.sendReport(report),
    onFrame(frame) {
      const sendable = readSampleFrame(frame)
      if (sendable !== undefined) socket?.sendSamples(sendable)
    },
    log,
  }
  for (const entry of entries.all()) deployments.set(entry.flow, new Deployment(entry.flow, host, entry))
  for (const deployment of deployments.values())
    void deployment.resume().catch((error) => log((error as Error).message))

  const statuses = () => [...deployments.values()].map((one) => one.status()).filter((status) => status !== undefined)

  async function makeRoom(flow: string): Promise<boolean> {
    if (deployments.has(flow) || deployments.size < DEPLOYMENTS_PER_SENSOR) return true
    const idle = [...deployments.values()].find((one) => one.isIdle)
    if (idle === undefined) return false
    deployments.delete(idle.flow)
    await entries.remove(idle.flow)
    return true
  }

  function closeTaps(): void {
    for (const [tap, deployment] of tapFlows) deployment.closeTap(tap)
    tapFlows.clear()
  }

  const calls = {
    async offer(message: unknown): Promise<OfferAnswer> {
      const offer = readOffer(message)
      if (offer === undefined) return { answer: 'refused', reason: 'The offer is malformed or too large.' }
      if (!(await makeRoom(offer.flow))) {
        return { answer: 'refused', reason: `This sensor runs ${DEPLOYMENTS_PER_SENSOR} flows already. Stop one.` }
      }
      return artifacts.offer(offer).catch((error) => ({ answer: 'refused', reason: (error as Error).message }))
    },
    async put(message: unknown): Promise<PutAnswer> {
      const put = readPut(message)
      if (put === undefined) return { refused: 'The chunk is malformed or too large.' }
      return artifacts.put(put).catch((error) => ({ refused: (error as Error).message }))
    },
    async activate(message: unknown): Promise<ActivateAnswer> {
      const activate = readActivate(message)
      if (activate === undefined) return { answer: 'rolled-back', reason: 'The message is malformed.' }
      const deployment = deployments.get(activate.flow) ?? new Deployment(activate.flow, host)
      deployments.set(activate.flow, deployment)
      try {
        const answer = await deployment.activate(activate)
        await artifacts.prune(new Set([...deployments.values()].map((one) => one.artifact ?? '')))
        return answer
      } catch (error) {
        return { answer: 'rolled-back', reason: (error as Error).message }
      } finally {
        if (deployment.status() === undefined) deployments.delete(activate.flow)
      }
    },
    async stop(message: unknown): Promise<unknown> {
      const stop = readStop(message)
      if (stop === undefined) return { answer: 'refused', reason: 'The message is malformed.' }
      try {
        await deployments.get(stop.flow)?.stop()
        return { answer: 'stopped' }
      } catch (error) {
        return { answer: 'refused', reason: (error as Error).message }
      }
    },
    async tap(message: unknown): Promise<TapAnswer> {
      const open = readTapOpen(message)
      if (open === undefined) return { answer: 'refused', reason: 'The message is malformed.' }
      if (tapFlows.has(open.tap)) return { answer: 'refused', reason: 'A tap of this name is open already.' }
      if (tapFlows.size >= TAPS_PER_SENSOR) {
        return { answer: 'refused', reason: `${TAPS_PER_SENSOR} taps are open on this sensor. Close one.` }
      }
      const deployment = deployments.get(open.flow)
      if (deployment === undefined) return { answer: 'refused', reason: 'The flow does not run on this sensor.' }
      const answer = deployment.openTap(open)
      if (answer.answer === 'open') tapFlows.set(open.tap, deployment)
      return answer
    },
    async untap(message: unknown): Promise<unknown> {
      const close = readTapClose(message)
      if (close === undefined) return { answer: 'refused', reason: 'The message is malformed.' }
      tapFlows.get(close.tap)?.closeTap(close.tap)
      tapFlows.delete(close.tap)
      return { answer: 'closed' }
    },
  }

  socket = (options.connect ?? dialStudio)({
    url: options.studioUrl,
    auth: { token: options.token, key: await sensorKey(dataFolder), name },
    hello: () => ({ protocol: PROTOCOL_VERSION, name, version: options.version, deployments: statuses() }),
    calls,
    onWelcome() {
      for (const deployment of deployments.values()) {
        const report = deployment.report()
        if (report !== undefined) socket?.sendReport(report)
      }
    },
    onGone: closeTaps,
    log,
  })

  return {
    name,
    get isConnected() {
      return socket?.isWelcome ?? false
    },
    deployments: statuses,
    async close() {
      closeTaps()
      await Promise.all([...deployments.values()].map((deployment) => deployment.close()))
      await unlock()
      socket?.close()
    },
  }
}

/** This sensor's own key, made at its first start: it proves to the studio that it is the same sensor as before. */
async function sensorKey(dataFolder: string): Promise<string> {
  const path = join(dataFolder, 'key')
  try {
    const key = (await readFile(path, 'utf8')).trim()
    if (/^[\w-]{43}$/.test(key)) return key
    throw new InputError(`${path} is damaged. Remove it, and remove the sensor in the studio, to join anew.`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const key = randomBytes(32).toString('base64url')
  await writeDurably(path, `${key}\n`)
  return key
}
