/**
 * The studio: one process that serves the editor, keeps flows, compiles, deploys to sensors and relays what they say.
 *
 * This room must not know how a flow is compiled (the compiler is handed in), how it runs, or what the editor looks like.
 */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import files from '@fastify/static'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import { InputError } from '../../nodes/contract/capability.ts'
import { lockData } from '../../runtime/io/data-lock.ts'
import { makePrivateFolder } from '../../runtime/io/durable-file.ts'
import type { ActivateAnswer } from '../../runtime/protocol/messages.ts'
import { metricsText, OPENMETRICS_TYPE, PROMETHEUS_TYPE } from '../../runtime/protocol/metrics-text.ts'
import { Access, SESSION_MS, type Visitor } from './access.ts'
import { AnswerError } from './answer-error.ts'
import type { FlowCompiler } from './compiler.ts'
import { Fleet } from './fleet.ts'
import { FlowStore } from './flow-store.ts'
import { Live } from './live.ts'
import { collectOpenapi } from './openapi.ts'
import { attachRelay } from './relay.ts'
import { type ApiParts, addRoutes, type DeployRequest, deployFlow } from './routes.ts'

export interface StudioOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** A loopback address, or another one: then `<dataFolder>/tls/` must hold `cert.pem` and `key.pem`. */
  readonly host: string
  /** Flows, sessions, tokens and deployments live here, for this user only. Made when missing. */
  readonly dataFolder: string
  /** Folder of the built editor; its `index.html` is the page. */
  readonly editorFiles: string
  readonly compiler: FlowCompiler
  readonly examplesFolder: string
  readonly version: string
  /** One line for the operator; never a secret. */
  readonly log?: (line: string) => void
}

export interface Studio {
  /** Without a slash at the end. */
  readonly url: string
  /** Opens one session, within a day. */
  readonly loginLink: string
  /** Lets new sensors join. */
  readonly sensorToken: string
  /** The command that starts a sensor for this studio, ready to paste. */
  readonly sensorCommand: string
  /** For scripts; also in `<dataFolder>/token`. */
  readonly apiToken: string
  readonly flows: FlowStore
  /** Another login link. */
  newLoginLink(): string
  /** As POST /api/deployments. @throws AnswerError */
  deploy(request: DeployRequest): Promise<ActivateAnswer>
  close(): Promise<void>
}

const BODY_MAX_BYTES = 8 * 1024 * 1024
const LOGINS_PER_MINUTE = 20
/** Files whose name holds a hash of their content never change. */
const HASHED = /[-.][0-9A-Za-z_]{8,}\.(?:js|css|woff2|svg|png|map)$/
const STATE_CHANGING = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Everything from here, nothing inline; styles set by script go through the CSSOM, which no policy forbids. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  workerSrc: ["'self'"],
  manifestSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
}

