/** What the canvas shows on wires and nodes: a pure function of the drawing, of what is deployed and of its counters. */

import type { FlowDocument } from '../../flows/format/flow.ts'
import { parseWire } from '../../flows/format/wire.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import type { DeploymentStatus } from '../../runtime/protocol/messages.ts'
import type { Difference } from '../document/difference.ts'
import { type LiveHistory, ofNode, ofWire, rateOf, SILENT_S } from './history.ts'
import { duration, fullNumber, share, shortNumber, shortRate, spokenRate } from './numbers.ts'

/** The state of a wire; each has its own form besides its colour. */
export type WireState =
  /** Records pass. */
  | 'live'
  /** None passed for a minute. */
  | 'silent'
  /** Drawn, not running. */
  | 'draft'
  /** The check finds it wrong. */
  | 'broken'

export interface WireMark {
  readonly wire: string
  readonly state: WireState
  /** Records a second; undefined where nothing runs or one frame is not enough. */
  readonly rate_per_s: number | undefined
  /** Thickness in pixels: 1.5 + 2.5 a decade, at most 16. */
  readonly width: number
  /** Above the wire: name of an outlet that is not `out`, a figure, its unit. */
  readonly label: { readonly outlet: string; readonly figure: string; readonly unit: string }
  /** Fill of the queue before the inlet, 0 to 1, where there is one. */
  readonly queue_ratio: number | undefined
  /** Accessible name. */
  readonly name: string
}

export interface Badge {
  readonly kind: 'bad' | 'hot'
  readonly text: string
  /** The whole sentence. */
  readonly title: string
}

export interface NodeMark {
  readonly id: string
  /** Not deployed as it is drawn. */
  readonly isFresh: boolean
  readonly isInvalid: boolean
  /** At most two: errors or problems first. */
  readonly badges: readonly Badge[]
  readonly name: string
}

export interface Marks {
  readonly wires: ReadonlyMap<string, WireMark>
  readonly nodes: ReadonlyMap<string, NodeMark>
}

export interface MarksInput {
  readonly document: FlowDocument
  /** Undefined when the flow does not run on the sensor that is looked at. */
  readonly deployed: FlowDocument | undefined
  readonly status: DeploymentStatus | undefined
  readonly difference: Difference
  readonly history: LiveHistory
  readonly problems: readonly Problem[]
  /** Title of a node, for its accessible name. */
  readonly titleOf: (id: string) => string
}

/** Records after which a filter that passed none is worth a word. */
const ENOUGH_TO_JUDGE = 1000

/** Thickness of a wire in pixels. */
export function wireWidth(rate_per_s: number): number {
  return rate_per_s <= 1 ? 1.5 : Math.min(16, 1.5 + 2.5 * Math.log10(rate_per_s))
}

/** The marks of everything drawn. */
export function marks(input: MarksInput): Marks {
  const wires = new Map(input.document.wires.map((wire) => [wire, wireMark(input, wire)]))
  const nodes = new Map(Object.keys(input.document.nodes).map((id) => [id, nodeMark(input, id)]))
  return { wires, nodes }
}

function wireMark(input: MarksInput, wire: string): WireMark {
  const { history, status } = input
  const ends = parseWire(wire)
  const outlet = ends === undefined || ends.outlet === 'out' ? '' : ends.outlet
  const ways = ends === undefined ? wire : `${ends.from}${outlet === '' ? '' : ` ${outlet}`} to ${ends.to}`
  const still = { wire, rate_per_s: undefined, width: 1.5, queue_ratio: undefined }
  const problem = input.problems.find((one) => breaks(one, wire, ends?.to))
  if (problem !== undefined) {
    const name = `${ways}, broken: ${problem.message}`
    return { ...still, state: 'broken', label: { outlet, figure: missingField(problem), unit: '' }, name }
  }
  if (input.deployed === undefined || input.difference.addedWires.has(wire)) {
    const label = { outlet, figure: input.deployed === undefined ? '' : 'new', unit: '' }
    return { ...still, state: 'draft', label, name: `${ways}, not deployed` }
  }
  const last = history.frames.at(-1)
  if (last === undefined) {
    return { ...still, state: 'silent', label: { outlet, figure: '', unit: '' }, name: `${ways}, no figures yet` }
  }
  const total = ofWire(wire)(last)
  if (status !== undefined && status.state !== 'running' && status.state !== 'preparing') {
    const label = { outlet, figure: shortNumber(total), unit: ' in all' }
    return { ...still, state: 'silent', label, name: `${ways}, ${status.state}, ${fullNumber(total)} records in all` }
  }
  const moved_ms = history.moved_ms.get(wire)
  const silent_s = moved_ms === undefined ? undefined : (last.at_ms - moved_ms) / 1000
  if (silent_s === undefined || silent_s >= SILENT_S) {
    const figure = silent_s === undefined ? 'silent' : duration(silent_s)
    const name = silent_s === undefined ? `${ways}, silent` : `${ways}, silent for ${duration(silent_s)}`
    return { ...still, state: 'silent', label: { outlet, figure, unit: '' }, name: `${name}, 0 dropped` }
  }
  const rate_per_s = rateOf(history, ofWire(wire))
  const queue = ends !== undefined && Object.hasOwn(last.queues, ends.to) ? last.queues[ends.to] : undefined
  const queue_ratio = queue === undefined || queue.bound <= 0 ? undefined : Math.min(1, queue.records / queue.bound)
  const { figure, unit } = rate_per_s === undefined ? { figure: '', unit: '' } : shortRate(rate_per_s)
  const waits =
    queue_ratio === undefined || queue_ratio < 0.005 ? '' : `queue ${share(queue_ratio).replace(' %', ' percent')}, `
  const passes = rate_per_s === undefined ? `${fullNumber(total)} records so far` : spokenRate(rate_per_s)
  return {
    wire,
    state: 'live',
    rate_per_s,
    width: wireWidth(rate_per_s ?? 0),
    label: { outlet, figure, unit },
    queue_ratio,
    name: `${ways}, ${passes}, ${waits}0 dropped`,
  }
}

