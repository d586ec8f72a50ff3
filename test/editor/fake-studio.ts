/**
 * A studio that only pretends, for looking at the editor and for browser tests: it serves the built editor, keeps flows
 * in memory, and makes up figures and records. Run it as a program: `node test/editor/fake-studio.ts [port]`.
 */

import { mkdtemp, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { Server } from 'socket.io'
import { buildEditor } from '../../editor/build.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { parseWire } from '../../flows/format/wire.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import type { DeploymentStatus, LiveFrame, SampleFrame, SensorInfo } from '../../runtime/protocol/messages.ts'
import type { NodeCounters } from '../../runtime/protocol/metrics.ts'

const SENSOR = 'local'
const MIME: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
}
/** The policy of the real studio. */
const POLICY =
  "default-src 'self'; base-uri 'none'; connect-src 'self' ws:; form-action 'none'; frame-ancestors 'none'; object-src 'none'; style-src 'self'"

interface Kept {
  flow: FlowDocument
  revision: number
  updated_ms: number
}
interface Running extends Kept {
  parameters: Record<string, string | number | boolean>
  status: DeploymentStatus
  wires: Map<string, number>
  nodes: Map<string, NodeCounters>
}

export interface FakeStudio {
  readonly url: string
  /** Makes time pass at once: one more second of figures. */
  tick(): void
  close(): Promise<void>
}

export interface FakeOptions {
  readonly port?: number
  readonly flows?: readonly FlowDocument[]
  /** Folder of an editor built before. */
  readonly editor?: string
  /** Names of the flows that run from the start; all by default. */
  readonly running?: readonly string[]
  readonly examples?: readonly FlowDocument[]
}

/** A flow with the shapes of the design's main picture, of node types that exist. */
export const SAMPLE_FLOW: FlowDocument = {
  lacewing: 1,
  name: 'dga',
  title: 'DGA in DNS',
  description: 'Scores the names that clients ask for.',
  parameters: { input: { type: 'string', default: 'eve.json', help: 'EVE file to read.' } },
  nodes: {
    eve: { type: 'capture.eve', options: { path: '${input}', follow: true } },
    dns: { type: 'rule.filter', title: 'Only DNS', options: { where: "event_type=='dns'" } },
    live: { type: 'capture.pcap', options: { path: 'eth1.pcap' } },
    decode: { type: 'parse.packet', options: {} },
    lexical: { type: 'feature.domain', options: {} },
    dga: { type: 'model.score', title: 'Score: dga', options: { model: 'dga' } },
    alarm: { type: 'rule.alert', title: 'DGA alert', options: { where: 'dga.score > 0.9', severity: 3, reason: 'x' } },
    soc: { type: 'sink.file', title: 'Alerts', options: { path: 'alerts.jsonl' } },
    train: { type: 'sink.file', title: 'Training set', options: { path: 'dga-11.jsonl' } },
    rejects: { type: 'sink.file', title: 'Rejected', options: { path: 'rejects.jsonl' } },
  },
  wires: [
    'alarm -> soc',
    'decode -> lexical',
    'decode.rejected -> rejects',
    'dga -> alarm',
    'dga -> train',
    'dns -> lexical',
    'eve -> dns',
    'lexical -> dga',
    'live -> decode',
  ],
  view: {
    positions: {
      eve: [16, 64],
      dns: [224, 64],
      live: [16, 304],
      decode: [224, 304],
      lexical: [400, 192],
      dga: [608, 192],
      train: [816, 64],
      alarm: [784, 320],
      soc: [848, 432],
      rejects: [416, 416],
    },
    groups: [],
    notes: [],
  },
}

/** Share of what comes in that a type passes on. */
const PASSES: Readonly<Record<string, number>> = { 'rule.filter': 0.234, 'rule.alert': 0.0001, 'parse.packet': 0.0067 }
const SOURCES_PER_S: Readonly<Record<string, number>> = { 'capture.eve': 18_412, 'capture.pcap': 84_310 }

function order(flow: FlowDocument): string[] {
  const ids = Object.keys(flow.nodes)
  const done: string[] = []
  while (done.length < ids.length) {
    const next = ids.find(
      (id) =>
        !done.includes(id) &&
        flow.wires.every((wire) => parseWire(wire)?.to !== id || done.includes(parseWire(wire)!.from)),
    )
    if (next === undefined) break
    done.push(next)
  }
  return done
}

