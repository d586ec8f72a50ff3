/** What the studio wants of a compiler; flows/bundle has the real one, handed in by the door. */

import type { WireFields } from '../../flows/compile/wire-fields.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import type { ParameterValues } from '../../flows/format/parameters.ts'
import type { Problem } from '../../nodes/contract/problem.ts'

export interface FlowCompiler {
  /** All problems, and the fields on each wire by its name. `folder` is where the flow's relative paths begin. */
  check(
    flow: FlowDocument,
    parameters: ParameterValues,
    folder: string,
  ): Promise<{ problems: readonly Problem[]; wires: WireFields }>
  /** Without `artifact` at least one problem is an error. `hash` is the SHA-256 of the text's UTF-8 bytes, hex. */
  compile(
    flow: FlowDocument,
    parameters: ParameterValues,
    folder: string,
  ): Promise<{ problems: readonly Problem[]; artifact?: { text: string; hash: string } }>
}
