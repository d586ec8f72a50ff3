/**
 * What a flow's sources need not read: which texts are searched for, and how much of the source's own input lacks them.
 *
 * The head of the input is read by the source itself, with what the compiler tells it, so what is counted is what a run
 * leaves unread. Only where that disturbs nobody: standard input and pipes are left alone.
 */

import { InputBatch } from '../../nodes/contract/batch.ts'
import { type ByteReader, type Files, isInputError, type ReadOptions } from '../../nodes/contract/capability.ts'
import type { SourceNode } from '../../nodes/contract/node.ts'
import { BATCH_RECORDS } from '../../nodes/contract/program.ts'
import { Desk } from '../../nodes/kernels/desk.ts'
import { SystemClock } from '../../runtime/io/clock.ts'
import { DiskFiles } from '../../runtime/io/files.ts'
import type { PrefilteredPlan, TypedNode } from '../compile/ir.ts'
import { grouped } from './table.ts'

/** So much of an input is looked at, decompressed. */
const HEAD_BYTES = 4 << 20
/** A file is read once, from its start, as fast as it goes, whatever the options say. */
const AT_ONCE = { follow: false, repeat: false, rate_per_s: 0 }

export interface UnreadShare {
  readonly source: string
  /** A record that lacks all texts of one of the lists is not read. Empty where every record is. */
  readonly conditions: readonly (readonly string[])[]
  /** Records of the head of the input, and how many of them are not read. Left out where there is no input to look at. */
  readonly head?: { readonly input: string; readonly records: number; readonly unread: number }
}

/** For each source whose records are lines of text. Reads files, and nothing else. */
export async function unreadShares(
  plan: PrefilteredPlan,
  place: { readonly folder: string; readonly samples: readonly string[] },
): Promise<UnreadShare[]> {
  const shares: UnreadShare[] = []
  for (const node of plan.graph.nodes.values()) {
    if (!plan.reads.has(node.id)) continue
    const conditions = plan.screens.get(node.id) ?? []
    const head = conditions.length === 0 ? undefined : await headOf(node, conditions, place)
    shares.push({ source: node.id, conditions, ...(head === undefined ? {} : { head }) })
  }
  return shares
}

/** As a sentence. */
export function describeShare({ source, conditions, head }: UnreadShare): string {
  if (conditions.length === 0) return `${source}: every line is parsed.`
  const lacked = conditions.map((texts) => (texts.length === 1 ? texts[0]! : `all of ${texts.join(', ')}`))
  if (head === undefined || head.records === 0)
    return `${source}: lines that lack ${lacked.join(', or ')} need no parse.`
  const percent = Math.floor((head.unread / head.records) * 100)
  const of = `the first ${grouped(head.records)} lines of ${head.input}`
  return `${source}: ${percent} % of ${of} need no parse (they lack ${lacked.join(', or ')}).`
}

async function headOf(
  { spec, options, secrets }: TypedNode,
  screen: UnreadShare['conditions'],
  place: { readonly folder: string; readonly samples: readonly string[] },
): Promise<UnreadShare['head']> {
  const { replays, open } = spec as SourceNode
  const atOnce = { ...options, ...AT_ONCE }
  if (secrets.length > 0 || replays?.(atOnce) !== true) return undefined
  const files = new HeadFiles(place)
  const capabilities = { files, clock: new SystemClock() }
  try {
    const source = await open(atOnce, capabilities, undefined, { desk: new Desk(), screen })
    let records = 0
    let unread = 0
    const batch = new InputBatch(0, BATCH_RECORDS, () => {
      records += 1
    })
    for (let goesOn = true; goesOn && files.taken_bytes < HEAD_BYTES; ) {
      goesOn = await source.read(batch)
      records += batch.count + batch.skipped
      unread += batch.unread
      batch.clear()
    }
    await source.close()
    return files.name === undefined ? undefined : { input: files.name, records, unread }
  } catch (error) {
    // What is wrong with the input is said when the flow is run; here it is only not looked at.
    if (isInputError(error)) return undefined
    throw error
  }
}

/** Regular files, of which it is counted what is taken of them. */
class HeadFiles implements Files {
  /** The file that was opened. */
  name: string | undefined
  taken_bytes = 0
  readonly #files: DiskFiles

  constructor(place: { readonly folder: string; readonly samples: readonly string[] }) {
    this.#files = new DiskFiles(place)
  }

  async read(name: string, options: ReadOptions): Promise<ByteReader> {
    await this.#files.reads(name)
    const reader = await this.#files.read(name, options)
    this.name = name
    return {
      read: async (into, offset) => {
        const count = await reader.read(into, offset)
        this.taken_bytes += count
        return count
      },
      position: (unread) => reader.position(unread),
      startsFile: false,
      progress: () => reader.progress(),
      close: () => reader.close(),
    }
  }

  write(name: string, options: { readonly append: boolean }): never {
    throw new TypeError(`A source writes ${name} (${JSON.stringify(options)}).`)
  }
}
