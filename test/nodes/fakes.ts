/** Small stand-ins for the compiler and the engine, to run one node by its contract. */

import { type FieldType, field, type Schema, type Value } from '../../nodes/contract/field.ts'
import type { LinearModel, Tree } from '../../nodes/contract/model.ts'
import { type DeriveNode, type OperatorNode, optionsOf, Reject } from '../../nodes/contract/node.ts'
import type {
  BatchView,
  CountsBound,
  KeyCounts,
  Operator,
  OperatorContext,
  StateMap,
} from '../../nodes/contract/operator.ts'
import { readOptions } from '../../nodes/contract/option.ts'
import { Timers } from '../../runtime/engine/timers.ts'

/** A schema with the given paths, all of one kind. */
export function schemaOf(paths: readonly string[], type: FieldType = field.float64()): Schema {
  return {
    reader: 'json',
    fields: new Map(paths.map((path) => [path, type])),
    origins: new Map(),
    open: new Set(['dns']),
  }
}

/** Options as the compiler hands them over. `loaded` stand in place of what the file says (models). */
export function optionsFor<T>(
  spec: DeriveNode | OperatorNode,
  given: Readonly<Record<string, unknown>>,
  loaded: Readonly<Record<string, unknown>> = {},
): T {
  const { options, mistakes } = readOptions(optionsOf(spec), given)
  if (mistakes.length > 0) throw new Error(JSON.stringify(mistakes))
  return { ...options, ...loaded } as T
}

/** Runs a derive node over one row at a time; gives every added field, or the reason of the rejection. */
export function derive(spec: DeriveNode, options: unknown, schema: Schema) {
  const { adds, prepare } = spec.derive(options as never, schema)
  return (row: Readonly<Record<string, unknown>>): Record<string, Value> | string => {
    const prepared = prepare?.(row as never, options as never)
    if (prepared instanceof Reject) return prepared.reason
    const added: Record<string, Value> = {}
    for (const [name, one] of Object.entries(adds)) {
      if ('from' in one) added[name] = one.from(row as never, options as never, prepared) as Value
    }
    return added
  }
}

/** The state map of the contract over a Map: bounded, ordered by last `set`, with time to live in event time. */
export class FakeState<V> implements StateMap<V> {
  readonly #entries = new Map<string, { value: V; ts_us: number }>()
  readonly max: number
  readonly ttl_us: number
  #now_us = -Infinity
  constructor(bound: { readonly max: number; readonly ttl_us: number }) {
    this.max = bound.max
    this.ttl_us = bound.ttl_us
  }
  get size(): number {
    return this.#entries.size
  }
  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || this.#now_us - entry.ts_us > this.ttl_us ? undefined : entry.value
  }
  set(key: string, value: V, ts_us: number): void {
    this.#now_us = Math.max(this.#now_us, ts_us)
    this.#entries.delete(key)
    // What was set is kept as data, not by reference: state must not hang on who else holds the object.
    this.#entries.set(key, { value: structuredClone(value), ts_us })
    if (this.#entries.size > this.max) this.#entries.delete(this.#entries.keys().next().value!)
  }
  delete(key: string): void {
    this.#entries.delete(key)
  }
}

/** The counts of the contract over lists of slices: one a key, forgotten never. */
export class FakeCounts implements KeyCounts {
  readonly #bound: CountsBound
  readonly #seen = new Map<string, number[]>()
  readonly #settled: number[] = []
  #key = ''

  constructor(bound: CountsBound) {
    this.#bound = bound
  }
  get size(): number {
    return this.#seen.size
  }
  part(buffer: Uint8Array, start: number, end: number): void {
    this.#key += `${buffer.subarray(start, end).join()};`
  }
  end(ts_us: number): void {
    const { window_us, slices } = this.#bound
    const slice = Math.floor(ts_us / (window_us / slices))
    const seen = this.#seen.get(this.#key) ?? []
    this.#seen.set(this.#key, seen)
    this.#key = ''
    const newest = Math.max(...seen, slice)
    const isLate = newest - slice >= slices
    if (!isLate) seen.push(slice)
    this.#settled.push(
      isLate ? 0 : seen.filter((one) => one > newest - slices && one > slice - slices && one <= slice).length,
    )
  }
  settle(): Int32Array {
    const settled = Int32Array.from(this.#settled)
    this.#settled.length = 0
    return settled
  }
}

/** Starts an operator and gives a function that runs one batch and returns what was emitted. */
export function operate(spec: OperatorNode, options: unknown) {
  const states = new Map<string, FakeState<unknown>>()
  const context: OperatorContext = {
    timers: new Timers(),
    stateMap<V>(name: string, bound: { readonly max: number; readonly ttl_us: number }) {
      const state = new FakeState<V>(bound)
      states.set(name, state as FakeState<unknown>)
      return state
    },
    keyCounts: (_name, bound) => new FakeCounts(bound),
  }
  const operator = spec.start(options as never, context) as Operator<unknown>
  const run = (rows: readonly (Readonly<Record<string, Value>> & { readonly ts_us?: number })[]) => {
    const emitted: { readonly i: number; readonly added: readonly Value[] }[] = []
    const batch: BatchView<unknown> = { count: rows.length, at: (i) => rows[i], ts_us: (i) => rows[i]!.ts_us ?? 0 }
    operator.onBatch(batch, {
      emit: (i, added) => emitted.push({ i, added: [...added] }),
      create: () => {
        throw new Error('a record was made of none')
      },
      reject: (i, reason) => {
        throw new Error(`record ${i} rejected: ${reason}`)
      },
    })
    return emitted
  }
  return { run, states }
}

/** A small model: -1 + 0.5 length + entropy, and 2 where the entropy is missing. */
export const linearModel: LinearModel = {
  lacewing_model: 1,
  kind: 'linear',
  name: 'demo',
  inputs: [{ name: 'length' }, { name: 'entropy', missing: 2 }],
  link: 'logit',
  threshold: 0.5,
  labels: ['ordinary', 'odd'],
  intercept: -1,
  coefficients: [0.5, 1],
  means: [4, 2],
}

/** A tree from nested form: a number is a leaf, `[input, threshold, left, right]` an inner node; covers as given. */
export type Nested = number | readonly [number, number, Nested, Nested]
export function treeOf(nested: Nested, coverOf: (leaf: number) => number = () => 1): Tree {
  const tree = { input: [], threshold: [], left: [], right: [], value: [], cover: [] } as Record<keyof Tree, number[]>
  let leaves = 0
  const add = (one: Nested): number => {
    const i = tree.input.length
    const isLeaf = typeof one === 'number'
    tree.input.push(isLeaf ? 0 : one[0])
    tree.threshold.push(isLeaf ? 0 : one[1])
    tree.value.push(isLeaf ? one : 0)
    tree.left.push(-1)
    tree.right.push(-1)
    tree.cover.push(isLeaf ? coverOf(leaves++) : 0)
    if (!isLeaf) {
      tree.left[i] = add(one[2])
      tree.right[i] = add(one[3])
      tree.cover[i] = tree.cover[tree.left[i]!]! + tree.cover[tree.right[i]!]!
    }
    return i
  }
  add(nested)
  return tree
}
