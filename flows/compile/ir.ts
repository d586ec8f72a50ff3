/**
 * What the passes hand on to each other: Flow -> Graph -> TypedGraph -> Plan -> ProjectedPlan -> PrefilteredPlan ->
 * SplitPlan -> FusedPlan -> Module.
 *
 * Every pass is pure and total: it takes what the pass before made, reports every problem it finds and never throws for
 * a user's mistake. This room must not know esbuild, files, or how an artifact is run; it also runs in the browser.
 */

import type { FieldType, Schema } from '../../nodes/contract/field.ts'
import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import type { Model } from '../../nodes/contract/model.ts'
import type { Need } from '../../nodes/contract/need.ts'
import type { Catalogue, NodeType, SourceNode } from '../../nodes/contract/node.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import type { Split } from '../../nodes/contract/program.ts'
import type { CompiledExpression } from '../expression/compile.ts'
import type { FlowDocument } from '../format/flow.ts'
import type { ParameterValues } from '../format/parameters.ts'

/** Everything a compilation depends on. Same input, same module. */
export interface CompileInput {
  readonly flow: FlowDocument
  readonly parameters: ParameterValues
  readonly catalogue: Catalogue
  readonly functions: ReadonlyMap<string, ExpressionFunction>
  /** Text of the model file that an option names, or undefined when there is none. */
  readonly modelText: (reference: string) => string | undefined
  /** Checks the text of a model file. */
  readonly readModel: (text: string) => { model?: Model; mistakes: readonly string[] }
  /** False: every record is read, even where nothing behind its source could let it pass. For comparison. */
  readonly prefilter?: boolean
  /** False: every field of a record is read and carried, even where nobody asks for it. For comparison. */
  readonly projection?: boolean
}

/** What a pass gives: the next form unless an error stands in the way, and the problems found. */
export interface Passed<T> {
  readonly after?: T
  /** What is known in spite of errors, for showing beside them. */
  readonly partial?: T
  readonly problems: readonly Problem[]
}

/* ---- resolve: names become nodes ---- */

export interface GraphNode {
  readonly id: string
  readonly title: string | undefined
  readonly spec: NodeType
  /** Checked, defaults filled in, parameters put in, models loaded; secrets still as `${secret:NAME}`. */
  readonly options: Readonly<Record<string, unknown>>
  /** Options that hold a secret. */
  readonly secrets: readonly { readonly option: string; readonly name: string }[]
  /** Models by option: the reference as written. */
  readonly models: Readonly<Record<string, string>>
}

export interface GraphWire {
  /** As in the flow, in its one spelling. */
  readonly name: string
  readonly from: string
  readonly outlet: string
  readonly to: string
}

export interface Graph {
  readonly flow: string
  /** In an order in which records pass them; ties by id. */
  readonly nodes: ReadonlyMap<string, GraphNode>
  /** Sorted by name. */
  readonly wires: readonly GraphWire[]
  /** Nodes whose options are wrong, so that their type can't be asked about them. Empty in a graph without errors. */
  readonly unreadable: ReadonlySet<string>
  /** Nodes behind a mistake: what they find on their wires says nothing. Empty in a graph without errors. */
  readonly doubtful: ReadonlySet<string>
}

/* ---- check: fields and types on every wire ---- */

export interface BoundNeed {
  /** Name in the node's row. */
  readonly name: string
  readonly need: Need
  /** Of a need that is an expression. */
  readonly expression?: CompiledExpression
}
export interface BoundAdd {
  /** Name in the node's `adds`. */
  readonly name: string
  /** Path in the record. */
  readonly path: string
  readonly type: FieldType
  readonly expression?: CompiledExpression
}

export interface TypedNode extends GraphNode {
  /** Undefined for a source. */
  readonly inlet: Schema | undefined
  readonly needs: readonly BoundNeed[]
  readonly adds: readonly BoundAdd[]
  /** Of an operator: only records for which it is true come in. */
  readonly admits: CompiledExpression | undefined
  /** Names in order, `rejected` last. Empty for a sink. */
  readonly outlets: readonly string[]
  readonly outletSchemas: Readonly<Record<string, Schema>>
  /** Of a source: the name of the window's field and of the columns. */
  readonly window: string | undefined
  readonly columns: readonly string[]
  /** Of a source: fields that nodes of a type add and it can tell before. */
  readonly foretells: ReturnType<SourceNode['emits']>['foretells']
  /** Of a sink: it writes whole records. */
  readonly readsRecord: boolean
  /** Of a derive node: a record that lacks a need is rejected. */
  readonly rejectsLacking: boolean
  /** Of a derive node: it has work shared by its added fields, which may reject the record. */
  readonly prepares: boolean
}