/**
 * Starts the studio; resolves when it listens.
 * @throws InputError when the port is in use, the data folder is in use or damaged, or the certificate is missing.
 */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const { dataFolder, host, version, log = () => undefined } = options
  const tls = await readCertificate(host, dataFolder)
  await makePrivateFolder(dataFolder)
  const unlock = await lockData(dataFolder)
  try {
    const access = await Access.open(dataFolder)
    const flows = await FlowStore.open(join(dataFolder, 'flows'))
    const fleet = await Fleet.open(dataFolder, log)
    const app = Fastify({
      serverFactory: (handler) => (tls === undefined ? createServer(handler) : createSecureServer(tls, handler)),
      bodyLimit: BODY_MAX_BYTES,
      requestTimeout: 60_000,
      exposeHeadRoutes: false,
      forceCloseConnections: true,
      routerOptions: { maxParamLength: 128 },
      ajv: {
        customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allowUnionTypes: true },
      },
    })
    app.setSerializerCompiler(() => (data) => JSON.stringify(data))
    answerErrors(app, log)
    const openapi = collectOpenapi(app, version)
    const guard = await addAccess(app, access, tls !== undefined)
    const parts: ApiParts = { ...options, access, flows, fleet, openapi, visitorOf: guard.visitorOfHandled }
    addRoutes(app, parts)
    app.get('/healthz', async () => ({ status: 'ok' }))
    app.get('/metrics', async (request, reply) => {
      const isOpen = request.headers.accept?.includes('application/openmetrics-text') ?? false
      const source = { version, sensors: fleet.sensors(), reports: fleet.reports() }
      return reply
        .type(isOpen ? OPENMETRICS_TYPE : PROMETHEUS_TYPE)
        .send(metricsText(source, isOpen ? 'openmetrics' : 'prometheus'))
    })
    if (existsSync(options.editorFiles)) await serveEditor(app, options.editorFiles)
    const detach = attachRelay({ server: app.server, access, fleet, live: new Live(fleet), ...guard })
    const url = await listen(app, options, tls !== undefined)
    const newLoginLink = () => `${url}/login/${access.newLinkToken()}`
    return {
      url,
      loginLink: newLoginLink(),
      sensorToken: access.sensorToken,
      sensorCommand: `npx lacewing sensor --studio ${url} --token ${access.sensorToken}`,
      apiToken: access.apiToken,
      flows,
      newLoginLink,
      deploy: (request) => deployFlow(parts, request),
      async close() {
        detach()
        await app.close()
        await unlock()
      },
    }
  } catch (error) {
    await unlock()
    throw error
  }
}

async function listen(app: FastifyInstance, { host, port }: StudioOptions, isSecure: boolean): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    await app.close()
    if (code === 'EADDRINUSE') {
      throw new InputError(`Port ${port} of ${host} is in use. Stop what listens there, or choose another --port.`)
    }
    throw new InputError(`Can't listen on port ${port} of ${host}: ${message}. Choose another --host or --port.`)
  }
  const { port: bound } = app.server.address() as AddressInfo
  const shown = host.includes(':') ? `[${host}]` : host
  return `${isSecure ? 'https' : 'http'}://${shown}:${bound}`
}

/* ---- who may come in ---- */

interface Guard {
  /** The visitor a request's cookie or token stands for. */
  readonly visitorOf: (request: IncomingMessage) => Visitor | undefined
  /** The visitor of a request that has passed the guard. */
  readonly visitorOfHandled: (request: object) => Visitor
  readonly isSameOrigin: (request: IncomingMessage) => boolean
}

async function addAccess(app: FastifyInstance, access: Access, isSecure: boolean): Promise<Guard> {
  const visitors = new WeakMap<object, Visitor>()
  /** Cookies know no ports: two studios on one host need two names. */
  const cookieName = () => `lacewing_${(app.server.address() as AddressInfo).port}`
  const visitorOf = ({ headers }: IncomingMessage) =>
    headers.authorization === undefined
      ? access.bySession(app.parseCookie(headers.cookie ?? '')[cookieName()])
      : access.byBearer(headers.authorization)
  const isSameOrigin = ({ headers }: IncomingMessage) => {
    const origin = URL.parse(headers.origin ?? '')
    return origin !== null && origin.host === headers.host && origin.protocol === (isSecure ? 'https:' : 'http:')
  }

  await app.register(cookie)
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: isSecure,
    referrerPolicy: { policy: 'no-referrer' },
  })
  await app.register(rateLimit, { global: false })
  app.addHook('onRequest', async (request) => {
    const path = request.url.split('?', 1)[0]!
    if (path === '/healthz' || path.startsWith('/login/')) return
    const visitor = visitorOf(request.raw)
    if (visitor === undefined) {
      throw new AnswerError(
        401,
        'You are not logged in.',
        'Open the login link that `lacewing start` prints, or send a token.',
      )
    }
    // A page of another site can make a browser send our cookie, but neither this header nor our origin.
    const isForged = request.headers['x-lacewing'] !== '1' || !isSameOrigin(request.raw)
    if (visitor.session !== undefined && STATE_CHANGING.has(request.method) && isForged) {
      throw new AnswerError(
        403,
        'The request does not come from the editor.',
        "Send the header 'x-lacewing: 1' from this origin.",
      )
    }
    visitors.set(request, visitor)
  })
  app.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
  })
  app.get<{ Params: { token: string } }>(
    '/login/:token',
    { config: { rateLimit: { max: LOGINS_PER_MINUTE, timeWindow: 60_000 } } },
    async (request, reply) => {
      const id = await access.login(request.params.token)
      if (id === undefined) {
        throw new AnswerError(401, 'This login link was used already or is too old.', 'Restart Lacewing for a new one.')
      }
      return reply
        .header('cache-control', 'no-store')
        .setCookie(cookieName(), id, {
          path: '/',
          httpOnly: true,
          sameSite: 'strict',
          secure: isSecure,
          maxAge: SESSION_MS / 1000,
        })
        .redirect('/', 303)
    },
  )
  return { visitorOf, isSameOrigin, visitorOfHandled: (request) => visitors.get(request)! }
}

