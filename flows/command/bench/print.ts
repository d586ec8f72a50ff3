/** A report of the benchmarks as tables: of text for a terminal, of Markdown for docs/benchmarks.md. */

import { formatTable, grouped } from '../table.ts'
import type { GoalReport, ProgramReport, Report, Spread } from './report.ts'

type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }

const VERDICTS = { aim: 'as aimed for', must: 'as it must', missed: 'MISSED', unknown: 'not measured' } as const

/** For a terminal, under each other. */
export function textOf(report: Report): string {
  return [
    heading(report),
    ...tables(report).map(({ head, rows }) => formatTable(head, rows)),
    ...missingLines(report),
  ].join('\n\n')
}

/** For a page. */
export function markdownOf(report: Report): string {
  return [heading(report), ...[...tables(report), doesTable(report)].map(asMarkdown), ...missingLines(report)].join(
    '\n\n',
  )
}

function heading({ machine, runs, reference }: Report): string {
  const { date, cpu, cores, memory_bytes, system, node, load_1min_before, load_1min_after } = machine
  const load = `load ${number(load_1min_before as number)} before, ${number(load_1min_after as number)} after`
  return (
    `${String(date).slice(0, 10)}: ${cpu}, ${cores} cores, ${number((memory_bytes as number) / 1e9)} GB, ${system}, ` +
    `Node ${String(node).slice(1)}; ${runs} ${runs === 1 ? 'run' : 'runs'}, ${load}. A measured second counts as ` +
    `${spreadText(reference.calibration)} calibrated ones. Median, with least and greatest.`
  )
}

const tables = (report: Report): Table[] => [goalTable(report), programTable(report), startTable(report)]

function goalTable({ rows }: Report): Table {
  const head = ['row', 'figure', 'measured', 'to the parse loop', 'calibrated', 'must', 'aim', 'is']
  const lines = Object.entries(rows).flatMap(([name, { goals }]) =>
    goals.map((goal) => [
      name,
      goal.figure,
      withUnit(goal, goal.measured),
      spreadText(goal.ratio),
      withUnit(goal, goal.calibrated),
      bound(goal, goal.must),
      bound(goal, goal.aim),
      VERDICTS[goal.verdict],
    ]),
  )
  return { head, rows: lines }
}

const withUnit = ({ unit }: GoalReport, spread: Spread | null) =>
  spread === null ? '' : `${spreadText(spread)} ${unit}`
const bound = ({ unit }: GoalReport, value: number | null) => (value === null ? '' : `${grouped(value)} ${unit}`)

function programTable({ programs }: Report): Table {
  const head = ['program', 'records', 'CPU s a million', 'calibrated', 'to the parse loop', 'peak memory', 'found']
  const lines = Object.entries(programs).map(([name, program]) => [
    name,
    program.records === 0 ? '' : grouped(program.records),
    spreadText(program.cpu_s_per_million),
    spreadText(program.calibrated_s_per_million),
    spreadText(program.cpu_ratio),
    program.peak_rss_bytes === null ? '' : `${Math.round(program.peak_rss_bytes / 1e6)} MB`,
    foundText(program),
  ])
  return { head, rows: lines }
}

function foundText({ found, agrees, expected }: ProgramReport): string {
  if (found === null) return ''
  return agrees === false ? `${grouped(found)}, NOT ${grouped(expected!)}` : grouped(found)
}

function startTable({ programs }: Report): Table {
  const head = ['program', 'start-up, CPU s', 'then CPU s a million', 'to the parse loop']
  const lines = Object.entries(programs).flatMap(([name, { without_start_up: without }]) =>
    without === null
      ? []
      : [[name, ...[without.start_up_cpu_s, without.cpu_s_per_million, without.cpu_ratio].map(spreadText)]],
  )
  return { head, rows: lines }
}

const doesTable = ({ programs }: Report): Table => ({
  head: ['program', 'what it does'],
  rows: Object.entries(programs).map(([name, { does }]) => [name, does.replaceAll('|', '\\|')]),
})

const missingLines = ({ missing }: Report): string[] =>
  missing.length === 0 ? [] : [`Not measured: ${missing.map(({ name, why }) => `${name} (${why})`).join('; ')}.`]

function spreadText(spread: Spread | null): string {
  if (spread === null || spread.median === null) return ''
  const { min, median, max } = spread
  return min === max ? number(median) : `${number(median)} (${number(min!)} to ${number(max!)})`
}

/** Three digits that count, or all of a whole number. */
function number(value: number): string {
  const size = Math.abs(value)
  return size >= 100 ? grouped(Math.round(value)) : value.toFixed(size >= 10 ? 1 : 2)
}

function asMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