function advance(running: Running, elapsed_s: number): void {
  const into = new Map<string, number>()
  for (const id of order(running.flow)) {
    const { type } = running.flow.nodes[id]!
    const jitter = 0.94 + Math.random() * 0.12
    const taken = Math.round(
      SOURCES_PER_S[type] === undefined ? (into.get(id) ?? 0) : SOURCES_PER_S[type]! * jitter * elapsed_s,
    )
    const isSink = type.startsWith('sink.')
    const exact = taken * (PASSES[type] ?? 1)
    const passed = isSink ? taken : Math.floor(exact) + (Math.random() < exact % 1 ? 1 : 0)
    const before = running.nodes.get(id) ?? { in: 0, out: 0, created: 0, filtered: 0, rejected: 0, errors: 0 }
    running.nodes.set(id, {
      ...before,
      in: before.in + taken,
      out: before.out + passed,
      created: 0,
      filtered: before.filtered + (isSink ? 0 : taken - passed),
    })
    for (const wire of running.flow.wires) {
      const ends = parseWire(wire)
      if (ends?.from !== id) continue
      const count = ends.outlet === 'out' ? passed : 0
      running.wires.set(wire, (running.wires.get(wire) ?? 0) + count)
      into.set(ends.to, (into.get(ends.to) ?? 0) + count)
    }
  }
}

const OWN_FIELDS = [
  { path: 'timestamp', kind: 'text' },
  { path: 'event_type', kind: 'text' },
  { path: 'src_ip', kind: 'text' },
  { path: 'src_port', kind: 'integer' },
  { path: 'dest_ip', kind: 'text' },
  { path: 'dest_port', kind: 'integer' },
  { path: 'proto', kind: 'text' },
  { path: 'dns.type', kind: 'text' },
  { path: 'dns.rrname', kind: 'text', help: 'The name that was asked for.' },
  { path: 'dns.rrtype', kind: 'text' },
  { path: 'dns.rcode', kind: 'text' },
]
const ADDED: Readonly<Record<string, readonly [name: string, kind: string, unit: string][]>> = {
  'feature.domain': [
    ['length', 'integer', ''],
    ['entropy', 'float64', 'bits'],
    ['likelihood', 'float64', 'bits'],
    ['digit_ratio', 'float64', 'ratio'],
    ['vowel_ratio', 'float64', 'ratio'],
  ],
  'model.score': [['score', 'float64', '']],
}

/** Fields on each wire: the record's own and what the nodes before added. */
function fieldsOf(flow: FlowDocument): Record<string, { fields: unknown[] }> {
  const after = new Map<string, unknown[]>()
  for (const id of order(flow)) {
    const before = flow.wires
      .filter((wire) => parseWire(wire)?.to === id)
      .flatMap((wire) => after.get(parseWire(wire)!.from) ?? [])
    const known = new Map(
      (before.length === 0 ? OWN_FIELDS : before).map((field) => [(field as { path: string }).path, field]),
    )
    for (const [name, kind, unit] of ADDED[flow.nodes[id]!.type] ?? []) {
      known.set(`${id}.${name}`, { path: `${id}.${name}`, kind, origin: id, ...(unit === '' ? {} : { unit }) })
    }
    after.set(id, [...known.values()])
  }
  return Object.fromEntries(flow.wires.map((wire) => [wire, { fields: after.get(parseWire(wire)?.from ?? '') ?? [] }]))
}

function problemsOf(flow: FlowDocument): Problem[] {
  const problems: Problem[] = []
  for (const [id, { type, options }] of Object.entries(flow.nodes)) {
    if (!type.startsWith('capture.') && !flow.wires.some((wire) => parseWire(wire)?.to === id)) {
      problems.push({
        code: 'FLOW-0210',
        severity: 'warning',
        message: `Nothing comes into '${id}'.`,
        fix: 'Draw a wire to it, or delete it.',
        node: id,
      })
    }
    const { where } = options
    if (typeof where === 'string' && where.split('(').length !== where.split(')').length) {
      problems.push({
        code: 'FLOW-0301',
        severity: 'error',
        message: `Expected ) at character ${where.length}.`,
        fix: 'Close the bracket.',
        node: id,
        option: 'where',
        at: { start: 0, end: where.length, line: 1, column: 1 },
      })
    }
  }
  return problems
}

