/**
 * Functions of lists, maps and sets. In the stellar dialect they never change their arguments, which may be fields of
 * a record: they give a new collection. In the metron dialect (metron.ts) they change them in place, as Metron does.
 */

import { ExpressionError, type ExpressionFunction, type ExpressionValue } from '../contract/function.ts'
import { spendItems } from './fuel.ts'
import { isNumber, untag } from './number.ts'
import { findKey, has, kindOf, needItems } from './values.ts'

type Lambda = (...args: ExpressionValue[]) => ExpressionValue
type AnyMap = Map<ExpressionValue, ExpressionValue>

/** A map argument. Keys may be any value inside an expression. */
export function needMap(value: unknown, name: string, parameter: string): AnyMap {
  if (value instanceof Map) return value
  throw new ExpressionError(`${name}: ${parameter} must be a map, not ${kindOf(value)}.`)
}

/** Elements of a list or set, or the characters of a text. */
function needIterable(value: unknown, name: string): readonly ExpressionValue[] {
  const items = typeof value === 'string' ? value.split('') : needItems(value, name, 'items')
  spendItems(items.length)
  return items
}

function needLambda(value: unknown, name: string): Lambda {
  if (typeof value === 'function') return value as Lambda
  throw new ExpressionError(`${name}: f must be a lambda, not ${kindOf(value)}.`)
}

export const LENGTH: ExpressionFunction = {
  name: 'LENGTH',
  group: 'collections',
  help: 'The number of characters of a text, or of elements of a list, set or map.',
  parameters: [{ name: 'x', type: 'any', help: 'Any value.' }],
  returns: 'integer',
  returnsHelp: '0 for null and for values that have no length.',
  examples: [
    { expression: "LENGTH('metron')", result: 6 },
    { expression: 'LENGTH([1, 2])', result: 2 },
    { expression: 'LENGTH(null)', result: 0 },
  ],
  apply: (x: unknown = null) => {
    if (typeof x === 'string' || Array.isArray(x)) return x.length
    return x instanceof Map || x instanceof Set ? x.size : 0
  },
}

export const IS_EMPTY: ExpressionFunction = {
  name: 'IS_EMPTY',
  group: 'collections',
  help: 'Whether a value is null or has nothing in it.',
  parameters: [{ name: 'x', type: 'any', help: 'Any value.' }],
  returns: 'boolean',
  returnsHelp: "True for null, '' and empty collections; false for anything else.",
  examples: [
    { expression: "IS_EMPTY('')", result: true },
    { expression: 'IS_EMPTY(0)', result: false },
  ],
  apply: (x: unknown = null) => {
    if (x === null || x === '') return true
    if (Array.isArray(x)) return x.length === 0
    return (x instanceof Map || x instanceof Set) && x.size === 0
  },
}

export const GET: ExpressionFunction = {
  name: 'GET',
  group: 'collections',
  help: 'An element of a list.',
  parameters: [
    { name: 'items', type: 'any', help: 'A list or set.' },
    { name: 'index', type: 'any', help: 'An integer, from 0; a negative one is an error.' },
  ],
  returns: 'any',
  returnsHelp: 'Null beyond the end.',
  examples: [
    { expression: "GET(['a', 'b'], 1)", result: 'b' },
    { expression: "GET(['a', 'b'], 2)", result: null },
  ],
  apply: (given: unknown, index: unknown) => {
    const items = needItems(given, 'GET', 'items')
    if (typeof index !== 'number' || !Number.isInteger(index))
      throw new ExpressionError(`GET: index must be an integer, not ${kindOf(index)}.`)
    if (index < 0) throw new ExpressionError('GET: index must not be negative.')
    return items[index] ?? null
  },
}

export const GET_FIRST: ExpressionFunction = {
  name: 'GET_FIRST',
  group: 'collections',
  help: 'The first element of a list.',
  parameters: [{ name: 'items', type: 'any', help: 'A list or set.' }],
  returns: 'any',
  returnsHelp: 'Null for an empty list.',
  examples: [{ expression: "GET_FIRST(['a', 'b'])", result: 'a' }],
  apply: (items: unknown) => needItems(items, 'GET_FIRST', 'items')[0] ?? null,
}

