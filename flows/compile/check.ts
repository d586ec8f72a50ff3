/** Second pass: which fields stand on every wire, and whether each node finds what it needs there. */

import { type FieldKind, type FieldType, field, type Schema } from '../../nodes/contract/field.ts'
import type { Need } from '../../nodes/contract/need.ts'
import {
  type AddedExpression,
  type DeriveNode,
  type KeepNode,
  NodeMistakes,
  type OperatorNode,
  type SinkNode,
  type SourceNode,
} from '../../nodes/contract/node.ts'
import type { Problem, ProblemCode } from '../../nodes/contract/problem.ts'
import { type CompiledExpression, compileExpression, type FieldScope } from '../expression/compile.ts'
import { closestName } from '../format/closest.ts'
import type {
  BoundAdd,
  BoundNeed,
  CompileInput,
  Graph,
  GraphNode,
  GraphWire,
  Passed,
  TypedGraph,
  TypedNode,
} from './ir.ts'

/** Fields of a record on the outlet `rejected`, besides those it had. */
export const REJECT_FIELDS: Readonly<Record<string, FieldType>> = {
  'reject.node': field.text({ help: 'Node that rejected the record.' }),
  'reject.reason': field.text({ help: 'Why, as a code the node documents.' }),
  'reject.detail': field.text({ help: 'More about it, for people.' }),
}
/** And of a piece of input that never became a record. */
const REJECT_EXCERPT: Readonly<Record<string, FieldType>> = {
  'reject.excerpt': field.text({ help: 'The first bytes of it, at most 1 KiB, control characters escaped.' }),
}

const EMPTY: Schema = { reader: 'none', fields: new Map(), origins: new Map(), open: new Set() }

export function check(graph: Graph, input: CompileInput): Passed<TypedGraph> {
  const problems: Problem[] = []
  const nodes = new Map<string, TypedNode>()
  /** Names under which a node with mistakes would have added fields nobody knows now. */
  const unknown: string[] = []
  for (const node of graph.nodes.values()) {
    const incoming = graph.wires.filter((wire) => wire.to === node.id)
    const found: Problem[] = []
    const checker = new NodeChecker(node, mergeSchemas(incoming, nodes), input, found)
    if (graph.unreadable.has(node.id)) {
      nodes.set(node.id, checker.unread())
      unknown.push(`${fieldPrefix(node)}.`)
      continue
    }
    const typed = checker.check()
    nodes.set(node.id, typed)
    if (found.some(({ severity }) => severity === 'error')) unknown.push(`${fieldPrefix(node)}.`)
    // What follows from a mistake already reported would only hide it.
    const isDoubtful = graph.doubtful.has(node.id)
    problems.push(
      ...found.filter((one) => !isConsequence(one, unknown) && !(isDoubtful && ABOUT_THE_WIRE.has(one.code))),
    )
    for (const wire of graph.wires) {
      if (wire.from !== node.id || typed.outlets.includes(wire.outlet)) continue
      problems.push({
        code: 'FLOW-0204',
        severity: 'error',
        wire: wire.name,
        message: `${node.id} has no outlet '${wire.outlet}'.`,
        fix: `Its outlets are ${typed.outlets.join(', ')}.`,
      })
    }
  }
  if (problems.some(({ severity }) => severity === 'error')) {
    return { problems, partial: { flow: graph.flow, nodes, wires: graph.wires } }
  }
  return { after: { flow: graph.flow, nodes, wires: graph.wires }, problems }
}

/** Problems that only say what the wire does not have. */
const ABOUT_THE_WIRE: ReadonlySet<ProblemCode> = new Set([
  'FLOW-0207',
  'FLOW-0208',
  'FLOW-0211',
  'FLOW-0212',
  'FLOW-0403',
] as const)

/** Where the fields a node adds stand: the option `as`, or its id in letters an expression can write. */
function fieldPrefix({ id, options }: GraphNode): string {
  return typeof options.as === 'string' && options.as !== '' ? options.as : id.replaceAll('-', '_')
}