function record(flow: FlowDocument, wire: string, sequence: number): unknown {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  const name = Array.from(
    { length: 8 + (sequence % 17) },
    (_, i) => letters[(sequence * 7 + i * i * 5 + 3 * i) % 26],
  ).join('')
  const base: Record<string, unknown> = {
    timestamp: new Date().toISOString().replace('Z', '000+0000'),
    flow_id: 1_000_000_007 * (sequence % 1000),
    event_type: 'dns',
    src_ip: `10.20.${sequence % 32}.${sequence % 251}`,
    src_port: 1024 + (sequence % 60_000),
    dest_ip: '10.20.0.53',
    dest_port: 53,
    proto: 'UDP',
    dns: {
      type: 'query',
      rrname: `${name}.com`,
      rrtype: sequence % 3 === 0 ? 'AAAA' : 'A',
      rcode: sequence % 4 === 0 ? 'NOERROR' : 'NXDOMAIN',
    },
  }
  const fields = (fieldsOf(flow)[wire]?.fields ?? []) as { path: string; origin?: string }[]
  for (const { path, origin } of fields) {
    if (origin === undefined) continue
    const own = (base[origin] ?? {}) as Record<string, number>
    const key = path.slice(origin.length + 1)
    own[key] = key === 'length' ? name.length : Math.round(Math.abs(Math.sin(sequence * key.length)) * 4000) / 1000
    base[origin] = own
  }
  return base
}

