/** The sensor's one connection: it dials out to its studio, keeps trying, and answers what the studio asks. */

import { io, type Socket } from 'socket.io-client'
import { InputError } from '../../nodes/contract/capability.ts'
import { FLEET_NAMESPACE, type SensorAuth } from '../protocol/channels.ts'
import { CreditWindow, mergeSampleFrames } from '../protocol/credit.ts'
import { CREDIT_FRAMES, type Hello, type SampleFrame, type StatusReport } from '../protocol/messages.ts'
import { readHelloAnswer } from '../protocol/read-messages.ts'

/** Pauses between attempts: from half a second, doubling to half a minute, each off by up to a half at random. */
const RETRY_MS = 500
const RETRY_MAX_MS = 30_000
const RETRY_SPREAD = 0.5
const HELLO_TIMEOUT_MS = 10_000

export interface StudioCalls {
  readonly url: string
  readonly auth: SensorAuth
  readonly hello: () => Hello
  /** What the studio may ask, by event: takes the message as it came and gives the answer. */
  readonly calls: Readonly<Record<string, (message: unknown) => Promise<unknown>>>
  readonly onWelcome: () => void
  /** Nobody looks any more. */
  readonly onGone: () => void
  readonly log: (line: string) => void
}

export interface StudioSocket {
  readonly isWelcome: boolean
  /** Lossy: with a slow studio the newest report of each flow is kept. */
  sendReport(report: StatusReport): void
  /** Lossy: frames passed over are counted in the next one of their tap. */
  sendSamples(frame: SampleFrame): void
  close(): void
}

type Upward =
  | { readonly event: 'report'; readonly message: StatusReport }
  | { readonly event: 'samples'; readonly message: SampleFrame }

/** Begins to dial. @throws InputError when the address is no studio's. */
export function dialStudio({ url, auth, hello, calls, onWelcome, onGone, log }: StudioCalls): StudioSocket {
  const socket: Socket = io(`${studioOrigin(url)}${FLEET_NAMESPACE}`, {
    transports: ['websocket'],
    auth: { ...auth },
    forceNew: true,
    reconnectionDelay: RETRY_MS,
    reconnectionDelayMax: RETRY_MAX_MS,
    randomizationFactor: RETRY_SPREAD,
  })
  let window: CreditWindow<Upward> | undefined
  let retry: NodeJS.Timeout | undefined
  let refusals = 0
  let said = ''
  const say = (line: string) => {
    if (line !== said) log(line)
    said = line
  }
  /** Refused by the studio, not by the network: the library does not try again by itself. */
  const tryLater = () => {
    const pause_ms = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(refusals++, 10))
    clearTimeout(retry)
    retry = setTimeout(() => socket.connect(), pause_ms * (1 + RETRY_SPREAD * (Math.random() * 2 - 1)))
  }

  socket.on('connect', () => {
    socket.timeout(HELLO_TIMEOUT_MS).emit('hello', hello(), (error: Error | null, given: unknown) => {
      const answer = error === null ? readHelloAnswer(given) : undefined
      if (answer?.answer === 'welcome') {
        refusals = 0
        said = ''
        window = new CreditWindow<Upward>(CREDIT_FRAMES, send, mergeUpward)
        log(`Connected to the studio at ${url} as ${auth.name}.`)
        onWelcome()
        return
      }
      say(`The studio at ${url} refused this sensor: ${answer?.reason ?? 'it did not answer in time'}`)
      socket.disconnect()
      tryLater()
    })
  })
  socket.on('connect_error', (error) => {
    say(
      `The studio at ${url} can't be reached: ${error.message.replace(/\.$/, '')}. Trying again; what is deployed runs on.`,
    )
    if (!socket.active) tryLater()
  })
  socket.on('disconnect', (reason) => {
    const wasWelcome = window !== undefined
    window = undefined
    if (wasWelcome) {
      onGone()
      if (reason !== 'io client disconnect') say(`Lost the studio at ${url} (${reason}). What is deployed runs on.`)
    }
    if (reason === 'io server disconnect') tryLater()
  })
  for (const [event, call] of Object.entries(calls)) {
    socket.on(event, (message: unknown, answer: unknown) => {
      if (typeof answer !== 'function' || window === undefined) return
      void call(message).then((given) => answer(given))
    })
  }
  const send = ({ event, message }: Upward, acknowledged: () => void) => socket.emit(event, message, acknowledged)

  return {
    get isWelcome() {
      return window !== undefined
    },
    sendReport: (message) => window?.offer(`report ${message.status.flow}`, { event: 'report', message }),
    sendSamples: (message) => window?.offer(`samples ${message.tap}`, { event: 'samples', message }),
    close() {
      clearTimeout(retry)
      socket.off('disconnect')
      socket.disconnect()
    },
  }
}

function mergeUpward(older: Upward, newer: Upward): Upward {
  if (older.event !== 'samples' || newer.event !== 'samples') return newer
  return { event: 'samples', message: mergeSampleFrames(older.message, newer.message) }
}

/** A token is never sent in clear over a network. */
function studioOrigin(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new InputError(`'${url}' is no address of a studio. Write it like https://studio.example:7433.`)
  }
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname)
  if (parsed.protocol === 'http:' && !isLoopback) {
    throw new InputError(
      `${url} would send the sensor's token in clear. Use https, or a tunnel to the loopback address.`,
    )
  }
  return parsed.origin
}
