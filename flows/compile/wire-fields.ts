/** The fields on every wire as plain data: for `lacewing check`, the studio's API and the editor. */

import type { FieldKind, Schema } from '../../nodes/contract/field.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import { checkFlow } from './compile.ts'
import type { CompileInput } from './ir.ts'

/** A field on a wire, as the compiler sees it. */
export interface WireField {
  readonly path: string
  readonly kind: FieldKind
  /** Id of the node that adds it; left out when it came with the record. */
  readonly origin?: string
  readonly help?: string
  readonly unit?: string
}
/** By the wire's name. */
export type WireFields = Readonly<Record<string, { readonly fields: readonly WireField[] }>>

/** All problems, and the fields on every wire as far as they could be found. */
export function checkWires(input: CompileInput): { problems: readonly Problem[]; wires: WireFields } {
  const { problems, wires } = checkFlow(input)
  return { problems, wires: wireFields(wires) }
}

/** The fields of schemas as plain data. */
export function wireFields(wires: ReadonlyMap<string, Schema>): WireFields {
  const listed = [...wires].map(([name, schema]) => {
    const fields = [...schema.fields].map(([path, { kind, help, unit }]) => {
      const origin = schema.origins.get(path)
      return {
        path,
        kind,
        ...(origin === undefined ? {} : { origin }),
        ...(help === undefined ? {} : { help }),
        ...(unit === undefined ? {} : { unit }),
      }
    })
    return [name, { fields }]
  })
  return Object.fromEntries(listed)
}
