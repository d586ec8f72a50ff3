/**
 * Functions that are different in the metron dialect: Java's number types, changes in place, IN_SUBNET without edges,
 * and Metron's own tolerance and strictness about the number of arguments (what is not listed here ignores extra ones).
 */

import { ExpressionError, type ExpressionFunction, type ExpressionValue } from '../contract/function.ts'
import { isInSubnet, readAddress, readSubnet } from './address.ts'
import * as collections from './collections.ts'
import { spendItems } from './fuel.ts'
import * as math from './math.ts'
import * as network from './network.ts'
import { long } from './number.ts'
import * as regexp from './regexp.ts'
import * as strings from './strings.ts'
import { needText } from './values.ts'

type Apply = (...args: ExpressionValue[]) => ExpressionValue

/** The same function with other behaviour. */
function differing(of: ExpressionFunction, change: Partial<ExpressionFunction>): ExpressionFunction {
  return { ...of, group: 'metron', examples: [], ...change }
}

/** The same function for which every argument may be left out. */
function lenient(of: ExpressionFunction): ExpressionFunction {
  return differing(of, { parameters: of.parameters.map((one) => ({ ...one, optional: true })) })
}

const WORDS = ['zero', 'one', 'two', 'three']

/** The same function with a count of arguments that is checked. */
function counted(of: ExpressionFunction, least: number, most: number): ExpressionFunction {
  const apply = of.apply as Apply
  return differing(of, {
    parameters: [
      ...of.parameters.map((one) => ({ ...one, optional: true })),
      { name: 'excess', type: 'any', help: 'An error.', rest: true },
    ],
    apply: (...args: ExpressionValue[]) => {
      if (args.length < least || args.length > most) {
        const count = least === most ? WORDS[least] : `${WORDS[least]} or ${WORDS[most]}`
        throw new ExpressionError(`${of.name} expects ${count} arguments, incorrect arguments: ${args.length} given`)
      }
      return apply(...args)
    },
  })
}

export const PREPEND_IF_MISSING = counted(strings.PREPEND_IF_MISSING, 2, 3)
export const APPEND_IF_MISSING = counted(strings.APPEND_IF_MISSING, 2, 3)
export const COUNT_MATCHES = counted(strings.COUNT_MATCHES, 2, 2)
export const STRING_ENTROPY = counted(strings.STRING_ENTROPY, 1, 1)
export const REGEXP_GROUP_VAL = counted(regexp.REGEXP_GROUP_VAL, 3, 3)
export const IS_NAN = counted(math.IS_NAN, 1, 1)

export const ABS = lenient(math.ABS)
export const CEILING = lenient(math.CEILING)
export const FLOOR = lenient(math.FLOOR)
export const ROUND = lenient(math.ROUND)
export const SQRT = lenient(math.SQRT)
export const SIN = lenient(math.SIN)
export const COS = lenient(math.COS)
export const TAN = lenient(math.TAN)
export const EXP = lenient(math.EXP)
export const LN = lenient(math.LN)
export const LOG2 = lenient(math.LOG2)
export const LOG10 = lenient(math.LOG10)
export const LENGTH = lenient(collections.LENGTH)
export const IS_EMPTY = lenient(collections.IS_EMPTY)
export const MAP_EXISTS = lenient(collections.MAP_EXISTS)
export const MAP_MERGE = lenient(collections.MAP_MERGE)
export const REDUCE = lenient(collections.REDUCE)
export const IS_IP = lenient(network.IS_IP)
export const IS_DOMAIN = lenient(network.IS_DOMAIN)
export const IS_EMAIL = lenient(network.IS_EMAIL)
export const IS_URL = lenient(network.IS_URL)

