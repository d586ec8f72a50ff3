/** The live connection to the studio: figures each second, samples of wires while a tap is open. Lossy by contract. */

import { io, type Socket } from 'socket.io-client'
import type {
  LiveFrame,
  SampleFrame,
  SensorInfo,
  TapAnswer,
  TapClose,
  TapOpen,
} from '../../runtime/protocol/messages.ts'

interface FromStudio {
  frame: (frame: LiveFrame, credit: () => void) => void
  samples: (frame: SampleFrame, credit: () => void) => void
  sensors: (sensors: SensorInfo[]) => void
}
interface ToStudio {
  watch: (what: Watched, done: (answer: unknown) => void) => void
  tap: (tap: TapOpen & { readonly sensor: string }, done: (answer: TapAnswer) => void) => void
  untap: (tap: TapClose) => void
}

/** A flow on a sensor. */
export interface Watched {
  readonly sensor: string
  readonly flow: string
}

export interface LiveListener {
  onConnection(isConnected: boolean): void
  onFrame(frame: LiveFrame): void
  onSamples(frame: SampleFrame): void
  onSensors(sensors: SensorInfo[]): void
}

const ACK_MS = 5_000

export class LiveSocket {
  readonly #socket: Socket<FromStudio, ToStudio>
  #watched: Watched | undefined
  #tapOpen: (TapOpen & { readonly sensor: string }) | undefined
  #onTapAnswer: ((answer: TapAnswer) => void) | undefined
  #taps = 0

  constructor(listener: LiveListener) {
    this.#socket = io('/live', { transports: ['websocket'], withCredentials: true })
    this.#socket.on('connect', () => {
      listener.onConnection(true)
      // The studio forgets a client that went: ask anew for what is looked at.
      if (this.#watched !== undefined) this.watch(this.#watched)
      if (this.#tapOpen !== undefined) this.#sendTap()
    })
    this.#socket.on('disconnect', () => listener.onConnection(false))
    this.#socket.on('connect_error', () => listener.onConnection(false))
    this.#socket.on('sensors', (sensors) => listener.onSensors(sensors))
    this.#socket.on('frame', (frame, credit) => {
      listener.onFrame(frame)
      credit?.()
    })
    this.#socket.on('samples', (frame, credit) => {
      if (frame.tap === this.#tapOpen?.tap) listener.onSamples(frame)
      credit?.()
    })
  }

  /** Asks for the figures of one flow on one sensor, in place of the ones before. */
  watch(watched: Watched): void {
    this.#watched = watched
    if (this.#socket.connected) this.#socket.emit('watch', watched, () => undefined)
  }

  /** Opens a tap on a wire; the one before is closed. `onAnswer` is called again after a lost connection. */
  tap(sensor: string, flow: string, wire: string, limit_per_s: number, onAnswer: (answer: TapAnswer) => void): void {
    this.untap()
    this.#taps += 1
    this.#tapOpen = { tap: `tap-${this.#taps}`, sensor, flow, wire, limit_per_s }
    this.#onTapAnswer = onAnswer
    if (this.#socket.connected) this.#sendTap()
  }

  untap(): void {
    if (this.#tapOpen !== undefined) this.#socket.emit('untap', { tap: this.#tapOpen.tap })
    this.#tapOpen = undefined
    this.#onTapAnswer = undefined
  }

  #sendTap(): void {
    const open = this.#tapOpen!
    this.#socket.timeout(ACK_MS).emit('tap', open, (late: Error | null, answer?: TapAnswer) => {
      if (open !== this.#tapOpen) return
      const silence: TapAnswer = { answer: 'refused', reason: 'The studio did not answer.' }
      this.#onTapAnswer?.(late === null && answer !== undefined ? answer : silence)
    })
  }
}
