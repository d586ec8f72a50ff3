/** What JSON.parse says of a record's bytes, in the terms of the JSON reader. */

import type { Value } from '../../nodes/contract/field.ts'
import { splitPath } from '../../nodes/records/json-path.ts'
import { FALSE, LIST, MISSING, NULL, NUMBER, OBJECT, STRING, TRUE } from '../../nodes/records/json-reader.ts'

/** A value of JSON.parse with objects as Maps, so that `__proto__` is a key like any other. */
export type Json = null | boolean | number | string | Json[] | Map<string, Json>
export const toMaps = (value: unknown): Json =>
  Array.isArray(value)
    ? value.map(toMaps)
    : value !== null && typeof value === 'object'
      ? new Map(Object.entries(value).map(([key, one]) => [key, toMaps(one)]))
      : (value as Json)

export const at = (value: Json | undefined, path: string): Json | undefined => {
  let here = value
  for (const step of splitPath(path)) {
    if (typeof step === 'number') here = Array.isArray(here) ? here[step] : undefined
    else here = here instanceof Map ? here.get(step) : undefined
  }
  return here
}

/** What the reader must give for a value of JSON.parse: numbers out of range read as null, bigints as their double. */
export const expected = (value: Json | undefined): Json =>
  value === undefined || (typeof value === 'number' && !Number.isFinite(value))
    ? null
    : Array.isArray(value)
      ? value.map(expected)
      : value instanceof Map
        ? new Map([...value].map(([key, one]) => [key, expected(one)]))
        : value
export const asDoubles = (value: Value): Json =>
  typeof value === 'bigint'
    ? Number(value)
    : Array.isArray(value)
      ? value.map(asDoubles)
      : value instanceof Map
        ? new Map([...value].map(([key, one]) => [key, asDoubles(one)]))
        : (value as Json)

export const kindOf = (value: Json | undefined): number =>
  value === undefined
    ? MISSING
    : value === null
      ? NULL
      : value === true
        ? TRUE
        : value === false
          ? FALSE
          : typeof value === 'number'
            ? NUMBER
            : typeof value === 'string'
              ? STRING
              : Array.isArray(value)
                ? LIST
                : OBJECT

export const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** The object that JSON.parse sees in the bytes, or undefined where it or the UTF-8 decoder refuses or it is another value. */
export const parse = (bytes: Uint8Array): Map<string, Json> | undefined => {
  try {
    const value = toMaps(JSON.parse(strict.decode(bytes)))
    return value instanceof Map ? value : undefined
  } catch {
    return undefined
  }
}