export interface TypedGraph {
  readonly flow: string
  readonly nodes: ReadonlyMap<string, TypedNode>
  readonly wires: readonly GraphWire[]
}

/* ---- plan: which nodes run in one loop ---- */

export type PipelineHead =
  /** Records as a source gives them. */
  | { readonly kind: 'source'; readonly node: string }
  /** Pieces of input a source could not make a record of. */
  | { readonly kind: 'rejects'; readonly node: string }
  /** Results of an operator. */
  | { readonly kind: 'operator'; readonly node: string }
  /** A node with several wires into it. */
  | { readonly kind: 'queue'; readonly node: string }

export interface Pipeline {
  readonly head: PipelineHead
  /** Nodes fused into the loop, in order; without the head. */
  readonly members: readonly string[]
  /** Nodes whose batch the loop fills: operators, sinks, fan-ins. */
  readonly exits: readonly string[]
}

export interface Plan {
  readonly graph: TypedGraph
  /** Nodes that have a batch of records in front of them. */
  readonly borders: ReadonlySet<string>
  readonly pipelines: readonly Pipeline[]
}

/* ---- project: what must be known between loops, and of each record ---- */

/** The columns of the batch in front of a node that begins a pipeline, or behind an operator. */
export interface Layout {
  /** Needs of the node it stands before; a column each. */
  readonly needs: readonly BoundNeed[]
  /** Fields that travel on because something further down reads them. */
  readonly carried: readonly string[]
  /** The record's own bytes travel on, because something further down writes whole records. */
  readonly windows: boolean
}

export interface ProjectedPlan extends Plan {
  /** In front of each operator, sink and fan-in node, by its id. */
  readonly layouts: ReadonlyMap<string, Layout>
  /** Fields that each source with a reader must be able to read. */
  readonly reads: ReadonlyMap<string, readonly string[]>
}

/* ---- prefilter: what a record must hold to be worth reading ---- */

export interface PrefilteredPlan extends ProjectedPlan {
  /**
   * By source: texts of which a record's bytes must hold one of each list. A record that lacks one of the lists passes
   * the nodes in `passes`, is filtered by those it meets behind them, and needs no reading.
   */
  readonly screens: ReadonlyMap<string, readonly (readonly string[])[]>
  /** By node: the outlet by which such a record leaves it. */
  readonly passes: ReadonlyMap<string, string>
  /** By source: what it foretells of its records, where that tells some to be of no use. They need no reading either. */
  readonly foretold: ReadonlyMap<string, Foretold>
}

/** What a source foretells. */
export interface Foretold {
  readonly fields: readonly string[]
  /** Expressions over them. A record for which none is true passes the parsers and is filtered by all behind them. */
  readonly conditions: readonly CompiledExpression[]
  readonly parsers: readonly string[]
}

/* ---- split: how several workers may share the flow ---- */

export interface SplitPlan extends PrefilteredPlan {
  /** Nodes by their id. */
  readonly split:
    | { readonly by: 'blocks'; readonly source: string }
    | (Omit<Split & { readonly by: 'key' }, 'source'> & { readonly source: string })
    | (Split & { readonly by: 'one' })
}

/* ---- fuse: one tree of steps a pipeline ---- */

/** What happens to a record once it left a node by an outlet: counted, shown on each wire, handed on. */
export interface Leave {
  readonly node: string
  readonly outlet: string
  readonly wires: readonly { readonly name: string; readonly next: Step }[]
}

export type Step =
  /** Fills the row, runs `prepare`, makes the added fields known. */
  | { readonly do: 'derive'; readonly node: string; readonly leave: Leave; readonly rejected: Leave }
  /** Chooses an outlet. */
  | { readonly do: 'keep'; readonly node: string; readonly leaves: readonly Leave[] }
  /** Puts the record into the batch before an operator, a sink or a fan-in. */
  | { readonly do: 'enter'; readonly node: string }

export interface FusedPipeline {
  readonly head: PipelineHead
  /** By outlet of the head: a source has `out`, an operator all of its outlets, a fan-in node is its own first step. */
  readonly leaves: readonly Leave[]
  readonly first: Step | undefined
}

export interface FusedPlan {
  readonly plan: SplitPlan
  readonly pipelines: readonly FusedPipeline[]
}

/* ---- emit: the text of a module ---- */

/** Stands before the paths that a module imports, which count from the root of the sources. */
export const SOURCE_PREFIX = 'lacewing:'

export interface Module {
  /** ES module text that exports `program`. */
  readonly text: string
  /** For each line of `text`, the node whose step it is. */
  readonly lineNodes: readonly (string | undefined)[]
}