export const TO_INTEGER = differing(math.TO_INTEGER, {
  returnsHelp: 'An int; null when it is none.',
  apply: (x: unknown) => {
    const whole = math.convertInteger(x, 32)
    return whole === null ? null : Number(whole)
  },
})
export const TO_LONG = differing(math.TO_LONG, {
  returnsHelp: 'A long; null when it is none.',
  apply: (x: unknown) => {
    const whole = math.convertInteger(x, 64)
    return whole === null ? null : long(whole)
  },
})
export const TO_FLOAT = differing(math.TO_FLOAT, {
  returns: 'any',
  returnsHelp: 'A float; null when it is none.',
  apply: math.convertFloat,
})

export const LIST_ADD = differing(collections.LIST_ADD, {
  help: 'Puts an element at the end of a list, in place.',
  parameters: collections.LIST_ADD.parameters.map((one, i) => ({ ...one, optional: i > 0 })),
  apply: (list: ExpressionValue, ...items: ExpressionValue[]) => {
    if (list === null || items.length === 0) return list
    if (!Array.isArray(list)) throw new ExpressionError('LIST_ADD: list must be a list.')
    spendItems(1)
    list.push(items[0] as never)
    return list
  },
})
export const MAP_PUT = differing(collections.MAP_PUT, {
  help: 'Puts an entry into a map, in place.',
  apply: (key: ExpressionValue, value: ExpressionValue, map: unknown) => {
    const entries = map === null ? new Map() : collections.needMap(map, 'MAP_PUT', 'map')
    collections.putEntry(entries, key, value)
    return entries
  },
})
export const SET_ADD = differing(collections.SET_ADD, {
  help: 'Puts elements into a set, in place.',
  apply: (set: unknown, ...items: ExpressionValue[]) =>
    collections.addToSet(collections.needSet(set, 'SET_ADD'), items),
})
export const SET_REMOVE = differing(collections.SET_REMOVE, {
  help: 'Takes elements out of a set, in place.',
  apply: (set: unknown, ...items: ExpressionValue[]) =>
    collections.removeFromSet(collections.needSet(set, 'SET_REMOVE'), items),
})
export const MULTISET_ADD = differing(collections.MULTISET_ADD, {
  help: 'Counts elements in a multiset, in place.',
  apply: (multiset: unknown, ...items: ExpressionValue[]) =>
    collections.addToMultiset(
      multiset === null ? new Map() : collections.needMap(multiset, 'MULTISET_ADD', 'multiset'),
      items,
    ),
})
export const MULTISET_REMOVE = differing(collections.MULTISET_REMOVE, {
  help: 'Takes one of each element out of a multiset, in place.',
  apply: (multiset: unknown, ...items: ExpressionValue[]) =>
    collections.removeFromMultiset(
      multiset === null ? new Map() : collections.needMap(multiset, 'MULTISET_REMOVE', 'multiset'),
      items,
    ),
})

export const IN_SUBNET = differing(network.IN_SUBNET, {
  help: 'Whether an IPv4 address lies in a network, its first and last address left out.',
  returnsHelp: 'False for a null address; an address or network that is none is an error.',
  apply: (ip: unknown, ...cidrs: unknown[]) => {
    if (ip === null) return false
    const address = readAddress(needText(ip, 'IN_SUBNET', 'ip'))
    if (address?.version !== 4) throw new ExpressionError(`Could not parse [${String(ip).slice(0, 64)}]`)
    for (const cidr of cidrs) {
      if (cidr === null) continue
      const subnet = readSubnet(needText(cidr, 'IN_SUBNET', 'cidr'))
      if (subnet?.version !== 4) throw new ExpressionError(`Could not parse [${String(cidr).slice(0, 64)}]`)
      const host = address.bits & ((1n << BigInt(subnet.hostBits)) - 1n)
      const isEdge = host === 0n || host === (1n << BigInt(subnet.hostBits)) - 1n
      if (isInSubnet(address, subnet) && !isEdge) return true
    }
    return false
  },
})

export const DOMAIN_TO_TLD = differing(network.DOMAIN_TO_TLD, {
  returnsHelp: "In lower case; what follows the last point where none is listed; 'null' for null.",
  apply: (domain: ExpressionValue) => (domain === null ? 'null' : (network.DOMAIN_TO_TLD.apply as Apply)(domain)),
})
