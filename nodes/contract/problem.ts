/** Problems: what the reader and the compiler find wrong with a flow before anything runs. */

/** Every code, with one sentence on what it means; docs/reference/problems.md shows a failing example of each. */
export const PROBLEMS = {
  'FLOW-0101': 'The file is not JSON.',
  'FLOW-0102': 'The file is larger or nested deeper than a flow may be.',
  'FLOW-0103': 'The flow was written for a newer format version.',
  'FLOW-0104': 'A key stands twice in one object.',
  'FLOW-0105': 'A part of the document has the wrong shape or an unknown key.',
  'FLOW-0106': 'A node id, flow name or parameter name is not allowed.',
  'FLOW-0107': 'A wire is not written as "node.outlet -> node.inlet".',
  'FLOW-0201': 'The node type is unknown.',
  'FLOW-0202': 'An option has the wrong type or value, or is not an option of the node type.',
  'FLOW-0203': 'A wire begins or ends at a node that is not in the flow.',
  'FLOW-0204': 'A wire begins or ends at an outlet or inlet that the node does not have.',
  'FLOW-0205': 'Wires form a cycle.',
  'FLOW-0206': 'A parameter is unknown, has no value, or has a value of the wrong type.',
  'FLOW-0207': 'A node needs a field that its wire does not have.',
  'FLOW-0208': 'A field has another type than the node needs.',
  'FLOW-0209': 'A secret stands where secrets are not allowed.',
  'FLOW-0210': 'A node has no wire into its inlet.',
  'FLOW-0211': 'A field is not among those known for this record; it reads as null where it is missing.',
  'FLOW-0212': 'Two nodes add the same field.',
  'FLOW-0213': 'The flow has no source or nothing that runs.',
  'FLOW-0214': 'A wire stands twice.',
  'FLOW-0301': 'An expression has a syntax error.',
  'FLOW-0302': 'An expression has a type error.',
  'FLOW-0303': 'An expression calls an unknown function or passes the wrong number of arguments.',
  'FLOW-0304': 'An expression is too long or nested too deeply.',
  'FLOW-0401': 'A model file is missing or could not be read.',
  'FLOW-0402': 'A model file is not a valid model.',
  'FLOW-0403': 'An input of a model is not found on the wire, or by more than one field.',
} as const

export type ProblemCode = keyof typeof PROBLEMS

/** A stretch of a text: offsets in UTF-16 units, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Where in a text: a stretch, and the line and column of its start, both from 1. */
export interface TextPlace extends Span {
  readonly line: number
  readonly column: number
}

/** One mistake of the user's, with where it is and how to mend it. A pass reports all it finds and never throws. */
export interface Problem {
  readonly code: ProblemCode
  /** An error stops the flow from being compiled, a warning does not. */
  readonly severity: 'error' | 'warning'
  /** What is wrong, as a sentence. */
  readonly message: string
  /** How to mend it, as a sentence. */
  readonly fix: string
  readonly node?: string
  /** Option of the node, dotted below the first level. */
  readonly option?: string
  /** As written in the flow: `eve -> dns`. */
  readonly wire?: string
  /** JSON pointer into the document where neither node nor wire says enough. */
  readonly pointer?: string
  /** Place within the option's text (expressions) or within the file (JSON). */
  readonly at?: TextPlace
}

/** A span with its line and column. Only a line feed ends a line; a byte order mark takes no column. Linear in `start`. */
export function placeOf(text: string, { start, end }: Span): TextPlace {
  let line = 1
  let lineStart = text.charCodeAt(0) === 0xfeff ? 1 : 0
  for (let feed = text.indexOf('\n'); feed !== -1 && feed < start; feed = text.indexOf('\n', feed + 1)) {
    line += 1
    lineStart = feed + 1
  }
  return { start, end, line, column: start - lineStart + 1 }
}

/** One line for people: `FLOW-0207 error node dga: ... Fix.` Texts in it may come from the flow: escape for a terminal. */
export function problemLine(problem: Problem): string {
  const where = [
    problem.wire !== undefined ? `wire ${problem.wire}` : '',
    problem.node !== undefined ? `node ${problem.node}` : '',
    problem.option !== undefined ? `option ${problem.option}` : '',
    problem.pointer !== undefined && problem.node === undefined && problem.wire === undefined ? problem.pointer : '',
    problem.at !== undefined ? `line ${problem.at.line}, column ${problem.at.column}` : '',
  ].filter((part) => part !== '')
  return `${problem.code} ${problem.severity}${where.length > 0 ? ` ${where.join(', ')}` : ''}: ${problem.message} ${problem.fix}`
}
