/**
 * Last pass: the fused plan as the text of an ES module.
 *
 * Each pipeline becomes one loop over a batch, written twice: plain, and watched, which shows records to taps and takes
 * the time of each node. Values are fetched where they are first read, so a field behind a filter costs nothing for a
 * record the filter drops, and a field nobody reads is never computed. Node code is imported and called, never copied.
 */

import type { FieldKind, Schema } from '../../nodes/contract/field.ts'
import type { Model } from '../../nodes/contract/model.ts'
import { NODE_COUNTERS, PROGRAM_VERSION } from '../../nodes/contract/program.ts'
import type { CompiledExpression } from '../expression/compile.ts'
import { emitMargin, isStraight } from './emit-model.ts'
import { literal, Names, ProgramText } from './emit-text.ts'
import type {
  BoundNeed,
  CompileInput,
  FusedPipeline,
  FusedPlan,
  Layout,
  Leave,
  Module,
  Passed,
  Step,
  TypedNode,
} from './ir.ts'
import { readsOf } from './plan.ts'

/** Modules that emitted code imports, relative to the root of the sources. */
const RUNTIME = {
  field: 'nodes/contract/field.ts',
  node: 'nodes/contract/node.ts',
  reader: 'nodes/records/json-reader.ts',
  screen: 'nodes/records/json-screen.ts',
  writer: 'nodes/records/json-writer.ts',
  timestamp: 'nodes/records/timestamp.ts',
  excerpt: 'nodes/records/excerpt.ts',
  margin: 'nodes/model/margin.ts',
  operations: 'nodes/functions/operations.ts',
}
/** Prefix by which the bundler knows these imports. */
export const SOURCE_PREFIX = 'lacewing:'

export function emit(fused: FusedPlan, input: CompileInput): Passed<Module> {
  const writer = new ModuleWriter(fused, input)
  writer.write()
  return { after: { text: writer.text.toString(), lineNodes: writer.text.lineNodes }, problems: [] }
}

const isName = (text: string) => /^[A-Za-z_$][\w$]*$/.test(text)
/** A name as a key of an object literal, and as an access to a member. */
const key = (name: string) => (isName(name) ? name : JSON.stringify(name))
const member = (name: string) => (isName(name) ? `.${name}` : `[${JSON.stringify(name)}]`)

/** How to get at a field inside a loop. */
interface Recipe {
  readonly kind: FieldKind
  /** JavaScript that computes the value, or the variable that holds it already. Writes what it needs before it. */
  readonly compute: (scope: Scope) => string
}

/** The fields known at one place of a loop, and those already in variables there. */
class Scope {
  readonly recipes: Map<string, Recipe>
  readonly variables: Map<string, string>
  constructor(recipes: Map<string, Recipe>, variables: Map<string, string>) {
    this.recipes = recipes
    this.variables = variables
  }
  /** What is added inside stays inside: for one branch of a loop. */
  branch(): Scope {
    return new Scope(new Map(this.recipes), new Map(this.variables))
  }
}

/** What differs between the heads of pipelines: where a record's bytes and time come from. */
type RecordWindow = readonly [buffer: string, start: string, end: string, marks: string]
interface RecordSource {
  /** JavaScript for buffer, start, end and marks of the record's own bytes; undefined where it has none. */
  readonly window: RecordWindow | undefined
  readonly ts_us: string
}

class ModuleWriter {
  readonly text = new ProgramText()
  readonly fused: FusedPlan
  readonly input: CompileInput
  readonly names = new Names()
  readonly nodes: readonly TypedNode[]
  readonly indexOf: ReadonlyMap<string, number>
  readonly #firstCounter = new Map<string, number>()
  readonly #wireIndex: ReadonlyMap<string, number>
  /** Place of each stage in what `start` returns. */
  readonly #stages: string[] = []
  readonly #imports = new Map<string, Map<string, string>>()
  /** Constants of the module by name, written before everything else. */
  readonly #prelude = new Map<string, string>()
  readonly #named = new Map<string, string>()
  readonly #body = new ProgramText()
  #watched = false
  #counters = new Map<string, string>()
  #nextVariable = 0
  #out: ProgramText = this.#body
  #source: RecordSource = { window: undefined, ts_us: 'NaN' }

  constructor(fused: FusedPlan, input: CompileInput) {
    this.fused = fused
    this.input = input
    const { graph } = fused.plan
    this.nodes = [...graph.nodes.values()]
    this.indexOf = new Map(this.nodes.map(({ id }, i) => [id, i]))
    this.#wireIndex = new Map(graph.wires.map(({ name }, i) => [name, i]))
    let next = this.nodes.length * NODE_COUNTERS
    for (const node of this.nodes) {
      this.#firstCounter.set(node.id, next)
      next += Math.max(1, node.outlets.length)
    }
    this.#stages.push(...this.stageKeys())
  }

  /** Stages in the order in which records pass them: `source eve`, `queue lexical`, `operator alarm`, `sink out`. */
  private stageKeys(): string[] {
    const keys: string[] = []
    for (const { id, spec } of this.nodes) {
      if (spec.shape === 'source') {
        keys.push(`source ${id}`)
        if (this.fused.pipelines.some(({ head }) => head.kind === 'rejects' && head.node === id))
          keys.push(`rejects ${id}`)
      } else if (this.fused.plan.layouts.has(id)) {
        keys.push(`${spec.shape === 'operator' || spec.shape === 'sink' ? spec.shape : 'queue'} ${id}`)
      }
    }
    return keys
  }

