/** What the catalogue says about a drawn node: its ports, its title, the one thing that tells it from its neighbours. */

import type { FlowDocument, FlowNode } from '../../flows/format/flow.ts'
import { parseWire } from '../../flows/format/wire.ts'
import type { Catalogue, NodeType, OutletSpec, Stage } from '../../nodes/contract/node.ts'
import { STAGES, stageOf } from '../../nodes/contract/node.ts'

export interface NodeFace {
  /** Undefined when the catalogue does not know the type. */
  readonly type: NodeType | undefined
  readonly stage: Stage
  readonly icon: string
  readonly title: string
  readonly essence: string
  readonly hasInlet: boolean
  /** In order; `rejected` is the last and only there when it is in use. */
  readonly outlets: readonly string[]
  /** `rejected` is not in use and shown all the same, so that a wire can be drawn from it. */
  readonly offersRejected: boolean
}

/** The options with defaults filled in, as `essence` and `outlets` want them. Nothing is checked. */
export function withDefaults(type: NodeType, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(type.options)) {
    if (Object.hasOwn(options, name)) filled[name] = options[name]
    else if ('default' in schema) filled[name] = schema.default
  }
  return filled
}

/** Parameter references are shown by the value they have by default: `eve.json` says more than `${input}`. */
function withParameters(options: Record<string, unknown>, document: FlowDocument): Record<string, unknown> {
  const put = (value: unknown): unknown => {
    if (typeof value !== 'string') return value
    return value.replace(/\$\{([a-z][a-z0-9_-]*)\}/g, (whole, name: string) => {
      const given = Object.hasOwn(document.parameters, name) ? document.parameters[name]!.default : undefined
      return given === undefined ? whole : String(given)
    })
  }
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, put(value)]))
}

/** Outlets a node type has with these options, `rejected` left out. Options may be half typed: then the usual ones. */
export function outletsOf(type: NodeType, options: Record<string, unknown>): readonly string[] {
  if (type.shape === 'sink') return []
  if (type.shape === 'derive') return ['out']
  if (type.shape === 'source') return Object.keys(type.outlets)
  try {
    const outlets = type.outlets as (options: Record<string, unknown>) => Readonly<Record<string, OutletSpec>>
    return Object.keys(outlets(options))
  } catch {
    return ['out']
  }
}

function essenceOf(type: NodeType, options: Record<string, unknown>): string {
  const missing = Object.keys(type.options).find((name) => !Object.hasOwn(options, name))
  if (missing !== undefined) return `${missing} missing`
  try {
    return type.essence?.(options) ?? type.type
  } catch {
    return type.type
  }
}

/** The face of a node. `isOpen` offers the outlet `rejected` where it is not in use. */
export function faceOf(catalogue: Catalogue, document: FlowDocument, id: string, isOpen: boolean): NodeFace {
  const node = document.nodes[id] as FlowNode
  const type = catalogue.get(node.type)
  const drawn = new Set<string>()
  let isWiredInto = false
  for (const wire of document.wires) {
    const ends = parseWire(wire)
    if (ends?.from === id) drawn.add(ends.outlet)
    if (ends?.to === id) isWiredInto = true
  }
  if (type === undefined) {
    const stage = STAGES.find((one) => one === stageOf(node.type)) ?? 'rule'
    const title = node.title ?? node.type
    return {
      type,
      stage,
      icon: 'box',
      title,
      essence: 'unknown type',
      hasInlet: isWiredInto,
      outlets: [...drawn],
      offersRejected: false,
    }
  }
  const options = withDefaults(type, node.options)
  const outlets = new Set(outletsOf(type, options))
  for (const outlet of drawn) if (outlet !== 'rejected') outlets.add(outlet)
  if (drawn.has('rejected')) outlets.add('rejected')
  return {
    type,
    stage: stageOf(type.type),
    icon: type.icon,
    title: node.title ?? type.title,
    essence: essenceOf(type, withParameters(options, document)),
    hasInlet: type.shape !== 'source',
    outlets: [...outlets],
    offersRejected: isOpen && !outlets.has('rejected'),
  }
}

/** Options a new node begins with: none, so that the type's defaults stand; compulsory ones are asked for by the form. */
export function newNode(type: NodeType): FlowNode {
  return { type: type.type, version: type.version, options: {} }
}
