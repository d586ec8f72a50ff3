/**
 * Random flows over EVE, and random events for them; the same for the same seed. For tests that hold two ways of running
 * a flow against each other.
 *
 * Flows are made of everything that lets records pass, drops them, directs them, rejects them or adds to them, one
 * behind the other and side by side, with conditions that read what nodes before them added. Events are made of the few
 * words that the conditions ask for, in any JSON spelling.
 */

import type { FlowDocument, FlowNode } from '../../flows/format/flow.ts'
import { flowOf } from '../flows/run-flow.ts'
import type { Random } from '../json/random-records.ts'
import { spelled } from './spelling.ts'

const WORDS = ['dns', 'tls', 'query', 'answer', 'a"b', 'é', '\\', '', 'a/b', 'www.example.com', 'qzx.biz', '😀', 'dns"']
/** What conditions look for within texts. */
const PARTS = ['dns', 'example', '.', 'a/', 'é', '"', '', 'zx']
const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fe80::1']

type Kind = 'text' | 'number' | 'boolean' | 'any'
interface Field {
  readonly path: string
  readonly kind: Kind
}

/** Fields of events: those that EVE has, and those that the source declares. */
const FIELDS: readonly Field[] = [
  ...['event_type', 'proto', 'src_ip', 'dns.type', 'dns.rrname', 'tls.sni', 'dns.answers[0].rdata'].map(
    (path): Field => ({ path, kind: 'text' }),
  ),
  ...['dest_port', 'flow_id', 'dns.id', 'custom.ratio'].map((path): Field => ({ path, kind: 'number' })),
  { path: 'custom.flag', kind: 'boolean' },
  { path: 'custom.tag', kind: 'any' },
]
const DECLARED = ['custom.ratio: float64', 'custom.flag: boolean', 'custom.tag: any', 'dns.answers[0].rdata: text']

/* ---- events ---- */

/** Lines of events. A few are broken, none of them so that braces stand at both of its ends. */
export function randomLines(random: Random, count: number): string[] {
  return Array.from({ length: count }, () =>
    random.once(40) ? random.of(['nonsense', '{"a":1', '[{"event_type":"dns"}]', '"dns"', '']) : randomLine(random),
  )
}

function randomLine(random: Random): string {
  // An escape somewhere in the line has it read, so most lines have none.
  return random.once(3) ? spelled(randomEvent(random), random) : JSON.stringify(randomEvent(random))
}

function randomEvent(random: Random): Record<string, unknown> {
  const event: Record<string, unknown> = {}
  const maybe = (name: string, value: () => unknown, into = event) => {
    if (!random.once(3)) into[name] = random.once(12) ? random.of([null, 7, true, 'dns', [], {}]) : value()
  }
  const word = () => random.of(WORDS)
  maybe('timestamp', () => new Date(random.below(600_000)).toISOString())
  maybe('event_type', () => random.of(['dns', 'tls', 'flow', word()]))
  maybe('proto', word)
  maybe('src_ip', () => random.of(ADDRESSES))
  maybe('dest_port', () => random.below(70))
  maybe('flow_id', () => random.of([1, 2 ** 53 - 1, 1.5, -0]))
  maybe('dns', () => {
    const dns: Record<string, unknown> = {}
    maybe('type', () => random.of(['query', 'answer', word()]), dns)
    maybe('rrname', word, dns)
    maybe('id', () => random.below(3), dns)
    maybe('answers', () => [{ rdata: word() }], dns)
    return dns
  })
  if (random.once(2)) maybe('tls', () => ({ sni: word() }))
  if (random.once(2)) {
    maybe('custom', () => ({ ratio: random.below(9) / 4, flag: random.once(2), tag: random.of([word(), 3, [1]]) }))
  }
  return event
}

/* ---- expressions ---- */

