/** `lacewing decode`: the runtime's own decoders for people and for comparison. It is a flow like any other. */

import { InputError, isInputError } from '../../nodes/contract/capability.ts'
import type { Program } from '../../nodes/contract/program.ts'
import { Loop } from '../../runtime/engine/loop.ts'
import { SystemClock } from '../../runtime/io/clock.ts'
import { DiskFiles } from '../../runtime/io/files.ts'
import { compileFlow, compileInput, type Language } from '../bundle/compile-flow.ts'
import { type FlowDocument, FORMAT_VERSION } from '../format/flow.ts'
import { printable } from './table.ts'

/** Event types, and the parser that makes them. */
const PARSERS: Readonly<Record<string, string>> = { dns: 'parse.dns' }

/** @returns the exit code: 1 when a file could not be read to its end. @throws InputError */
export async function decode(
  files: readonly string[],
  options: { readonly types: string },
  language: Language,
): Promise<number> {
  const types = [...new Set(options.types.split(',').map((type) => type.trim()))]
  for (const type of types) {
    if (Object.hasOwn(PARSERS, type)) continue
    throw new InputError(`There is no decoder for '${type}'. Types are ${Object.keys(PARSERS).join(', ')}.`)
  }
  const input = compileInput(decodeFlow(types), {}, { folders: [], isConfined: true }, language)
  const { artifact, compilation } = await compileFlow(input)
  if (artifact === undefined) throw new Error(compilation.problems.map(({ message }) => message).join(' '))
  const url = `data:text/javascript;base64,${Buffer.from(artifact.text).toString('base64')}`
  const { program } = (await import(url)) as { program: Program }
  let code = 0
  for (const file of files) if (!(await decodeFile(file, program))) code = 1
  return code
}

/** The capture is named as a secret, which is put in when the flow starts: one artifact serves every file. */
function decodeFlow(types: readonly string[]): FlowDocument {
  const parsers = Object.fromEntries(types.map((type) => [`${type}_parser`, { type: PARSERS[type]!, options: {} }]))
  const ids = Object.keys(parsers)
  return {
    lacewing: FORMAT_VERSION,
    name: 'decode',
    parameters: {},
    nodes: {
      capture: { type: 'capture.pcap', options: { path: '${secret:FILE}', names_file: true } },
      packets: { type: 'parse.packet', options: {} },
      ...parsers,
      out: { type: 'sink.file', options: { path: '-' } },
    },
    wires: ['capture -> packets', ...ids.map((id) => `packets -> ${id}`), ...ids.map((id) => `${id} -> out`)],
    view: { positions: {}, groups: [], notes: [] },
  }
}

/** A world of its own for each file: no state is shared. False when something went wrong, which is said. */
async function decodeFile(file: string, program: Program): Promise<boolean> {
  const loop = new Loop({
    program,
    capabilities: { files: new DiskFiles({ folder: process.cwd() }), clock: new SystemClock() },
    secrets: { FILE: file },
    resume: undefined,
  })
  try {
    await loop.open()
  } catch (error) {
    if (!isInputError(error)) throw error
    console.error(printable(`${file}: ${error.message}`))
    return false
  }
  const { fault, metrics } = await loop.run()
  for (const [reason, count] of Object.entries(metrics.nodes.capture?.reasons ?? {})) {
    console.error(printable(`${file}: ${count} ${reason}`))
  }
  if (fault !== undefined) console.error(printable(`${file}: ${fault.message}`))
  return fault === undefined
}