export const GET_LAST: ExpressionFunction = {
  name: 'GET_LAST',
  group: 'collections',
  help: 'The last element of a list.',
  parameters: [{ name: 'items', type: 'any', help: 'A list or set.' }],
  returns: 'any',
  returnsHelp: 'Null for an empty list.',
  examples: [{ expression: "GET_LAST(['a', 'b'])", result: 'b' }],
  apply: (items: unknown) => needItems(items, 'GET_LAST', 'items').at(-1) ?? null,
}

export const LIST_ADD: ExpressionFunction = {
  name: 'LIST_ADD',
  group: 'collections',
  help: 'A list with an element more at its end.',
  parameters: [
    { name: 'list', type: 'list', help: 'The list.' },
    { name: 'item', type: 'any', help: 'The element.' },
  ],
  returns: 'list',
  returnsHelp: 'A new list, in the metron dialect the list itself; null for null.',
  examples: [{ expression: "LIST_ADD(['a'], 'b')", result: ['a', 'b'] }],
  apply: (list: unknown, item: ExpressionValue) => {
    if (list === null) return null
    const items = needItems(list, 'LIST_ADD', 'list')
    spendItems(items.length)
    return [...items, item]
  },
}

export const MAP_GET: ExpressionFunction = {
  name: 'MAP_GET',
  group: 'collections',
  help: 'The value of a key.',
  parameters: [
    { name: 'key', type: 'any', help: 'The key.' },
    { name: 'map', type: 'map', help: 'The map.' },
    { name: 'default', type: 'any', help: 'Given when there is no value.', optional: true },
  ],
  returns: 'any',
  returnsHelp: 'The value; the default, or null, when the key is absent or its value null.',
  examples: [
    { expression: "MAP_GET('a', {'a': 1})", result: 1 },
    { expression: "MAP_GET('b', {'a': 1}, 'none')", result: 'none' },
  ],
  apply: (key: ExpressionValue, map: unknown, otherwise: ExpressionValue = null) => {
    if (key === null || map === null) return otherwise
    const entries = needMap(map, 'MAP_GET', 'map')
    const found = findKey(entries, key)
    return found === undefined ? otherwise : (entries.get(found.key as ExpressionValue) ?? otherwise)
  },
}

export const MAP_EXISTS: ExpressionFunction = {
  name: 'MAP_EXISTS',
  group: 'collections',
  help: 'Whether a map has a key.',
  parameters: [
    { name: 'key', type: 'any', help: 'The key.' },
    { name: 'map', type: 'any', help: 'The map.' },
  ],
  returns: 'boolean',
  returnsHelp: 'False when either is null or the second is no map.',
  examples: [{ expression: "MAP_EXISTS('a', {'a': null})", result: true }],
  apply: (key: unknown = null, map: unknown = null) => key !== null && map instanceof Map && has(map, key),
}

/** Puts an entry into a map, keeping the key that is strictly equal. */
export function putEntry(map: AnyMap, key: ExpressionValue, value: ExpressionValue): void {
  const found = findKey(map, key)
  map.set(found === undefined ? key : (found.key as ExpressionValue), value)
}

export const MAP_PUT: ExpressionFunction = {
  name: 'MAP_PUT',
  group: 'collections',
  help: 'A map with an entry more, or another value for a key it has.',
  parameters: [
    { name: 'key', type: 'any', help: 'The key.' },
    { name: 'value', type: 'any', help: 'The value.' },
    { name: 'map', type: 'map', help: 'The map; null for an empty one.' },
  ],
  returns: 'map',
  returnsHelp: 'A new map, in the metron dialect the map itself.',
  examples: [{ expression: "MAP_PUT('b', 2, {'a': 1})", result: { a: 1, b: 2 } }],
  apply: (key: ExpressionValue, value: ExpressionValue, map: unknown) => {
    const entries: AnyMap = map === null ? new Map() : new Map(needMap(map, 'MAP_PUT', 'map'))
    spendItems(entries.size)
    putEntry(entries, key, value)
    return entries
  },
}

export const MAP_MERGE: ExpressionFunction = {
  name: 'MAP_MERGE',
  group: 'collections',
  help: 'One map of several; of equal keys the last one wins.',
  parameters: [{ name: 'maps', type: 'list', help: 'A list of maps; nulls in it are left out.' }],
  returns: 'map',
  returnsHelp: 'A map; empty for null or an empty list. A list of one gives that one.',
  examples: [{ expression: "MAP_MERGE([{'a': 1}, {'a': 2, 'b': 3}])", result: { a: 2, b: 3 } }],
  apply: (maps?: unknown) => {
    if (maps === undefined) return null
    if (maps === null) return new Map()
    const items = needItems(maps, 'MAP_MERGE', 'maps')
    if (items.length === 1) return items[0]!
    const merged: AnyMap = new Map()
    for (const item of items) {
      if (item === null) continue
      const entries = needMap(item, 'MAP_MERGE', 'maps')
      spendItems(entries.size)
      for (const [key, value] of entries) putEntry(merged, key, value)
    }
    return merged
  },
}

