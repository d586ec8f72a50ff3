/**
 * Small readers for what came over a socket: each checks a value and gives a fresh copy of what it knows, or undefined.
 * Unknown keys are left behind, so that a newer peer may say more; no key of the input ever becomes a prototype.
 */

export type Reader<T> = (value: unknown) => T | undefined

type Readers = Readonly<Record<string, Reader<unknown>>>
type Read<R> = R extends Reader<infer T> ? T : never
type ObjectOf<R extends Readers, O extends Readers> = { readonly [K in keyof R]: Read<R[K]> } & {
  readonly [K in keyof O]?: Read<O[K]>
}

/** Text of at most `max` UTF-16 units, of the given form. `form` must take linear time. */
export const text =
  (max: number, form?: RegExp): Reader<string> =>
  (value) =>
    typeof value === 'string' && value.length <= max && (form === undefined || form.test(value)) ? value : undefined

/** A whole number within the bounds, both included. */
export const whole =
  (min = 0, max = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max ? (value as number) : undefined

/** A number within the bounds, both included; never NaN or infinite. */
export const finite =
  (min: number, max: number): Reader<number> =>
  (value) =>
    typeof value === 'number' && value >= min && value <= max ? value : undefined

/** One of a few words. */
export const oneOf =
  <const W extends readonly string[]>(...words: W): Reader<W[number]> =>
  (value) =>
    typeof value === 'string' && words.includes(value) ? value : undefined

/** At most `max` bytes: a Uint8Array over memory of its own is not promised. */
export const bytes =
  (max: number): Reader<Uint8Array> =>
  (value) =>
    value instanceof Uint8Array && value.byteLength <= max ? value : undefined

/** A list of at most `max` items; one bad item makes the list bad. */
export const list =
  <T>(item: Reader<T>, max: number): Reader<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length > max) return undefined
    const items: T[] = []
    for (const one of value) {
      const read = item(one)
      if (read === undefined) return undefined
      items.push(read)
    }
    return items
  }

/** An object used as a table, of at most `max` entries. */
export const table =
  <T>(key: Reader<string>, item: Reader<T>, max: number): Reader<Readonly<Record<string, T>>> =>
  (value) => {
    if (!isObject(value)) return undefined
    const keys = Object.keys(value)
    if (keys.length > max) return undefined
    const result: Record<string, T> = {}
    for (const name of keys) {
      const read = item(value[name])
      if (key(name) === undefined || name === '__proto__' || read === undefined) return undefined
      result[name] = read
    }
    return result
  }

/** An object with these keys; `optional` ones may be missing but not wrong. */
export function object<const R extends Readers, const O extends Readers = Readonly<Record<never, Reader<unknown>>>>(
  required: R,
  optional?: O,
): Reader<ObjectOf<R, O>> {
  return (value) => {
    if (!isObject(value)) return undefined
    const result: Record<string, unknown> = {}
    for (const [name, reader] of Object.entries(required)) {
      const read = Object.hasOwn(value, name) ? reader(value[name]) : undefined
      if (read === undefined) return undefined
      result[name] = read
    }
    for (const [name, reader] of Object.entries(optional ?? {})) {
      if (!Object.hasOwn(value, name) || value[name] === undefined) continue
      const read = reader(value[name])
      if (read === undefined) return undefined
      result[name] = read
    }
    return result as ObjectOf<R, O>
  }
}

/** The first reader that fits. */
export const either =
  <A, B>(first: Reader<A>, second: Reader<B>): Reader<A | B> =>
  (value) =>
    first(value) ?? second(value)

/** A plain object: not null, not a list, not binary. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}
