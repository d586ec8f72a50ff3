/**
 * JSON values of unknown origin, made safe to pass on: bounded in depth and number of values, numbers finite, no binary,
 * no prototypes. Both ends of a tap use it, so that one odd record can't trouble a socket's own recursion.
 */

/** Deeper than any record of a decoder; far from any stack limit. */
export const PLAIN_MAX_DEPTH = 32
/** Values in one record, lists and objects included. */
export const PLAIN_MAX_VALUES = 20_000

/**
 * A copy of `value` as plain JSON, or undefined when it is deeper or larger than allowed.
 * An integer beyond 2^53 (bigint) becomes its decimal text, since JSON readers would round it; NaN, infinities and
 * everything else that JSON lacks become null; a Map becomes an object.
 */
export function plainJson(value: unknown): unknown {
  const budget = { values: PLAIN_MAX_VALUES }
  const copy = copyPlain(value, PLAIN_MAX_DEPTH, budget)
  return budget.values < 0 ? undefined : copy
}

function copyPlain(value: unknown, depth: number, budget: { values: number }): unknown {
  if (--budget.values < 0) return null
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return null
  if (depth === 0) {
    budget.values = -1
    return null
  }
  if (Array.isArray(value)) {
    const items: unknown[] = []
    for (const item of value) {
      items.push(copyPlain(item, depth - 1, budget))
      if (budget.values < 0) return null
    }
    return items
  }
  const result: Record<string, unknown> = {}
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value)
  for (const [key, item] of entries) {
    const copy = copyPlain(item, depth - 1, budget)
    if (budget.values < 0) return null
    // Assignment would set the prototype for the one key that JSON can hold and objects can't.
    Object.defineProperty(result, String(key), { value: copy, enumerable: true, configurable: true, writable: true })
  }
  return result
}

/** True when `value`, as JSON.parse gave it, nests deeper than `depth`. Iterative: safe for any input. */
export function nestsDeeperThan(value: unknown, depth: number): boolean {
  let level: unknown[] = [value]
  for (let below = 0; level.length > 0; below++) {
    const next: unknown[] = []
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue
      if (below === depth) return true
      for (const child of Object.values(one)) if (typeof child === 'object') next.push(child)
    }
    level = next
  }
  return false
}
