/** From a document to an artifact: the whole walk, for the command line and the studio. */

import type { ExpressionFunction } from '../../nodes/contract/function.ts'
import type { Catalogue } from '../../nodes/contract/node.ts'
import { type Compilation, compile } from '../compile/compile.ts'
import type { CompileInput } from '../compile/ir.ts'
import type { FlowDocument } from '../format/flow.ts'
import type { ParameterValues } from '../format/parameters.ts'
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

export function compileInput(
  flow: FlowDocument,
  parameters: ParameterValues,
  place: FlowPlace,
  language: Language,
): CompileInput {
  return { flow, parameters, ...language, modelText: modelsIn(place.folders, place.isConfined).text }
}

/** The artifact, unless a problem stands in the way. */
export async function compileFlow(input: CompileInput): Promise<{ compilation: Compilation; artifact?: Artifact }> {
  const compilation = compile(input)
  if (compilation.module === undefined || compilation.split === undefined) return { compilation }
  return { compilation, artifact: await bundle(compilation.module, compilation.split) }
}
