/** How large a flow may be. A file beyond these is refused before it costs memory; all are far above what people draw. */
export const FLOW_LIMITS = {
  /** UTF-16 units of the file's text; a caller that reads a file checks its size in bytes against the same figure first. */
  text: 8 * 1024 * 1024,
  /** Objects and lists inside each other, the document itself included. */
  nesting: 32,
  /** Values of all kinds in the file. Bounds what reading it may cost: at most 400 bytes each, for an object. */
  values: 100_000,
  nodes: 2_000,
  wires: 8_000,
  parameters: 256,
  groups: 1_000,
  notes: 1_000,
  /** Of an id or name. */
  name: 64,
  title: 200,
  /** Of a description, a note or a help text. */
  prose: 65_536,
  /** Of a text after parameters were put in. */
  filledText: 65_536,
  /** Distance of a position from the origin, in pixels. */
  pixels: 1_000_000,
  /** Problems reported at once. */
  problems: 100,
} as const