/** Adds to a set in place; nulls are left out. */
export function addToSet(set: Set<ExpressionValue>, items: readonly ExpressionValue[]): Set<ExpressionValue> {
  spendItems(items.length)
  for (const item of items) if (item !== null && !has(set, item)) set.add(item)
  return set
}

/** A set argument; null for an empty one. */
export function needSet(value: unknown, name: string): Set<ExpressionValue> {
  if (value === null) return new Set()
  if (value instanceof Set) return value
  throw new ExpressionError(`${name}: set must be a set, not ${kindOf(value)}.`)
}

export const SET_INIT: ExpressionFunction = {
  name: 'SET_INIT',
  group: 'collections',
  help: 'A set of the elements of a list, in order. Integers and doubles of the same value are two elements.',
  parameters: [{ name: 'items', type: 'any', help: 'A list or set; nulls in it are left out.', optional: true }],
  returns: 'any',
  returnsHelp: 'The set; shown as a list.',
  examples: [{ expression: 'SET_INIT([2, 1, 2])', result: [2, 1] }],
  apply: (items: unknown = null) => addToSet(new Set(), items === null ? [] : needItems(items, 'SET_INIT', 'items')),
}

export const SET_ADD: ExpressionFunction = {
  name: 'SET_ADD',
  group: 'collections',
  help: 'A set with elements more.',
  parameters: [
    { name: 'set', type: 'any', help: 'The set; null for an empty one.' },
    { name: 'items', type: 'any', help: 'The elements; nulls are left out.', rest: true },
  ],
  returns: 'any',
  returnsHelp: 'A new set, in the metron dialect the set itself.',
  examples: [{ expression: 'SET_ADD(SET_INIT([1]), 2, 1)', result: [1, 2] }],
  apply: (set: unknown, ...items: ExpressionValue[]) => {
    const before = needSet(set, 'SET_ADD')
    spendItems(before.size)
    return addToSet(new Set(before), items)
  },
}

/** Removes from a set in place. */
export function removeFromSet(set: Set<ExpressionValue>, items: readonly ExpressionValue[]): Set<ExpressionValue> {
  for (const item of items) {
    const found = findKey(set, item)
    if (found !== undefined) set.delete(found.key as ExpressionValue)
  }
  return set
}

export const SET_REMOVE: ExpressionFunction = {
  name: 'SET_REMOVE',
  group: 'collections',
  help: 'A set without some elements.',
  parameters: [
    { name: 'set', type: 'any', help: 'The set; null for an empty one.' },
    { name: 'items', type: 'any', help: 'The elements.', rest: true },
  ],
  returns: 'any',
  returnsHelp: 'A new set, in the metron dialect the set itself.',
  examples: [{ expression: 'SET_REMOVE(SET_INIT([1, 2]), 1)', result: [2] }],
  apply: (set: unknown, ...items: ExpressionValue[]) => {
    const before = needSet(set, 'SET_REMOVE')
    spendItems(before.size)
    return removeFromSet(new Set(before), items)
  },
}

export const SET_MERGE: ExpressionFunction = {
  name: 'SET_MERGE',
  group: 'collections',
  help: 'One set of several.',
  parameters: [{ name: 'sets', type: 'any', help: 'A list of sets or lists; nulls in it are left out.' }],
  returns: 'any',
  returnsHelp: 'A new set.',
  examples: [{ expression: 'SET_MERGE([SET_INIT([1]), SET_INIT([1, 2])])', result: [1, 2] }],
  apply: (sets: unknown) => {
    const merged = new Set<ExpressionValue>()
    if (sets === null) return merged
    for (const one of needItems(sets, 'SET_MERGE', 'sets'))
      if (one !== null) addToSet(merged, needItems(one, 'SET_MERGE', 'sets'))
    return merged
  },
}