function isConsequence({ code, message }: Problem, unknown: readonly string[]): boolean {
  return (
    code === 'FLOW-0207' && unknown.some((prefix) => message.includes(` ${prefix}`) || message.includes(`'${prefix}`))
  )
}

/** Fields by wire of a graph as far as it could be typed; for `lacewing check` and the editor, also beside problems. */
export function wireSchemas(graph: TypedGraph): Map<string, Schema> {
  const schemas = new Map<string, Schema>()
  for (const wire of graph.wires) {
    const schema = graph.nodes.get(wire.from)?.outletSchemas[wire.outlet]
    if (schema !== undefined) schemas.set(wire.name, schema)
  }
  return schemas
}

/** Where several wires meet, a field is known when any of them has it; kinds that differ become `any`. */
function mergeSchemas(wires: readonly GraphWire[], nodes: ReadonlyMap<string, TypedNode>): Schema | undefined {
  const schemas = wires.map((wire) => nodes.get(wire.from)?.outletSchemas[wire.outlet] ?? EMPTY)
  if (schemas.length <= 1) return schemas[0]
  const fields = new Map<string, FieldType>()
  const origins = new Map<string, string>()
  for (const schema of schemas) {
    for (const [path, type] of schema.fields) {
      const known = fields.get(path)
      fields.set(path, known === undefined || known.kind === type.kind ? (known ?? type) : { ...type, kind: 'any' })
    }
    for (const [path, origin] of schema.origins) origins.set(path, origin)
  }
  return {
    reader: schemas.some(({ reader }) => reader === 'json') ? 'json' : 'none',
    fields,
    origins,
    open: new Set(schemas.flatMap(({ open }) => [...open])),
  }
}

function extend(schema: Schema, added: readonly { path: string; type: FieldType }[], origin: string): Schema {
  const fields = new Map(schema.fields)
  const origins = new Map(schema.origins)
  for (const { path, type } of added) {
    fields.set(path, type)
    origins.set(path, origin)
  }
  return { ...schema, fields, origins }
}

class NodeChecker {
  readonly node: GraphNode
  readonly inlet: Schema | undefined
  readonly input: CompileInput
  readonly problems: Problem[]

  constructor(node: GraphNode, inlet: Schema | undefined, input: CompileInput, problems: Problem[]) {
    this.node = node
    this.inlet = inlet
    this.input = input
    this.problems = problems
  }

  check(): TypedNode {
    const { spec } = this.node
    switch (spec.shape) {
      case 'source':
        return this.source(spec)
      case 'derive':
        return this.derive(spec)
      case 'keep':
        return this.keep(spec)
      case 'operator':
        return this.operator(spec)
      case 'sink':
        return this.sink(spec)
    }
  }

  /** The node when its options can't be read: nothing is known of it. */
  unread(): TypedNode {
    return this.typed({})
  }

  private typed(part: Partial<TypedNode>): TypedNode {
    return {
      ...this.node,
      inlet: this.inlet,
      needs: [],
      adds: [],
      admits: undefined,
      outlets: [],
      outletSchemas: {},
      window: undefined,
      columns: [],
      foretells: undefined,
      readsRecord: false,
      rejectsLacking: false,
      prepares: false,
      ...part,
    }
  }

  /** Asks the node type something about its options; what it throws about them is reported. */
  private ask<T>(question: () => T, otherwise: T): T {
    try {
      return question()
    } catch (error) {
      if (!(error instanceof NodeMistakes)) throw error
      for (const mistake of error.mistakes) {
        this.problems.push({ severity: 'error', node: this.node.id, ...mistake })
      }
      return otherwise
    }
  }

