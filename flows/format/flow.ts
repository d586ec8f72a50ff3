/**
 * The saved document of a flow, version 1 of the format.
 *
 * This room must not know what node types exist, how a flow is compiled, or who edits it.
 */

/** The format version this code writes. */
export const FORMAT_VERSION = 1

/** Node ids, flow names and parameter names; at most FLOW_LIMITS.name characters. Outlets and inlets likewise. */
export const NAME = /^[a-z][a-z0-9_-]*$/

export type ParameterType = 'string' | 'integer' | 'number' | 'boolean'

export interface FlowParameter {
  readonly type: ParameterType
  /** Without a default a value must be given when the flow is compiled. */
  readonly default?: string | number | boolean
  readonly help?: string
}

export interface FlowNode {
  /** `<stage>.<noun>`, or `<package>/<stage>.<noun>` for one from a package. */
  readonly type: string
  /** Version of the node type's options; 1 when left out. */
  readonly version?: number
  /** Shown instead of the type's title. */
  readonly title?: string
  readonly options: Readonly<Record<string, unknown>>
}

/** What the editor shows and nothing that runs: the artifact's hash ignores it. Canvas pixels, x right, y down. */
export interface FlowView {
  readonly positions: Readonly<Record<string, readonly [number, number]>>
  readonly groups: readonly FlowGroup[]
  readonly notes: readonly FlowNote[]
}
export interface FlowGroup {
  readonly title: string
  readonly nodes: readonly string[]
}
export interface FlowNote {
  readonly text: string
  readonly position: readonly [number, number]
  readonly size?: readonly [number, number]
}

export interface FlowDocument {
  readonly lacewing: typeof FORMAT_VERSION
  readonly name: string
  readonly title?: string
  /** Markdown. */
  readonly description?: string
  readonly parameters: Readonly<Record<string, FlowParameter>>
  readonly nodes: Readonly<Record<string, FlowNode>>
  /** `eve -> dns`, `packets.rejected -> bad`; see wire.ts. */
  readonly wires: readonly string[]
  readonly view: FlowView
}
