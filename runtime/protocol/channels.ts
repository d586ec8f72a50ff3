/**
 * The two channels of the studio's socket, their further messages and their bounds. messages.ts has the rest.
 *
 * /fleet: sensors. Sensor sends `hello`, `report` (StatusReport), `samples` (SampleFrame); studio sends `offer`, `put`,
 * `activate`, `stop`, `tap`, `untap`. /live: browsers. Browser sends `watch`, `unwatch`, `tap`, `untap`; studio sends
 * `frame` (LiveFrame), `samples` (SampleFrame), `sensors` (SensorInfo[]). Every message but `sensors` is acknowledged.
 */

import type { TapOpen } from './messages.ts'

export const FLEET_NAMESPACE = '/fleet'
export const LIVE_NAMESPACE = '/live'

/** Handshake of a sensor. `token` lets a new sensor join; `key` is the sensor's own and stays its identity. */
export interface SensorAuth {
  readonly token: string
  /** 256 random bits in base64url, made on the sensor at its first start. */
  readonly key: string
  readonly name: string
}

export type HelloAnswer = { readonly answer: 'welcome' } | { readonly answer: 'refused'; readonly reason: string }
export type StopAnswer = { readonly answer: 'stopped' }

/** Which deployment a browser wants frames of, in place of the one before. */
export interface Watch {
  readonly sensor: string
  readonly flow: string
}
/** A browser's tap: the sensor's, and which sensor. */
export type LiveTapOpen = TapOpen & { readonly sensor: string }
export type LiveAnswer = { readonly answer: 'ok' } | { readonly answer: 'refused'; readonly reason: string }

/** A flow's name: also its folder's. */
export const FLOW_NAME = /^[a-z][a-z0-9_-]{0,63}$/
/** A sensor's name: what hosts are called. */
export const SENSOR_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

export const ARTIFACT_MAX_BYTES = 32 * 1024 * 1024
export const PUT_CHUNK_BYTES = 256 * 1024
/** The largest socket message: a chunk, or a status report of the largest flow. */
export const SOCKET_MESSAGE_MAX_BYTES = 1024 * 1024
export const DEPLOYMENTS_PER_SENSOR = 256
export const TAPS_PER_CLIENT = 16
export const TAPS_PER_SENSOR = 128
export const TAP_LIMIT_PER_S = 200
