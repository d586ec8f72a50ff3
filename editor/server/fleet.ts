/**
 * The sensors the studio knows and what shall run on each. The studio's word on a deployment is on disk before the
 * sensor is asked, so that a crash between the two is settled when the sensor next says hello.
 *
 * This room must not know how messages travel: relay.ts hands in conns.
 */

import type { ParameterValues } from '../../flows/format/parameters.ts'
import { PUT_CHUNK_BYTES, type SensorAuth } from '../../runtime/protocol/channels.ts'
import {
  type Activate,
  type ActivateAnswer,
  type DeploymentStatus,
  type Hello,
  PROTOCOL_VERSION,
  type SampleFrame,
  type SensorInfo,
  type StatusReport,
  type TapAnswer,
  type TapOpen,
} from '../../runtime/protocol/messages.ts'
import {
  readActivateAnswer,
  readOfferAnswer,
  readPutAnswer,
  readStopAnswer,
  readTapAnswer,
} from '../../runtime/protocol/read-messages.ts'
import { hashOf, sameSecret } from './access.ts'
import { AnswerError } from './answer-error.ts'
import { type DeployedFlow, type Deployment, FleetFiles, type KnownSensor, SENSORS_MAX } from './fleet-files.ts'

/** A sensor's connection. `call` gives the answer, or undefined when none came in time or the sensor went. */
export interface SensorConn {
  call(event: string, message: unknown, timeout_ms: number): Promise<unknown>
  close(): void
}

/** A deployment as the API lists it. */
export interface DeploymentInfo extends DeploymentStatus {
  readonly sensor: string
  readonly parameters: ParameterValues
  readonly deployed_ms: number
}

const ASK_MS = 15_000
/** The old flow drains, the new one opens and proves its health. */
const ACTIVATE_MS = 90_000
/** Chunks of one transfer; a sensor that keeps asking for the same ones is given up. */
const PUTS_MAX = 1024

export interface FleetListener {
  onReport(sensor: string, report: StatusReport): void
  onSamples(sensor: string, frame: SampleFrame): void
  /** A sensor is ready for taps. */
  onWelcome(sensor: string): void
}

class Sensor {
  readonly name: string
  conn: SensorConn | undefined
  version = ''
  readonly reports = new Map<string, StatusReport>()
  readonly statuses = new Map<string, DeploymentStatus>()

  constructor(name: string) {
    this.name = name
  }

  /** A first deployment that failed leaves nothing on the sensor that could report its end. */
  forget(flow: string): void {
    const state = this.statuses.get(flow)?.state
    if (state !== undefined && state !== 'preparing') return
    this.statuses.delete(flow)
    this.reports.delete(flow)
  }

  get info(): SensorInfo {
    return {
      name: this.name,
      connected: this.conn !== undefined,
      version: this.version,
      deployments: [...this.statuses.values()],
    }
  }
}

export class Fleet {
  readonly #files: FleetFiles
  readonly #known = new Map<string, KnownSensor>()
  readonly #sensors = new Map<string, Sensor>()
  readonly #deployments = new Map<string, Deployment>()
  readonly #busy = new Set<string>()
  readonly #listeners: FleetListener[] = []
  readonly #log: (line: string) => void
  #changes = 0

  private constructor(files: FleetFiles, log: (line: string) => void) {
    this.#files = files
    this.#log = log
  }

  /** @throws InputError for a damaged file. */
  static async open(folder: string, log: (line: string) => void): Promise<Fleet> {
    const files = await FleetFiles.open(folder)
    const fleet = new Fleet(files, log)
    for (const known of await files.readSensors()) {
      fleet.#known.set(known.name, known)
      fleet.#sensors.set(known.name, new Sensor(known.name))
    }
    for (const one of await files.readDeployments()) fleet.#deployments.set(placeOf(one.sensor, one.name), one)
    return fleet
  }

  listen(listener: FleetListener): void {
    this.#listeners.push(listener)
  }