  write(): void {
    this.#out = this.#body
    this.writeConstants()
    this.writeProgram()
    const head = this.text
    head.line(
      `// The flow ${this.fused.plan.graph.flow}, compiled by Lacewing: one loop a pipeline, plain and watched.`,
    )
    for (const [module, imported] of [...this.#imports].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const list = [...imported].sort(([a], [b]) => (a < b ? -1 : 1))
      const parts = list.map(([name, local]) => (name === local ? name : `${name} as ${local}`))
      head.line(`import { ${parts.join(', ')} } from '${SOURCE_PREFIX}${module}'`)
    }
    head.line('')
    for (const constant of this.#prelude.values()) head.line(constant)
    for (const [i, line] of this.#body.lines.entries()) {
      head.lines.push(line)
      head.lineNodes.push(this.#body.lineNodes[i])
    }
  }

  /* ---- names ---- */

  private importName(module: string, name: string, local: string = name): string {
    const imported = this.#imports.get(module) ?? new Map<string, string>()
    this.#imports.set(module, imported)
    const known = imported.get(name)
    if (known !== undefined) return known
    imported.set(name, local)
    return local
  }

  /** One JavaScript name for each thing of a node, the same wherever it is asked for. */
  private nameOf(thing: string, ...of: string[]): string {
    const key = [thing, ...of].join('\n')
    const known = this.#named.get(key)
    if (known !== undefined) return known
    const name = this.names.make(thing, ...of)
    this.#named.set(key, name)
    return name
  }

  private specName({ spec }: TypedNode): string {
    const [stage, noun] = [spec.type.slice(0, spec.type.indexOf('.')), spec.type.slice(spec.type.indexOf('.') + 1)]
    return this.importName(`nodes/${stage}/${noun}.ts`, 'default', `type_${stage}_${noun.replaceAll('-', '_')}`)
  }

  private line(text: string): void {
    this.#out.line(text)
  }

  private forNode(id: string | undefined, write: () => void): void {
    const before = this.#out.node
    this.#out.node = id
    write()
    this.#out.node = before
  }

  /* ---- constants of the module: options and models ---- */

  private writeConstants(): void {
    for (const node of this.nodes) {
      this.forNode(node.id, () => {
        const plain = Object.fromEntries(Object.entries(node.options).filter(([name]) => !(name in node.models)))
        const models: string[] = []
        for (const option of Object.keys(node.models)) {
          const name = this.nameOf('model', node.id, option)
          this.line(`const ${name} = ${literal(node.options[option])}`)
          models.push(`${key(option)}: ${name}`)
        }
        const options = this.nameOf('options', node.id)
        if (models.length === 0) this.line(`const ${options} = ${literal(plain)}`)
        else this.line(`const ${options} = { ...${literal(plain)}, ${models.join(', ')} }`)
        for (const { name, need } of node.needs) {
          if (need.from !== 'model' || !isStraight(need.model)) continue
          emitMargin(this.#out, this.nameOf('margin', node.id, name), need.model)
        }
      })
    }
  }

  private writeProgram(): void {
    const { graph } = this.fused.plan
    this.line('')
    this.line('export const program = {')
    this.line(`version: ${PROGRAM_VERSION},`)
    this.line(`flow: ${literal(graph.flow)},`)
    this.line('nodes: [')
    for (const node of this.nodes) {
      const { id, spec, outlets } = node
      const firstCounter = this.#firstCounter.get(id)!
      this.line(`${literal({ id, type: spec.type, shape: spec.shape, outlets, firstCounter })},`)
    }
    this.line('],')
    this.line('wires: [')
    for (const { name, from, outlet, to } of graph.wires) {
      const place = graph.nodes.get(from)!.outlets.indexOf(outlet)
      this.line(`${literal({ name, from: this.indexOf.get(from), outlet: place, to: this.indexOf.get(to) })},`)
    }
    this.line('],')
    this.line('start(host) {')
    this.line('const { counters, taps, cost_ms } = host')
    for (const node of this.nodes) this.forNode(node.id, () => this.writeNodeState(node))
    for (const pipeline of this.fused.pipelines) {
      for (const watched of [false, true]) {
        this.line('')
        this.writePipeline(pipeline, watched)
      }
    }
    this.line('')
    this.line('return [')
    for (const stage of this.#stages) this.writeStage(stage)
    this.line(']')
    this.line('},')
    this.line('}')
  }

  /** Batches, rows, readers and functions of a node, made once when the program starts. */
  private writeNodeState(node: TypedNode): void {
    const { id, spec } = node
    const index = this.indexOf.get(id)!
    this.line('')
    this.line(`// ${id}: ${spec.type}`)
    const layout = this.fused.plan.layouts.get(id)
    if (layout !== undefined) {
      const columns = layout.needs.length + layout.carried.length
      this.line(`const ${this.nameOf('batch', id)} = host.batch(${columns})`)
      this.writeColumns(this.nameOf('batch', id), id, columns)
    }
    if (node.needs.length > 0) {
      const members = node.needs.map(({ name }) => `${key(name)}: null`)
      this.line(`const ${this.nameOf('row', id)} = { ${members.join(', ')} }`)
    } else if (spec.shape !== 'source') this.line(`const ${this.nameOf('row', id)} = {}`)
    for (const { name, need } of node.needs) {
      if (need.from === 'model') {
        this.line(`const ${this.nameOf('inputs', id, name)} = new Float64Array(${need.model.inputs.length})`)
      }
    }
    if (spec.shape === 'source') this.writeSourceState(node, index)
    if (spec.shape === 'derive') this.writeDerivation(node)
    if (spec.shape === 'keep') {
      this.line(`const ${this.nameOf('choose', id)} = ${this.specName(node)}.choose`)
    }
    if (spec.shape === 'operator') {
      const results = this.nameOf('results', id)
      const columns = layout!.carried.length + node.adds.length + 2
      this.line(`const ${results} = host.batch(${columns})`)
      this.writeColumns(results, `${id}_results`, columns)
      const operator = this.nameOf('operator', id)
      this.line(
        `const ${operator} = ${this.specName(node)}.start(${this.nameOf('options', id)}, host.context(${index}))`,
      )
    }
  }

  private writeColumns(batch: string, owner: string, columns: number): void {
    if (columns === 0) return
    const names = Array.from({ length: columns }, (_, k) => this.nameOf('column', owner, String(k)))
    this.line(`const [${names.join(', ')}] = ${batch}.columns`)
  }

  private writeSourceState(node: TypedNode, index: number): void {
    const { id } = node
    const input = this.nameOf('batch', id)
    this.line(`const ${input} = host.input(${index}, ${node.columns.length})`)
    this.writeColumns(input, id, node.columns.length)
    this.line(`let ${this.nameOf('newest', id)} = -Infinity`)
    const reads = this.fused.plan.reads.get(id)
    if (reads !== undefined) {
      const reader = this.importName(RUNTIME.reader, 'JsonReader')
      this.line(`const ${this.nameOf('json', id)} = new ${reader}(${literal(reads)}, ${literal(this.watchedKeys())})`)
      const conditions = this.fused.plan.screens.get(id)
      if (conditions !== undefined) {
        const screen = this.importName(RUNTIME.screen, 'JsonScreen')
        this.line(`const ${this.nameOf('screen', id)} = new ${screen}(${literal(conditions)})`)
      }
    } else if (node.window !== undefined) {
      const slice = this.importName(RUNTIME.field, 'Slice')
      this.line(`const ${this.nameOf('window', id)} = new ${slice}(new Uint8Array(0), 0, 0)`)
    }
    if (reads !== undefined) this.writeEventTime(id, reads.indexOf('timestamp'))
    if (this.#stages.includes(`rejects ${id}`)) this.writePutReject(id)
  }

  /** Event time of a record: the source's, else the record's own timestamp, else that of the record before. */
  private writeEventTime(id: string, slot: number): void {
    const json = this.nameOf('json', id)
    const newest = this.nameOf('newest', id)
    const read = this.importName(RUNTIME.timestamp, 'readTimestamp')
    this.line(`function ${this.nameOf('timeOf', id)}(given, buffer) {`)
    this.line('let ts_us = given')
    this.line(
      `if (ts_us !== ts_us) ts_us = ${read}(buffer, ${json}.rawStart(${slot}) + 1, ${json}.rawEnd(${slot}) - 1)`,
    )
    this.line(`if (ts_us !== ts_us) ts_us = ${newest} > 0 ? ${newest} : 0`)
    this.line(`if (ts_us > ${newest}) ${newest} = ts_us`)
    this.line('return ts_us')
    this.line('}')
  }

  /** Input that never became a record, as a record of its own on the reject outlet. */
  private writePutReject(id: string): void {
    const rejects = this.nameOf('rejects', id)
    this.line(`const ${rejects} = host.batch(3)`)
    this.writeColumns(rejects, `${id}_rejects`, 3)
    const excerpt = this.importName(RUNTIME.excerpt, 'excerptText')
    const newest = this.nameOf('newest', id)
    this.line(`function ${this.nameOf('putReject', id)}(reason, detail, excerpt) {`)
    this.line(`const k = ${rejects}.count`)
    for (const [k, value] of ['reason', 'detail', `${excerpt}(excerpt)`].entries()) {
      this.line(`${this.nameOf('column', `${id}_rejects`, String(k))}[k] = ${value}`)
    }
    this.line(`${rejects}.ts_us[k] = ${newest} > 0 ? ${newest} : 0`)
    this.line(`${rejects}.count = k + 1`)
    this.line(`if (k + 1 === ${rejects}.capacity) host.full(${this.#stages.indexOf(`rejects ${id}`)})`)
    this.line('}')
  }

  /** Top-level keys under which nodes add fields: a writer must know when a record has them already. */
  private watchedKeys(): string[] {
    const keys = this.nodes.flatMap(({ adds }) => adds.map(({ path }) => path.split('.')[0]!))
    return [...new Set([...keys, 'reject'])].sort()
  }

  private writeDerivation(node: TypedNode): void {
    const { id } = node
    const schemaOf = this.importName(RUNTIME.field, 'schemaOf')
    const known: [string, FieldKind][] = []
    for (const path of new Set(node.needs.flatMap((need) => [...readsOf(need)]))) {
      const type = node.inlet!.fields.get(path)
      if (type !== undefined) known.push([path, type.kind])
    }
    const derivation = this.nameOf('derivation', id)
    const options = this.nameOf('options', id)
    this.line(`const ${derivation} = ${this.specName(node)}.derive(${options}, ${schemaOf}(${literal(known)}))`)
    if (node.prepares) this.line(`const ${this.nameOf('prepare', id)} = ${derivation}.prepare`)
    for (const { name, expression } of node.adds) {
      if (expression !== undefined) continue
      this.line(`const ${this.nameOf('add', id, name)} = ${derivation}.adds${member(name)}.from`)
    }
  }

  /* ---- pipelines ---- */

  private writePipeline(pipeline: FusedPipeline, watched: boolean): void {
    const { head } = pipeline
    const node = this.fused.plan.graph.nodes.get(head.node)!
    this.#watched = watched
    this.#counters = new Map()
    this.#nextVariable = 0
    const form = watched ? 'watched' : 'plain'
    const loop = new ProgramText()
    this.#out = loop
    this.forNode(head.node, () => this.writeHead(pipeline, node))
    this.#out = this.#body

    this.line(`function ${this.nameOf(head.kind, head.node, form)}() {`)
    const batch =
      head.kind === 'rejects'
        ? this.nameOf('rejects', head.node)
        : head.kind === 'operator'
          ? this.nameOf('results', head.node)
          : this.nameOf('batch', head.node)
    this.line(`const { count, buffers, starts, ends, marks, ts_us, outlets } = ${batch}`)
    for (const variable of this.#counters.values()) this.line(`let ${variable} = 0`)
    this.line(`let at = ${this.indexOf.get(head.node)}`)
    if (watched) this.line('let then_ms = host.now_ms()')
    const isScreened = head.kind === 'source' && this.fused.plan.screens.has(head.node)
    if (isScreened) this.line(`${this.nameOf('screen', head.node)}.begin()`)
    this.line('let i = 0')
    this.line('try {')
    this.line('while (i < count) {')
    this.line('try {')
    this.line('for (; i < count; i++) {')
    const depth = '    '.repeat(2)
    for (const [k, line] of loop.lines.entries()) {
      this.#body.lines.push(line === '' ? '' : `${depth}      ${line}`)
      this.#body.lineNodes.push(loop.lineNodes[k])
    }
    this.line('}')
    this.line('} catch (error) {')
    // The record at i is counted as an error of the node at work, and the loop goes on with the next one.
    this.line('host.fault(at, error)')
    this.line('i++')
    this.line('}')
    this.line('}')
    this.line('} finally {')
    for (const [counter, variable] of this.#counters) this.line(`counters[${counter}] += ${variable}`)
    this.line('}')
    this.line('}')
  }

  private writeHead(pipeline: FusedPipeline, node: TypedNode): void {
    const { head } = pipeline
    const { id } = node
    const scope = new Scope(new Map(), new Map())
    if (head.kind === 'source') {
      if (this.fused.plan.screens.has(id)) this.writeScreen(pipeline.leaves[0]!)
      this.writeSourceHead(node, scope)
      this.writeLeave(pipeline.leaves[0]!, scope)
      if (this.fused.plan.reads.has(id)) this.line('}')
      return
    }
    const known = (path: string): FieldKind => this.kindOf(node.inlet, path)
    this.#source = { window: undefined, ts_us: 'ts_us[i]' }
    if (head.kind === 'rejects') {
      for (const [k, name] of ['reason', 'detail', 'excerpt'].entries()) {
        this.addColumn(scope, `reject.${name}`, 'text', this.nameOf('column', `${id}_rejects`, String(k)))
      }
      this.addReject(scope, id)
      this.writeStep(this.indexOf.get(id)!)
      this.writeLeave(pipeline.leaves[0]!, scope, false)
      return
    }
    const layout = this.fused.plan.layouts.get(id)!
    if (layout.windows) this.#source = { window: ['buffers[i]', 'starts[i]', 'ends[i]', 'marks[i]'], ts_us: 'ts_us[i]' }
    if (head.kind === 'queue') {
      for (const [k, path] of layout.carried.entries()) {
        this.addColumn(scope, path, known(path), this.nameOf('column', id, String(k)))
      }
      this.writeNext(pipeline.first!, scope)
      return
    }
    for (const [k, path] of layout.carried.entries()) {
      this.addColumn(scope, path, known(path), this.nameOf('column', `${id}_results`, String(k)))
    }
    this.writeOutlets(pipeline.leaves, scope, node, layout.carried.length)
  }

  /** An operator's results, each to the outlet it was sent to. */
  private writeOutlets(leaves: readonly Leave[], scope: Scope, node: TypedNode, addsAt: number): void {
    const { id } = node
    for (const [o, leave] of leaves.entries()) {
      if (leave.wires.length === 0) continue
      this.line(`if (outlets[i] === ${o}) {`)
      const inside = scope.branch()
      const column = (k: number) => this.nameOf('column', `${id}_results`, String(addsAt + k))
      if (leave.outlet === 'rejected') {
        this.addColumn(inside, 'reject.reason', 'text', column(node.adds.length))
        this.addColumn(inside, 'reject.detail', 'text', column(node.adds.length + 1))
        this.addReject(inside, id)
      } else for (const [k, { path, type }] of node.adds.entries()) this.addColumn(inside, path, type.kind, column(k))
      this.writeStep(this.indexOf.get(id)!)
      this.writeLeave(leave, inside, false)
      this.line('}')
    }
  }

  private addColumn(scope: Scope, path: string, kind: FieldKind, column: string): void {
    scope.recipes.set(path, { kind, compute: () => `${column}[i]` })
  }

  private addReject(scope: Scope, id: string): void {
    scope.recipes.set('reject.node', { kind: 'text', compute: () => JSON.stringify(id) })
  }

  private writeSourceHead(node: TypedNode, scope: Scope): void {
    const { id } = node
    const index = this.indexOf.get(id)!
    const newest = this.nameOf('newest', id)
    this.writeStep(index)
    const schema = node.outletSchemas.out!
    const reads = this.fused.plan.reads.get(id)
    if (reads === undefined) {
      this.#source = { window: undefined, ts_us: 'ts_us[i]' }
      this.line(`if (ts_us[i] > ${newest}) ${newest} = ts_us[i]`)
      if (node.window !== undefined) {
        const window = this.nameOf('window', id)
        this.line(`${window}.buffer = buffers[i]`)
        this.line(`${window}.start = starts[i]`)
        this.line(`${window}.end = ends[i]`)
        scope.recipes.set(node.window, { kind: 'bytes', compute: () => window })
      }
      for (const [k, path] of node.columns.entries()) {
        this.addColumn(scope, path, this.kindOf(schema, path), this.nameOf('column', id, String(k)))
      }
      return
    }
    const json = this.nameOf('json', id)
    const reason = this.importName(RUNTIME.reader, 'jsonErrorReason')
    this.line(`const wrong = ${json}.read(buffers[i], starts[i], ends[i])`)
    this.line('if (wrong !== 0) {')
    this.line(`host.reject(${index}, ${reason}(wrong))`)
    if (this.#stages.includes(`rejects ${id}`)) {
      this.line(`${this.nameOf('putReject', id)}(${reason}(wrong), null, buffers[i].subarray(starts[i], ends[i]))`)
    }
    this.line('} else {')
    this.#source = {
      window: ['buffers[i]', `${json}.objectStart`, `${json}.objectEnd + 1`, `${json}.marks`],
      ts_us: `${this.nameOf('timeOf', id)}(ts_us[i], buffers[i])`,
    }
    for (const [slot, path] of reads.entries()) {
      const kind = this.kindOf(schema, path)
      const method = kind === 'float64' ? 'number' : kind
      scope.recipes.set(path, { kind, compute: () => `${json}.${method}(${slot})` })
    }
  }

  /** A line that can't pass the nodes behind the source is counted as what would have become of it, unread. */
  private writeScreen(leave: Leave): void {
    const { id, outlets } = this.fused.plan.graph.nodes.get(leave.node)!
    this.#source = { window: ['buffers[i]', 'starts[i]', 'ends[i]', 'undefined'], ts_us: 'NaN' }
    this.line(`if (${this.nameOf('screen', id)}.isUseless(buffers[i], starts[i], ends[i])) {`)
    this.count(this.#firstCounter.get(id)! + outlets.indexOf(leave.outlet))
    for (const { name, next } of leave.wires) {
      if (this.#watched) this.writeTap(name, new Scope(new Map(), new Map()))
      this.count(this.indexOf.get(next.node)! * NODE_COUNTERS)
    }
    this.line('continue')
    this.line('}')
  }

  private kindOf(schema: Schema | undefined, path: string): FieldKind {
    return schema?.fields.get(path)?.kind ?? 'any'
  }

  /** Marks the node at work: for the blame of a throw, and for the clock of the watched form. */
  private writeStep(index: number): void {
    if (this.#watched) this.line('{ const now = host.now_ms(); cost_ms[at] += now - then_ms; then_ms = now }')
    this.line(`at = ${index}`)
  }

  private count(counter: number): void {
    const key = String(counter)
    const known = this.#counters.get(key)
    const variable = known ?? `n${this.#counters.size}`
    this.#counters.set(key, variable)
    this.line(`${variable}++`)
  }

  /** The record left `leave.node`: count it, show it, hand it on along each wire. Operators count their results. */
  private writeLeave(leave: Leave, scope: Scope, counts = true): void {
    const node = this.fused.plan.graph.nodes.get(leave.node)!
    if (counts) this.count(this.#firstCounter.get(node.id)! + node.outlets.indexOf(leave.outlet))
    const isFork = leave.wires.length > 1
    for (const { name, next } of leave.wires) {
      const inside = isFork ? scope.branch() : scope
      // A throw on one branch must not cost the others the record.
      if (isFork) this.line('try {')
      if (this.#watched) this.writeTap(name, inside)
      this.writeNext(next, inside)
      if (isFork) {
        this.line('} catch (error) {')
        this.line('host.fault(at, error)')
        this.line('}')
      }
    }
  }

  private writeTap(wire: string, scope: Scope): void {
    const index = this.#wireIndex.get(wire)!
    const inside = scope.branch()
    this.line(`if (taps[${index}] !== null && taps[${index}].offer()) {`)
    this.line('try {')
    const paths = [...scope.recipes].filter(([path, { kind }]) => kind !== 'bytes' && this.isColumn(wire, path))
    const values = paths.map(([path]) => this.use(path, inside))
    this.writeRecord(
      'text',
      this.nameOf('shape', 'wire', wire),
      paths.map(([path]) => path),
      values,
    )
    this.line(`taps[${index}].take(text)`)
    this.line('} catch (error) {')
    this.line(`taps[${index}].fail(error)`)
    this.line('}')
    this.line('}')
  }

  /** True for fields that the record's own bytes don't have. */
  private isColumn(wire: string, path: string): boolean {
    const { from, outlet } = this.fused.plan.graph.wires.find(({ name }) => name === wire)!
    return this.fused.plan.graph.nodes.get(from)!.outletSchemas[outlet]!.origins.has(path)
  }

  private writeRecord(writer: string, shape: string, paths: readonly string[], values: readonly string[]): void {
    const make = this.importName(RUNTIME.writer, 'RecordWriter')
    this.#prelude.set(shape, `const ${shape} = new ${make}(${literal(paths)})`)
    if (writer === 'text') {
      const text = this.importName(RUNTIME.writer, 'ByteText')
      this.#prelude.set('text', `const text = new ${text}()`)
      this.line('text.length = 0')
    }
    const [buffer, start, end, marks] = this.#source.window ?? this.noWindow()
    this.line(`${shape}.write(${writer}, ${buffer}, ${start}, ${end}, [${values.join(', ')}], ${marks})`)
  }

  private noWindow(): RecordWindow {
    this.#prelude.set('NO_BYTES', 'const NO_BYTES = new Uint8Array(0)')
    return ['NO_BYTES', '0', '0', '0']
  }

  private writeNext(step: Step, scope: Scope): void {
    this.forNode(step.node, () => {
      this.line(`// ${step.node}`)
      this.writeStep(this.indexOf.get(step.node)!)
      if (step.do === 'derive') this.writeDerive(step, scope)
      else if (step.do === 'keep') this.writeKeep(step, scope)
      else this.writeEnter(step.node, scope)
    })
  }

  /* ---- values ---- */

  /** The variable that holds a field here; writes the line that fetches it when there is none yet. */
  private use(path: string, scope: Scope): string {
    const known = scope.variables.get(path)
    if (known !== undefined) return known
    const recipe = scope.recipes.get(path)
    // A field that this branch of the flow does not have, though another one that meets it does.
    if (recipe === undefined) return 'null'
    const value = recipe.compute(scope)
    const variable = `v${this.#nextVariable++}`
    this.line(`const ${variable} = ${value} // ${path}`)
    scope.variables.set(path, variable)
    return variable
  }

  private useExpression(expression: CompiledExpression, scope: Scope): string {
    const variables = new Map(expression.reads.map((path) => [path, this.use(path, scope)]))
    for (const name of expression.functions) {
      const definition = this.input.functions.get(name)!
      const imported = this.importName(`nodes/functions/${definition.group}.ts`, name)
      this.#prelude.set(`fn_${name}`, `const fn_${name} = ${imported}.apply`)
    }
    for (const name of expression.operations) this.importName(RUNTIME.operations, name, `op_${name}`)
    return expression.emit((path) => variables.get(path) ?? 'null')
  }

  private useNeed(node: TypedNode, { name, need, expression }: BoundNeed, scope: Scope): string {
    if (need.from === 'field') {
      const found = scope.recipes.get(need.path)?.kind ?? 'any'
      return this.converted(this.use(need.path, scope), found, need.kind)
    }
    if (need.from === 'expression') {
      return this.converted(this.useExpression(expression!, scope), expression!.type.kind, need.kind)
    }
    const present: string[] = []
    const inputs = need.inputs.map((path, i) => {
      const found = scope.recipes.get(path)?.kind ?? 'any'
      const value = this.converted(this.use(path, scope), found, 'float64')
      const { missing } = need.model.inputs[i]!
      if (missing !== undefined) return `(${value} === null ? ${missing} : ${value})`
      present.push(`${value} !== null`)
      return value
    })
    const margin = this.marginOf(node, name, need.model, need.option, inputs)
    return present.length === 0 ? margin : `(${present.join(' && ')} ? ${margin} : null)`
  }

  private marginOf(node: TypedNode, need: string, model: Model, option: string, inputs: readonly string[]): string {
    const row = this.nameOf('inputs', node.id, need)
    const fill = inputs.map((value, i) => `${row}[${i}] = ${value}`).join(', ')
    if (isStraight(model)) return `(${fill}, ${this.nameOf('margin', node.id, need)}(${row}))`
    const interpreter = this.importName(RUNTIME.margin, 'margin')
    return `(${fill}, ${interpreter}(${this.nameOf('model', node.id, option)}, ${row}))`
  }

  /** A value of one kind as another; what does not fit is null. */
  private converted(value: string, found: FieldKind, wanted: FieldKind): string {
    if (found === wanted || wanted === 'any' || (found === 'integer' && wanted !== 'text')) return value
    const as = this.importName(RUNTIME.field, 'valueAs')
    return `${as}(${value}, '${wanted}')`
  }

  /** Puts the needs of a node into its row; gives the JavaScript of each value. */
  private fillRow(node: TypedNode, scope: Scope): string[] {
    const row = this.nameOf('row', node.id)
    return node.needs.map((need) => {
      const value = this.useNeed(node, need, scope)
      this.line(`${row}${member(need.name)} = ${value}`)
      return isName(value) ? value : `${row}${member(need.name)}`
    })
  }

  /* ---- steps ---- */

  private writeDerive(step: Step & { do: 'derive' }, scope: Scope): void {
    const node = this.fused.plan.graph.nodes.get(step.node)!
    const { id } = node
    const index = this.indexOf.get(id)!
    const row = this.nameOf('row', id)
    const values = this.fillRow(node, scope)
    const compulsory = node.needs.flatMap(({ need }, i) => (need.optional ? [] : [`${values[i]} !== null`]))
    const suffix = String(this.#nextVariable++)
    const options = this.nameOf('options', id)
    const has = compulsory.length === 0 ? undefined : `has${suffix}`
    if (has !== undefined) this.line(`const ${has} = ${compulsory.join(' && ')}`)
    const ifHas = (value: string, otherwise: string) => (has === undefined ? value : `${has} ? ${value} : ${otherwise}`)
    const prepared = `prepared${suffix}`
    const reasons: string[] = []
    if (has !== undefined && node.rejectsLacking) reasons.push(`!${has} ? 'FIELD_MISSING'`)
    if (node.prepares) {
      const reject = this.importName(RUNTIME.node, 'Reject')
      this.line(`const ${prepared} = ${ifHas(`${this.nameOf('prepare', id)}(${row}, ${options})`, 'undefined')}`)
      reasons.push(`${prepared} instanceof ${reject} ? ${prepared}.reason`)
    }
    if (reasons.length > 0) {
      const reason = `reason${suffix}`
      this.line(`const ${reason} = ${reasons.join(' : ')} : null`)
      this.line(`if (${reason} !== null) {`)
      this.line(`host.reject(${index}, ${reason})`)
      if (step.rejected.wires.length > 0) {
        const rejected = scope.branch()
        this.addReject(rejected, id)
        rejected.recipes.set('reject.reason', { kind: 'text', compute: () => reason })
        rejected.recipes.set('reject.detail', { kind: 'text', compute: () => 'null' })
        this.writeLeave(step.rejected, rejected, false)
      }
      this.line('} else {')
    }
    const inside = reasons.length > 0 ? scope.branch() : scope
    for (const added of node.adds) {
      const { expression } = added
      const call = `${this.nameOf('add', id, added.name)}(${row}, ${options}${node.prepares ? `, ${prepared}` : ''})`
      inside.recipes.set(added.path, {
        kind: added.type.kind,
        compute: (here) => (expression !== undefined ? this.useExpression(expression, here) : ifHas(call, 'null')),
      })
    }
    this.writeLeave(step.leave, inside)
    if (reasons.length > 0) this.line('}')
  }

  private writeKeep(step: Step & { do: 'keep' }, scope: Scope): void {
    const node = this.fused.plan.graph.nodes.get(step.node)!
    this.fillRow(node, scope)
    const outlet = `outlet${this.#nextVariable++}`
    const given = `${this.nameOf('row', node.id)}, ${this.nameOf('options', node.id)}`
    this.line(`const ${outlet} = ${this.nameOf('choose', node.id)}(${given})`)
    for (const [o, leave] of step.leaves.entries()) {
      this.line(`${o === 0 ? 'if' : '} else if'} (${outlet} === ${o}) {`)
      this.writeLeave(leave, scope.branch())
    }
    this.line('} else {')
    this.count(this.indexOf.get(node.id)! * NODE_COUNTERS)
    this.line('}')
  }

  /** Puts the record into the batch before an operator, a sink or a fan-in. */
  private writeEnter(id: string, scope: Scope): void {
    const node = this.fused.plan.graph.nodes.get(id)!
    const layout = this.fused.plan.layouts.get(id)!
    const batch = this.nameOf('batch', id)
    if (node.admits !== undefined) {
      this.line(`if (${this.useExpression(node.admits, scope)} !== true) {`)
      this.count(this.indexOf.get(id)! * NODE_COUNTERS)
      this.line('} else {')
    }
    const inside = scope.branch()
    const needs = layout.needs.map((need) =>
      this.border(need.need.from === 'field' ? need.need.kind : 'any', this.useNeed(node, need, inside)),
    )
    const carried = layout.carried.map((path) =>
      this.border(inside.recipes.get(path)?.kind ?? 'any', this.use(path, inside)),
    )
    const k = `k${this.#nextVariable++}`
    this.line(`const ${k} = ${batch}.count`)
    for (const [c, value] of [...needs, ...carried].entries()) {
      this.line(`${this.nameOf('column', id, String(c))}[${k}] = ${value}`)
    }
    this.line(`${batch}.ts_us[${k}] = ${this.#source.ts_us}`)
    if (layout.windows) {
      const [buffer, start, end, marks] = this.#source.window ?? this.noWindow()
      this.line(`${batch}.buffers[${k}] = ${buffer}`)
      this.line(`${batch}.starts[${k}] = ${start}`)
      this.line(`${batch}.ends[${k}] = ${end}`)
      this.line(`${batch}.marks[${k}] = ${marks}`)
    }
    this.line(`${batch}.count = ${k} + 1`)
    this.line(`if (${k} + 1 === ${batch}.capacity) host.full(${this.stageOf(id)})`)
    if (node.admits !== undefined) this.line('}')
  }

  private stageOf(id: string): number {
    return this.#stages.findIndex(
      (key) => key.endsWith(` ${id}`) && !key.startsWith('source ') && !key.startsWith('rejects '),
    )
  }

  /** Bytes are lent; what crosses a border keeps its own window object. */
  private border(kind: FieldKind, value: string): string {
    if (kind !== 'bytes') return value
    return `${this.importName(RUNTIME.field, 'copySlice')}(${value})`
  }

  /* ---- stages ---- */

  private writeStage(key: string): void {
    const [kind, id] = key.split(' ') as [string, string]
    const node = this.fused.plan.graph.nodes.get(id)!
    this.forNode(id, () => {
      this.line('{')
      this.line(`kind: '${kind === 'rejects' ? 'queue' : kind}',`)
      this.line(`node: ${this.indexOf.get(id)},`)
      if (kind === 'source') this.writeSourceStage(node)
      else if (kind === 'sink') this.writeSinkStage(node)
      else if (kind === 'operator') this.writeOperatorStage(node)
      else {
        this.line(`batch: ${this.nameOf(kind === 'rejects' ? 'rejects' : 'batch', id)},`)
        this.writeForms(kind, id)
      }
      this.line('},')
    })
  }

  private writeForms(kind: string, id: string): void {
    for (const form of ['plain', 'watched']) this.line(`${form}: ${this.nameOf(kind, id, form)},`)
  }

  private optionsOf(node: TypedNode): string {
    const options = this.nameOf('options', node.id)
    return node.secrets.length > 0
      ? `host.secrets(${options}, ${literal(node.secrets.map(({ option }) => option))})`
      : options
  }

  private writeSourceStage(node: TypedNode): void {
    const { id } = node
    this.line(`batch: ${this.nameOf('batch', id)},`)
    this.line(`open: (from) => ${this.specName(node)}.open(${this.optionsOf(node)}, host.capabilities, from),`)
    this.writeForms('source', id)
    this.line(`newest_us: () => ${this.nameOf('newest', id)},`)
    const put = this.#stages.includes(`rejects ${id}`) ? this.nameOf('putReject', id) : undefined
    this.line(put === undefined ? 'rejected() {},' : `rejected: ${put},`)
  }

  private writeOperatorStage(node: TypedNode): void {
    const { id } = node
    const layout = this.fused.plan.layouts.get(id)!
    this.line(`batch: ${this.nameOf('batch', id)},`)
    this.line(`operator: ${this.nameOf('operator', id)},`)
    this.writeAt(node, layout)
    this.line(`results: ${this.nameOf('results', id)},`)
    this.line('carry(i, n) {')
    for (const k of layout.carried.keys()) {
      const from = this.nameOf('column', id, String(layout.needs.length + k))
      this.line(`${this.nameOf('column', `${id}_results`, String(k))}[n] = ${from}[i]`)
    }
    if (layout.windows) {
      for (const part of ['buffers', 'starts', 'ends', 'marks']) {
        this.line(`${this.nameOf('results', id)}.${part}[n] = ${this.nameOf('batch', id)}.${part}[i]`)
      }
    }
    this.line('},')
    this.line(`addsAt: ${layout.carried.length},`)
    this.line(`adds: ${node.adds.length},`)
    const wired = this.fused.plan.graph.wires.some(({ from, outlet }) => from === id && outlet === 'rejected')
    this.line(`rejectAt: ${wired ? layout.carried.length + node.adds.length : -1},`)
    this.writeForms('operator', id)
  }

  private writeAt(node: TypedNode, layout: Layout): void {
    const row = this.nameOf('row', node.id)
    this.line('at(i) {')
    for (const [k, { name }] of layout.needs.entries()) {
      this.line(`${row}${member(name)} = ${this.nameOf('column', node.id, String(k))}[i]`)
    }
    this.line(`return ${row}`)
    this.line('},')
  }

  private writeSinkStage(node: TypedNode): void {
    const { id } = node
    const layout = this.fused.plan.layouts.get(id)!
    const fields = Object.fromEntries(
      layout.carried.map((path) => [path, { kind: node.inlet!.fields.get(path)?.kind ?? 'any' }]),
    )
    this.line(`batch: ${this.nameOf('batch', id)},`)
    this.line(`context: { fields: ${literal(fields)} },`)
    this.line(`open: (context) => ${this.specName(node)}.open(${this.optionsOf(node)}, host.capabilities, context),`)
    this.writeAt(node, layout)
    this.line('writeJson(i, writer) {')
    const batch = this.nameOf('batch', id)
    this.#source = {
      window: layout.windows
        ? [`${batch}.buffers[i]`, `${batch}.starts[i]`, `${batch}.ends[i]`, `${batch}.marks[i]`]
        : undefined,
      ts_us: '',
    }
    const values = layout.carried.map((_, k) => `${this.nameOf('column', id, String(layout.needs.length + k))}[i]`)
    this.writeRecord('writer', this.nameOf('shape', 'sink', id), layout.carried, values)
    this.line('},')
  }
}