const literal = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** A condition over fields, such as a filter may have. Some of them throw for some records. */
export function randomCondition(random: Random, fields: readonly Field[] = FIELDS, depth = 2): string {
  const inner = () => randomCondition(random, fields, depth - 1)
  if (depth > 0 && random.once(3)) return `event_type == ${literal(random.of(['dns', 'tls']))} and ${inner()}`
  if (depth > 0 && random.once(2)) {
    const parts = Array.from({ length: 2 + random.below(2) }, inner)
    if (random.once(8)) return `not (${parts[0]})`
    if (random.once(8)) return `(if ${parts[0]} then ${parts[1]} else ${random.of([...parts.slice(2), 'false'])})`
    return `(${parts.join(random.of([' and ', ' and ', ' or ']))})`
  }
  const any = random.of(fields)
  const of = (kind: Kind) => random.of(fields.filter((field) => field.kind === kind)).path
  const text = () => literal(random.of(WORDS))
  switch (random.below(16)) {
    case 0:
    case 1:
      return `event_type == ${literal(random.of(['dns', 'tls', 'flow']))}`
    case 2:
      return `${of('text')} == ${text()}`
    case 3:
      return `${text()} == ${random.once(2) ? of('any') : of('text')}`
    case 4:
      return `${of('text')} in [${text()}, ${text()}]`
    case 5:
      return `exists(${any.path})`
    case 6:
      return `${any.path} ${random.of(['!=', '=='])} null`
    case 7:
      return `${of('number')} ${random.of(['<', '<=', '>', '>='])} ${random.below(60)}`
    case 8:
      return `${of('number')} ${random.of(['+', '-', '*', '/', '%'])} ${of('number')} > ${random.below(9)}`
    case 9:
      return `${random.of(['STARTS_WITH', 'ENDS_WITH'])}(${of('text')}, ${literal(random.of(PARTS))})`
    case 10:
      return `${literal(random.of(PARTS))} in ${of('text')}`
    case 11:
      return `LENGTH(TO_UPPER(${of('text')})) > ${random.below(12)}`
    case 12:
      return `${of('text')} != ${text()}`
    case 13:
      return of('boolean')
    case 14:
      // It throws for what is no address, and for what is no number.
      return random.of([`IN_SUBNET(${of('text')}, '10.0.0.0/8')`, `${of('any')} > 2`, `${of('any')} + 1 > 2`])
    default:
      return `${of('text')} ${random.of(['==', '<'])} ${of('text')}`
  }
}

function randomValue(random: Random, fields: readonly Field[]): { readonly text: string; readonly kind: Kind } {
  const { path, kind } = random.of(fields)
  const numbers = fields.filter((field) => field.kind === 'number')
  switch (random.below(6)) {
    case 0:
      return { text: path, kind }
    case 1:
      return { text: `LENGTH(${random.of(fields.filter((field) => field.kind === 'text')).path})`, kind: 'number' }
    case 2:
      return { text: `${random.of(numbers).path} / ${random.of(numbers).path}`, kind: 'number' }
    case 3:
      return { text: `TO_LOWER(${path})`, kind: 'text' }
    default:
      return { text: randomCondition(random, fields, 1), kind: 'boolean' }
  }
}

/* ---- flows ---- */

/** A loose end of a flow: an outlet, and what is known behind it. */
interface End {
  readonly from: string
  readonly fields: readonly Field[]
}

/** A node with the outlets that records go by, and the fields it adds. */
interface Made {
  readonly node: FlowNode
  readonly outlets: readonly string[]
  readonly adds: readonly Field[]
}

type Maker = (random: Random, id: string, fields: readonly Field[]) => Made

