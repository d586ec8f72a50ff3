/**
 * Last pass: the fused plan as the text of an ES module.
 *
 * Each pipeline becomes one loop over a batch, written twice: plain, and watched, which shows records to taps and takes
 * the time of each node. Node code is imported and called, never copied. This file puts the parts in order; each part
 * is a file beside it, and all of them write to the one ModuleText.
 */

import { PROGRAM_VERSION } from '../../nodes/contract/program.ts'
import { writePipeline } from './emit-heads.ts'
import { ModuleText } from './emit-module.ts'
import { writeConstants, writeNodeState } from './emit-nodes.ts'
import { writeStage } from './emit-stages.ts'
import { literal } from './emit-text.ts'
import type { CompileInput, FusedPlan, Module, Passed } from './ir.ts'

export function emit(fused: FusedPlan, { functions }: Pick<CompileInput, 'functions'>): Passed<Module> {
  const module = new ModuleText(fused, functions)
  const { body } = module
  const nodes = [...fused.plan.graph.nodes.values()]
  for (const node of nodes) body.forNode(node.id, () => writeConstants(module, node))
  body.line('')
  body.line('export const program = {')
  writeTables(module)
  body.line('start(host) {')
  body.line('const { counters, taps, cost_ms } = host')
  if (fused.plan.split.by === 'key') {
    body.line('const { share } = host')
    body.line('const isShared = share.of > 1')
    body.line('const leavesUnkeyed = isShared && share.index > 0')
  }
  for (const node of nodes) body.forNode(node.id, () => writeNodeState(module, node))
  for (const pipeline of fused.pipelines) {
    for (const isWatched of [false, true]) {
      body.line('')
      writePipeline(module, pipeline, isWatched)
    }
  }
  body.line('')
  body.line('return [')
  for (const stage of module.numbers.stages) body.forNode(stage.node.id, () => writeStage(module, stage))
  body.line(']')
  body.line('},')
  body.line('}')
  return { after: module.finish(), problems: [] }
}

/** What the engine knows of the flow before it starts. */
function writeTables(module: ModuleText): void {
  const { numbers } = module
  const { flow, nodes, wires } = module.plan.graph
  module.line(`version: ${PROGRAM_VERSION},`)
  module.line(`flow: ${literal(flow)},`)
  module.line('nodes: [')
  for (const { id, spec, outlets } of nodes.values()) {
    const row = { id, type: spec.type, shape: spec.shape, outlets, firstCounter: numbers.firstCounter(id) }
    module.line(`${literal(row)},`)
  }
  module.line('],')
  module.line('wires: [')
  for (const { name, from, outlet, to } of wires) {
    const place = module.node(from).outlets.indexOf(outlet)
    module.line(`${literal({ name, from: numbers.node(from), outlet: place, to: numbers.node(to) })},`)
  }
  module.line('],')
  const { split } = module.plan
  module.line(`split: ${literal(split.by === 'one' ? split : { ...split, source: numbers.node(split.source) })},`)
}
