/** What a person can do to a flow, each as a transaction on the document it is given. Nothing here changes anything. */

import type { FlowDocument, FlowNode, FlowParameter } from '../../flows/format/flow.ts'
import { formatWire, parseWire, type WireEnds } from '../../flows/format/wire.ts'
import { type Change, change, type Transaction } from './transaction.ts'

/** Canvas pixels between the dots that nodes stand on. */
export const GRID = 16

export type Point = readonly [x: number, y: number]

/** The nearest place on the grid. */
export function snap([x, y]: Point): Point {
  return [Math.round(x / GRID) * GRID + 0, Math.round(y / GRID) * GRID + 0]
}

/** What is selected: ids of nodes and names of wires. */
export interface Selection {
  readonly nodes: ReadonlySet<string>
  readonly wires: ReadonlySet<string>
}
export const NOTHING_SELECTED: Selection = { nodes: new Set(), wires: new Set() }

/** An id not taken yet, made of the node type's noun: `filter`, `filter-2`. */
export function freshId(document: FlowDocument, type: string): string {
  const noun = type.slice(type.lastIndexOf('.') + 1).replace(/[^a-z0-9_-]/g, '')
  const stem = /^[a-z]/.test(noun) ? noun : `n${noun}`
  for (let n = 1; ; n++) {
    const id = n === 1 ? stem : `${stem}-${n}`
    if (!Object.hasOwn(document.nodes, id)) return id
  }
}

/** Why a text can't be the id of a node, as a sentence, or undefined when it can. */
export function idMistake(document: FlowDocument, current: string, id: string): string | undefined {
  if (id === current) return undefined
  if (!/^[a-z][a-z0-9_-]*$/.test(id)) return 'Use small letters, digits, - and _; begin with a letter.'
  if (id.length > 64) return 'Use at most 64 characters.'
  if (Object.hasOwn(document.nodes, id)) return `There is a node '${id}' already.`
  return undefined
}

/** Adds a node at a place, wired from an outlet where one is given. */
export function addNode(
  document: FlowDocument,
  id: string,
  node: FlowNode,
  position: Point,
  from?: Pick<WireEnds, 'from' | 'outlet'>,
): Transaction {
  const changes: Change[] = [
    change(document, ['nodes', id], node),
    change(document, ['view', 'positions', id], snap(position)),
  ]
  if (from !== undefined) {
    changes.push(change(document, ['wires'], [...document.wires, formatWire({ ...from, to: id, inlet: 'in' })]))
  }
  return { label: `add ${id}`, changes }
}

/** Why two ports can't be joined, as a sentence, or undefined when they can. */
export function wireMistake(document: FlowDocument, ends: WireEnds): string | undefined {
  if (ends.from === ends.to) return 'A node is not wired to itself.'
  if (document.wires.some((wire) => sameEnds(parseWire(wire), ends))) return 'This wire is there already.'
  if (reaches(document, ends.to, ends.from)) return 'Wires would form a circle.'
  return undefined
}

function sameEnds(a: WireEnds | undefined, b: WireEnds): boolean {
  return a !== undefined && formatWire(a) === formatWire(b)
}

/** True when records of `from` come to `to` over any number of wires. */
function reaches(document: FlowDocument, from: string, to: string): boolean {
  const next = new Map<string, string[]>()
  for (const wire of document.wires) {
    const ends = parseWire(wire)
    if (ends !== undefined) next.set(ends.from, [...(next.get(ends.from) ?? []), ends.to])
  }
  const seen = new Set<string>()
  const open = [from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...(next.get(id) ?? []))
  }
  return false
}

/** Joins an outlet to an inlet. Ask `wireMistake` first. */
export function addWire(document: FlowDocument, ends: WireEnds): Transaction {
  const wire = formatWire(ends)
  return { label: `wire ${wire}`, changes: [change(document, ['wires'], [...document.wires, wire])] }
}

/** Removes nodes with all their wires, and wires. Undefined when nothing is selected. */
export function removeSelected(document: FlowDocument, selection: Selection): Transaction | undefined {
  const nodes = [...selection.nodes].filter((id) => Object.hasOwn(document.nodes, id))
  const stays = (wire: string): boolean => {
    const ends = parseWire(wire)
    if (selection.wires.has(wire)) return false
    return ends === undefined || !(selection.nodes.has(ends.from) || selection.nodes.has(ends.to))
  }
  const wires = document.wires.filter(stays)
  const changes: Change[] = []
  if (wires.length < document.wires.length) changes.push(change(document, ['wires'], wires))
  for (const id of nodes) {
    changes.push(change(document, ['nodes', id], undefined))
    if (Object.hasOwn(document.view.positions, id)) changes.push(change(document, ['view', 'positions', id], undefined))
  }
  const groups = document.view.groups.map((group) => ({
    ...group,
    nodes: group.nodes.filter((id) => !selection.nodes.has(id)),
  }))
  if (groups.some((group, i) => group.nodes.length < document.view.groups[i]!.nodes.length)) {
    changes.push(change(document, ['view', 'groups'], groups))
  }
  if (changes.length === 0) return undefined
  const what = nodes.length === 1 ? nodes[0]! : nodes.length > 1 ? `${nodes.length} nodes` : 'wire'
  return { label: `delete ${what}`, changes }
}

