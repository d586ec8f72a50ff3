/**
 * The reader of model files (docs/reference/model-file.md). A model file comes from outside: nothing in it is believed
 * before it was checked, and what is handed on holds only what the checks know.
 */

import type { LinearModel, Model, ModelInput, Tree, TreesModel } from '../contract/model.ts'

/** What a model may be at most. A larger one is refused before its parts are looked at. */
export const MODEL_LIMITS = {
  text: 64 * 1024 * 1024,
  inputs: 10_000,
  trees: 10_000,
  nodes: 5_000_000,
  /** Inner nodes between the root and a leaf. */
  depth: 256,
  /** Characters of a name or label, of a help or title, and of the whole card as JSON; levels of the card. */
  name: 128,
  prose: 4096,
  card: 256 * 1024,
  cardDepth: 16,
  mistakes: 100,
} as const

const INPUT_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/
/** Names that mean something to JavaScript objects; no field has them for a good reason. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype'])
const HEAD_KEYS = ['lacewing_model', 'kind', 'name', 'title', 'inputs', 'link', 'threshold', 'labels', 'card']
const TREE_KEYS = ['input', 'threshold', 'left', 'right', 'value', 'cover']

type Json = Readonly<Record<string, unknown>>

/**
 * Reads a model file.
 * @returns the model, or every mistake found (at most 100, then one line says how many more), each with its place.
 * @cost linear in the text; tree depth is bounded by a loop, not by the stack.
 */
export function readModel(text: string): { model?: Model; mistakes: string[] } {
  if (text.length > MODEL_LIMITS.text) {
    return { mistakes: [`The file has ${text.length} characters; a model file may have ${MODEL_LIMITS.text}.`] }
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return { mistakes: [`The file is not JSON: ${error instanceof Error ? error.message : String(error)}.`] }
  }
  return new ModelReader().read(json)
}

class ModelReader {
  readonly #mistakes: string[] = []
  #more = 0

  read(json: unknown): { model?: Model; mistakes: string[] } {
    const model = isObject(json) ? this.#model(json) : this.#fail('The file must hold one JSON object.')
    if (model !== undefined && this.#mistakes.length === 0 && !Number.isFinite(largest(model))) {
      this.#fail('The numbers are so large that their sum is infinite.')
    }
    if (this.#more > 0) this.#mistakes.push(`And ${this.#more} more.`)
    return model === undefined || this.#mistakes.length > 0 ? { mistakes: this.#mistakes } : { model, mistakes: [] }
  }

  #fail(message: string): undefined {
    if (this.#mistakes.length < MODEL_LIMITS.mistakes) this.#mistakes.push(message)
    else this.#more++
    return undefined
  }

  #model(json: Json): Model | undefined {
    if (json.lacewing_model !== 1) {
      return this.#fail(
        typeof json.lacewing_model === 'number' && json.lacewing_model > 1
          ? `"lacewing_model" is ${json.lacewing_model}; this Lacewing reads version 1. Use a newer Lacewing.`
          : '"lacewing_model" must be 1; this is not a model file.',
      )
    }
    const inputs = this.#inputs(json.inputs)
    const link = json.link
    if (link !== 'logit' && link !== 'identity') this.#fail('"link" must be "logit" or "identity".')
    const head = {
      lacewing_model: 1,
      name: this.#text(json.name, '"name"', MODEL_LIMITS.name) ?? '',
      ...(json.title === undefined ? {} : { title: this.#text(json.title, '"title"', MODEL_LIMITS.prose) ?? '' }),
      inputs,
      link: link === 'identity' ? 'identity' : 'logit',
      threshold: this.#number(json.threshold, '"threshold"'),
      labels: this.#labels(json.labels),
      ...(json.card === undefined ? {} : { card: this.#card(json.card) }),
    } as const
    if (json.kind === 'linear') {
      this.#knownKeys(json, [...HEAD_KEYS, 'intercept', 'coefficients', 'means'], 'The file')
      return {
        ...head,
        kind: 'linear',
        intercept: this.#number(json.intercept, '"intercept"'),
        coefficients: this.#perInput(json.coefficients, '"coefficients"', inputs.length),
        means: this.#perInput(json.means, '"means"', inputs.length),
      } satisfies LinearModel
    }
    if (json.kind === 'trees') {
      this.#knownKeys(json, [...HEAD_KEYS, 'base', 'trees'], 'The file')
      return {
        ...head,
        kind: 'trees',
        base: this.#number(json.base, '"base"'),
        trees: this.#trees(json.trees, inputs.length),
      } satisfies TreesModel
    }
    return this.#fail('"kind" must be "linear" or "trees".')
  }

  #knownKeys(json: Json, known: readonly string[], what: string): void {
    for (const key of Object.keys(json)) {
      if (!known.includes(key)) this.#fail(`${what} has the unknown key ${quote(key)}.`)
    }
  }

  #text(value: unknown, what: string, longest: number): string | undefined {
    if (typeof value !== 'string' || value === '' || value.length > longest) {
      return this.#fail(`${what} must be text of 1 to ${longest} characters.`)
    }
    return value
  }

  #number(value: unknown, what: string): number {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    this.#fail(`${what} must be a finite number, not ${describe(value)}.`)
    return 0
  }

