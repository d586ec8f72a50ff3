/** How the programs of the benchmarks are started, and what they print. */

import { fileURLToPath } from 'node:url'
import type { InputFile } from './input-file.ts'
import { findProgram } from './meter.ts'
import { isMissing, type Missing, PARSE_LOOP, type Program, type Said } from './program.ts'

export const LACEWING = fileURLToPath(new URL('../../../lacewing.mjs', import.meta.url))
export const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))
export const FLOWS = fileURLToPath(new URL('./flows/', import.meta.url))

const NOTHING_SAID: Said = { records: null, found: null, peak_rss_bytes: null, figures: {} }

/** A program over a file and over its first records. */
export function over(
  input: InputFile,
  command: (path: string) => readonly string[],
): Pick<Program, 'records' | 'command' | 'few'> {
  return {
    records: input.records,
    command: () => command(input.path),
    few: { records: input.few.records, command: command(input.few.path) },
  }
}

export const runFlow = (flow: string, settings: Readonly<Record<string, string | number>>, ...more: string[]) => [
  ...[process.execPath, LACEWING, 'run', flow, '--stats', '-', ...more],
  ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
]

/** `--stats -` of `lacewing run`. */
export function flowSaid(stdout: string): Said {
  const stats = JSON.parse(stdout) as Record<'records_in' | 'records_out' | 'peak_rss_bytes' | 'cpu_s', number>
  const { records_in, records_out, peak_rss_bytes } = stats
  return { records: records_in, found: records_out, peak_rss_bytes, figures: {} }
}

/** A program of ours that prints one line of JSON: `records` and `found` where it counts, any other number as a figure. */
export function figuresSaid(stdout: string): Said {
  const { records, found, peak_rss_bytes, ...figures } = JSON.parse(stdout) as Record<string, number>
  return { records: records ?? null, found: found ?? null, peak_rss_bytes: peak_rss_bytes ?? null, figures }
}

/** A number alone, as `grep -c`, `wc -l` and jq print it. */
export const countSaid = (stdout: string): Said => ({ ...NOTHING_SAID, found: Number.parseInt(stdout, 10) })

/** One of the project's own programs, run by the Node that runs this. */
export const ownProgram = (file: URL, ...args: readonly (string | number)[]) => [
  process.execPath,
  fileURLToPath(file),
  ...args.map(String),
]

export function parseLoop(eve: InputFile): Program {
  return {
    name: PARSE_LOOP,
    does: 'Node reads the file in pieces of 1 MiB, parses every line with JSON.parse, counts DNS events',
    ...over(eve, parseLoopCommand),
    read: figuresSaid,
  }
}

export const parseLoopCommand = (path: string) => ownProgram(new URL('./parse-loop.ts', import.meta.url), path)

/** A program that prints every packet. What it prints goes nowhere, which is what it is fastest with. */
export function packetPrinter(name: string, does: string, capture: InputFile): Program | Missing {
  const printer = tool(name, does, ['-n', '-r'], capture, () => NOTHING_SAID)
  if (isMissing(printer)) return printer
  const quiet = (command: readonly string[]) => ['bash', '-c', '"$@" > /dev/null', 'bench', ...command]
  const { command, few } = printer
  return {
    ...printer,
    command: (round) => quiet(command(round)),
    ...(few === undefined ? {} : { few: { ...few, command: quiet(few.command) } }),
  }
}

/** A program that everybody knows, with arguments before the file; named as missing where it is not on the path. */
export function tool(
  name: string,
  does: string,
  args: readonly string[],
  input: InputFile,
  read: (stdout: string) => Said,
): Program | Missing {
  const program = findProgram(name)
  if (program === undefined) return { name, why: `${name} is not on the path` }
  return {
    name,
    does: `${name} ${args.join(' ')}: ${does}`,
    ...over(input, (path) => [program, ...args, path]),
    read,
    isOptional: true,
  }
}

export const grep = (eve: InputFile) =>
  tool('grep', 'counts lines by bytes', ['-c', '"event_type":"dns"'], eve, countSaid)
