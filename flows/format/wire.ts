/** Wires as text: `node -> node` or `node.outlet -> node.inlet`; the default outlet is `out`, the default inlet `in`. */

export interface WireEnds {
  readonly from: string
  readonly outlet: string
  readonly to: string
  readonly inlet: string
}

const NAME = '[a-z][a-z0-9_-]*'
const WIRE = new RegExp(`^\\s*(${NAME})(?:\\.(${NAME}))?\\s*->\\s*(${NAME})(?:\\.(${NAME}))?\\s*$`)

/** The ends of a wire, or undefined when the text is not one. */
export function parseWire(text: string): WireEnds | undefined {
  const match = text.length > 1024 ? null : WIRE.exec(text)
  if (match === null) return undefined
  return { from: match[1]!, outlet: match[2] ?? 'out', to: match[3]!, inlet: match[4] ?? 'in' }
}

/** The one spelling of a wire: defaults left out, single spaces. It is the wire's name everywhere. */
export function formatWire({ from, outlet, to, inlet }: WireEnds): string {
  return `${from}${outlet === 'out' ? '' : `.${outlet}`} -> ${to}${inlet === 'in' ? '' : `.${inlet}`}`
}