  private source(spec: SourceNode): TypedNode {
    const emitted = this.ask(() => spec.emits(this.node.options), { reader: 'none' as const, fields: {} })
    const fields = new Map(Object.entries(emitted.fields))
    const out: Schema = {
      reader: emitted.reader,
      fields,
      // Without a reader every field is a column that must be carried and written, as if this node had added it.
      origins: new Map(emitted.reader === 'json' ? [] : [...fields.keys()].map((path) => [path, this.node.id])),
      open: new Set(emitted.open ?? []),
    }
    const rejected = extend(EMPTY, listFields({ ...REJECT_FIELDS, ...REJECT_EXCERPT }), this.node.id)
    return this.typed({
      outlets: ['out', 'rejected'],
      outletSchemas: { out, rejected },
      window: emitted.window,
      columns: emitted.columns ?? [],
      foretells: emitted.foretells,
    })
  }

  private derive(spec: DeriveNode): TypedNode {
    const inlet = this.inlet ?? EMPTY
    const derivation = this.ask(() => spec.derive(this.node.options, inlet), { needs: {}, adds: {} })
    const needs = this.bindNeeds(derivation.needs, inlet)
    const adds: BoundAdd[] = []
    let schema = inlet
    for (const [name, added] of Object.entries(derivation.adds)) {
      const path = this.pathOf(spec.addsTo, name)
      const bound =
        'expression' in added ? this.addExpression(name, path, added, schema) : { name, path, type: added.type }
      this.checkNew(path, schema)
      adds.push(bound)
      schema = extend(schema, [bound], this.node.id)
    }
    return this.typed({
      needs,
      adds,
      outlets: ['out', 'rejected'],
      outletSchemas: { out: schema, rejected: this.rejectedSchema(inlet) },
      rejectsLacking: spec.lacking(this.node.options) === 'reject',
      prepares: 'prepare' in derivation,
    })
  }

  private keep(spec: KeepNode): TypedNode {
    const inlet = this.inlet ?? EMPTY
    const needs = this.bindNeeds(
      this.ask(() => spec.needs(this.node.options, inlet), {}),
      inlet,
    )
    const outlets = Object.keys(this.ask(() => spec.outlets(this.node.options), {}))
    return this.typed({
      needs,
      outlets: [...outlets, 'rejected'],
      outletSchemas: {
        ...Object.fromEntries(outlets.map((name) => [name, inlet])),
        rejected: this.rejectedSchema(inlet),
      },
    })
  }

  private operator(spec: OperatorNode): TypedNode {
    const inlet = this.inlet ?? EMPTY
    const needs = this.bindNeeds(
      this.ask(() => spec.needs(this.node.options, inlet), {}),
      inlet,
    )
    const outlets = Object.keys(this.ask(() => spec.outlets(this.node.options), {}))
    const added = this.ask(() => spec.adds(this.node.options, inlet), {})
    const adds = Object.entries(added).map(([name, type]) => ({ name, path: this.pathOf(spec.addsTo, name), type }))
    for (const { path } of adds) if (!(spec.drops ?? []).includes(path)) this.checkNew(path, inlet)
    const admission = this.ask(() => spec.admits?.(this.node.options), undefined)
    const admits =
      admission === undefined ? undefined : this.expression(admission.text, admission.option, 'boolean', inlet)
    const fields = new Map([...inlet.fields].filter(([path]) => !(spec.drops ?? []).includes(path)))
    const origins = new Map([...inlet.origins].filter(([path]) => !(spec.drops ?? []).includes(path)))
    const out = extend({ ...inlet, fields, origins }, adds, this.node.id)
    return this.typed({
      needs,
      adds,
      admits,
      outlets: [...outlets, 'rejected'],
      outletSchemas: {
        ...Object.fromEntries(outlets.map((name) => [name, out])),
        rejected: this.rejectedSchema(inlet),
      },
    })
  }

  private sink(spec: SinkNode): TypedNode {
    const inlet = this.inlet ?? EMPTY
    const needs = this.bindNeeds(
      this.ask(() => spec.needs(this.node.options, inlet), {}),
      inlet,
    )
    return this.typed({ needs, readsRecord: spec.reads(this.node.options) === 'record' })
  }

