/**
 * Messages between browser, studio and sensor. Types only; readers that check what came over the socket are in
 * read-messages.ts. docs/protocol/ describes the exchanges.
 */

import type { Fault, FlowMetrics } from './metrics.ts'

/** Raised when a message changes its meaning; studio and sensor refuse each other across versions. */
export const PROTOCOL_VERSION = 1

/* ---- deploy: studio -> sensor, over the sensor's own connection (namespace /fleet) ---- */

export type DeploymentState =
  | 'preparing'
  | 'running'
  /** Its sources ended and everything was delivered. */
  | 'ended'
  | 'stopped'
  /** A fault stopped it; `fault` says why. */
  | 'faulted'

/** First message of a sensor. The token travels in the socket's auth data, never in a URL. */
export interface Hello {
  readonly protocol: number
  readonly name: string
  readonly version: string
  /** What it runs now, so that a studio that restarted knows. */
  readonly deployments: readonly DeploymentStatus[]
}

export interface Offer {
  /** Name of the flow; a sensor runs at most one deployment a flow. */
  readonly flow: string
  /** Revision of the flow in the studio, for people. */
  readonly revision: number
  /** SHA-256 of the artifact's bytes, hex. */
  readonly artifact: string
  readonly bytes: number
}
/** `need`: send it with `put`. `have`: these bytes are here already. */
export type OfferAnswer =
  | { readonly answer: 'need' }
  | { readonly answer: 'have' }
  | { readonly answer: 'refused'; readonly reason: string }

export interface Put {
  readonly artifact: string
  readonly offset: number
  readonly chunk: Uint8Array
}
export type PutAnswer = { readonly received: number } | { readonly refused: string }

/** Prepares and switches over. Idempotent: activating what runs already answers `running`. */
export interface Activate {
  readonly flow: string
  readonly revision: number
  readonly artifact: string
}
export type ActivateAnswer =
  | { readonly answer: 'running' }
  /** The old deployment, if any, runs on. */
  | { readonly answer: 'rolled-back'; readonly reason: string }

export interface Stop {
  readonly flow: string
}

export interface DeploymentStatus {
  readonly flow: string
  readonly revision: number
  readonly artifact: string
  readonly state: DeploymentState
  readonly since_ms: number
  readonly fault?: Fault
}

/** Each second while running, and at once when the state changes. */
export interface StatusReport {
  readonly status: DeploymentStatus
  readonly metrics: FlowMetrics
}

/* ---- tap: browser -> studio -> sensor, and samples back ---- */

export interface TapOpen {
  /** Chosen by the opener, unique on its connection. */
  readonly tap: string
  readonly flow: string
  /** Name of the wire as in the flow. */
  readonly wire: string
  /** Records a second at most, 1 to 200; 50 by default. */
  readonly limit_per_s: number
}
export type TapAnswer = { readonly answer: 'open' } | { readonly answer: 'refused'; readonly reason: string }
export interface TapClose {
  readonly tap: string
}

/** One record seen on a wire, as nested JSON; text longer than 4 KiB and lists longer than 64 are cut. */
export interface Sample {
  /** Number of the record on its wire, from 1. */
  readonly sequence: number
  readonly record: unknown
}
/** At most one frame a tap each 250 ms. `missed`: records that passed unseen since the frame before. */
export interface SampleFrame {
  readonly tap: string
  readonly samples: readonly Sample[]
  readonly missed: number
}

/* ---- studio -> browser (namespace /live) ---- */

/** Each second, for each deployment the browser watches. Lossy: a client without credit gets the newest later. */
export interface LiveFrame {
  readonly sensor: string
  readonly report: StatusReport
}

export interface SensorInfo {
  readonly name: string
  readonly connected: boolean
  readonly version: string
  readonly deployments: readonly DeploymentStatus[]
}

/** Frames a client may be behind before the studio holds back and drops; the client acknowledges each frame. */
export const CREDIT_FRAMES = 8
