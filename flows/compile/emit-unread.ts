/**
 * Records that were not read, because nothing behind their source would let them pass (flows/compile/prefilter.ts): what
 * is counted of them, and how they are shown to who looks at a wire they pass. This file must not know how it is told
 * which they are.
 */

import type { Loop } from './emit-loop.ts'
import type { ModuleText } from './emit-module.ts'
import { addFields, writeTap } from './emit-steps.ts'
import { Scope } from './emit-values.ts'
import type { Leave, TypedNode } from './ir.ts'

/** What becomes of such a record behind a source. */
export interface UnreadWay {
  /** Counters it is counted in, each once. */
  readonly counters: readonly number[]
  /** Wires it passes, and the nodes before that would have added fields to it. */
  readonly wires: readonly { readonly leave: Leave; readonly name: string; readonly added: readonly TypedNode[] }[]
}

/** @param leave by which records leave the source. */
export function unreadWay(module: ModuleText, leave: Leave): UnreadWay {
  const { numbers, plan } = module
  const counters: number[] = []
  const wires: UnreadWay['wires'][number][] = []
  const follow = (by: Leave, added: readonly TypedNode[]) => {
    counters.push(numbers.outletCounter(module.node(by.node), by.outlet))
    for (const { name, next } of by.wires) {
      wires.push({ leave: by, name, added })
      const outlet = plan.passes.get(next.node)
      if (outlet === undefined) counters.push(numbers.filteredCounter(next.node))
      else if (next.do === 'derive') follow(next.leave, [...added, module.node(next.node)])
      else if (next.do === 'keep') follow(next.leaves.find((one) => one.outlet === outlet)!, added)
    }
  }
  follow(leave, [])
  return { counters, wires }
}

/** True for a source that may leave records unread. */
export function leavesUnread({ plan }: ModuleText, source: string): boolean {
  return plan.screens.has(source) || plan.foretold.has(source)
}

/** Numbers of the wires that such a record of a source passes. */
export function unreadWires(module: ModuleText, source: string): readonly number[] {
  const { plan, numbers } = module
  const wires: number[] = []
  const follow = (node: string, outlet: string) => {
    for (const wire of plan.graph.wires) {
      if (wire.from !== node || wire.outlet !== outlet) continue
      wires.push(numbers.wire(wire.name))
      const further = plan.passes.get(wire.to)
      if (further !== undefined) follow(wire.to, further)
    }
  }
  if (leavesUnread(module, source)) follow(source, 'out')
  return wires
}

/**
 * Shows the record at i on each wire it passes, and counts it.
 *
 * @param read gives the fields of the record, once the line `reading` has run.
 */
export function writeUnread(loop: Loop, { counters, wires }: UnreadWay, read: () => Scope, reading: string): void {
  const unread = new Scope(loop, { window: ['buffers[i]', 'starts[i]', 'ends[i]', 'undefined'], ts_us: 'NaN' })
  for (const counter of counters) loop.count(counter)
  for (const { leave, name, added } of wires) {
    if (added.length === 0) {
      writeTap(leave, name, unread)
      continue
    }
    // What nodes would have added is computed for who looks, and for nobody else.
    writeTap(leave, name, read(), (inside) => {
      loop.line(reading)
      for (const node of added) addFields(node, inside)
    })
  }
}