  private rejectedSchema(inlet: Schema): Schema {
    return extend(inlet, listFields(REJECT_FIELDS), this.node.id)
  }

  /** Where an added field stands: in the record itself, or under the node's name. */
  private pathOf(addsTo: 'node' | 'record', name: string): string {
    return addsTo === 'record' ? name : `${fieldPrefix(this.node)}.${name}`
  }

  private checkNew(path: string, schema: Schema): void {
    const owner = schema.origins.get(path)
    if (owner === undefined) return
    this.problems.push({
      code: 'FLOW-0212',
      severity: 'error',
      node: this.node.id,
      message: `Node ${owner} adds the field ${path} already.`,
      fix: `Give ${this.node.id} another name in its option 'as', or remove one of the two.`,
    })
  }

  private addExpression(name: string, path: string, added: AddedExpression, schema: Schema): BoundAdd {
    const expression = this.expression(added.expression, added.option, 'any', schema)
    const type = expression?.type ?? field.any()
    return { name, path, type, ...(expression === undefined ? {} : { expression }) }
  }

  private bindNeeds(needs: Readonly<Record<string, Need>>, schema: Schema): BoundNeed[] {
    return Object.entries(needs).map(([name, need]) => {
      if (need.from === 'expression') {
        const expression = this.expression(need.text, need.option, need.kind, schema)
        return expression === undefined ? { name, need } : { name, need, expression }
      }
      if (need.from === 'field') this.checkField(need.path, need.kind, schema)
      else for (const path of need.inputs) this.checkField(path, 'float64', schema)
      return { name, need }
    })
  }

  private expression(text: string, option: string, want: FieldKind, schema: Schema): CompiledExpression | undefined {
    const { expression, problems } = compileExpression(text, scopeOf(schema), this.input.functions, want)
    for (const problem of problems) this.problems.push({ ...problem, node: this.node.id, option })
    return expression
  }

  private checkField(path: string, kind: FieldKind, schema: Schema): void {
    const type = schema.fields.get(path)
    if (type === undefined) {
      const isOpen = schema.open.has(path.split('.')[0]!)
      const near = closestName(path, schema.fields.keys())
      this.problems.push({
        code: isOpen ? 'FLOW-0211' : 'FLOW-0207',
        severity: isOpen ? 'warning' : 'error',
        node: this.node.id,
        message: isOpen
          ? `The field ${path} is not among the known ones; where a record lacks it, it reads as null.`
          : `The wire into ${this.node.id} has no field ${path}.`,
        fix:
          near !== undefined
            ? `Did you mean ${near}?`
            : isOpen
              ? 'Check its spelling against a record.'
              : `Put a node that adds ${path} before it, or name another field.`,
      })
      return
    }
    if (!isReadable(type.kind, kind)) {
      this.problems.push({
        code: 'FLOW-0208',
        severity: 'error',
        node: this.node.id,
        message: `The field ${path} is ${type.kind}, and ${this.node.id} needs ${kind}.`,
        fix: 'Name another field, or convert it in a feature.expression node before.',
      })
    }
  }
}

/** Kinds a node that needs `wanted` can read. `any` is looked at record by record. */
function isReadable(found: FieldKind, wanted: FieldKind): boolean {
  if (found === wanted || wanted === 'any' || found === 'any') return true
  if (wanted === 'float64') return found === 'integer' || found === 'int64' || found === 'boolean'
  return wanted === 'int64' && found === 'integer'
}

/** The fields of a wire as the expression language sees them. */
export function scopeOf(schema: Schema): FieldScope {
  return {
    type: (path) => schema.fields.get(path),
    paths: () => schema.fields.keys(),
    isOpen: (path) => schema.open.has(path.split('.')[0]!),
  }
}

function listFields(fields: Readonly<Record<string, FieldType>>): { path: string; type: FieldType }[] {
  return Object.entries(fields).map(([path, type]) => ({ path, type }))
}
