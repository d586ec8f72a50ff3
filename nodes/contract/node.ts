/**
 * The contract of a node type. One node type is one file: spec, documentation, form, defaults, implementation and
 * first tests together. Five shapes: source, derive, keep, operator, sink. No node writes code as strings, imports the
 * world, or knows how a batch is laid out.
 */

import type { Capabilities, CapabilityName, Position } from './capability.ts'
import type { FieldKind, FieldType, KindValue, Schema, Value } from './field.ts'
import type { Need, Needs, RowOf } from './need.ts'
import type { Foresight, Operator, OperatorContext, Reading, Sink, SinkContext, Source } from './operator.ts'
import { type OptionsOf, type OptionsSchema, option } from './option.ts'
import type { ProblemCode } from './problem.ts'

export type Stage = 'capture' | 'parse' | 'feature' | 'model' | 'rule' | 'sink'
export const STAGES: readonly Stage[] = ['capture', 'parse', 'feature', 'model', 'rule', 'sink']

/** A record as examples write it: nested JSON. */
export type PlainRecord = { readonly [key: string]: unknown }

/** Input and expected output; run as a test of the compiled node, at batch sizes 1, 7 and 4096. */
export interface NodeExample {
  readonly title: string
  readonly options?: Readonly<Record<string, unknown>>
  /** Records at the inlet. Not for sources. */
  readonly given: readonly PlainRecord[]
  /**
   * Records at the outlet, in order; each must contain at least these fields (numbers to 1e-9; null for a field that is missing).
   * A node that adds under its id does so here under `node`.
   */
  readonly expect: readonly PlainRecord[]
  /** The outlet `expect` is about; `out` when left out. */
  readonly outlet?: string
  /** Reasons of the records that go to `rejected`, in order. */
  readonly rejects?: readonly string[]
}

/** An outlet besides the usual ones. Every node has `rejected` without saying so; all but sinks have `out`. */
export interface OutletSpec {
  readonly help: string
}

interface NodeHead<O extends OptionsSchema> {
  /** `<stage>.<noun>`; never reused. The file is `nodes/<stage>/<noun>.ts`. */
  readonly type: `${Stage}.${string}`
  /** Rises when options change. */
  readonly version: number
  /** Two words at most, as on the palette. */
  readonly title: string
  /** Markdown, first sentence stands alone. */
  readonly help: string
  /** Name of a Lucide icon. */
  readonly icon: string
  readonly options: O
  /** The one thing that tells this node from its neighbours, shown under its title. */
  readonly essence?: (options: Readonly<Record<string, unknown>>) => string
  /** Reasons for which a record may be rejected, each with a sentence. The compiler counts on it that there are no others. */
  readonly rejects?: Readonly<Record<string, string>>
  readonly examples?: readonly NodeExample[]
  /** From options of the version before to this key's version. */
  readonly migrate?: Readonly<Record<number, (options: Record<string, unknown>) => Record<string, unknown>>>
}

/** Yields records, from capabilities it is handed in `open`. */
export interface SourceNode<O extends OptionsSchema = OptionsSchema> extends NodeHead<O> {
  readonly shape: 'source'
  readonly uses: readonly CapabilityName[]
  readonly outlets: Readonly<Record<string, OutletSpec>>
  /**
   * What the records are. `reader: 'json'`: a window is one JSON object in UTF-8, and `fields` are read from it.
   * `reader: 'none'`: the window is the field `bytes` (named by `window`), the rest are columns in the order of `columns`.
   */
  readonly emits: (options: OptionsOf<O>) => {
    readonly reader: 'json' | 'none'
    readonly fields: Readonly<Record<string, FieldType>>
    readonly open?: readonly string[]
    readonly window?: string
    readonly columns?: readonly string[]
    /**
     * Fields that nodes of a type add, wired to the source, and that the source can tell of a record before it gives it:
     * exactly as such a node would, and only of records that such a node passes on. `fields` are handed to
     * `Foresight.isOfUse`; of `keys` numbers are handed to `SourceShare.isOwn`.
     */
    readonly foretells?: { readonly type: string; readonly fields: readonly string[]; readonly keys: readonly string[] }
  }
  /**
   * True when the source, opened by several workers at once, gives each of them the same records in the same order: then
   * they may share the work of the flow. `by key`: it does so unless a record is lost to one of them alone, so that a
   * record can be told by what it holds but not by its number. Left out: it does not.
   */
  readonly replays?: (options: OptionsOf<O>) => boolean | 'by key'
  /**
   * @param reading given to a source of `reader: 'json'`.
   * @param foresight given to a source that foretells fields, where some records are of no use or other workers'.
   */
  readonly open: (
    options: OptionsOf<O>,
    capabilities: Capabilities,
    from: Position | undefined,
    reading?: Reading,
    foresight?: Foresight,
  ) => Source | Promise<Source>
}

