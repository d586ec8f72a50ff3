/**
 * Values of fields inside a loop. Each is fetched where it is first read, so a field behind a filter costs nothing for
 * a record the filter drops, and a field nobody reads is never computed. This file must not know steps or wires.
 */

import type { FieldKind } from '../../nodes/contract/field.ts'
import type { CompiledExpression } from '../expression/compile.ts'
import type { Loop } from './emit-loop.ts'
import { scoredBy } from './emit-model.ts'
import { type ModuleText, RUNTIME } from './emit-module.ts'
import { noWindow, type RecordWindow } from './emit-record.ts'
import { isName, member } from './emit-text.ts'
import type { BoundNeed, TypedNode } from './ir.ts'

/** How to get at a field. */
interface Recipe {
  readonly kind: FieldKind
  /** JavaScript that computes the value, or the variable that holds it already. Writes what it needs before it. */
  readonly compute: (scope: Scope) => string
  /** JavaScript that points a slice at the text's UTF-8 and gives it, or null; undefined where only the text is at hand. */
  readonly pointAt?: (slice: string) => string
  /** JavaScript for whether the field is a text, without fetching it. `utf8` is the name of the text's bytes. */
  readonly isText?: (text: string, utf8: string) => string
}

/** Where the record of a loop comes from. */
export interface RecordSource {
  /** Undefined where a record has no bytes of its own. */
  readonly window: RecordWindow | undefined
  /** JavaScript for its event time. */
  readonly ts_us: string
}

/** One place of a loop: the fields known there, and those already in variables. */
export class Scope {
  readonly loop: Loop
  readonly #record: RecordSource
  readonly #recipes: Map<string, Recipe>
  readonly #variables: Map<string, string>

  constructor(
    loop: Loop,
    record: RecordSource,
    recipes: ReadonlyMap<string, Recipe> = new Map(),
    variables: ReadonlyMap<string, string> = new Map(),
  ) {
    this.loop = loop
    this.#record = record
    this.#recipes = new Map(recipes)
    this.#variables = new Map(variables)
  }

