/** Readers of every message: what came over a socket in, a message of messages.ts or undefined out. */

import type { HelloAnswer, LiveAnswer, LiveTapOpen, SensorAuth, StopAnswer, Watch } from './channels.ts'
import {
  ARTIFACT_MAX_BYTES,
  DEPLOYMENTS_PER_SENSOR,
  FLOW_NAME,
  PUT_CHUNK_BYTES,
  SENSOR_NAME,
  TAP_LIMIT_PER_S,
} from './channels.ts'
import type {
  Activate,
  ActivateAnswer,
  DeploymentStatus,
  Hello,
  LiveFrame,
  Offer,
  OfferAnswer,
  Put,
  PutAnswer,
  Sample,
  SampleFrame,
  SensorInfo,
  StatusReport,
  Stop,
  TapAnswer,
  TapClose,
  TapOpen,
} from './messages.ts'
import type { Fault, FlowMetrics, NodeCounters, RejectReasons } from './metrics.ts'
import { plainJson } from './plain-json.ts'
import { bytes, either, finite, list, object, oneOf, type Reader, table, text, whole } from './shape.ts'

const flowName = text(64, FLOW_NAME)
const sensorName = text(64, SENSOR_NAME)
const hash = text(64, /^[0-9a-f]{64}$/)
const revision = whole(0, 1_000_000_000)
const tapName = text(64, /^[\w.:-]+$/)
const wireName = text(512)
const nodeId = text(128)
const reason = text(4096)
const version = text(64)
/** The largest date of JavaScript. */
const time_ms = finite(0, 8_640_000_000_000_000)
const seconds = finite(0, 1e12)
/** A flow has fewer nodes and wires than this; the socket's message bound would cut first. */
const TABLE_MAX = 8192

const refused = object({ answer: oneOf('refused'), reason })

const fault: Reader<Fault> = object({ message: text(16_384) }, { node: nodeId, stack: text(65_536) })

const node: Reader<NodeCounters & { readonly reasons?: RejectReasons }> = object(
  { in: whole(), out: whole(), created: whole(), filtered: whole(), rejected: whole(), errors: whole() },
  { unread: whole(), reasons: table(text(256), whole(), 65) },
)
const metrics: Reader<FlowMetrics> = object(
  {
    at_ms: time_ms,
    nodes: table(nodeId, node, TABLE_MAX),
    wires: table(wireName, whole(), TABLE_MAX),
    queues: table(nodeId, object({ records: whole(), bound: whole() }), TABLE_MAX),
    cpu_s: seconds,
    node_cpu_s: table(nodeId, seconds, TABLE_MAX),
  },
  { progress: finite(0, 1) },
)

const status: Reader<DeploymentStatus> = object(
  {
    flow: flowName,
    revision,
    artifact: hash,
    state: oneOf('preparing', 'running', 'ended', 'stopped', 'faulted'),
    since_ms: time_ms,
  },
  { fault },
)
const statuses = list(status, DEPLOYMENTS_PER_SENSOR)

/* ---- /fleet ---- */

export const readSensorAuth: Reader<SensorAuth> = object({
  token: text(256),
  key: text(64, /^[\w-]{43}$/),
  name: sensorName,
})
export const readHello: Reader<Hello> = object({
  protocol: whole(0, 1_000_000),
  name: sensorName,
  version,
  deployments: statuses,
})
export const readHelloAnswer: Reader<HelloAnswer> = either(object({ answer: oneOf('welcome') }), refused)

export const readOffer: Reader<Offer> = object({
  flow: flowName,
  revision,
  artifact: hash,
  bytes: whole(1, ARTIFACT_MAX_BYTES),
})
export const readOfferAnswer: Reader<OfferAnswer> = either(
  either(object({ answer: oneOf('need') }), object({ answer: oneOf('have') })),
  refused,
)
export const readPut: Reader<Put> = object({
  artifact: hash,
  offset: whole(0, ARTIFACT_MAX_BYTES),
  chunk: bytes(PUT_CHUNK_BYTES),
})
export const readPutAnswer: Reader<PutAnswer> = either(
  object({ received: whole(0, ARTIFACT_MAX_BYTES) }),
  object({ refused: reason }),
)
export const readActivate: Reader<Activate> = object({ flow: flowName, revision, artifact: hash })
export const readActivateAnswer: Reader<ActivateAnswer> = either(
  object({ answer: oneOf('running') }),
  object({ answer: oneOf('rolled-back'), reason }),
)
export const readStop: Reader<Stop> = object({ flow: flowName })
export const readStopAnswer: Reader<StopAnswer> = object({ answer: oneOf('stopped') })
export const readStatusReport: Reader<StatusReport> = object({ status, metrics })

/* ---- taps ---- */

const tapOpen = { tap: tapName, flow: flowName, wire: wireName, limit_per_s: whole(1, TAP_LIMIT_PER_S) }
export const readTapOpen: Reader<TapOpen> = object(tapOpen)
export const readTapAnswer: Reader<TapAnswer> = either(object({ answer: oneOf('open') }), refused)
export const readTapClose: Reader<TapClose> = object({ tap: tapName })

/** Copies the record; one that is deeper or larger than a record may be becomes null. */
const record: Reader<unknown> = (value) => plainJson(value) ?? null
const sample: Reader<Sample> = object({ sequence: whole(), record })
export const readSampleFrame: Reader<SampleFrame> = object({
  tap: tapName,
  samples: list(sample, TAP_LIMIT_PER_S),
  missed: whole(),
})

/* ---- /live ---- */

export const readWatch: Reader<Watch> = object({ sensor: sensorName, flow: flowName })
export const readLiveTapOpen: Reader<LiveTapOpen> = object({ ...tapOpen, sensor: sensorName })
export const readLiveAnswer: Reader<LiveAnswer> = either(object({ answer: oneOf('ok') }), refused)
export const readLiveFrame: Reader<LiveFrame> = object({ sensor: sensorName, report: readStatusReport })
export const readSensorInfos: Reader<readonly SensorInfo[]> = list(
  object({
    name: sensorName,
    connected: (value) => (typeof value === 'boolean' ? value : undefined),
    version,
    deployments: statuses,
  }),
  TABLE_MAX,
)