/** A rejection as a value: `prepare` returns it instead of throwing. Make one a reason, at module level. */
export class Reject {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** One added field: its type and how it follows from the row. Pure; called only when somebody reads the field. */
export interface Added<Row, P, O, K extends FieldKind = FieldKind> {
  readonly type: FieldType<K>
  readonly from: (row: Row, options: O, prepared: P) => KindValue[K] | null
}
/** An added field that is an expression: the compiler infers its type and writes its code. */
export interface AddedExpression {
  readonly expression: string
  /** The option the text stands in, `fields.2` for the third of a list. */
  readonly option: string
}

/** What a derive node reads and adds, known once its options are. */
export interface Derivation<O, N extends Needs = Needs, P = unknown> {
  readonly needs: N
  readonly adds: Readonly<Record<string, Added<RowOf<N>, P, O> | AddedExpression>>
  /** Work shared by several added fields; done once a record. May reject the record. */
  readonly prepare?: (row: RowOf<N>, options: O) => P | Reject
}

/** Adds fields to each record and passes it on. */
export interface DeriveNode<O extends OptionsSchema = OptionsSchema> extends NodeHead<O> {
  readonly shape: 'derive'
  /** `node`: added fields stand under the node's id, or the option `as`. `record`: they are paths of the record. */
  readonly addsTo: 'node' | 'record'
  /** What becomes of a record that lacks a compulsory need: passes with the added fields null, or is rejected. */
  readonly lacking: (options: OptionsOf<O>) => 'pass' | 'reject'
  readonly derive: (options: OptionsOf<O>, schema: Schema) => Derivation<OptionsOf<O>>
}

/** Passes, drops or directs records and changes nothing in them. */
export interface KeepNode<O extends OptionsSchema = OptionsSchema> extends NodeHead<O> {
  readonly shape: 'keep'
  /** Outlets in order; a record goes to the one(s) `keep` says. Just `out` for a filter. */
  readonly outlets: (options: OptionsOf<O>) => Readonly<Record<string, OutletSpec>>
  readonly needs: (options: OptionsOf<O>, schema: Schema) => Needs
  /**
   * The outlet for a record of which none of the boolean needs is true, or null when it is filtered; lets the compiler
   * spare the reading of records of which that is certain. Left out: it hangs on more than that.
   */
  readonly otherwise?: string | null
  /** Index of the outlet, in the order of `outlets`; -1 filters the record. */
  readonly choose: (row: never, options: OptionsOf<O>) => number
}

/**
 * What an operator keeps from one record to the next: `none`; `all`, when what it does with a record may hang on any
 * record before; or names of its needs, when it hangs only on records that agree in all of these. Two needs in a list
 * agree in either order: what is kept of a conn is kept of both its directions.
 */
export type Keeps = 'none' | 'all' | readonly (string | readonly [string, string])[]

/** Takes whole batches and keeps state: it may make several records of one, or none. */
export interface OperatorNode<O extends OptionsSchema = OptionsSchema> extends NodeHead<O> {
  readonly shape: 'operator'
  readonly addsTo: 'node' | 'record'
  readonly outlets: (options: OptionsOf<O>) => Readonly<Record<string, OutletSpec>>
  readonly needs: (options: OptionsOf<O>, schema: Schema) => Needs
  /** Only records for which this is true come in; the rest are filtered in the loop before. */
  readonly admits?: (options: OptionsOf<O>) => { readonly option: string; readonly text: string } | undefined
  /** Fields each emitted record gains, the same on every outlet. */
  readonly adds: (options: OptionsOf<O>, schema: Schema) => Readonly<Record<string, FieldType>>
  /**
   * Added fields that are dear to make. In their place it emits a number of its choice, or null for a missing field, and
   * its `late` makes the value of it where somebody reads the field.
   */
  readonly late?: readonly string[]
  /**
   * Fields of the inlet's record that the outlet's record has no more: `bytes` a parser has used up, or fields it adds
   * anew with another meaning. Dropped before `adds` are added.
   */
  readonly drops?: readonly string[]
  /** What it keeps; lets several workers share a flow. Left out: `all`, and one worker must see every record. */
  readonly keeps?: (options: OptionsOf<O>) => Keeps
  /** True when it may put out records that are none of its inlet's (`Out.create`). Left out: it may. */
  readonly creates?: (options: OptionsOf<O>) => boolean
  readonly start: (options: OptionsOf<O>, context: OperatorContext) => Operator<never>
}

/** Writes records, to capabilities it is handed in `open`. */
export interface SinkNode<O extends OptionsSchema = OptionsSchema> extends NodeHead<O> {
  readonly shape: 'sink'
  readonly uses: readonly CapabilityName[]
  readonly needs: (options: OptionsOf<O>, schema: Schema) => Needs
  /** `record`: it writes whole records, so every field of the wire is wanted; `needs`: only what it needs. */
  readonly reads: (options: OptionsOf<O>) => 'record' | 'needs'
  readonly open: (
    options: OptionsOf<O>,
    capabilities: Capabilities,
    context: SinkContext,
  ) => Sink<never> | Promise<Sink<never>>
}

export type NodeType = SourceNode | DeriveNode | KeepNode | OperatorNode | SinkNode

/** The catalogue: every node type by its name, in palette order. */
export type Catalogue = ReadonlyMap<string, NodeType>

type Shapeless<T, Given extends keyof T = never> = Omit<T, 'shape' | Given>
const OUT: Readonly<Record<string, OutletSpec>> = { out: { help: 'The records.' } }

/** Defines a source: yields records. */
export function sourceNode<const O extends OptionsSchema>(spec: Shapeless<SourceNode<O>, 'outlets'>): SourceNode {
  return { ...spec, shape: 'source', outlets: OUT } as unknown as SourceNode
}

/** Defines a derive node: adds fields to each record. Needs and added fields may depend on the options. */
export function deriveNode<const O extends OptionsSchema, const N extends Needs, P = undefined>(
  spec: Omit<Shapeless<DeriveNode<O>>, 'derive' | 'addsTo' | 'lacking'> & {
    readonly addsTo?: 'node' | 'record'
    readonly lacking?: 'pass' | 'reject' | ((options: OptionsOf<O>) => 'pass' | 'reject')
    readonly needs: N | ((options: OptionsOf<O>, schema: Schema) => N)
    readonly adds:
      | Readonly<Record<string, Added<RowOf<N>, P, OptionsOf<O>> | AddedExpression>>
      | ((
          options: OptionsOf<O>,
          schema: Schema,
        ) => Readonly<Record<string, Added<RowOf<N>, P, OptionsOf<O>> | AddedExpression>>)
    readonly prepare?: (row: RowOf<N>, options: OptionsOf<O>) => P | Reject
  },
): DeriveNode {
  const { needs, adds, prepare, addsTo, lacking, ...head } = spec
  const derive = (options: OptionsOf<O>, schema: Schema) => ({
    needs: typeof needs === 'function' ? needs(options, schema) : needs,
    adds: typeof adds === 'function' ? adds(options, schema) : adds,
    ...(prepare === undefined ? {} : { prepare }),
  })
  return {
    ...head,
    shape: 'derive',
    addsTo: addsTo ?? 'node',
    lacking: typeof lacking === 'function' ? lacking : () => lacking ?? 'pass',
    derive,
  } as unknown as DeriveNode
}

/** Defines a keep node: passes or drops records, or sends each to one of several outlets. */
export function keepNode<const O extends OptionsSchema, const N extends Needs>(
  spec: Omit<Shapeless<KeepNode<O>>, 'outlets' | 'needs' | 'choose'> & {
    readonly outlets?: (options: OptionsOf<O>) => Readonly<Record<string, OutletSpec>>
    readonly needs: (options: OptionsOf<O>, schema: Schema) => N
    readonly choose: (row: RowOf<N>, options: OptionsOf<O>) => number
  },
): KeepNode {
  return { ...spec, shape: 'keep', outlets: spec.outlets ?? (() => OUT) } as unknown as KeepNode
}

/** Defines an operator: state, time, expansion. */
export function operatorNode<const O extends OptionsSchema, const N extends Needs>(
  spec: Omit<Shapeless<OperatorNode<O>>, 'outlets' | 'needs' | 'start' | 'addsTo'> & {
    readonly addsTo?: 'node' | 'record'
    readonly outlets?: (options: OptionsOf<O>) => Readonly<Record<string, OutletSpec>>
    readonly needs: (options: OptionsOf<O>, schema: Schema) => N
    readonly start: (options: OptionsOf<O>, context: OperatorContext) => Operator<RowOf<N>>
  },
): OperatorNode {
  return {
    ...spec,
    shape: 'operator',
    addsTo: spec.addsTo ?? 'node',
    outlets: spec.outlets ?? (() => OUT),
  } as unknown as OperatorNode
}

/** Defines a sink: writes records. */
export function sinkNode<const O extends OptionsSchema, const N extends Needs>(
  spec: Omit<Shapeless<SinkNode<O>>, 'needs' | 'open'> & {
    readonly needs: (options: OptionsOf<O>, schema: Schema) => N
    readonly open: (
      options: OptionsOf<O>,
      capabilities: Capabilities,
      context: SinkContext,
    ) => Sink<RowOf<N>> | Promise<Sink<RowOf<N>>>
  },
): SinkNode {
  return { ...spec, shape: 'sink' } as unknown as SinkNode
}

/**
 * A mistake that only the node type itself can see in its options or in the schema of its wire: a model's input that no
 * field serves, a list entry it can't read. `emits`, `derive`, `needs`, `adds`, `outlets` throw it; the compiler reports
 * every mistake in it.
 */
export class NodeMistakes extends Error {
  override name = 'NodeMistakes'
  readonly mistakes: readonly NodeMistake[]
  constructor(mistakes: readonly NodeMistake[]) {
    super(mistakes.map(({ message }) => message).join(' '))
    this.mistakes = mistakes
  }
}
export interface NodeMistake {
  readonly code: ProblemCode
  readonly option?: string
  readonly message: string
  readonly fix: string
}

const AS = option.text({
  default: '',
  maxLength: 64,
  help: "Name under which the added fields stand. Empty: the node's id, with '-' written as '_'.",
})

/** All options of a node type: its own, and `as` where it adds fields under its name. */
export function optionsOf(spec: NodeType): OptionsSchema {
  const adds = (spec.shape === 'derive' || spec.shape === 'operator') && spec.addsTo === 'node'
  return adds ? { ...spec.options, as: AS } : spec.options
}

/** The sentence of a node's help that stands alone: what a list of node types has room for. */
export function firstSentence(help: string): string {
  return /^[\s\S]*?[.!?](?=\s|$)/.exec(help)?.[0] ?? help
}

/** The stage of a node type: the part of its name before the first point. */
export function stageOf(type: string): Stage {
  return type.slice(0, type.indexOf('.')) as Stage
}

export type { Need, Value }