/** Moves nodes to places on the grid. Undefined when none of them moves. */
export function moveNodes(document: FlowDocument, places: ReadonlyMap<string, Point>): Transaction | undefined {
  const changes: Change[] = []
  for (const [id, place] of places) {
    const to = snap(place)
    const now = document.view.positions[id]
    if (now !== undefined && now[0] === to[0] && now[1] === to[1]) continue
    changes.push(change(document, ['view', 'positions', id], to))
  }
  if (changes.length === 0) return undefined
  return { label: places.size === 1 ? `move ${[...places.keys()][0]}` : `move ${places.size} nodes`, changes }
}

/** Sets an option, or takes it out of the file (`undefined`), so that its default stands. */
export function setOption(document: FlowDocument, id: string, option: string, value: unknown): Transaction {
  return {
    label: `change ${id}`,
    changes: [change(document, ['nodes', id, 'options', option], value)],
    merge: `option ${id} ${option}`,
  }
}

/** Sets the title of a node; an empty one gives it the title of its type. */
export function setNodeTitle(document: FlowDocument, id: string, title: string): Transaction {
  return {
    label: `rename ${id}`,
    changes: [change(document, ['nodes', id, 'title'], title === '' ? undefined : title)],
    merge: `title ${id}`,
  }
}

/**
 * Gives a node another id, in wires, places and groups too. Expressions that read fields under the old id are left as
 * they are: the check names each of them. Ask `idMistake` first.
 */
export function renameNode(document: FlowDocument, from: string, to: string): Transaction {
  const rename = (id: string): string => (id === from ? to : id)
  const wires = document.wires.map((wire) => {
    const ends = parseWire(wire)
    return ends === undefined ? wire : formatWire({ ...ends, from: rename(ends.from), to: rename(ends.to) })
  })
  const changes: Change[] = [
    change(document, ['nodes', to], document.nodes[from]),
    change(document, ['nodes', from], undefined),
    change(document, ['wires'], wires),
  ]
  const position = document.view.positions[from]
  if (position !== undefined) {
    changes.push(change(document, ['view', 'positions', to], position))
    changes.push(change(document, ['view', 'positions', from], undefined))
  }
  if (document.view.groups.some((group) => group.nodes.includes(from))) {
    const groups = document.view.groups.map((group) => ({ ...group, nodes: group.nodes.map(rename) }))
    changes.push(change(document, ['view', 'groups'], groups))
  }
  return { label: `rename ${from} to ${to}`, changes }
}

/** Sets the title of the flow. */
export function setFlowTitle(document: FlowDocument, title: string): Transaction {
  return {
    label: 'rename the flow',
    changes: [change(document, ['title'], title === '' ? undefined : title)],
    merge: 'flow title',
  }
}

/** Sets the description of the flow. */
export function setFlowDescription(document: FlowDocument, text: string): Transaction {
  return {
    label: 'describe the flow',
    changes: [change(document, ['description'], text === '' ? undefined : text)],
    merge: 'flow description',
  }
}

/** Sets or removes a parameter of the flow. */
export function setParameter(document: FlowDocument, name: string, parameter: FlowParameter | undefined): Transaction {
  return {
    label: `change parameter ${name}`,
    changes: [change(document, ['parameters', name], parameter)],
    merge: `parameter ${name}`,
  }
}

/** Copies nodes with the wires between them, one grid step further down and right. The second value: the new ids. */
export function duplicate(
  document: FlowDocument,
  ids: ReadonlySet<string>,
): { transaction: Transaction; ids: ReadonlySet<string> } | undefined {
  const fresh = new Map<string, string>()
  const nodes: Record<string, FlowNode> = { ...document.nodes }
  const changes: Change[] = []
  for (const id of ids) {
    const node = document.nodes[id]
    if (node === undefined) continue
    const copy = freshId({ ...document, nodes }, node.type)
    nodes[copy] = node
    fresh.set(id, copy)
    const [x, y] = document.view.positions[id] ?? [0, 0]
    changes.push(change(document, ['nodes', copy], node))
    changes.push(change(document, ['view', 'positions', copy], snap([x + 2 * GRID, y + 4 * GRID])))
  }
  if (fresh.size === 0) return undefined
  const wires = [...document.wires]
  for (const wire of document.wires) {
    const ends = parseWire(wire)
    const from = ends && fresh.get(ends.from)
    const to = ends && fresh.get(ends.to)
    if (ends && from !== undefined && to !== undefined) wires.push(formatWire({ ...ends, from, to }))
  }
  if (wires.length > document.wires.length) changes.push(change(document, ['wires'], wires))
  return {
    transaction: { label: fresh.size === 1 ? 'duplicate a node' : `duplicate ${fresh.size} nodes`, changes },
    ids: new Set(fresh.values()),
  }
}