  #inputs(json: unknown): ModelInput[] {
    if (!Array.isArray(json) || json.length === 0 || json.length > MODEL_LIMITS.inputs) {
      this.#fail(`"inputs" must be a list of 1 to ${MODEL_LIMITS.inputs} inputs.`)
      return []
    }
    const seen = new Set<string>()
    return json.map((input: unknown, i) => {
      const what = `inputs[${i}]`
      if (!isObject(input)) {
        this.#fail(`${what} must be an object with a "name".`)
        return { name: '' }
      }
      this.#knownKeys(input, ['name', 'help', 'missing'], what)
      const name = this.#text(input.name, `${what}.name`, MODEL_LIMITS.name) ?? ''
      if (name !== '' && (!INPUT_NAME.test(name) || RESERVED.has(name))) {
        this.#fail(`${what}.name ${quote(name)} can't be a field's name: letters, digits, "_" and "-", no digit first.`)
      }
      if (name !== '' && seen.has(name)) this.#fail(`${what}.name ${quote(name)} stands twice.`)
      seen.add(name)
      return {
        name,
        ...(input.help === undefined ? {} : { help: this.#text(input.help, `${what}.help`, MODEL_LIMITS.prose) ?? '' }),
        ...(input.missing === undefined ? {} : { missing: this.#number(input.missing, `${what}.missing`) }),
      }
    })
  }

  #labels(json: unknown): readonly [string, string] {
    if (!Array.isArray(json) || json.length !== 2) {
      this.#fail('"labels" must be a list of two texts: below the threshold, and at or above it.')
      return ['', '']
    }
    return [
      this.#text(json[0], 'labels[0]', MODEL_LIMITS.name) ?? '',
      this.#text(json[1], 'labels[1]', MODEL_LIMITS.name) ?? '',
    ]
  }

  /** The card is for people; it must only be small enough and shallow enough for whoever copies or prints it. */
  #card(json: unknown): Json {
    if (!isObject(json)) {
      this.#fail('"card" must be an object.')
      return {}
    }
    let level: unknown[] = [json]
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > MODEL_LIMITS.cardDepth) {
        this.#fail(`"card" is nested deeper than ${MODEL_LIMITS.cardDepth} levels.`)
        return {}
      }
      level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
    }
    if (JSON.stringify(json).length > MODEL_LIMITS.card)
      this.#fail(`"card" is longer than ${MODEL_LIMITS.card} characters.`)
    return json
  }

  #perInput(json: unknown, what: string, count: number): number[] {
    if (!Array.isArray(json)) {
      this.#fail(`${what} must be a list of numbers, one an input.`)
      return []
    }
    if (json.length !== count) this.#fail(`${what} has ${json.length} numbers for ${count} inputs.`)
    for (const [i, value] of json.entries()) this.#number(value, `${what.slice(1, -1)}[${i}]`)
    return json as number[]
  }

  #trees(json: unknown, inputs: number): Tree[] {
    if (!Array.isArray(json) || json.length > MODEL_LIMITS.trees) {
      this.#fail(`"trees" must be a list of at most ${MODEL_LIMITS.trees} trees.`)
      return []
    }
    let nodes = 0
    const trees: Tree[] = []
    for (const [t, tree] of json.entries()) {
      const read = this.#tree(tree, `trees[${t}]`, inputs)
      if (read === undefined) continue
      nodes += read.left.length
      trees.push(read)
    }
    if (nodes > MODEL_LIMITS.nodes) this.#fail(`The trees have ${nodes} nodes; a model may have ${MODEL_LIMITS.nodes}.`)
    return trees
  }

  #tree(json: unknown, what: string, inputs: number): Tree | undefined {
    if (!isObject(json)) return this.#fail(`${what} must be an object of parallel lists.`)
    this.#knownKeys(json, TREE_KEYS, what)
    const lists = TREE_KEYS.map((key) => json[key])
    const first = lists[0]
    if (!lists.every((list) => Array.isArray(list))) {
      return this.#fail(`${what} must have the lists ${TREE_KEYS.join(', ')}.`)
    }
    const count = (first as unknown[]).length
    if (count === 0 || lists.some((list) => list.length !== count)) {
      const lengths = TREE_KEYS.map((key, i) => `${key} ${lists[i]!.length}`).join(', ')
      return this.#fail(`${what}: the lists must have one equal length of at least 1; they have ${lengths}.`)
    }
    let isNumeric = true
    for (const [k, key] of TREE_KEYS.entries()) {
      for (const [i, value] of lists[k]!.entries()) {
        if (typeof value === 'number' && Number.isFinite(value)) continue
        this.#fail(`${what}.${key}[${i}] must be a finite number, not ${describe(value)}.`)
        isNumeric = false
      }
    }
    if (!isNumeric) return undefined
    const tree = Object.fromEntries(TREE_KEYS.map((key, k) => [key, lists[k]])) as unknown as Tree
    return this.#shape(tree, what, inputs) ? tree : undefined
  }

  /** Walks from the root: every node is reached exactly once, so there is no cycle, no sharing and nothing hidden. */
  #shape(tree: Tree, what: string, inputs: number): boolean {
    const count = tree.left.length
    const before = this.#mistakes.length + this.#more
    const reached = new Uint8Array(count)
    reached[0] = 1
    let level = [0]
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > MODEL_LIMITS.depth) {
        this.#fail(`${what} is deeper than ${MODEL_LIMITS.depth}.`)
        return false
      }
      const next: number[] = []
      for (const i of level) {
        const left = tree.left[i]!
        const right = tree.right[i]!
        if (!(tree.cover[i]! >= 0)) this.#fail(`${what}.cover[${i}] must not be negative.`)
        if (left === -1 && right === -1) continue
        const input = tree.input[i]!
        if (!Number.isInteger(input) || input < 0 || input >= inputs) {
          this.#fail(`${what}.input[${i}] is ${input}; the model has inputs 0 to ${inputs - 1}.`)
        }
        if (this.#child(tree, what, i, 'left', reached)) next.push(left)
        if (this.#child(tree, what, i, 'right', reached)) next.push(right)
        if (tree.cover[left]! + tree.cover[right]! === 0) {
          this.#fail(`${what}.cover: no training row reached a child of node ${i}, so contributions can't be told.`)
        }
      }
      level = next
    }
    const lost = reached.indexOf(0)
    if (lost !== -1 && this.#mistakes.length + this.#more === before) {
      this.#fail(`${what}: node ${lost} is not reached from the root.`)
    }
    return this.#mistakes.length + this.#more === before
  }

  /** True, and the child marked as reached, when the index leads to a node that nothing else leads to. */
  #child(tree: Tree, what: string, node: number, side: 'left' | 'right', reached: Uint8Array): boolean {
    const child = tree[side][node]!
    const place = `${what}.${side}[${node}]`
    if (!Number.isInteger(child) || child < 1 || child >= reached.length) {
      this.#fail(
        `${place} is ${child}; it must be a node from 1 to ${reached.length - 1}, or -1 on both sides of a leaf.`,
      )
      return false
    }
    if (reached[child] === 1) {
      this.#fail(`${place} leads to node ${child}, which is reached already: this is no tree.`)
      return false
    }
    reached[child] = 1
    return true
  }
}

/**
 * Of a linear model the size of the margin at the means, of trees the largest size any margin can have: finite, so that
 * a base always is, and a margin of trees too.
 */
function largest(model: Model): number {
  if (model.kind === 'linear') {
    return model.coefficients.reduce(
      (sum, weight, i) => sum + Math.abs(weight * model.means[i]!),
      Math.abs(model.intercept),
    )
  }
  let sum = Math.abs(model.base)
  for (const { value } of model.trees) sum += value.reduce((most, one) => Math.max(most, Math.abs(one)), 0)
  return sum
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}...` : text)
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return `the text ${quote(value)}`
  if (typeof value === 'number') return value > 0 ? 'infinite (it is too large for a double)' : String(value)
  return value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : String(value)
}