/** Starts it on loopback. */
export async function startFakeStudio(options: FakeOptions = {}): Promise<FakeStudio> {
  const editor = options.editor ?? (await mkdtemp(join(tmpdir(), 'lacewing-editor-')))
  if (options.editor === undefined) await buildEditor({ outdir: editor, minify: false })
  const flows = new Map<string, Kept>()
  const deployments = new Map<string, Running>()
  const run = (kept: Kept, parameters: Running['parameters']): void => {
    const status: DeploymentStatus = {
      flow: kept.flow.name,
      revision: kept.revision,
      artifact: `${kept.revision}`.padStart(64, '0'),
      state: 'running',
      since_ms: Date.now(),
    }
    deployments.set(kept.flow.name, { ...kept, parameters, status, wires: new Map(), nodes: new Map() })
  }
  for (const flow of options.flows ?? [SAMPLE_FLOW]) {
    const kept = { flow, revision: 41, updated_ms: Date.now() }
    flows.set(flow.name, kept)
    if (options.running?.includes(flow.name) !== false) run(kept, {})
  }
  const sensors = (): SensorInfo[] => [
    {
      name: SENSOR,
      connected: true,
      version: '0.1.0',
      deployments: [...deployments.values()].map(({ status }) => status),
    },
  ]

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://fake')
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const body = async (): Promise<Record<string, unknown>> => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      return JSON.parse(text)
    }
    const [, api, room, first, second] = pathname.split('/').map(decodeURIComponent)
    if (api !== 'api') return serve(pathname, response)
    if (request.method !== 'GET' && request.headers['x-lacewing'] !== '1')
      return json(403, { message: 'x-lacewing is missing' })
    const route = `${request.method} ${room}`
    if (route === 'GET session') return json(200, { user: 'admin' })
    if (route === 'GET sensors') return json(200, sensors())
    if (route === 'GET examples') {
      return json(
        200,
        (options.examples ?? []).map(({ name, title, description }) => ({
          name,
          title,
          description: description ?? '',
        })),
      )
    }
    if (route === 'GET flows' && first === undefined) {
      return json(
        200,
        [...flows.values()].map(({ flow, revision, updated_ms }) => ({
          name: flow.name,
          title: flow.title,
          revision,
          updated_ms,
        })),
      )
    }
    if (route === 'GET flows') {
      const kept = flows.get(first!)
      return kept === undefined
        ? json(404, { message: 'There is no such flow.' })
        : json(200, { flow: kept.flow, revision: kept.revision })
    }
    if (route === 'POST flows') {
      const { example } = await body()
      const flow = options.examples?.find(({ name }) => name === example)
      if (flow === undefined) return json(404, { message: 'There is no such example.' })
      flows.set(flow.name, { flow, revision: 1, updated_ms: Date.now() })
      return json(200, { name: flow.name })
    }
    if (route === 'PUT flows') {
      const { flow, base_revision } = (await body()) as unknown as { flow: FlowDocument; base_revision: number }
      const now = flows.get(first!)
      if ((now?.revision ?? 0) !== base_revision) return json(409, { revision: now?.revision, flow: now?.flow })
      flows.set(first!, { flow, revision: base_revision + 1, updated_ms: Date.now() })
      return json(200, { revision: base_revision + 1 })
    }
    if (route === 'POST check') {
      const { flow } = (await body()) as unknown as { flow: FlowDocument }
      return json(200, { problems: problemsOf(flow), wires: fieldsOf(flow) })
    }
    if (route === 'POST deployments') {
      const { flow, parameters } = (await body()) as unknown as { flow: string; parameters: Running['parameters'] }
      const kept = flows.get(flow)!
      const problems = problemsOf(kept.flow).filter(({ severity }) => severity === 'error')
      if (problems.length > 0) return json(422, { problems })
      run(kept, parameters)
      live.emit('sensors', sensors())
      return json(200, { answer: 'running' })
    }
    if (route === 'GET deployments' && second !== undefined) {
      const running = deployments.get(second)
      if (running === undefined) return json(404, { message: 'It does not run there.' })
      return json(200, { flow: running.flow, revision: running.revision, parameters: running.parameters })
    }
    return json(404, { message: 'There is nothing here.' })
  }

  const serve = async (pathname: string, response: ServerResponse): Promise<void> => {
    const name = pathname === '/' ? 'index.html' : pathname.slice(1)
    try {
      if (!/^[\w.-]+$/.test(name)) throw new Error('not a file of the editor')
      const contents = await readFile(join(editor, name))
      const type = MIME[extname(name)] ?? 'application/octet-stream'
      response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(contents)
    } catch {
      response.writeHead(404).end()
    }
  }

  const server = createServer((request, response) => void answer(request, response))
  const sockets = new Server(server, { transports: ['websocket'], serveClient: false })
  const live = sockets.of('/live')
  const frameOf = (running: Running): LiveFrame => ({
    sensor: SENSOR,
    report: {
      status: running.status,
      metrics: {
        at_ms: Date.now(),
        nodes: Object.fromEntries(running.nodes),
        wires: Object.fromEntries(running.wires),
        queues: Object.hasOwn(running.flow.nodes, 'train') ? { train: { records: 710, bound: 1000 } } : {},
        cpu_s: (Date.now() - running.status.since_ms) * 0.0004,
        node_cpu_s: {},
      },
    },
  })
  live.on('connection', (socket) => {
    let timer: NodeJS.Timeout | undefined
    socket.on('watch', ({ flow }: { flow: string }, done: (answer: unknown) => void) => {
      socket.data.flow = flow
      done({})
    })
    socket.on('tap', (tap: { tap: string; flow: string; wire: string }, done: (answer: unknown) => void) => {
      const running = deployments.get(tap.flow)
      if (running === undefined) return done({ answer: 'refused', reason: 'The flow does not run there.' })
      clearInterval(timer)
      timer = setInterval(() => {
        const last = running.wires.get(tap.wire) ?? 0
        const count = last === 0 ? 0 : 12
        const samples = Array.from({ length: count }, (_, i) => {
          const sequence = last - count + i + 1 + Math.floor(Math.random() * 7)
          return { sequence, record: record(running.flow, tap.wire, sequence) }
        })
        const frame: SampleFrame = { tap: tap.tap, samples, missed: count * 90 }
        socket.emit('samples', frame, () => undefined)
      }, 250)
      done({ answer: 'open' })
    })
    socket.on('untap', () => clearInterval(timer))
    socket.on('disconnect', () => clearInterval(timer))
  })
  const tick = (): void => {
    for (const running of deployments.values()) advance(running, 1)
    for (const socket of live.sockets.values()) {
      const running = deployments.get(String(socket.data.flow))
      if (running !== undefined) socket.emit('frame', frameOf(running), () => undefined)
    }
  }
  const ticking = setInterval(tick, 1000)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    tick,
    close: async () => {
      clearInterval(ticking)
      await sockets.close()
    },
  }
}

if (import.meta.main) {
  const studio = await startFakeStudio({ port: Number(process.argv[2] ?? 7500) })
  process.stdout.write(`${studio.url}\n`)
}