  /** What is added inside stays inside: for one branch of a loop. */
  branch(): Scope {
    return new Scope(this.loop, this.#record, this.#recipes, this.#variables)
  }

  /** JavaScript for the event time of the record. */
  get ts_us(): string {
    return this.#record.ts_us
  }

  /** The record's own bytes. */
  window(): RecordWindow {
    return this.#record.window ?? noWindow(this.loop.module)
  }

  /** Makes a field known from here on. */
  add(path: string, kind: FieldKind, compute: (scope: Scope) => string): void {
    this.#recipes.set(path, { kind, compute })
  }

  /** Makes a text known that need not be fetched to be looked at. */
  addText(path: string, recipe: Pick<Recipe, 'compute' | 'pointAt' | 'isText'>): void {
    this.#recipes.set(path, { kind: 'text', ...recipe })
  }

  /** A field that stands in a column of the loop's batch. */
  addColumn(path: string, kind: FieldKind, column: string): void {
    this.add(path, kind, () => `${column}[i]`)
  }

  /** The fields known here, in the order in which they became known. */
  paths(): string[] {
    return [...this.#recipes.keys()]
  }

  kindOf(path: string): FieldKind {
    return this.#recipes.get(path)?.kind ?? 'any'
  }

  /** The variable that holds a field here; writes the line that fetches it when there is none yet. */
  use(path: string): string {
    const known = this.#variables.get(path)
    if (known !== undefined) return known
    const recipe = this.#recipes.get(path)
    // A field that this branch of the flow does not have, though another one that meets it does.
    if (recipe === undefined) return 'null'
    const value = recipe.compute(this)
    const variable = `v${this.loop.number()}`
    this.loop.line(`const ${variable} = ${value} // ${path}`)
    this.#variables.set(path, variable)
    return variable
  }

  /** JavaScript of an expression, with the fields it reads fetched before. */
  useExpression(expression: CompiledExpression): string {
    const isLeft = (path: string) =>
      expression.compared.has(path) && !this.#variables.has(path) && this.#recipes.get(path)?.isText !== undefined
    const variables = new Map(expression.reads.filter((path) => !isLeft(path)).map((path) => [path, this.use(path)]))
    const isText = (path: string, text: string) => {
      const variable = variables.get(path)
      if (variable !== undefined) return `(${variable} === ${JSON.stringify(text)})`
      const { module } = this.loop
      const utf8 = module.constant(module.nameOf('utf8_of', text), `new TextEncoder().encode(${JSON.stringify(text)})`)
      return this.#recipes.get(path)!.isText!(text, utf8)
    }
    return expressionText(this.loop.module, expression, (path) => variables.get(path) ?? 'null', isText)
  }

  /** JavaScript of a need, of the need's kind; null where the record lacks it. */
  useNeed(node: TypedNode, { name, need, expression }: BoundNeed): string {
    if (need.from === 'field') return this.#useAs(need.path, need.kind)
    if (need.from === 'expression') {
      return converted(this.loop.module, this.useExpression(expression!), expression!.type.kind, need.kind)
    }
    const present: string[] = []
    const inputs = need.inputs.map((path, i) => {
      const value = this.#useAs(path, 'float64')
      const { missing } = need.model.inputs[i]!
      if (missing !== undefined) return `(${value} === null ? ${missing} : ${value})`
      present.push(`${value} !== null`)
      return value
    })
    const scored = scoredBy(this.loop.module, { ...need, node: node.id, need: name }, inputs)
    return present.length === 0 ? scored : `(${present.join(' && ')} ? ${scored} : null)`
  }

  /** Puts the needs of a node into its row; gives the JavaScript of each value. */
  fillRow(node: TypedNode): string[] {
    const row = this.loop.module.nameOf('row', node.id)
    return node.needs.map((need) => {
      const value = isUtf8(need) ? this.#useUtf8(node, need) : this.useNeed(node, need)
      this.loop.line(`${row}${member(need.name)} = ${value}`)
      return isName(value) ? value : `${row}${member(need.name)}`
    })
  }

  /** A text in UTF-8: where it stands in the record when it is nothing but its bytes, else a copy. */
  #useUtf8(node: TypedNode, { name, need }: BoundNeed & { need: { from: 'field' } }): string {
    const slice = this.loop.module.nameOf('utf8', node.id, name)
    const pointAt = this.#recipes.get(need.path)?.pointAt
    if (pointAt === undefined || this.#variables.has(need.path)) return `${slice}.of(${this.#useAs(need.path, 'text')})`
    const variable = `v${this.loop.number()}`
    this.loop.line(`const ${variable} = ${pointAt(slice)} // ${need.path}`)
    return variable
  }

  #useAs(path: string, wanted: FieldKind): string {
    return converted(this.loop.module, this.use(path), this.kindOf(path), wanted)
  }
}

/** True for a need that is a text in UTF-8. */
export function isUtf8(need: BoundNeed): need is BoundNeed & { need: { from: 'field' } } {
  return need.need.from === 'field' && need.need.form === 'utf8'
}

/** JavaScript of an expression over variables; what it calls becomes known to the module. */
export function expressionText(
  module: ModuleText,
  expression: CompiledExpression,
  variable: (path: string) => string,
  isText?: (path: string, text: string) => string,
): string {
  for (const name of expression.functions) module.needFunction(name)
  for (const name of expression.operations) module.imported(RUNTIME.operations, name, `op_${name}`)
  return expression.emit(variable, isText)
}

/** A value of one kind as another; what does not fit is null. */
function converted(module: ModuleText, value: string, found: FieldKind, wanted: FieldKind): string {
  if (found === wanted || wanted === 'any' || (found === 'integer' && wanted !== 'text')) return value
  return `${module.imported(RUNTIME.field, 'valueAs')}(${value}, '${wanted}')`
}