export const MAP: ExpressionFunction = {
  name: 'MAP',
  group: 'collections',
  help: 'What a lambda gives for each element.',
  parameters: [
    { name: 'items', type: 'any', help: 'A list or set, or a text, taken by character.' },
    { name: 'f', type: 'lambda', help: 'Called with each element.' },
  ],
  returns: 'any',
  returnsHelp: 'A list of the results; null for null.',
  examples: [{ expression: "MAP(['a', 'b'], x -> TO_UPPER(x))", result: ['A', 'B'] }],
  apply: (items: ExpressionValue, f: unknown) => {
    if (items === null || f === null) return items
    const lambda = needLambda(f, 'MAP')
    return needIterable(items, 'MAP').map((item) => lambda(item))
  },
}

export const FILTER: ExpressionFunction = {
  name: 'FILTER',
  group: 'collections',
  help: 'The elements for which a lambda gives true.',
  parameters: [
    { name: 'items', type: 'any', help: 'A list or set, or a text, taken by character.' },
    { name: 'f', type: 'lambda', help: 'Called with each element.' },
  ],
  returns: 'any',
  returnsHelp: 'A list of the elements; null for null.',
  examples: [{ expression: 'FILTER([1, 2, 3], x -> x > 1)', result: [2, 3] }],
  apply: (items: ExpressionValue, f: unknown) => {
    if (items === null || f === null) return items
    const lambda = needLambda(f, 'FILTER')
    return needIterable(items, 'FILTER').filter((item) => lambda(item) === true)
  },
}

export const REDUCE: ExpressionFunction = {
  name: 'REDUCE',
  group: 'collections',
  help: 'Folds the elements into one value, from the first on.',
  parameters: [
    { name: 'items', type: 'any', help: 'A list or set, or a text, taken by character.' },
    { name: 'f', type: 'lambda', help: 'Called with the value so far and each element; gives the next value.' },
    { name: 'start', type: 'any', help: 'The value before the first element.' },
  ],
  returns: 'any',
  returnsHelp: 'The last value; null when an argument is null.',
  examples: [{ expression: 'REDUCE([1, 2, 3], (sum, x) -> sum + x, 0)', result: 6 }],
  apply: (items: ExpressionValue = null, f: unknown = null, start: ExpressionValue = null) => {
    if (items === null || f === null || start === null) return null
    const lambda = needLambda(f, 'REDUCE')
    return needIterable(items, 'REDUCE').reduce((value, item) => lambda(value, item), start)
  },
}

function zip(lists: readonly unknown[], rowCount: (...lengths: number[]) => number): ExpressionValue[][] {
  const columns = lists.filter((list) => Array.isArray(list)) as ExpressionValue[][]
  const rows = columns.length === 0 ? 0 : rowCount(...columns.map((column) => column.length))
  spendItems(rows * columns.length * 4)
  return Array.from({ length: rows }, (_, i) => columns.map((column) => column[i] ?? null))
}

export const ZIP: ExpressionFunction = {
  name: 'ZIP',
  group: 'collections',
  help: 'Rows of the first, second, ... elements of several lists, as many as the shortest has.',
  parameters: [{ name: 'lists', type: 'any', help: 'The lists; what is no list is left out.', rest: true }],
  returns: 'list',
  returnsHelp: 'A list of lists.',
  examples: [
    {
      expression: "ZIP([1, 2], ['a', 'b', 'c'])",
      result: [
        [1, 'a'],
        [2, 'b'],
      ],
    },
  ],
  apply: (...lists: unknown[]) => zip(lists, Math.min),
}

export const ZIP_LONGEST: ExpressionFunction = {
  name: 'ZIP_LONGEST',
  group: 'collections',
  help: 'As ZIP, as many rows as the longest list has; what is missing is null.',
  parameters: [{ name: 'lists', type: 'any', help: 'The lists; what is no list is left out.', rest: true }],
  returns: 'list',
  returnsHelp: 'A list of lists.',
  examples: [
    {
      expression: "ZIP_LONGEST([1], ['a', 'b'])",
      result: [
        [1, 'a'],
        [null, 'b'],
      ],
    },
  ],
  apply: (...lists: unknown[]) => zip(lists, Math.max),
}

/** Counts of a multiset as numbers. */
function countOf(map: AnyMap, key: ExpressionValue): number {
  const found = findKey(map, key)
  const count = found === undefined ? null : map.get(found.key as ExpressionValue)
  return isNumber(count) ? Number(untag(count)) : 0
}

