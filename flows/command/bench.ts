/**
 * `lacewing bench`: what flows cost, beside programs that everybody knows, on the same files in the same minutes.
 * The method is described in docs/benchmarks.md. Only ratios and calibrated seconds travel from machine to machine.
 */

import { readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../../nodes/contract/capability.ts'
import { Inputs } from './bench/inputs.ts'
import { Meter } from './bench/meter.ts'
import { markdownOf, textOf } from './bench/print.ts'
import { isMissing, type Missing, type Program, Round } from './bench/program.ts'
import { parseLoop } from './bench/programs.ts'
import { type Report, reportOf } from './bench/report.ts'
import type { Row } from './bench/row.ts'
import { ROWS } from './bench/rows.ts'
import { print } from './print.ts'
import { untilSignal } from './signals.ts'
import { printable } from './table.ts'

export interface BenchOptions {
  readonly events: string
  readonly runs: string
  readonly rows?: string
  readonly eve?: string
  readonly pcap?: string
  readonly from?: string
  readonly into?: string
}

const EVENTS_MIN = 100
const EVENTS_MAX = 10_000_000
const RUNS_MAX = 100
/** With fewer the difference of a long and a short run is lost in the noise. */
const EVENTS_TELLING_START_UP = 10_000
/** More than a generated event takes; each row adds what its own files take. */
const EVENT_BYTES = 650
/** Between them stand the tables in a page. */
export const MARKS = [
  '<!-- figures: written by lacewing bench --from FILE --into PAGE -->',
  '<!-- end of figures -->',
] as const

/** @returns the exit code. @throws InputError when an option is wrong or a program can't be measured. */
export async function bench(options: BenchOptions): Promise<number> {
  const report = options.from === undefined ? await measure(options) : readReport(options.from)
  if (report === undefined) return 1
  if (options.into !== undefined) writeInto(options.into, report)
  if (options.from === undefined) await print(JSON.stringify(report, null, 2))
  say(textOf(report))
  return 0
}

/** @returns undefined when it was stopped. */
async function measure(options: BenchOptions): Promise<Report | undefined> {
  const events = readWhole('--events', options.events, EVENTS_MIN, EVENTS_MAX)
  const runs = readWhole('--runs', options.runs, 1, RUNS_MAX)
  const rows = readRows(options.rows)
  for (const option of ['eve', 'pcap'] as const) checkFile(`--${option}`, options[option])
  checkSpace(events * rows.reduce((sum, { disk_bytes_per_event }) => sum + disk_bytes_per_event, EVENT_BYTES))

  const stop = new AbortController()
  void untilSignal().then(() => stop.abort())
  const folder = await mkdtemp(join(tmpdir(), 'lacewing-bench-'))
  try {
    const meter = await Meter.make(folder, stop.signal)
    const load_1min_before = round2(loadavg()[0]!)
    const inputs = new Inputs(folder, { events, eve: options.eve, pcap: options.pcap }, meter, stop.signal, say)
    const tellsStartUp = events >= EVENTS_TELLING_START_UP
    const { programs, missing } = await gather(rows, inputs, meter, tellsStartUp, stop.signal)
    const rounds: Round[] = []
    for (let run = 1; run <= runs; run++) {
      rounds.push(await runAll(programs, meter, tellsStartUp, `Run ${run} of ${runs}`))
    }
    return {
      machine: { ...machineFacts(), load_1min_before, load_1min_after: round2(loadavg()[0]!) },
      runs,
      data: await inputs.facts(),
      ...reportOf(rows, programs, rounds),
      missing,
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
    say('Stopped; nothing is reported.')
    return undefined
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/* ---- options ---- */

function readWhole(option: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new InputError(`${option} ${text}: give a whole number from ${min} to ${max}.`)
}

function readRows(text: string | undefined): readonly Row[] {
  if (text === undefined) return ROWS
  const names = text.split(',')
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name))
  if (unknown === undefined) return ROWS.filter(({ name }) => names.includes(name))
  throw new InputError(
    `--rows ${text}: there is no row ${unknown}. There are ${ROWS.map(({ name }) => name).join(', ')}.`,
  )
}

function checkFile(option: string, path: string | undefined): void {
  if (path === undefined) return
  const facts = statSync(path, { throwIfNoEntry: false })
  if (facts?.isFile() && facts.size > 0) return
  const wanted = option === '--eve' ? 'an EVE file, one event a line' : 'a pcap file'
  throw new InputError(`${option} ${path}: that is not a file with anything in it. Give ${wanted}.`)
}

function checkSpace(wanted_bytes: number): void {
  const { bavail, bsize } = statfsSync(tmpdir())
  if (bavail * bsize > wanted_bytes) return
  const wanted = `${Math.ceil(wanted_bytes / 1e6)} MB`
  throw new InputError(
    `${tmpdir()} has less than the ${wanted} needed. Set TMPDIR to a larger disk, lower --events, or choose --rows.`,
  )
}

function readReport(path: string): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report
  } catch (error) {
    throw new InputError(
      `--from ${path}: no report could be read (${(error as Error).message}). Give a file with what lacewing bench printed.`,
    )
  }
}

function writeInto(path: string, report: Report): void {
  const page = readFileSync(path, 'utf8')
  const [begin, end] = [page.indexOf(MARKS[0]), page.indexOf(MARKS[1])]
  if (begin === -1 || end < begin) throw new InputError(`--into ${path}: the page has no marks ${MARKS.join(' and ')}.`)
  const head = page.slice(0, begin + MARKS[0].length)
  writeFileSync(path, `${head}\n\n${markdownOf(report)}\n\n${page.slice(end)}`)
}

/* ---- measuring ---- */

/** The programs of all rows, each once and the reference first, after a short run of each that can be run shortly. */
async function gather(rows: readonly Row[], inputs: Inputs, meter: Meter, warmsAll: boolean, signal: AbortSignal) {
  const wanted = new Map<string, Program | Missing>()
  const reference = parseLoop(await inputs.eve())
  wanted.set(reference.name, reference)
  for (const row of rows) {
    for (const program of await row.programs(inputs)) {
      if (!wanted.has(program.name)) wanted.set(program.name, program)
    }
  }
  say('Warming up')
  const programs: Program[] = []
  const missing: Missing[] = []
  for (const program of wanted.values()) {
    if (isMissing(program)) {
      missing.push(program)
      continue
    }
    try {
      if (program.few !== undefined && (warmsAll || program.isOptional === true)) {
        await meter.measure(program.few.command)
      }
      programs.push(program)
    } catch (error) {
      if (signal.aborted || program.isOptional !== true || !(error instanceof InputError)) throw error
      missing.push({ name: program.name, why: error.message.trimEnd().split('\n').at(-1)! })
    }
  }
  return { programs, missing }
}

async function runAll(
  programs: readonly Program[],
  meter: Meter,
  tellsStartUp: boolean,
  title: string,
): Promise<Round> {
  const round = new Round()
  for (const program of programs) {
    const cost = await meter.measure(program.command(round))
    const few = tellsStartUp && program.few !== undefined ? await meter.measure(program.few.command) : undefined
    round.add({ program, cost, few, said: program.read(cost.stdout) })
    say(`${title}: ${program.name} ${cost.cpu_s.toFixed(2)} s CPU, ${cost.elapsed_s.toFixed(2)} s`)
  }
  return round
}

const round2 = (value: number) => Math.round(value * 100) / 100

function machineFacts() {
  const processors = cpus()
  return {
    date: new Date().toISOString(),
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memory_bytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
  }
}

function say(line: string): void {
  console.error(printable(line))
}
