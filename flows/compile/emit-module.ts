/**
 * What all parts of one emission share: the plan, the numbers, the names, and the module as it grows. This file must
 * not know loops or shapes of nodes.
 */

import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import { Numbers } from './emit-numbers.ts'
import { Names, ProgramText } from './emit-text.ts'
import { type FusedPlan, type Module, SOURCE_PREFIX, type SplitPlan, type TypedNode } from './ir.ts'

/** Modules that emitted code imports, relative to the root of the sources. */
export const RUNTIME = {
  field: 'nodes/contract/field.ts',
  node: 'nodes/contract/node.ts',
  reader: 'nodes/records/json-reader.ts',
  keyHash: 'nodes/records/key-hash.ts',
  desk: 'nodes/kernels/desk.ts',
  writer: 'nodes/records/json-writer.ts',
  textSlice: 'nodes/records/text-slice.ts',
  timestamp: 'nodes/records/timestamp.ts',
  excerpt: 'nodes/records/excerpt.ts',
  scorer: 'nodes/model/tree-scorer.ts',
  operations: 'nodes/functions/operations.ts',
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)

/** One module as it grows. Written to by every part of the pass, read by none but `finish`. */
export class ModuleText {
  readonly plan: SplitPlan
  readonly numbers: Numbers
  /** All between the constants in front and the end. */
  readonly body = new ProgramText()
  readonly #functions: ReadonlyMap<string, ExpressionFunction>
  readonly #names = new Names()
  /** Local name by name, by module. */
  readonly #imports = new Map<string, Map<string, string>>()
  /** Constants that stand in front of the body, by name. */
  readonly #constants = new Map<string, string>()

  constructor(fused: FusedPlan, functions: ReadonlyMap<string, ExpressionFunction>) {
    this.plan = fused.plan
    this.numbers = new Numbers(fused)
    this.#functions = functions
  }

  /** The whole module. */
  finish(): Module {
    const text = new ProgramText()
    text.line(`// The flow ${this.plan.graph.flow}, compiled by Lacewing: one loop a pipeline, plain and watched.`)
    for (const [module, imported] of [...this.#imports].sort(byName)) {
      const parts = [...imported].sort(byName).map(([name, local]) => (name === local ? name : `${name} as ${local}`))
      text.line(`import { ${parts.join(', ')} } from '${SOURCE_PREFIX}${module}'`)
    }
    text.line('')
    for (const [name, value] of this.#constants) text.line(`const ${name} = ${value}`)
    text.append(this.body)
    return { text: text.toString(), lineNodes: text.lineNodes }
  }

  /** A line of the body. */
  line(text: string): void {
    this.body.line(text)
  }

  node(id: string): TypedNode {
    return this.plan.graph.nodes.get(id)!
  }

  /* ---- names ---- */

  /** The name of a thing in front or in the body; the same parts give the same name. */
  nameOf(thing: string, ...of: string[]): string {
    return this.#names.of(thing, ...of)
  }

  /** The name of a column of a node's batch; of its results or rejects where these are meant. */
  column(id: string, k: number, part?: 'results' | 'rejects'): string {
    return part === undefined ? this.nameOf('column', id, String(k)) : this.nameOf('column', id, part, String(k))
  }

  /** Imports a name; gives the local one, which is that of the first call for it. */
  imported(module: string, name: string, local: string = name): string {
    const names = this.#imports.get(module) ?? new Map<string, string>()
    this.#imports.set(module, names)
    const known = names.get(name)
    if (known !== undefined) return known
    names.set(name, local)
    return local
  }

  /** The value that the file of the node's type exports. */
  typeOf({ spec }: TypedNode): string {
    const dot = spec.type.indexOf('.')
    const [stage, noun] = [spec.type.slice(0, dot), spec.type.slice(dot + 1)]
    return this.imported(`nodes/${stage}/${noun}.ts`, 'default', `type_${stage}_${noun.replaceAll('-', '_')}`)
  }

  /** Makes a function of the expression language known as `fn_<name>`. */
  needFunction(name: string): void {
    const { group } = this.#functions.get(name)!
    this.constant(`fn_${name}`, `${this.imported(`nodes/functions/${group}.ts`, name)}.apply`)
  }

  /** Writes a constant in front of the body; gives its name. */
  constant(name: string, value: string): string {
    this.#constants.set(name, value)
    return name
  }
}
