/**
 * `lacewing bench`: what flows cost, beside programs that everybody knows, on the same files in the same minutes.
 * The method is described in docs/benchmarks.md. Only ratios travel from machine to machine.
 */

import { statfsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError } from '../../nodes/contract/capability.ts'
import { writeCapture, writeEvents, writeFirstLines } from './bench-data.ts'
import { type Cost, findProgram, Meter } from './bench-measure.ts'
import { untilSignal } from './signals.ts'
import { printable } from './table.ts'

export interface BenchOptions {
  readonly events: string
  readonly runs: string
  readonly eve?: string
}

const LACEWING = fileURLToPath(new URL('../../lacewing.mjs', import.meta.url))
const PARSE_LOOP = fileURLToPath(new URL('./bench-parse-loop.ts', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url))

/** Read by the same programs to learn what they cost before the first record. */
const SMALL_RATIO = 0.01
const EVENTS_MIN = 100
const EVENTS_MAX = 100_000_000
const RUNS_MAX = 100
/** More than a generated event and a packet take, with room for results. */
const DISK_BYTES_PER_EVENT = 900
/** What the project promises of the flow over EVE; docs/benchmarks.md. */
const TARGET_CPU_RATIO = 0.5
const TARGET_PEAK_RSS_BYTES = 200e6

const REFERENCE = 'json-parse-loop'
const EVE_FLOW = 'dga-flow-eve'

/** Programs that everybody knows. Those that are not on the machine are named under `missing`. */
const TOOLS = [
  { name: 'grep', does: 'counts lines by bytes', args: ['-c', '"event_type":"dns"'], readsPackets: false },
  { name: 'wc', does: 'counts line feeds', args: ['-l'], readsPackets: false },
  {
    name: 'jq',
    does: 'parses every line, counts DNS events',
    args: ['-n', 'reduce (inputs | select(.event_type == "dns")) as $event (0; . + 1)'],
    readsPackets: false,
  },
  { name: 'tcpdump', does: 'decodes and prints every packet', args: ['-nn', '-r'], readsPackets: true },
] as const

/** What a program says about its own run, read from its standard output. */
interface Said {
  /** Records read; null where the program does not say. */
  readonly records: number | null
  /** DNS events, lines or alerts, as the program counts; null where it counts nothing. */
  readonly found: number | null
  /** Peak memory by its own account, for machines without GNU time. */
  readonly peak_rss_bytes: number | null
}

interface Candidate {
  readonly name: string
  readonly does: string
  readonly reads: InputFile
  readonly command: (path: string) => readonly string[]
  readonly readOutput: (stdout: string) => Said
  /** Also runs on the first hundredth of the file, to tell start-up from the cost of records. */
  readonly hasStartUp: boolean
}

/** A file, its first hundredth, and how many records there are in each. */
interface InputFile {
  readonly path: string
  readonly small: string
  readonly records: number
  readonly smallRecords: number
}

interface Series {
  readonly candidate: Candidate
  readonly costs: Cost[]
  readonly small: Cost[]
  said: Said | undefined
}

/** Least, middle and greatest of some figures; null where they are no numbers. */
interface Spread {
  readonly min: number | null
  readonly median: number | null
  readonly max: number | null
}

