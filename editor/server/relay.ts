/** The studio's socket: lets browsers and sensors in, reads what they say, and hands it to live.ts and fleet.ts. */

import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { Server, type Socket } from 'socket.io'
import { FLEET_NAMESPACE, LIVE_NAMESPACE, SOCKET_MESSAGE_MAX_BYTES } from '../../runtime/protocol/channels.ts'
import {
  readHello,
  readLiveTapOpen,
  readSampleFrame,
  readSensorAuth,
  readStatusReport,
  readTapClose,
  readWatch,
} from '../../runtime/protocol/read-messages.ts'
import type { Access, Visitor } from './access.ts'
import type { Fleet, SensorConn } from './fleet.ts'
import { type Live, Viewer } from './live.ts'

/** Connections of all kinds; beyond it new ones are turned away and those there are served. */
const CONNS_MAX = 2048
/** One that has not said who it is by then is closed. */
const INTRODUCE_MS = 10_000
/** The list of sensors goes to a browser at most this often. */
const SENSORS_MS = 500
const MALFORMED = { answer: 'refused', reason: 'The message is malformed.' } as const

export interface RelayOptions {
  readonly server: HttpServer
  readonly access: Access
  readonly fleet: Fleet
  readonly live: Live
  /** The visitor a request's cookie or bearer token stands for. */
  readonly visitorOf: (request: IncomingMessage) => Visitor | undefined
  readonly isSameOrigin: (request: IncomingMessage) => boolean
}

/** Attaches to the server; gives what closes it. */
export function attachRelay({ server, access, fleet, live, visitorOf, isSameOrigin }: RelayOptions): () => void {
  const io = new Server(server, {
    transports: ['websocket'],
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    maxHttpBufferSize: SOCKET_MESSAGE_MAX_BYTES,
    connectTimeout: INTRODUCE_MS,
    // A page of another site can open a socket with our cookie, unlike a fetch; so the origin is checked before the
    // upgrade. Sensors and scripts send no Origin and are asked for their token in the handshake.
    allowRequest(request, answer) {
      const isBrowser = request.headers.origin !== undefined
      if (isBrowser && !isSameOrigin(request)) answer('This page may not connect here.', false)
      else if (isBrowser && visitorOf(request) === undefined) answer('Log in first.', false)
      else if (io.engine.clientsCount >= CONNS_MAX) answer('Too many connections.', false)
      else answer(null, true)
    },
  })
  io.use((_, next) => next(new Error(`There is nothing here. Use ${LIVE_NAMESPACE} or ${FLEET_NAMESPACE}.`)))

  /* ---- browsers ---- */

  const viewers = io.of(LIVE_NAMESPACE)
  viewers.use((socket, next) => {
    const visitor = visitorOf(socket.request)
    socket.data.session = visitor?.session
    next(visitor === undefined ? new Error('Log in first.') : undefined)
  })
  viewers.on('connection', (socket) => {
    const viewer = new Viewer(({ event, message }, acknowledged) => socket.emit(event, message, acknowledged))
    live.join(viewer)
    const isOpen = () => socket.data.session === undefined || access.isOpen(socket.data.session)
    const on = (event: string, handle: (message: unknown) => unknown) =>
      socket.on(event, async (message: unknown, answer: unknown) => {
        if (!isOpen()) socket.disconnect(true)
        else reply(answer, await handle(message))
      })
    on('watch', (message) => {
      const watch = readWatch(message)
      return watch === undefined ? MALFORMED : live.watch(viewer, watch)
    })
    on('unwatch', () => live.watch(viewer, undefined))
    on('tap', (message) => {
      const open = readLiveTapOpen(message)
      return open === undefined ? MALFORMED : live.tap(viewer, open)
    })
    on('untap', (message) => {
      const close = readTapClose(message)
      if (close === undefined) return MALFORMED
      live.untap(viewer, close.tap)
      return { answer: 'ok' }
    })
    const stopSending = sendSensors(socket, fleet, isOpen)
    socket.on('disconnect', () => {
      stopSending()
      live.leave(viewer)
    })
  })
  access.onSessionEnded((session) => {
    for (const socket of viewers.sockets.values()) if (socket.data.session === session) socket.disconnect(true)
  })

  /* ---- sensors ---- */

  const sensors = io.of(FLEET_NAMESPACE)
  sensors.use(async (socket, next) => {
    const auth = readSensorAuth(socket.handshake.auth)
    if (auth === undefined) return next(new Error('A token, a key and a name are needed.'))
    try {
      const refusal = await fleet.admit(auth, access.mayJoin(auth.token))
      socket.data.name = auth.name
      next(refusal === undefined ? undefined : new Error(refusal))
    } catch (error) {
      next(error as Error)
    }
  })
  sensors.on('connection', (socket) => {
    const name = socket.data.name as string
    /** Ends each call that is under way without an answer: the caller need not tell silence from a sensor that went. */
    const pending = new Set<() => void>()
    const conn: SensorConn = {
      call(event, message, timeout_ms) {
        const { promise, resolve } = Promise.withResolvers<unknown>()
        const end = (answer?: unknown) => {
          clearTimeout(timer)
          pending.delete(end)
          resolve(answer)
        }
        const timer = setTimeout(end, timeout_ms)
        pending.add(end)
        socket.emit(event, message, end)
        return promise
      },
      close: () => socket.disconnect(true),
    }
    socket.on('hello', (message: unknown, answer: unknown) => {
      const hello = readHello(message)
      const reason = hello === undefined ? 'The hello is malformed.' : fleet.welcome(name, hello, conn)
      reply(answer, reason === undefined ? { answer: 'welcome' } : { answer: 'refused', reason })
      if (reason === undefined) fleet.greeted(name, conn)
    })
    socket.on('report', (message: unknown, answer: unknown) => {
      const report = readStatusReport(message)
      if (report !== undefined) fleet.reported(name, conn, report)
      reply(answer, report === undefined ? MALFORMED : { answer: 'ok' })
    })
    socket.on('samples', (message: unknown, answer: unknown) => {
      const frame = readSampleFrame(message)
      if (frame !== undefined) fleet.sampled(name, conn, frame)
      reply(answer, frame === undefined ? MALFORMED : { answer: 'ok' })
    })
    socket.on('disconnect', () => {
      fleet.left(name, conn)
      for (const end of pending) end()
    })
  })

  return () => {
    io.disconnectSockets(true)
    io.engine.close()
  }
}

function reply(answer: unknown, value: unknown): void {
  if (typeof answer === 'function') answer(value)
}

/**
 * Keeps a browser's list of sensors fresh. These messages carry no credit, so they wait until the socket has taken
 * everything before: a stopped browser is sent nothing more.
 */
function sendSensors(socket: Socket, fleet: Fleet, isOpen: () => boolean): () => void {
  let sent = fleet.changes
  socket.emit('sensors', fleet.sensors())
  const timer = setInterval(() => {
    if (!isOpen()) socket.disconnect(true)
    else if (sent !== fleet.changes && socket.conn.transport.writable) {
      sent = fleet.changes
      socket.emit('sensors', fleet.sensors())
    }
  }, SENSORS_MS)
  return () => clearInterval(timer)
}
