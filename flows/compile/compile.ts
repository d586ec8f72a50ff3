/** The walk through the passes: resolve and check find everything that is wrong; those behind them run only without. */

import type { Schema } from '../../nodes/contract/field.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import { check, wireSchemas } from './check.ts'
import { emit } from './emit.ts'
import { fuse } from './fuse.ts'
import type {
  CompileInput,
  FusedPlan,
  Graph,
  Module,
  Plan,
  PrefilteredPlan,
  ProjectedPlan,
  SplitPlan,
  TypedGraph,
} from './ir.ts'
import { plan } from './plan.ts'
import { prefilter } from './prefilter.ts'
import { project } from './project.ts'
import { resolve } from './resolve.ts'
import { split } from './split.ts'

/** What every pass made, as far as the walk came. */
export interface Compilation {
  readonly problems: readonly Problem[]
  readonly graph?: Graph
  readonly typed?: TypedGraph
  readonly plan?: Plan
  readonly projected?: ProjectedPlan
  readonly prefiltered?: PrefilteredPlan
  readonly split?: SplitPlan
  readonly fused?: FusedPlan
  readonly module?: Module
}

/** Fields on every wire, as far as they could be found, and all problems; writes no code. */
export function checkFlow(input: CompileInput): {
  problems: readonly Problem[]
  wires: Map<string, Schema>
  graph?: Graph
  typed?: TypedGraph
} {
  const resolved = resolve(input)
  // A graph with mistakes is checked as well, so that everything wrong is said at once.
  const checked = check(resolved.after ?? resolved.partial!, input)
  const wires = wireSchemas(checked.after ?? checked.partial!)
  const problems = [...resolved.problems, ...checked.problems]
  if (resolved.after === undefined) return { problems, wires }
  if (checked.after === undefined) return { problems, wires, graph: resolved.after }
  return { problems, wires, graph: resolved.after, typed: checked.after }
}

/** Compiles a flow to the text of a module. Pure: same input, same text. */
export function compile(input: CompileInput): Compilation {
  const { wires: _, ...checked } = checkFlow(input)
  if (checked.typed === undefined) return checked
  const planned = planFlow(checked.typed, input)
  const fused = fuse(planned.split).after!
  return { ...checked, ...planned, fused, module: emit(fused, input).after! }
}

/** The passes between the problems and the code. */
export function planFlow(typed: TypedGraph, { prefilter: isFiltered, projection }: CompileInput) {
  const planned = plan(typed).after!
  const projected = project(planned, projection === false).after!
  const prefiltered = prefilter(projected, isFiltered === false).after!
  return { plan: planned, projected, prefiltered, split: split(prefiltered).after! }
}
