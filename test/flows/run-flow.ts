/** Runs a flow document in this thread, from texts to texts: for tests. Every run must balance. */

import assert from 'node:assert/strict'
import { compileFlow, compileInput, type Language } from '../../flows/bundle/compile-flow.ts'
import { type CompileInput, SOURCE_PREFIX } from '../../flows/compile/ir.ts'
import { type FlowDocument, type FlowNode, FORMAT_VERSION } from '../../flows/format/flow.ts'
import type { ParameterValues } from '../../flows/format/parameters.ts'
import { type ByteReader, type ByteWriter, type Files, InputError } from '../../nodes/contract/capability.ts'
import type { Program } from '../../nodes/contract/program.ts'
import { functions } from '../../nodes/functions/index.ts'
import { catalogue } from '../../nodes/index.ts'
import { readModel } from '../../nodes/model/model-file.ts'
import type { EngineStart } from '../../runtime/engine/engine.ts'
import { imbalance } from '../../runtime/engine/ledger.ts'
import { makeLocalEngineStarter } from '../../runtime/engine/local-engine.ts'
import { Loop, type LoopEnd, type LoopShare, type LoopStart } from '../../runtime/engine/loop.ts'
import { SystemClock } from '../../runtime/io/clock.ts'
import { DiskFiles } from '../../runtime/io/files.ts'

export const language: Language = { catalogue, functions, readModel }

/** Real files and the clock, as doors hand them in. */
export const capabilities = ({ folder, samples }: EngineStart) => ({
  files: new DiskFiles({ folder, samples }),
  clock: new SystemClock(),
})

/** Starts an engine in this thread. */
export const startHere = makeLocalEngineStarter(capabilities)

/** A flow of nodes and wires, the rest as it is by default. */
export function flowOf(nodes: Record<string, FlowNode>, wires: readonly string[], name = 'test'): FlowDocument {
  return {
    lacewing: FORMAT_VERSION,
    name,
    parameters: {},
    nodes,
    wires,
    view: { positions: {}, groups: [], notes: [] },
  }
}

/** Files that live in memory. */
export class MemoryFiles implements Files {
  readonly written = new Map<string, Uint8Array[]>()
  readonly given: Readonly<Record<string, Uint8Array | string>>

  constructor(given: Readonly<Record<string, Uint8Array | string>>) {
    this.given = given
  }

  async read(path: string): Promise<ByteReader> {
    const given = this.given[path]
    if (given === undefined) throw new InputError(`There is no file ${path}. Name one that exists.`)
    const bytes = typeof given === 'string' ? new TextEncoder().encode(given) : given
    let at = 0
    return {
      read(into, offset) {
        const count = Math.min(into.length - offset, bytes.length - at)
        into.set(bytes.subarray(at, at + count), offset)
        at += count
        return count
      },
      position: (unread) => ({ offset: at - unread }),
      startsFile: false,
      progress: () => ({ done_bytes: at, total_bytes: bytes.length }),
      close: async () => undefined,
    }
  }

  async write(path: string): Promise<ByteWriter> {
    const chunks: Uint8Array[] = []
    this.written.set(path, chunks)
    return {
      opened_bytes: 0,
      write(bytes, start, end) {
        chunks.push(bytes.slice(start, end))
        return false
      },
      drained: async () => undefined,
      synced: async () => undefined,
      close: async () => undefined,
    }
  }

  text(path: string): string {
    return new TextDecoder().decode(Buffer.concat(this.written.get(path) ?? []))
  }
}

export interface FlowRun {
  readonly end: LoopEnd
  readonly files: MemoryFiles
  readonly loop: Loop
  /** Lines of the file a sink wrote, as objects. */
  records(path: string): Record<string, unknown>[]
}

export async function programOf(
  flow: FlowDocument,
  parameters: ParameterValues = {},
  folders: readonly string[] = [],
  spared: Pick<CompileInput, 'prefilter' | 'projection'> = {},
): Promise<Program> {
  const input = { ...compileInput(flow, parameters, { folders, isConfined: false }, language), ...spared }
  const { compilation, artifact } = await compileFlow(input)
  const errors = compilation.problems.filter(({ severity }) => severity === 'error')
  assert.deepEqual(errors, [])
  const url = `data:text/javascript;base64,${Buffer.from(artifact!.text).toString('base64')}`
  return ((await import(url)) as { program: Program }).program
}

/** Loads the module of a flow beside the sources it imports, which spares bundling them anew for each flow. */
export async function loadModule(code: string): Promise<Program> {
  const text = code.replaceAll(SOURCE_PREFIX, new URL('../../', import.meta.url).href)
  return ((await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { program: Program }).program
}

/** Runs a program over given files; fails when the ledger does not balance at the end. */
export async function runProgram(
  program: Program,
  given: Readonly<Record<string, Uint8Array | string>>,
  options: Partial<LoopStart> = {},
  beforeRun: (loop: Loop) => void = () => undefined,
): Promise<FlowRun> {
  const files = new MemoryFiles(given)
  const loop = new Loop({
    program,
    capabilities: { files, clock: { now_ms: () => performance.now(), sleep: async () => undefined } },
    secrets: {},
    resume: undefined,
    ...options,
  })
  await loop.open()
  beforeRun(loop)
  const end = await loop.run()
  assert.deepEqual(imbalance(end.metrics), {}, 'every node accounts for every record')
  const records = (path: string) =>
    files
      .text(path)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { end, files, loop, records }
}

/** One of several loops that share a flow by key; none of them takes blocks. */
export const keyShare = (index: number, of: number): LoopShare => ({
  ...{ index, of, by: 'key', begun() {}, ended() {} },
  blocks: {
    block_bytes: 1,
    block_records: 1,
    isDivided: true,
    next: () => assert.fail('no blocks are taken'),
    agreeOnSize: (found_bytes) => found_bytes,
    onBlock() {},
  },
})
