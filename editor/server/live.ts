/**
 * What browsers look at: the newest figures of a deployment, and samples of wires. Lossy by contract: a viewer that
 * falls behind gets the newest and a count of what it missed; one that stops costs a fixed number of frames.
 * A wire is tapped on its sensor only while somebody looks, once for all who look at the same rate.
 */

import { type LiveAnswer, type LiveTapOpen, TAPS_PER_CLIENT, type Watch } from '../../runtime/protocol/channels.ts'
import { CreditWindow, mergeSampleFrames } from '../../runtime/protocol/credit.ts'
import {
  CREDIT_FRAMES,
  type LiveFrame,
  type SampleFrame,
  type StatusReport,
  type TapAnswer,
} from '../../runtime/protocol/messages.ts'
import type { Fleet } from './fleet.ts'

export type LiveMessage =
  | { readonly event: 'frame'; readonly message: LiveFrame }
  | { readonly event: 'samples'; readonly message: SampleFrame }

/** One browser's connection. */
export class Viewer {
  readonly window: CreditWindow<LiveMessage>
  watched: Watch | undefined
  /** Shared taps by this viewer's own names for them. */
  readonly taps = new Map<string, SharedTap>()

  /** @param send puts a message on the wire and calls back when the browser has handled it. */
  constructor(send: (message: LiveMessage, acknowledged: () => void) => void) {
    this.window = new CreditWindow(CREDIT_FRAMES, send, (older, newer) =>
      older.event === 'samples' && newer.event === 'samples'
        ? { event: 'samples', message: mergeSampleFrames(older.message, newer.message) }
        : newer,
    )
  }
}

/** A tap on a sensor, and who looks through it. */
interface SharedTap {
  readonly key: string
  readonly sensor: string
  readonly open: Omit<LiveTapOpen, 'sensor'>
  readonly looking: Set<{ readonly viewer: Viewer; readonly tap: string }>
  /** The sensor's answer; a new promise after the sensor came back. */
  answer: Promise<TapAnswer>
  /** It was open, the sensor came back, and has not opened it again yet. */
  isLost: boolean
}

export class Live {
  readonly #fleet: Fleet
  readonly #viewers = new Set<Viewer>()
  readonly #taps = new Map<string, SharedTap>()
  readonly #byName = new Map<string, SharedTap>()
  #taps_opened = 0

  constructor(fleet: Fleet) {
    this.#fleet = fleet
    fleet.listen({
      onReport: (sensor, report) => this.#onReport(sensor, report),
      onSamples: (sensor, frame) => this.#onSamples(sensor, frame),
      onWelcome: (sensor) => this.#onWelcome(sensor),
    })
  }

  /** Taps open on sensors now. */
  get tapsOpen(): number {
    return this.#taps.size
  }

  join(viewer: Viewer): void {
    this.#viewers.add(viewer)
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    for (const tap of viewer.taps.keys()) this.untap(viewer, tap)
  }

  /** Frames of this deployment from now on, in place of the one before; the newest at once. */
  watch(viewer: Viewer, watch: Watch | undefined): LiveAnswer {
    if (viewer.watched !== undefined) viewer.window.forget('frame')
    viewer.watched = watch
    const report = watch === undefined ? undefined : this.#fleet.report(watch.sensor, watch.flow)
    if (watch !== undefined && report !== undefined) {
      viewer.window.offer('frame', { event: 'frame', message: { sensor: watch.sensor, report } })
    }
    return { answer: 'ok' }
  }

  async tap(viewer: Viewer, { sensor, ...open }: LiveTapOpen): Promise<TapAnswer> {
    if (viewer.taps.has(open.tap)) return { answer: 'refused', reason: 'A tap of this name is open already.' }
    if (viewer.taps.size >= TAPS_PER_CLIENT) {
      return { answer: 'refused', reason: `You look at ${TAPS_PER_CLIENT} wires already. Close one of them.` }
    }
    const key = JSON.stringify([sensor, open.flow, open.wire, open.limit_per_s])
    let shared = this.#taps.get(key)
    if (shared === undefined) {
      const own = { ...open, tap: `studio-${++this.#taps_opened}` }
      shared = { key, sensor, open: own, looking: new Set(), answer: this.#fleet.openTap(sensor, own), isLost: false }
      this.#taps.set(key, shared)
      this.#byName.set(own.tap, shared)
    }
    const look = { viewer, tap: open.tap }
    shared.looking.add(look)
    viewer.taps.set(open.tap, shared)
    const answer = await shared.answer
    if (answer.answer === 'refused' && viewer.taps.get(open.tap) === shared) this.untap(viewer, open.tap)
    return answer
  }

  untap(viewer: Viewer, tap: string): void {
    const shared = viewer.taps.get(tap)
    if (shared === undefined) return
    viewer.taps.delete(tap)
    viewer.window.forget(`samples ${tap}`)
    for (const look of shared.looking) if (look.viewer === viewer && look.tap === tap) shared.looking.delete(look)
    if (shared.looking.size > 0 || this.#taps.get(shared.key) !== shared) return
    this.#taps.delete(shared.key)
    this.#byName.delete(shared.open.tap)
    void shared.answer.then(({ answer }) => {
      if (answer === 'open') this.#fleet.closeTap(shared.sensor, shared.open.tap)
    })
  }

  #onReport(sensor: string, report: StatusReport): void {
    for (const shared of this.#taps.values()) {
      const runs = shared.open.flow === report.status.flow && report.status.state === 'running'
      if (shared.isLost && shared.sensor === sensor && runs) this.#openAgain(shared)
    }
    for (const { watched, window } of this.#viewers) {
      if (watched?.sensor !== sensor || watched.flow !== report.status.flow) continue
      window.offer('frame', { event: 'frame', message: { sensor, report } })
    }
  }

  #onSamples(sensor: string, frame: SampleFrame): void {
    const shared = this.#byName.get(frame.tap)
    // A sensor can speak only for its own taps.
    if (shared?.sensor !== sensor) return
    for (const { viewer, tap } of shared.looking) {
      viewer.window.offer(`samples ${tap}`, { event: 'samples', message: { ...frame, tap } })
    }
  }

  /** The sensor forgot its taps when it lost us; it may have to start the flow before it can open them again. */
  #onWelcome(sensor: string): void {
    for (const shared of this.#taps.values()) if (shared.sensor === sensor) this.#openAgain(shared)
  }

  #openAgain(shared: SharedTap): void {
    shared.isLost = false
    shared.answer = this.#fleet.openTap(shared.sensor, shared.open).then((answer) => {
      shared.isLost = answer.answer === 'refused'
      return answer
    })
  }
}
