/**
 * The numbers by which a program and its engine speak of nodes, wires, counters and stages: see
 * nodes/contract/program.ts. This file must not know that a program is text.
 */

import { NODE_COUNTERS } from '../../nodes/contract/program.ts'
import type { FusedPlan, TypedNode } from './ir.ts'

/** A batch and the loop over it, as the engine runs them. */
export interface StagePlace {
  readonly kind: 'source' | 'rejects' | 'queue' | 'operator' | 'sink'
  readonly node: TypedNode
}

/** All are fixed by the plan; asking for what the plan does not have is a defect of ours. */
export class Numbers {
  /** In the order in which records pass them. */
  readonly stages: readonly StagePlace[]
  readonly #nodes: ReadonlyMap<string, number>
  readonly #wires: ReadonlyMap<string, number>
  readonly #firstCounters: ReadonlyMap<string, number>

  constructor({ plan, pipelines }: FusedPlan) {
    const nodes = [...plan.graph.nodes.values()]
    this.#nodes = new Map(nodes.map(({ id }, i) => [id, i]))
    this.#wires = new Map(plan.graph.wires.map(({ name }, i) => [name, i]))
    const firstCounters = new Map<string, number>()
    let next = nodes.length * NODE_COUNTERS
    for (const { id, outlets } of nodes) {
      firstCounters.set(id, next)
      next += Math.max(1, outlets.length)
    }
    this.#firstCounters = firstCounters
    const withRejects = new Set(pipelines.flatMap(({ head }) => (head.kind === 'rejects' ? [head.node] : [])))
    this.stages = nodes.flatMap((node): StagePlace[] => {
      const { shape } = node.spec
      if (shape === 'source') {
        const source = { kind: shape, node }
        return withRejects.has(node.id) ? [source, { kind: 'rejects', node }] : [source]
      }
      if (!plan.layouts.has(node.id)) return []
      return [{ kind: shape === 'operator' || shape === 'sink' ? shape : 'queue', node }]
    })
  }

  node(id: string): number {
    return this.#nodes.get(id)!
  }

  wire(name: string): number {
    return this.#wires.get(name)!
  }

  /** Counter of a node's first outlet; the others follow in order. */
  firstCounter(id: string): number {
    return this.#firstCounters.get(id)!
  }

  /** Counter of records that left a node by an outlet. */
  outletCounter({ id, outlets }: TypedNode, outlet: string): number {
    return this.firstCounter(id) + outlets.indexOf(outlet)
  }

  /** Counter of records a node did not let pass. */
  filteredCounter(id: string): number {
    return this.node(id) * NODE_COUNTERS
  }

  /** The stage whose batch stands before an operator, a sink or a fan-in. */
  stageBefore(id: string): number {
    return this.stages.findIndex(({ kind, node }) => node.id === id && kind !== 'source' && kind !== 'rejects')
  }

  /** The stage of what a source could not make a record of; undefined when no wire takes it. */
  rejectsStage(id: string): number | undefined {
    const at = this.stages.findIndex(({ kind, node }) => node.id === id && kind === 'rejects')
    return at === -1 ? undefined : at
  }
}