const OUT = ['']
const MAKERS: readonly Maker[] = [
  (random, _id, fields) => filter(randomCondition(random, fields)),
  (random, _id, fields) => filter(randomCondition(random, fields)),
  (random, _id, fields) => {
    const cases = ['a', 'b'].slice(random.below(2)).map((outlet) => `${outlet}: ${randomCondition(random, fields, 1)}`)
    const outlets = [...cases.map((text) => `.${text[0]}`), '.else']
    return { node: { type: 'rule.switch', options: { cases } }, outlets, adds: [] }
  },
  (random, id, fields) => {
    const first = randomValue(random, fields)
    const known = { path: `${id}.x`, kind: first.kind }
    const second = randomValue(random, [...fields, known])
    const assignments = [`x := ${first.text}`, `y := ${second.text}`]
    const adds = [known, { path: `${id}.y`, kind: second.kind }]
    return { node: { type: 'feature.expression', options: { fields: assignments } }, outlets: OUT, adds }
  },
  (random, id, fields) => {
    const { path } = random.of(fields.filter(({ kind }) => kind === 'text'))
    const adds: Field[] = [
      { path: `${id}.length`, kind: 'number' },
      { path: `${id}.tld`, kind: 'text' },
      { path: `${id}.is_punycode`, kind: 'boolean' },
    ]
    return { node: { type: 'feature.domain', options: { field: path } }, outlets: OUT, adds }
  },
  (random, id, fields) => {
    const where = randomCondition(random, fields)
    const key = random.of(['', 'src_ip', '[src_ip, event_type]', random.of(fields).path])
    const options = { where, key, window_s: random.of([0, 60]), reason: '{dns.rrname} {dest_port}' }
    return { node: { type: 'rule.alert', options }, outlets: OUT, adds: [{ path: `${id}.repeats`, kind: 'number' }] }
  },
  (random, id) => {
    const options = { key: random.of([['src_ip'], ['src_ip', 'event_type'], ['dns.rrname']]), window_s: 60 }
    return { node: { type: 'feature.count', options }, outlets: OUT, adds: [{ path: `${id}.count`, kind: 'number' }] }
  },
]

const filter = (where: string): Made => ({
  node: { type: 'rule.filter', options: { where } },
  outlets: OUT,
  adds: [],
})

/** A flow, and the files it writes. */
export interface RandomFlow {
  readonly flow: FlowDocument
  /** Files of which the order of lines hangs on nothing but the records. */
  readonly ordered: readonly string[]
  /** Files behind a place where ways meet. */
  readonly unordered: readonly string[]
}

/** A flow that reads `in`. */
export function randomFlow(random: Random): RandomFlow {
  const nodes: Record<string, FlowNode> = { eve: { type: 'capture.eve', options: { path: 'in', fields: DECLARED } } }
  const wires: string[] = []
  const ends: End[] = [{ from: 'eve', fields: FIELDS }]
  const count = 1 + random.below(6)
  for (let i = 0; i < count; i++) {
    // Mostly one behind the other; a source or outlet that stays an end has several wires.
    const end = random.once(3) ? random.of(ends) : ends.at(-1)!
    if (!random.once(8)) ends.splice(ends.indexOf(end), 1)
    const id = `n${i}`
    const { node, outlets, adds } = random.of(MAKERS)(random, id, end.fields)
    nodes[id] = node
    wires.push(`${end.from} -> ${id}`)
    const fields = [...end.fields, ...adds]
    for (const outlet of outlets) if (outlets.length === 1 || !random.once(3)) ends.push({ from: id + outlet, fields })
    if (ends.length === 0) ends.push({ from: id + outlets[0]!, fields })
  }
  const ordered: string[] = []
  const unordered: string[] = []
  const sink = (id: string, from: string, files: string[]) => {
    nodes[id] = { type: 'sink.file', options: { path: id } }
    wires.push(`${from} -> ${id}`)
    files.push(id)
  }
  const used = new Set(wires.map((wire) => wire.split(' ')[0]))
  // An end that something is wired to already needs no sink.
  const loose = ends.filter(({ from }) => !used.has(from) || random.once(4))
  const meeting = loose.length > 1 && random.once(2) ? loose.splice(0, 2) : []
  for (const [i, { from }] of loose.entries()) sink(`out${i}`, from, ordered)
  if (meeting.length > 0) {
    const shared = meeting[0]!.fields.filter(({ path }) => meeting[1]!.fields.some((field) => field.path === path))
    nodes.both = { type: 'rule.filter', options: { where: randomCondition(random, shared, 1) } }
    for (const { from } of meeting) wires.push(`${from} -> both`)
    sink('met', 'both', unordered)
  }
  if (random.once(8)) sink('bad', 'eve.rejected', ordered)
  if (random.once(4))
    sink('failed', `${random.of(Object.keys(nodes).filter((id) => /^n\d/.test(id)))}.rejected`, ordered)
  return { flow: flowOf(nodes, wires), ordered, unordered }
}
