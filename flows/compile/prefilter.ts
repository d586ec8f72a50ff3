/**
 * Fifth pass: texts that the bytes of a record must hold to be worth reading, by source. What can be told of records of
 * bytes that are no text is found by flows/compile/foretell.ts.
 *
 * A record that lacks them is skipped: it is not read, only counted. That is sound only where nothing else can be told
 * from outside, so every node's counters must be known without reading. Behind its source such a record
 * - leaves each derive node that rejects nothing and throws for nothing by `out`,
 * - leaves a node that chooses an outlet by conditions, none of which is true, by the outlet for such records,
 * - and is filtered by each node that lets pass only what some condition is true of: a filter, an operator that admits.
 *
 * A node behind a filter does not help: a record that the second of two filters drops was counted as passed by the first
 * one, and whether it was can't be known unread. Nor does a node that waits behind a batch, for to enter one a record
 * needs its event time. One way that may end anywhere else (in a sink, at a node that may reject) and every record of
 * the source is read; so it is where somebody is wired to the source's rejects, for then a broken line matters even if
 * nothing would let it pass.
 *
 * Which conditions a record lacks is told by what each expression implies (flows/expression/implied.ts); fields added
 * by expressions are followed back to the record's own, and a field that a node's code adds is null where a compulsory
 * need of the node is missing. How a fact about a field shows in the bytes is for the dress to say, one a kind of text.
 */

import type { Schema } from '../../nodes/contract/field.ts'
import { splitPath } from '../../nodes/records/json-path.ts'
import type { CompiledExpression } from '../expression/compile.ts'
import { type Conditions, eitherOf, type Fact } from '../expression/implied.ts'
import { foretold } from './foretell.ts'
import { gateOf } from './gate.ts'
import type { Foretold, GraphWire, Passed, PrefilteredPlan, ProjectedPlan, TypedGraph, TypedNode } from './ir.ts'
import { readsOf } from './project.ts'

/** Texts of one source at most. To look for one through a line takes a sixteenth of the time of reading the line. */
const MAX_TEXTS = 12

/** @param readsAll true to have every record read. */
export function prefilter(plan: ProjectedPlan, readsAll = false): Passed<PrefilteredPlan> {
  const screens = new Map<string, Conditions<string>>()
  const passes = new Map<string, string>()
  const told = new Map<string, Foretold>()
  if (readsAll) return { after: { ...plan, screens, passes, foretold: told }, problems: [] }
  for (const node of plan.graph.nodes.values()) {
    const { id, spec, outletSchemas } = node
    if (spec.shape !== 'source' || outletSchemas.out === undefined) continue
    const found = foretold(plan, node)
    if (found !== undefined) {
      told.set(id, found)
      for (const parser of found.parsers) passes.set(parser, 'out')
    }
    const ways = new Ways(plan, outletSchemas.out.reader)
    const screen = best(ways.from(id))
    if (screen.length === 0) continue
    screens.set(id, screen)
    for (const [node, outlet] of ways.passes) passes.set(node, outlet)
  }
  return { after: { ...plan, screens, passes, foretold: told }, problems: [] }
}

/** The few conditions that say most. */
function best(conditions: Conditions<string>): Conditions<string> {
  const unique = conditions.map((texts) => [...new Set(texts)].sort())
  const least = (texts: readonly string[]) => Math.min(...texts.map((text) => text.length))
  const said = unique
    .filter((texts) => texts.length > 0)
    // What has all texts of another condition says less than that one.
    .filter(
      (texts, i) => !unique.some((other, k) => k !== i && isWeaker(texts, other) && (k < i || !isWeaker(other, texts))),
    )
    // Few texts are missing from more records than many, and long ones from more than short ones.
    .sort((a, b) => a.length - b.length || least(b) - least(a))
  let left = MAX_TEXTS
  return said.filter((texts) => {
    if (texts.length > left) return false
    left -= texts.length
    return true
  })
}

const isWeaker = (texts: readonly string[], than: readonly string[]) => than.every((text) => texts.includes(text))

/** What may become of the records of one source. */
class Ways {
  readonly #plan: ProjectedPlan
  readonly #graph: TypedGraph
  readonly #dress: Dress | undefined
  /** Outlet by which a skipped record leaves a node. */
  readonly passes = new Map<string, string>()

  constructor(plan: ProjectedPlan, reader: Schema['reader']) {
    this.#plan = plan
    this.#graph = plan.graph
    this.#dress = DRESSES[reader]
  }

  /** Conditions without which a record is not worth reading. */
  from(source: string): Conditions<string> {
    const wires = this.#graph.wires.filter(({ from }) => from === source)
    if (this.#dress === undefined || wires.length === 0 || wires.some(({ outlet }) => outlet === 'rejected')) return []
    const gates = this.#behind(wires)
    return gates === undefined ? [] : eitherOf(gates)
  }

  /** The conditions of each gate that records meet along the wires; undefined when they may meet something else. */
  #behind(wires: readonly GraphWire[]): Conditions<string>[] | undefined {
    const gates: Conditions<string>[] = []
    for (const { to } of wires) {
      const found = this.#at(this.#graph.nodes.get(to)!)
      if (found === undefined) return undefined
      gates.push(...found)
    }
    return gates
  }