  sensors(): readonly SensorInfo[] {
    return [...this.#sensors.values()].map((sensor) => sensor.info).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Rises when a sensor comes, goes, or its deployments change state. */
  get changes(): number {
    return this.#changes
  }

  /** The newest report of a deployment; undefined when none came yet. */
  report(sensor: string, flow: string): StatusReport | undefined {
    return this.#sensors.get(sensor)?.reports.get(flow)
  }

  /** All reports, for the metrics page. */
  reports(): readonly { readonly sensor: string; readonly report: StatusReport }[] {
    return [...this.#sensors.values()].flatMap(({ name, reports }) =>
      [...reports.values()].map((report) => ({ sensor: name, report })),
    )
  }

  deployments(): readonly DeploymentInfo[] {
    return [...this.#deployments.values()].flatMap(({ sensor, name, wanted, stops }) => {
      if (wanted === undefined || stops) return []
      const { flow: _, ...facts } = wanted
      const status = this.#sensors.get(sensor)?.statuses.get(name)
      const unseen = { flow: name, state: 'preparing' as const, since_ms: wanted.deployed_ms }
      return [{ ...unseen, ...status, ...facts, sensor }]
    })
  }

  /** What was deployed. @throws AnswerError 404 */
  deployed(sensor: string, flow: string): DeployedFlow {
    const { wanted, stops } = this.#deployments.get(placeOf(sensor, flow)) ?? {}
    if (wanted === undefined || stops) throw notDeployed(sensor, flow)
    return wanted
  }

  /* ---- sensors come and go ---- */

  /**
   * A sensor asks to be let in: one that is known by its key, or a new one by the join token.
   * Gives the reason of a refusal; undefined when it may come.
   */
  async admit(auth: SensorAuth, mayJoin: boolean): Promise<string | undefined> {
    const known = this.#known.get(auth.name)
    if (known !== undefined) {
      if (sameSecret(hashOf(auth.key), known.key_sha256)) return undefined
      return `Another sensor is called ${auth.name}. Start this one with another --name, or remove the other in the studio.`
    }
    if (!mayJoin) return 'The token is not valid here. Use the line that `lacewing start` prints.'
    if (this.#known.size >= SENSORS_MAX) return `The studio knows ${SENSORS_MAX} sensors already. Remove one.`
    this.#known.set(auth.name, { name: auth.name, key_sha256: hashOf(auth.key), joined_ms: Date.now() })
    this.#sensors.set(auth.name, new Sensor(auth.name))
    await this.#files.saveSensors([...this.#known.values()])
    this.#log(`Sensor ${auth.name} joined.`)
    return undefined
  }

  /** First message of an admitted sensor. Gives the reason of a refusal; the newest conn of a sensor is the one in use. */
  welcome(name: string, hello: Hello, conn: SensorConn): string | undefined {
    const sensor = this.#sensors.get(name)
    if (sensor === undefined || hello.name !== name) return 'The name is not the one it was let in with.'
    if (hello.protocol !== PROTOCOL_VERSION) {
      const older = hello.protocol < PROTOCOL_VERSION ? 'sensor' : 'studio'
      return `The studio speaks version ${PROTOCOL_VERSION} of the protocol, the sensor ${hello.protocol}. Update the ${older}.`
    }
    const before = sensor.conn
    sensor.conn = conn
    before?.close()
    sensor.version = hello.version
    sensor.statuses.clear()
    for (const status of hello.deployments) sensor.statuses.set(status.flow, status)
    for (const flow of sensor.reports.keys()) if (!sensor.statuses.has(flow)) sensor.reports.delete(flow)
    this.#changes++
    return undefined
  }

  /** The sensor knows that it is welcome: from here on it takes orders. */
  greeted(name: string, conn: SensorConn): void {
    const sensor = this.#sensors.get(name)
    if (sensor?.conn !== conn) return
    for (const listener of this.#listeners) listener.onWelcome(name)
    this.#reconcileSoon(sensor)
  }

  left(name: string, conn: SensorConn): void {
    const sensor = this.#sensors.get(name)
    if (sensor?.conn !== conn) return
    sensor.conn = undefined
    this.#changes++
  }

  reported(name: string, conn: SensorConn, report: StatusReport): void {
    const sensor = this.#sensors.get(name)
    if (sensor?.conn !== conn) return
    const { status } = report
    const before = sensor.statuses.get(status.flow)
    sensor.statuses.set(status.flow, status)
    sensor.reports.set(status.flow, report)
    for (const listener of this.#listeners) listener.onReport(name, report)
    const isSame =
      before?.state === status.state && before.artifact === status.artifact && before.revision === status.revision
    if (isSame) return
    this.#changes++
    // That its copy of an artifact is damaged a sensor learns when it starts the flow again, perhaps after its hello.
    if (status.state === 'faulted') this.#reconcileSoon(sensor)
  }

  sampled(name: string, conn: SensorConn, frame: SampleFrame): void {
    if (this.#sensors.get(name)?.conn !== conn) return
    for (const listener of this.#listeners) listener.onSamples(name, frame)
  }

  /** Forgets a sensor and what should run on it. @throws AnswerError 404; 409 while it is connected. */
  async forget(name: string): Promise<void> {
    const sensor = this.#sensors.get(name)
    if (sensor === undefined) throw unknownSensor(name)
    if (sensor.conn !== undefined) throw new AnswerError(409, `Sensor '${name}' is connected.`, 'Stop it first.')
    this.#sensors.delete(name)
    this.#known.delete(name)
    for (const [place, deployment] of this.#deployments) if (deployment.sensor === name) this.#deployments.delete(place)
    await this.#files.saveSensors([...this.#known.values()])
    await this.#files.saveDeployments([...this.#deployments.values()])
    this.#changes++
  }

  /* ---- taps ---- */

  async openTap(sensor: string, open: TapOpen): Promise<TapAnswer> {
    const conn = this.#sensors.get(sensor)?.conn
    if (conn === undefined) return { answer: 'refused', reason: `Sensor '${sensor}' is not connected.` }
    const answer = readTapAnswer(await conn.call('tap', open, ASK_MS))
    return answer ?? { answer: 'refused', reason: `Sensor '${sensor}' did not answer in time.` }
  }

  closeTap(sensor: string, tap: string): void {
    void this.#sensors.get(sensor)?.conn?.call('untap', { tap }, ASK_MS)
  }

  /* ---- deployments ---- */

  /** Throws unless the sensor is there to be deployed to. @throws AnswerError 404; 503 when it is not connected. */
  reach(name: string): void {
    this.#connOf(name)
  }

  /**
   * Runs an artifact on a sensor.
   * @throws AnswerError 404; 409 when a deployment of the flow there is under way; 503 when the sensor is not there.
   */
  async deploy(
    name: string,
    target: Omit<DeployedFlow, 'artifact' | 'deployed_ms'>,
    artifact: { readonly text: string; readonly hash: string },
  ): Promise<ActivateAnswer> {
    const conn = this.#connOf(name)
    const flow = target.flow.name
    return this.#alone(name, flow, async () => {
      const proposed: DeployedFlow = { ...target, artifact: artifact.hash, deployed_ms: Date.now() }
      await this.#files.saveArtifact(artifact)
      const before = this.#deployments.get(placeOf(name, flow))
      await this.#keep({ sensor: name, name: flow, ...(before?.wanted && { wanted: before.wanted }), proposed })
      return this.#settle(name, flow, proposed, await this.#send(name, conn, flow, proposed))
    })
  }

  /** Writes down what the sensor made of a proposal. */
  async #settle(
    name: string,
    flow: string,
    proposed: DeployedFlow,
    answer: ActivateAnswer | undefined,
  ): Promise<ActivateAnswer> {
    if (answer === undefined) {
      throw new AnswerError(
        503,
        `Sensor '${name}' did not answer; it may run the new flow or the old one.`,
        'What it runs is settled when it connects again.',
      )
    }
    const before = this.#deployments.get(placeOf(name, flow))
    if (answer.answer === 'running') await this.#keep({ sensor: name, name: flow, wanted: proposed })
    else if (before?.wanted === undefined) {
      await this.#drop(name, flow)
      this.#sensors.get(name)?.forget(flow)
      this.#changes++
    } else await this.#keep({ sensor: name, name: flow, wanted: before.wanted })
    return answer
  }

  /**
   * Stops a flow on a sensor. `stopping` when the sensor is away: it is told when it comes.
   * @throws AnswerError 404, 409
   */
  async stop(name: string, flow: string): Promise<{ readonly answer: 'stopped' | 'stopping' }> {
    const sensor = this.#sensors.get(name)
    if (sensor === undefined) throw unknownSensor(name)
    const deployment = this.#deployments.get(placeOf(name, flow))
    if (deployment === undefined && !sensor.statuses.has(flow)) throw notDeployed(name, flow)
    return this.#alone(name, flow, async () => {
      await this.#keep({ ...(deployment ?? { sensor: name, name: flow }), stops: true })
      return { answer: (await this.#tellStop(sensor, flow)) ? 'stopped' : 'stopping' }
    })
  }

  async #tellStop(sensor: Sensor, flow: string): Promise<boolean> {
    const answer = readStopAnswer(await sensor.conn?.call('stop', { flow }, ACTIVATE_MS))
    if (answer === undefined) return false
    await this.#drop(sensor.name, flow)
    return true
  }

  #reconcileSoon(sensor: Sensor): void {
    void this.#reconcile(sensor).catch((error) => this.#log((error as Error).message))
  }

  /** After a hello or a fault: settles what was open, and brings the sensor to what it should run. */
  async #reconcile(sensor: Sensor): Promise<void> {
    for (const { name: flow } of [...this.#deployments.values()].filter((one) => one.sensor === sensor.name)) {
      const { conn } = sensor
      if (conn === undefined || this.#busy.has(placeOf(sensor.name, flow))) continue
      await this.#alone(sensor.name, flow, () => this.#reconcileFlow(sensor, conn, flow))
    }
  }

  async #reconcileFlow(sensor: Sensor, conn: SensorConn, flow: string): Promise<void> {
    const deployment = this.#deployments.get(placeOf(sensor.name, flow))
    if (deployment === undefined) return
    if (deployment.stops) {
      await this.#tellStop(sensor, flow)
      return
    }
    const status = sensor.statuses.get(flow)
    const { proposed } = deployment
    if (proposed !== undefined) {
      const runsIt = status?.artifact === proposed.artifact && status.state !== 'preparing'
      if (runsIt) await this.#keep({ sensor: sensor.name, name: flow, wanted: proposed })
      else if (deployment.wanted === undefined) await this.#drop(sensor.name, flow)
      else await this.#keep({ sensor: sensor.name, name: flow, wanted: deployment.wanted })
    }
    const wanted = this.#deployments.get(placeOf(sensor.name, flow))?.wanted
    if (wanted === undefined) return
    const isThere = status?.artifact === wanted.artifact && status.state !== 'stopped'
    // A faulted flow is left to its sensor's own restarts, unless its artifact was damaged there.
    if (isThere && status.state !== 'faulted') return
    const answer = await this.#send(sensor.name, conn, flow, wanted, isThere)
    if (answer?.answer === 'rolled-back') this.#log(`Flow ${flow} does not start on ${sensor.name}: ${answer.reason}`)
  }

  /** offer, put, activate. Undefined when the sensor went. With `onlyIfNeeded` an artifact that is there is left alone. */
  async #send(
    name: string,
    conn: SensorConn,
    flow: string,
    target: DeployedFlow,
    onlyIfNeeded = false,
  ): Promise<ActivateAnswer | undefined> {
    const { artifact, revision } = target
    const content = await this.#files.readArtifact(artifact)
    const offer = { flow, revision, artifact, bytes: content.byteLength }
    const offered = readOfferAnswer(await conn.call('offer', offer, ASK_MS))
    if (offered === undefined) return undefined
    if (offered.answer === 'refused') return { answer: 'rolled-back', reason: offered.reason }
    if (offered.answer === 'have' && onlyIfNeeded) return { answer: 'running' }
    if (offered.answer === 'need') {
      let offset = 0
      for (let puts = 0; offset < content.byteLength; puts++) {
        if (puts === PUTS_MAX) return { answer: 'rolled-back', reason: `Sensor '${name}' does not take the artifact.` }
        const chunk = content.subarray(offset, offset + PUT_CHUNK_BYTES)
        const answer = readPutAnswer(await conn.call('put', { artifact, offset, chunk }, ASK_MS))
        if (answer === undefined) return undefined
        if ('refused' in answer) return { answer: 'rolled-back', reason: answer.refused }
        offset = answer.received
      }
    }
    const activate: Activate = { flow, revision, artifact }
    return readActivateAnswer(await conn.call('activate', activate, ACTIVATE_MS))
  }

  /** One change of a deployment at a time: the second is told, not queued behind minutes of work. */
  async #alone<T>(sensor: string, flow: string, task: () => Promise<T>): Promise<T> {
    const place = placeOf(sensor, flow)
    if (this.#busy.has(place)) {
      throw new AnswerError(
        409,
        `Flow '${flow}' is being deployed to '${sensor}' already.`,
        'Try again when that is done.',
      )
    }
    this.#busy.add(place)
    try {
      return await task()
    } finally {
      this.#busy.delete(place)
    }
  }

  #connOf(name: string): SensorConn {
    const sensor = this.#sensors.get(name)
    if (sensor === undefined) throw unknownSensor(name)
    if (sensor.conn === undefined) {
      throw new AnswerError(503, `Sensor '${name}' is not connected.`, 'Start it, or see that it reaches the studio.')
    }
    return sensor.conn
  }

  async #keep(deployment: Deployment): Promise<void> {
    this.#deployments.set(placeOf(deployment.sensor, deployment.name), deployment)
    await this.#files.saveDeployments([...this.#deployments.values()])
  }

  async #drop(sensor: string, flow: string): Promise<void> {
    this.#deployments.delete(placeOf(sensor, flow))
    await this.#files.saveDeployments([...this.#deployments.values()])
  }
}

/** Neither name can hold a space. */
function placeOf(sensor: string, flow: string): string {
  return `${sensor} ${flow}`
}

function unknownSensor(name: string): AnswerError {
  return new AnswerError(404, `There is no sensor '${name}'.`, 'GET /api/sensors lists them.')
}

function notDeployed(sensor: string, flow: string): AnswerError {
  return new AnswerError(404, `Flow '${flow}' is not deployed on '${sensor}'.`, 'GET /api/deployments lists them.')
}