/** Records can't pass the wire as they should: it is wrong itself, or it lacks a field that the node behind it reads. */
function breaks({ severity, code, wire, node }: Problem, name: string, to: string | undefined): boolean {
  if (severity !== 'error') return false
  return wire === undefined ? code === 'FLOW-0207' && node !== undefined && node === to : wire === name
}

/** The field a problem speaks of, as the mark of a broken wire. */
function missingField(problem: Problem): string {
  const field =
    /['\u2018"`]([A-Za-z_][\w.]*)['\u2019"`]/.exec(problem.message)?.[1] ??
    /\bfield ([\w.]*\w)/i.exec(problem.message)?.[1]
  return field === undefined ? 'broken' : `${field}?`
}

function nodeMark(input: MarksInput, id: string): NodeMark {
  const problems = input.problems.filter((one) => one.node === id)
  const errors = problems.filter((one) => one.severity === 'error')
  const last = input.history.frames.at(-1)
  const runs = input.deployed !== undefined && last !== undefined
  const thrown = runs ? ofNode(id, 'errors')(last) : 0
  const rejected = runs ? ofNode(id, 'rejected')(last) : 0
  const into = runs ? ofNode(id, 'in')(last) : 0
  const out = runs ? ofNode(id, 'out')(last) : 0
  const filtered = runs ? ofNode(id, 'filtered')(last) : 0
  const badges: Badge[] = []
  if (errors.length > 0) {
    badges.push({
      kind: 'bad',
      text: `\u2715 ${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}`,
      title: errors.map((one) => `${one.message} ${one.fix}`).join('\n'),
    })
  }
  if (thrown > 0)
    badges.push({
      kind: 'bad',
      text: counted(thrown, 'error'),
      title: `${fullNumber(thrown)} records lost to a fault of this node.`,
    })
  if (input.status?.fault?.node === id) badges.push({ kind: 'bad', text: 'fault', title: input.status.fault.message })
  const isFilter = input.document.nodes[id]?.type === 'rule.filter'
  const isSilentFilter = isFilter && into >= ENOUGH_TO_JUDGE && filtered === into && out === 0
  if (isSilentFilter) {
    badges.push({
      kind: 'hot',
      text: `0 of ${shortNumber(into)} pass`,
      title: `Not one record of ${fullNumber(into)} has passed since it was deployed.`,
    })
  }
  if (rejected > 0)
    badges.push({ kind: 'hot', text: `${shortNumber(rejected)} rejected`, title: reasons(input, id, rejected) })
  const warnings = problems.length - errors.length
  if (warnings > 0) {
    badges.push({
      kind: 'hot',
      text: counted(warnings, 'warning'),
      title: problems.map((one) => `${one.message} ${one.fix}`).join('\n'),
    })
  }
  const isFresh = input.difference.added.has(id) || input.difference.changed.has(id)
  const words = [
    input.titleOf(id),
    id,
    ...badges.map((badge) => badge.text.replace('\u2715 ', '')),
    ...(isFresh ? ['not deployed'] : []),
  ]
  return { id, isFresh, isInvalid: errors.length > 0, badges: badges.slice(0, 2), name: words.join(', ') }
}

function reasons(input: MarksInput, id: string, rejected: number): string {
  const last = input.history.frames.at(-1)!
  const by = Object.hasOwn(last.nodes, id) ? (last.nodes[id]!.reasons ?? {}) : {}
  const lines = Object.entries(by).map(([reason, count]) => `${reason} ${fullNumber(count)}`)
  return [`${fullNumber(rejected)} records rejected.`, ...lines].join('\n')
}

function counted(count: number, word: string): string {
  return `${shortNumber(count)} ${count === 1 ? word : `${word}s`}`
}
