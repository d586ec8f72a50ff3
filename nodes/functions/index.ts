/** The function library: an explicit list by group. A function's group is the name of the file that exports it. */

import type { ExpressionFunction } from '../contract/function.ts'
import * as collections from './collections.ts'
import * as math from './math.ts'
import * as metron from './metron.ts'
import * as network from './network.ts'
import * as regexp from './regexp.ts'
import * as statistics from './statistics.ts'
import * as strings from './strings.ts'

function isFunction(value: unknown): value is ExpressionFunction {
  return typeof value === 'object' && value !== null && 'apply' in value && 'parameters' in value
}

function byName(...groups: readonly Readonly<Record<string, unknown>>[]): ReadonlyMap<string, ExpressionFunction> {
  const list = groups.flatMap((group) => Object.values(group).filter(isFunction))
  return new Map(list.map((one) => [one.name, one]))
}

const GROUPS = [strings, regexp, math, collections, network, statistics]

/** The functions of the stellar dialect. */
export const functions = byName(...GROUPS)

/** The functions of the metron dialect: those that differ come from metron.ts. */
export const metronFunctions = byName(...GROUPS, metron)