/* ---- answers ---- */

function answerErrors(app: FastifyInstance, log: (line: string) => void): void {
  app.setNotFoundHandler(async (request) => {
    throw new AnswerError(
      404,
      `There is nothing at ${request.method} ${pathOf(request)}.`,
      'GET /api/openapi.json lists what there is.',
    )
  })
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const { status, body } = answerOf(error, request, log)
    reply.code(status)
    const wantsPage =
      request.method === 'GET' && !request.url.startsWith('/api/') && request.headers.accept?.includes('text/html')
    return wantsPage ? reply.type('text/html; charset=utf-8').send(errorPage(body)) : reply.send(body)
  })
}

interface ErrorBody {
  readonly error: string
  readonly fix: string
}

function answerOf(
  error: FastifyError,
  request: FastifyRequest,
  log: (line: string) => void,
): { status: number; body: ErrorBody } {
  if (error instanceof AnswerError) {
    return { status: error.status, body: { error: error.message, fix: error.fix, ...error.body } }
  }
  const status = error.statusCode ?? 500
  if (status === 413) {
    return {
      status,
      body: { error: `The body is larger than ${BODY_MAX_BYTES} bytes.`, fix: 'Send less; data belongs into files.' },
    }
  }
  if (status === 429) return { status, body: { error: 'Too many tries.', fix: 'Wait a minute.' } }
  if (status >= 400 && status < 500) {
    return { status, body: { error: error.message, fix: 'GET /api/openapi.json says what is expected here.' } }
  }
  log(`${request.method} ${pathOf(request)} failed: ${error.stack ?? error.message}`)
  return { status: 500, body: { error: 'The studio could not do this.', fix: 'Its log on standard error says why.' } }
}

/** Without the query, and without the token of a login link. */
function pathOf(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0]!.slice(0, 200)
  return path.startsWith('/login/') ? '/login/...' : path
}

function errorPage({ error, fix }: ErrorBody): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Lacewing</title><h1>${escapeHtml(error)}</h1><p>${escapeHtml(fix)}</p><p><a href="/">Open the editor</a></p></html>\n`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

async function serveEditor(app: FastifyInstance, root: string): Promise<void> {
  await app.register(files, {
    root,
    preCompressed: true,
    cacheControl: false,
    setHeaders(response, path) {
      const file = path.replace(/\.(?:gz|br)$/, '')
      response.header('cache-control', HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}

/* ---- TLS ---- */

async function readCertificate(host: string, dataFolder: string): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  const folder = join(dataFolder, 'tls')
  const paths = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  if (existsSync(paths.cert) && existsSync(paths.key)) {
    return { cert: await readFile(paths.cert), key: await readFile(paths.key) }
  }
  if (/^(localhost|127(\.\d+){3}|::1)$/.test(host)) return undefined
  throw new InputError(
    `Listening on ${host}, beyond this machine, needs TLS. Put a certificate at ${paths.cert} and its key at ${paths.key}.`,
  )
}