  #at(node: TypedNode): Conditions<string>[] | undefined {
    const { id, spec, needs } = node
    if (spec.shape !== 'operator' && this.#plan.borders.has(id)) return undefined
    if (spec.shape === 'derive') {
      const inlet = { node, added: 0 }
      const passesAll = !mayReject(node) && needs.every((need) => this.#isTotal(inlet, need.expression, readsOf(need)))
      return passesAll ? this.#pass(node, 'out') : undefined
    }
    const gate = gateOf(node)
    if (gate === undefined) return undefined
    const own = this.#gates(node, gate.conditions)
    const further = gate.otherwise === null ? [] : this.#pass(node, gate.otherwise)
    return own === undefined || further === undefined ? undefined : [...own, ...further]
  }

  #pass({ id }: TypedNode, outlet: string): Conditions<string>[] | undefined {
    this.passes.set(id, outlet)
    return this.#behind(this.#graph.wires.filter((wire) => wire.from === id && wire.outlet === outlet))
  }

  #gates(node: TypedNode, expressions: readonly CompiledExpression[]): Conditions<string>[] | undefined {
    const place = { node, added: 0 }
    if (!expressions.every(({ reads }) => this.#areTotal(place, reads))) return undefined
    return expressions.map(({ implied }) => this.#texts(place, implied.ifTrue))
  }

  /** True when an expression, if it is one, and the fields that are read throw for no record. */
  #isTotal(place: Place, expression: CompiledExpression | undefined, reads: readonly string[]): boolean {
    return (expression?.implied.isTotal ?? true) && this.#areTotal(place, reads)
  }

  /** True when none of the fields is an expression that may throw. */
  #areTotal(place: Place, paths: readonly string[]): boolean {
    return paths.every((path) => {
      const adder = this.#adder(place, path)
      const expression = adder?.node.adds[adder.added]?.expression
      return expression === undefined || this.#isTotal(adder!, expression, expression.reads)
    })
  }

  /** Where a field of a place was added: the node, and how many it had added before. Undefined for a field of the source. */
  #adder({ node, added }: Place, path: string): Place | undefined {
    const own = node.adds.findLastIndex((one, i) => i < added && one.path === path)
    if (own !== -1) return { node, added: own }
    const origin = node.inlet?.origins.get(path)
    if (origin === undefined) return undefined
    const adder = this.#graph.nodes.get(origin)!
    return { node: adder, added: adder.adds.findIndex((one) => one.path === path) }
  }

  /** Conditions on fields of a place as texts in the record's bytes. */
  #texts(place: Place, conditions: Conditions): Conditions<string> {
    return conditions.flatMap((facts) => eitherOf(facts.map((fact) => this.#textsOf(place, fact))))
  }

  #textsOf(place: Place, fact: Fact): Conditions<string> {
    const adder = this.#adder(place, fact.path)
    if (adder === undefined) return this.#dress!(fact).map((text) => [text])
    const { node, added } = adder
    if (node.spec.shape !== 'derive') return []
    const expression = node.adds[added]?.expression
    if (expression === undefined) {
      const inlet = { node, added: 0 }
      return node.needs.flatMap(({ need }) =>
        need.from === 'field' && !need.optional ? this.#textsOf(inlet, { path: need.path, is: 'given' }) : [],
      )
    }
    const { alias, ifGiven, ifTrue } = expression.implied
    if (alias !== undefined) return this.#textsOf(adder, { ...fact, path: alias })
    return this.#texts(adder, fact.is === 'true' ? ifTrue : ifGiven)
  }
}

/** Where fields are seen: at a node's inlet, and behind it those of the fields it adds that come before one of them. */
interface Place {
  readonly node: TypedNode
  /** So many of the fields it adds are known. */
  readonly added: number
}

function mayReject({ spec, needs, rejectsLacking, prepares }: TypedNode): boolean {
  if (rejectsLacking && needs.some(({ need }) => !need.optional)) return true
  return prepares && spec.rejects !== undefined
}

/** Texts that all stand in the bytes of a record of which the fact is true. */
type Dress = (fact: Fact) => readonly string[]

/**
 * How facts show in the bytes, by what reads them. Of lines that are not JSON a dress of their own would give the plain
 * texts, and nothing for a field that is there: its name does not stand in the line.
 */
const DRESSES: Readonly<Record<Schema['reader'], Dress | undefined>> = { json: inJson, none: undefined }

/** A key or text stands between quotes whatever white space there is between it and what follows. */
function inJson(fact: Fact): readonly string[] {
  const keys = new Set(splitPath(fact.path).filter((step) => typeof step === 'string'))
  if (fact.is === 'text') return isSearchable(fact.text) ? [`"${fact.text}"`] : []
  if (fact.is === 'part' && isSearchable(fact.text)) return [fact.text]
  return [...keys].filter(isSearchable).map((key) => `"${key}"`)
}

/** True for a text that stands in JSON as it is, or with `\u` or `\/` in place of a character, and in no third way. */
function isSearchable(text: string): boolean {
  return text !== '' && text.isWellFormed() && !/[\u0000-\u001f"\\]/.test(text)
}
