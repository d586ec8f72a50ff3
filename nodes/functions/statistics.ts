/** Functions of distributions. */

import { ExpressionError, type ExpressionFunction } from '../contract/function.ts'
import { needMap } from './collections.ts'
import { spendItems } from './fuel.ts'
import { needItems, needNumber } from './values.ts'

export const IT_ENTROPY: ExpressionFunction = {
  name: 'IT_ENTROPY',
  group: 'statistics',
  help: 'How evenly counts are spread: their Shannon entropy.',
  parameters: [
    { name: 'counts', type: 'map', help: 'A map of anything to how often it was seen, as of MULTISET_INIT.' },
  ],
  returns: 'number',
  returnsHelp: 'Bits; 0 for an empty map, null for null.',
  examples: [
    { expression: "IT_ENTROPY({'a': 2, 'b': 2})", result: 1 },
    { expression: 'IT_ENTROPY({})', result: 0 },
  ],
  apply: (counts: unknown) => {
    if (counts === null) return null
    const map = needMap(counts, 'IT_ENTROPY', 'counts')
    spendItems(map.size)
    const numbers = [...map.values()].map((count) => needNumber(count, 'IT_ENTROPY', 'a count'))
    const total = numbers.reduce((sum, count) => sum + count, 0)
    let bits = 0
    for (const count of numbers) if (count > 0) bits -= (count / total) * Math.log2(count / total)
    return bits === 0 ? 0 : bits
  },
}

export const BIN: ExpressionFunction = {
  name: 'BIN',
  group: 'statistics',
  help: 'The bin a number falls into.',
  parameters: [
    { name: 'x', type: 'number', help: 'The number.' },
    { name: 'bounds', type: 'any', help: 'The upper bounds of the bins, rising.' },
  ],
  returns: 'integer',
  returnsHelp: 'From 0; the number of bounds when x is above all; -1 for null or no bounds.',
  examples: [
    { expression: 'BIN(3, [1, 5, 10])', result: 1 },
    { expression: 'BIN(11, [1, 5, 10])', result: 3 },
  ],
  apply: (x: unknown, given: unknown) => {
    if (x === null || given === null) return -1
    const value = needNumber(x, 'BIN', 'x')
    const bounds = needItems(given, 'BIN', 'bounds').map((bound) => needNumber(bound, 'BIN', 'a bound'))
    spendItems(bounds.length)
    if (bounds.length === 0) return -1
    if (bounds.some((bound, i) => i > 0 && bound < bounds[i - 1]!)) throw new ExpressionError('BIN: bounds must rise.')
    const found = bounds.findIndex((bound) => value <= bound)
    return found === -1 ? bounds.length : found
  },
}