/** Adds to a multiset in place; nulls are left out. */
export function addToMultiset(map: AnyMap, items: readonly ExpressionValue[], by = 1): AnyMap {
  spendItems(items.length)
  for (const item of items) if (item !== null) putEntry(map, item, countOf(map, item) + by)
  return map
}

/** Removes one of each item from a multiset in place. */
export function removeFromMultiset(map: AnyMap, items: readonly ExpressionValue[]): AnyMap {
  for (const item of items) {
    const found = findKey(map, item)
    if (found === undefined) continue
    const count = countOf(map, item)
    if (count <= 1) map.delete(found.key as ExpressionValue)
    else map.set(found.key as ExpressionValue, count - 1)
  }
  return map
}

export const MULTISET_INIT: ExpressionFunction = {
  name: 'MULTISET_INIT',
  group: 'collections',
  help: 'A map of each element of a list to how often it is there.',
  parameters: [{ name: 'items', type: 'any', help: 'A list or set; nulls in it are left out.', optional: true }],
  returns: 'map',
  returnsHelp: 'The counts.',
  examples: [{ expression: "MULTISET_INIT(['a', 'b', 'a'])", result: { a: 2, b: 1 } }],
  apply: (items: unknown = null) =>
    addToMultiset(new Map(), items === null ? [] : needItems(items, 'MULTISET_INIT', 'items')),
}

export const MULTISET_ADD: ExpressionFunction = {
  name: 'MULTISET_ADD',
  group: 'collections',
  help: 'Counts elements in a multiset.',
  parameters: [
    { name: 'multiset', type: 'map', help: 'Counts; null for none.' },
    { name: 'items', type: 'any', help: 'The elements; nulls are left out.', rest: true },
  ],
  returns: 'map',
  returnsHelp: 'New counts, in the metron dialect the map itself.',
  examples: [{ expression: "MULTISET_ADD({'a': 1}, 'a')", result: { a: 2 } }],
  apply: (multiset: unknown, ...items: ExpressionValue[]) => {
    const before = multiset === null ? [] : needMap(multiset, 'MULTISET_ADD', 'multiset')
    return addToMultiset(new Map(before), items)
  },
}

export const MULTISET_REMOVE: ExpressionFunction = {
  name: 'MULTISET_REMOVE',
  group: 'collections',
  help: 'Takes one of each element out of a multiset.',
  parameters: [
    { name: 'multiset', type: 'map', help: 'Counts; null for none.' },
    { name: 'items', type: 'any', help: 'The elements.', rest: true },
  ],
  returns: 'map',
  returnsHelp: 'New counts, in the metron dialect the map itself.',
  examples: [{ expression: "MULTISET_REMOVE({'a': 2, 'b': 1}, 'a', 'b')", result: { a: 1 } }],
  apply: (multiset: unknown, ...items: ExpressionValue[]) => {
    const before = multiset === null ? [] : needMap(multiset, 'MULTISET_REMOVE', 'multiset')
    return removeFromMultiset(new Map(before), items)
  },
}

export const MULTISET_MERGE: ExpressionFunction = {
  name: 'MULTISET_MERGE',
  group: 'collections',
  help: 'Adds the counts of several multisets.',
  parameters: [{ name: 'multisets', type: 'any', help: 'A list of counts; nulls in it are left out.' }],
  returns: 'map',
  returnsHelp: 'New counts.',
  examples: [{ expression: "MULTISET_MERGE([{'a': 1}, {'a': 2}])", result: { a: 3 } }],
  apply: (multisets: unknown) => {
    const merged: AnyMap = new Map()
    if (multisets === null) return merged
    for (const one of needItems(multisets, 'MULTISET_MERGE', 'multisets')) {
      if (one === null) continue
      const counts = needMap(one, 'MULTISET_MERGE', 'multisets')
      for (const key of counts.keys()) addToMultiset(merged, [key], countOf(counts, key))
    }
    return merged
  },
}

export const MULTISET_TO_SET: ExpressionFunction = {
  name: 'MULTISET_TO_SET',
  group: 'collections',
  help: 'The different elements of a multiset.',
  parameters: [{ name: 'multiset', type: 'map', help: 'Counts; null for none.' }],
  returns: 'any',
  returnsHelp: 'A set.',
  examples: [{ expression: "MULTISET_TO_SET({'a': 2})", result: ['a'] }],
  apply: (multiset: unknown) =>
    new Set(multiset === null ? [] : needMap(multiset, 'MULTISET_TO_SET', 'multiset').keys()),
}
