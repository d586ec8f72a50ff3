/** A compiler and an engine of a few lines, and a studio with sensors on loopback, for the tests beside. */

import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { FlowCompiler } from '../../editor/server/compiler.ts'
import { type Studio, type StudioOptions, startStudio } from '../../editor/server/studio.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import type { Engine, EngineEnd, EngineStart } from '../../runtime/engine/engine.ts'
import type { SampleFrame } from '../../runtime/protocol/messages.ts'
import type { FlowMetrics } from '../../runtime/protocol/metrics.ts'
import { type Sensor, type SensorOptions, startSensor } from '../../runtime/sensor/sensor.ts'

/** What a fake artifact does: counts from 1 to `total`, and writes each number to the world's list `sink`. */
export interface Program {
  readonly total?: number
  /** Numbers a millisecond, about. */
  readonly per_ms?: number
  readonly sink?: string
  readonly notReady?: string
  /** Faults instead of writing this number. */
  readonly faultAt?: number
  /** Faults when this engine has given so many, wherever it began. */
  readonly faultAfter?: number
  /** Bytes of filler, for artifacts of many chunks. */
  readonly filler?: number
}

export function flowOf(name: string, program: Program = {}, title = name): FlowDocument {
  const count = { type: 'capture.count', options: { program: JSON.stringify(program) } }
  return {
    lacewing: 1,
    name,
    title,
    parameters: {},
    nodes: { count, out: { type: 'sink.list', options: {} } },
    wires: ['count -> out'],
    view: { positions: {}, groups: [], notes: [] },
  }
}

/** Compiles a flow of `flowOf` to its program; a node type `bad.*` is a problem. */
export const fakeCompiler: FlowCompiler = {
  async check(flow) {
    const problems = Object.entries(flow.nodes)
      .filter(([, node]) => node.type.startsWith('bad.'))
      .map(([node]) => ({
        code: 'FLOW-0201' as const,
        severity: 'error' as const,
        message: 'There is no such node type.',
        fix: 'Choose another.',
        node,
      }))
    return { problems, wires: { 'count -> out': { fields: [{ path: 'n', kind: 'integer' }] } } }
  },
  async compile(flow, parameters, folder) {
    const { problems } = await fakeCompiler.check(flow, parameters, folder)
    if (problems.length > 0) return { problems }
    const program = JSON.parse(String(flow.nodes.count?.options.program)) as Program
    const text = JSON.stringify({ ...program, ...parameters, filler: 'x'.repeat(program.filler ?? 0) })
    return { problems, artifact: { text, hash: createHash('sha256').update(text).digest('hex') } }
  },
}

export class World {
  /** What each sink got, over all engines. */
  readonly written: Record<string, number[]> = {}
  readonly starts: EngineStart[] = []
  /** Engines that run now. */
  running = 0
  taps = 0

  startEngine = (start: EngineStart): Engine => {
    this.starts.push(start)
    this.running++
    return new FakeEngine(this, start)
  }
}

class FakeEngine implements Engine {
  readonly ready: Promise<void>
  readonly ended: Promise<EngineEnd>
  readonly #program: Program
  readonly #sink: number[]
  readonly #end = Promise.withResolvers<EngineEnd>()
  readonly #listeners: ((metrics: FlowMetrics) => void)[] = []
  readonly #taps = new Map<string, (frame: SampleFrame) => void>()
  readonly #world: World
  #at: number
  readonly #began: number
  #timers: NodeJS.Timeout[] = []
  #hasEnded = false

