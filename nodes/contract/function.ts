/** The contract of a function of the expression language. One group of functions a file in nodes/functions. */

import type { Value } from './field.ts'

/** What an argument or result may be, for the type check and the documentation. `number` takes integers too. */
export type FunctionType = 'any' | 'boolean' | 'integer' | 'number' | 'text' | 'list' | 'map' | 'lambda'

export interface FunctionParameter {
  readonly name: string
  readonly type: FunctionType
  readonly help: string
  /** May be left out. Only the last parameters may be. */
  readonly optional?: boolean
  /** Takes all further arguments. Only the last parameter may. */
  readonly rest?: boolean
}

/** A value inside an expression: a field's value, a set, raw bytes, or a lambda. */
export type ExpressionValue =
  | Value
  | Set<ExpressionValue>
  | Uint8Array
  | ExpressionValue[]
  | Map<string, ExpressionValue>
  | ((...args: ExpressionValue[]) => ExpressionValue)
  | object

export interface ExpressionFunction {
  /** Upper case with underscores, as Stellar writes it: `DOMAIN_TO_TLD`. */
  readonly name: string
  /** `strings`, `math`, `collections`, `network`, `statistics`, ... */
  readonly group: string
  readonly help: string
  readonly parameters: readonly FunctionParameter[]
  readonly returns: FunctionType
  readonly returnsHelp: string
  /** Expressions with the results they must have; run as tests. */
  readonly examples: readonly { readonly expression: string; readonly result: unknown }[]
  /** Pure and synchronous; work bounded by the size of its arguments. Throws ExpressionError for a wrong argument. */
  readonly apply: (...args: never[]) => ExpressionValue
}

/** A mistake that shows only when an expression runs: a wrong argument, a value of the wrong kind, a bound exceeded. */
export class ExpressionError extends Error {
  override name = 'ExpressionError'
}
