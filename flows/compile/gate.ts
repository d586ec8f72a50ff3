/** Nodes that let a record pass by conditions alone: filters, switches, operators that admit only some records. */

import type { CompiledExpression } from '../expression/compile.ts'
import type { TypedNode } from './ir.ts'

export interface Gate {
  /** Expressions over fields at the node's inlet; true, false or null. */
  readonly conditions: readonly CompiledExpression[]
  /** The outlet for a record of which none of them is true; null where such a record is filtered. */
  readonly otherwise: string | null
}

/** Undefined for a node that is none, because what it does with a record hangs on more or on nothing. */
export function gateOf({ spec, needs, admits }: TypedNode): Gate | undefined {
  if (spec.shape === 'operator') return admits === undefined ? undefined : { conditions: [admits], otherwise: null }
  if (spec.shape !== 'keep' || spec.otherwise === undefined) return undefined
  const conditions = needs.flatMap(({ need, expression }) =>
    need.from === 'expression' && need.kind === 'boolean' && expression !== undefined ? [expression] : [],
  )
  return conditions.length < needs.length ? undefined : { conditions, otherwise: spec.otherwise }
}