  constructor(world: World, { artifact, resume }: EngineStart) {
    this.#world = world
    this.#program = JSON.parse(String(artifact)) as Program
    const sink = this.#program.sink ?? 'out'
    world.written[sink] ??= []
    this.#sink = world.written[sink]
    this.#at = Number(resume?.count?.at ?? 0)
    this.#began = this.#at
    this.ended = this.#end.promise
    const { notReady } = this.#program
    if (notReady !== undefined) {
      this.ready = Promise.reject(new Error(notReady))
      this.ready.catch(() => this.#finish('stopped'))
      return
    }
    this.ready = wait(5).then(() => {
      if (this.#hasEnded) return
      this.#timers = [setInterval(() => this.#step(), 2), setInterval(() => this.#tell(), 50)]
    })
  }

  #step(): void {
    const { total = Number.MAX_SAFE_INTEGER, per_ms = 1, faultAt, faultAfter } = this.#program
    for (let i = 0; i < per_ms * 2; i++) {
      if (this.#at >= total) this.#finish('ended')
      else if (this.#at + 1 === faultAt || this.#at - this.#began === faultAfter) this.#finish('faulted')
      if (this.#hasEnded) return
      this.#sink.push(++this.#at)
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.metrics())
    for (const [tap, listener] of this.#taps) {
      listener({ tap, samples: [{ sequence: this.#at, record: { n: this.#at, flow_id: 2n ** 60n } }], missed: 0 })
    }
  }

  #finish(state: EngineEnd['state']): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#world.running--
    this.#world.taps -= this.#taps.size
    const fault = state === 'faulted' ? { fault: { node: 'count', message: 'It broke' } } : {}
    this.#end.resolve({ state, ...fault, metrics: this.metrics(), positions: { count: { at: this.#at } } })
  }

  metrics(): FlowMetrics {
    const counters = { in: this.#at, out: this.#at, created: 0, filtered: 0, rejected: 0, errors: 0 }
    return {
      at_ms: Date.now(),
      nodes: { count: counters },
      wires: { 'count -> out': this.#at },
      queues: {},
      cpu_s: 0,
      node_cpu_s: {},
    }
  }

  onMetrics(listener: (metrics: FlowMetrics) => void): void {
    this.#listeners.push(listener)
  }

  openTap(tap: string, wire: string, _limit_per_s: number, listener: (frame: SampleFrame) => void): boolean {
    if (wire !== 'count -> out') return false
    this.#taps.set(tap, listener)
    this.#world.taps++
    return true
  }

  closeTap(tap: string): void {
    if (this.#taps.delete(tap)) this.#world.taps--
  }

  async stop(): Promise<EngineEnd> {
    this.#finish('stopped')
    return this.ended
  }
}

const endings = new WeakMap<TestContext, (() => Promise<void>)[]>()

/** Done when the test ends, the last one first: what was made of something goes before it. */
export function atEnd(t: TestContext, ending: () => Promise<void>): void {
  const list = endings.get(t)
  if (list !== undefined) {
    list.push(ending)
    return
  }
  const first = [ending]
  endings.set(t, first)
  t.after(async () => {
    for (const one of first.reverse()) await one()
  })
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lacewing-'))
  atEnd(t, () => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A studio on a free port; closed with the test. */
export async function testStudio(t: TestContext, options: Partial<StudioOptions> = {}): Promise<Studio> {
  const studio = await startStudio({
    port: 0,
    host: '127.0.0.1',
    dataFolder: options.dataFolder ?? (await temporaryFolder(t)),
    editorFiles: '/nonexistent',
    compiler: fakeCompiler,
    examplesFolder: join(import.meta.dirname, 'examples'),
    version: '0.0.0',
    ...options,
  })
  atEnd(t, () => studio.close())
  return studio
}

/** A sensor that joined; closed with the test. */
export async function testSensor(
  t: TestContext,
  studio: Studio,
  world: World,
  options: Partial<SensorOptions> = {},
): Promise<Sensor> {
  const sensor = await startSensor({
    studioUrl: studio.url,
    token: studio.sensorToken,
    name: 'lab',
    version: '0.0.0',
    dataFolder: options.dataFolder ?? (await temporaryFolder(t)),
    samples: [],
    secrets: {},
    startEngine: world.startEngine,
    ...options,
    timing: { health_ms: 60, restart_ms: 20, ready_ms: 2000, ...options.timing },
  })
  atEnd(t, () => sensor.close())
  await until(() => sensor.isConnected)
  return sensor
}

/** Waits until a fact holds; fails after `limit_ms`. */
export async function until(fact: () => boolean | Promise<boolean>, limit_ms = 5000): Promise<void> {
  const end_ms = performance.now() + limit_ms
  while (!(await fact())) {
    if (performance.now() > end_ms) throw new Error(`It did not come true within ${limit_ms} ms: ${fact}`)
    await wait(5)
  }
}

/** The whole numbers from 1 to `last`. */
export function count(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it and fail where it is not as they say.
  readonly body: any
  readonly headers: Headers
}

/** Requests with the API token; gives status, body and headers. */
export async function ask(
  studio: Studio,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${studio.apiToken}` },
): Promise<Answer> {
  const response = await fetch(`${studio.url}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
}

/** Logs in by link; gives the cookie as a browser sends it back. */
export async function logIn(studio: Studio, link = studio.newLoginLink()): Promise<string> {
  const response = await fetch(link, { redirect: 'manual' })
  return response.headers.get('set-cookie')!.split(';')[0]!
}
