/** From a document to an artifact: the whole walk, for the command line and the studio. */

import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import type { Catalogue } from '../../nodes/contract/node.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import { type Compilation, checkFlow, compile } from '../compile/compile.ts'
import type { CompileInput, ParameterValue } from '../compile/ir.ts'
import type { FlowDocument } from '../format/flow.ts'
import { type Artifact, bundle } from './bundle.ts'
import { modelsIn } from './model-files.ts'

/** What a flow is compiled against; the doors hand it in. */
export interface Language {
  readonly catalogue: Catalogue
  readonly functions: ReadonlyMap<string, ExpressionFunction>
  readonly readModel: CompileInput['readModel']
}

export interface FlowPlace {
  /** Folders in which models are looked for, the flow's own first. */
  readonly folders: readonly string[]
  /** The flow came from elsewhere and may not reach out of its folders. */
  readonly isConfined: boolean
}

export interface WireField {
  readonly path: string
  readonly kind: string
  readonly origin?: string
  readonly help?: string
  readonly unit?: string
}
export type WireFields = Readonly<Record<string, { readonly fields: readonly WireField[] }>>

export function compileInput(
  flow: FlowDocument,
  parameters: Readonly<Record<string, ParameterValue>>,
  place: FlowPlace,
  language: Language,
): CompileInput {
  return { flow, parameters, ...language, modelText: modelsIn(place.folders, place.isConfined) }
}

/** All problems, and the fields on every wire as far as they could be found. */
export function checkWires(input: CompileInput): { problems: readonly Problem[]; wires: WireFields } {
  const { problems, wires } = checkFlow(input)
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
  return { problems, wires: Object.fromEntries(listed) }
}

/** The artifact, unless a problem stands in the way. */
export async function compileFlow(input: CompileInput): Promise<{ compilation: Compilation; artifact?: Artifact }> {
  const compilation = compile(input)
  if (compilation.module === undefined || compilation.typed === undefined) return { compilation }
  return { compilation, artifact: await bundle(compilation.module, compilation.typed) }
}
