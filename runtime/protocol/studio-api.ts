/** What the studio's HTTP API says in several places, for the studio and for the editor. Types only. */

import type { FieldKind } from '../../nodes/contract/field.ts'

/** Values of a flow's parameters at a deployment, by name. */
export type ParameterValues = Readonly<Record<string, string | number | boolean>>

/** A field on a wire, as the compiler sees it. */
export interface WireField {
  readonly path: string
  readonly kind: FieldKind
  /** Id of the node that adds it; left out when it came with the record. */
  readonly origin?: string
  readonly help?: string
  readonly unit?: string
}
