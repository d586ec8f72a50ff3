/** Seventh pass: each pipeline as one tree of steps, in the order in which a record takes them. */

import type { FusedPipeline, FusedPlan, Leave, Passed, Pipeline, Plan, SplitPlan, Step } from './ir.ts'

export function fuse(plan: SplitPlan): Passed<FusedPlan> {
  return { after: { plan, pipelines: plan.pipelines.map((pipeline) => fusePipeline(plan, pipeline)) }, problems: [] }
}

function fusePipeline(plan: Plan, { head }: Pipeline): FusedPipeline {
  if (head.kind === 'queue') return { head, leaves: [], first: stepInto(plan, head.node) }
  const node = plan.graph.nodes.get(head.node)!
  const outlets = head.kind === 'source' ? ['out'] : head.kind === 'rejects' ? ['rejected'] : node.outlets
  return { head, leaves: outlets.map((outlet) => leaveBy(plan, head.node, outlet)), first: undefined }
}

function leaveBy(plan: Plan, node: string, outlet: string): Leave {
  const wires = plan.graph.wires.filter((wire) => wire.from === node && wire.outlet === outlet)
  return {
    node,
    outlet,
    wires: wires.map(({ name, to }) => ({
      name,
      next: plan.borders.has(to) ? { do: 'enter', node: to } : stepInto(plan, to),
    })),
  }
}

function stepInto(plan: Plan, id: string): Step {
  const node = plan.graph.nodes.get(id)!
  if (node.spec.shape === 'derive') {
    return { do: 'derive', node: id, leave: leaveBy(plan, id, 'out'), rejected: leaveBy(plan, id, 'rejected') }
  }
  const outlets = node.outlets.filter((outlet) => outlet !== 'rejected')
  return { do: 'keep', node: id, leaves: outlets.map((outlet) => leaveBy(plan, id, outlet)) }
}