/** @returns the exit code. @throws InputError when an option is wrong or a program can't be measured. */
export async function bench(options: BenchOptions): Promise<number> {
  const events = readWhole('--events', options.events, EVENTS_MIN, EVENTS_MAX)
  const runs = readWhole('--runs', options.runs, 1, RUNS_MAX)
  if (options.eve !== undefined) checkFile(options.eve)
  checkSpace(events)

  const stop = new AbortController()
  void untilSignal().then(() => stop.abort())
  const folder = await mkdtemp(join(tmpdir(), 'lacewing-bench-'))
  try {
    const meter = await Meter.make(folder, stop.signal)
    const load_1min_before = loadavg()[0]!
    const files = await makeFiles(folder, events, options.eve, meter, stop.signal)
    const series = candidates(files, join(folder, 'alerts.jsonl')).map(newSeries)
    say('Warming up')
    for (const { candidate } of series) {
      if (candidate.hasStartUp) await meter.measure(candidate.command(candidate.reads.small))
    }
    for (let run = 1; run <= runs; run++) {
      for (const one of series) {
        await measureOnce(meter, one)
        say(`Run ${run} of ${runs}: ${one.candidate.name} ${one.costs.at(-1)!.cpu_s.toFixed(2)} s CPU`)
      }
    }
    const machine = { ...machineFacts(), load_1min_before, load_1min_after: loadavg()[0]! }
    const data = dataFacts(files, options.eve)
    process.stdout.write(`${JSON.stringify({ machine, runs, data, ...results(series) }, null, 2)}\n`)
    return 0
  } catch (error) {
    if (!stop.signal.aborted) throw error
    say('Stopped; nothing is reported.')
    return 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function readWhole(option: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new InputError(`${option} ${text}: give a whole number from ${min} to ${max}.`)
}

function checkFile(path: string): void {
  const facts = statSync(path, { throwIfNoEntry: false })
  if (facts?.isFile() && facts.size > 0) return
  throw new InputError(`--eve ${path}: that is not a file with anything in it. Give an EVE file, one event a line.`)
}

function checkSpace(events: number): void {
  const { bavail, bsize } = statfsSync(tmpdir())
  const wanted_bytes = events * DISK_BYTES_PER_EVENT
  if (bavail * bsize > wanted_bytes) return
  const wanted = `${Math.ceil(wanted_bytes / 1e6)} MB`
  throw new InputError(
    `${tmpdir()} has less than the ${wanted} needed. Set TMPDIR to a larger disk, or lower --events.`,
  )
}

interface Files {
  readonly eve: InputFile
  readonly pcap: InputFile
}

async function makeFiles(
  folder: string,
  events: number,
  given: string | undefined,
  meter: Meter,
  signal: AbortSignal,
): Promise<Files> {
  const eve = { path: given === undefined ? join(folder, 'eve.json') : resolve(given), small: join(folder, 'few.json') }
  if (given === undefined) {
    say(`Making ${events.toLocaleString('en-US')} events`)
    await writeEvents(eve.path, events, signal)
  }
  await writeFirstLines(eve.small, eve.path, SMALL_RATIO)

  const sample = join(EXAMPLES, 'samples', 'dns.pcap')
  const pcap = { path: join(folder, 'dns.pcap'), small: join(folder, 'few.pcap') }
  const smallPackets = Math.ceil(events * SMALL_RATIO)
  await writeCapture(pcap.path, sample, events, signal)
  await writeCapture(pcap.small, sample, smallPackets, signal)

  // Counting also brings a given file into the file cache.
  const count = async (path: string) => parseLoopSaid((await meter.measure(parseLoop(path))).stdout).records
  return {
    eve: { ...eve, records: await count(eve.path), smallRecords: await count(eve.small) },
    pcap: { ...pcap, records: events, smallRecords: smallPackets },
  }
}

/** What is measured, in this order; the reference first. */
function candidates({ eve, pcap }: Files, alerts: string): Candidate[] {
  const flow =
    (file: string, ...settings: string[]) =>
    (input: string) => [
      ...[process.execPath, LACEWING, 'run', join(EXAMPLES, file), '--stats', '-'],
      ...[`input=${input}`, `output=${alerts}`, ...settings].flatMap((setting) => ['--set', setting]),
    ]
  const own: Candidate[] = [
    {
      name: REFERENCE,
      does: 'Node reads the file in pieces of 1 MiB, parses every line with JSON.parse, counts DNS events',
      reads: eve,
      command: parseLoop,
      readOutput: parseLoopSaid,
      hasStartUp: true,
    },
    {
      name: EVE_FLOW,
      does: 'lacewing run: EVE file, DNS queries, lexical features, model, alerts to a file',
      reads: eve,
      command: flow('dga-eve.json'),
      readOutput: flowSaid,
      hasStartUp: true,
    },
    {
      name: 'dga-flow-pcap',
      does: 'lacewing run: pcap file, packets, DNS queries, lexical features, model, alerts to a file',
      reads: pcap,
      command: flow('dga-pcap.json'),
      readOutput: flowSaid,
      hasStartUp: true,
    },
    {
      name: 'dga-flow-pcap-quiet',
      does: 'the same with a threshold that no score is above: without alerts and the contributions in them',
      reads: pcap,
      command: flow('dga-pcap.json', 'threshold=2'),
      readOutput: flowSaid,
      hasStartUp: false,
    },
  ]
  return [...own, ...tools({ eve, pcap })]
}

/** Those that are on the machine. */
function tools({ eve, pcap }: Files): Candidate[] {
  return TOOLS.flatMap(({ name, does, args, readsPackets }) => {
    const program = findProgram(name)
    if (program === undefined) return []
    return {
      name,
      does: `${name} ${args.join(' ')}: ${does}`,
      reads: readsPackets ? pcap : eve,
      command: (path: string) => [program, ...args, path],
      readOutput: readsPackets ? nothingSaid : countSaid,
      hasStartUp: false,
    }
  })
}

function parseLoop(path: string): readonly string[] {
  return [process.execPath, PARSE_LOOP, path]
}

function parseLoopSaid(stdout: string) {
  const { records, dns, peak_rss_bytes } = JSON.parse(stdout) as Record<'records' | 'dns' | 'peak_rss_bytes', number>
  return { records, found: dns, peak_rss_bytes }
}

function flowSaid(stdout: string): Said {
  type Stats = Record<'records_in' | 'records_out' | 'peak_rss_bytes', number>
  const { records_in, records_out, peak_rss_bytes } = JSON.parse(stdout) as Stats
  return { records: records_in, found: records_out, peak_rss_bytes }
}

function countSaid(stdout: string): Said {
  return { records: null, found: Number.parseInt(stdout, 10), peak_rss_bytes: null }
}

function nothingSaid(): Said {
  return { records: null, found: null, peak_rss_bytes: null }
}

function newSeries(candidate: Candidate): Series {
  return { candidate, costs: [], small: [], said: undefined }
}

async function measureOnce(meter: Meter, series: Series): Promise<void> {
  const { command, reads, readOutput, hasStartUp } = series.candidate
  const cost = await meter.measure(command(reads.path))
  series.costs.push(cost)
  series.said = readOutput(cost.stdout)
  if (hasStartUp) series.small.push(await meter.measure(command(reads.small)))
}

function results(series: readonly Series[]) {
  const reference = series.find(({ candidate }) => candidate.name === REFERENCE)!
  const measured = Object.fromEntries(series.map((one) => [one.candidate.name, wholeResult(one, reference)]))
  const flow = measured[EVE_FLOW]!
  return {
    reference: REFERENCE,
    candidates: measured,
    without_start_up: Object.fromEntries(
      series
        .filter(({ candidate }) => candidate.hasStartUp)
        .map((one) => [one.candidate.name, recordsResult(one, reference)]),
    ),
    missing: TOOLS.flatMap(({ name }) => (measured[name] === undefined ? name : [])),
    targets: {
      [EVE_FLOW]: {
        cpu_ratio: { at_most: TARGET_CPU_RATIO, is: flow.cpu_ratio.median },
        peak_rss_bytes: { at_most: TARGET_PEAK_RSS_BYTES, is: flow.peak_rss_bytes },
      },
    },
  }
}

/** The whole process from its start to its end. Ratios are those of one round, so that a slower minute cancels out. */
function wholeResult({ candidate, costs, said }: Series, reference: Series) {
  const { does, reads } = candidate
  const perMillion = wholePerMillion({ candidate, costs })
  const referencePerMillion = wholePerMillion(reference)
  const peaks = costs.flatMap(({ peak_rss_bytes }) => peak_rss_bytes ?? said?.peak_rss_bytes ?? [])
  return {
    does,
    records: reads.records,
    records_counted: said?.records ?? null,
    found: said?.found ?? null,
    cpu_s_per_million: spread(perMillion),
    cpu_ratio: spread(perMillion.map((cpu_s, run) => cpu_s / referencePerMillion[run]!)),
    elapsed_s: spread(costs.map(({ elapsed_s }) => elapsed_s)),
    peak_rss_bytes: peaks.length > 0 ? Math.max(...peaks) : null,
  }
}

function wholePerMillion({ candidate, costs }: Pick<Series, 'candidate' | 'costs'>): number[] {
  return costs.map(({ cpu_s }) => (cpu_s / candidate.reads.records) * 1e6)
}

/** The whole file less its first hundredth, by the records between them; what is left of the hundredth is start-up. */
function recordsResult(series: Series, reference: Series) {
  const perMillion = recordsPerMillion(series)
  const referencePerMillion = recordsPerMillion(reference)
  const { smallRecords } = series.candidate.reads
  return {
    start_up_cpu_s: spread(series.small.map(({ cpu_s }, run) => cpu_s - (perMillion[run]! * smallRecords) / 1e6)),
    cpu_s_per_million: spread(perMillion),
    cpu_ratio: spread(perMillion.map((cpu_s, run) => cpu_s / referencePerMillion[run]!)),
  }
}

function recordsPerMillion({ candidate, costs, small }: Series): number[] {
  const { records, smallRecords } = candidate.reads
  return costs.map(({ cpu_s }, run) => ((cpu_s - small[run]!.cpu_s) / (records - smallRecords)) * 1e6)
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const round = (value: number) => (Number.isFinite(value) ? Number(value.toFixed(4)) : null)
  return {
    min: round(sorted[0]!),
    median: round((sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2),
    max: round(sorted.at(-1)!),
  }
}

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

function dataFacts({ eve, pcap }: Files, given: string | undefined) {
  const size = ({ path, records }: InputFile) => {
    const bytes = statSync(path).size
    return { records, bytes, mean_bytes: Math.round(bytes / records) }
  }
  return { eve: { from: given === undefined ? 'generated' : basename(given), ...size(eve) }, pcap: size(pcap) }
}

function say(line: string): void {
  console.error(printable(line))
}
