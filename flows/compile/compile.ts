/** The walk through the rooms: resolve, check, plan, fuse, emit. Stops behind the first pass that found an error. */

import type { Schema } from '../../nodes/contract/field.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import { check, wireSchemas } from './check.ts'
import { emit } from './emit.ts'
import { fuse } from './fuse.ts'
import type { CompileInput, FusedPlan, Graph, Module, Plan, TypedGraph } from './ir.ts'
import { plan } from './plan.ts'
import { resolve } from './resolve.ts'

/** What every pass made, as far as the walk came. */
export interface Compilation {
  readonly problems: readonly Problem[]
  readonly graph?: Graph
  readonly typed?: TypedGraph
  readonly plan?: Plan
  readonly fused?: FusedPlan
  readonly module?: Module
}

/** Fields on every wire and all problems; writes no code. */
export function checkFlow(input: CompileInput): {
  problems: readonly Problem[]
  wires: Map<string, Schema>
  typed?: TypedGraph
} {
  const resolved = resolve(input)
  const graph = resolved.after ?? resolved.partial!
  const checked = check(graph, input)
  const typed = checked.after ?? checked.partial
  return {
    problems: [...resolved.problems, ...checked.problems],
    wires: typed === undefined ? new Map() : wireSchemas(typed),
    ...(resolved.after === undefined || checked.after === undefined ? {} : { typed: checked.after }),
  }
}

/** Compiles a flow to the text of a module. Pure: same input, same text. */
export function compile(input: CompileInput): Compilation {
  const problems: Problem[] = []
  const resolved = resolve(input)
  problems.push(...resolved.problems)
  const checked = check(resolved.after ?? resolved.partial!, input)
  problems.push(...checked.problems)
  if (resolved.after === undefined) return { problems }
  if (checked.after === undefined) return { problems, graph: resolved.after }
  const planned = plan(checked.after).after!
  const fused = fuse(planned).after!
  const module = emit(fused, input).after!
  return { problems, graph: resolved.after, typed: checked.after, plan: planned, fused, module }
}
