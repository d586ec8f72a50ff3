/** JavaScript as text. This file must not know flows: it sees lines, names and JSON. */

/** A growing program text: lines with indentation, and for each line the node it belongs to. */
export class ProgramText {
  readonly lines: string[] = []
  readonly lineNodes: (string | undefined)[] = []
  #node: string | undefined
  #depth = 0

  line(text: string): void {
    if (text.startsWith('}') || text.startsWith(']')) this.#depth -= 1
    this.#put(text, this.#node)
    if (text.endsWith('{') || text.endsWith('[')) this.#depth += 1
  }

  /** All lines of another text, as deep as this one stands; they still belong to their nodes. */
  append(other: ProgramText): void {
    for (const [i, text] of other.lines.entries()) this.#put(text, other.lineNodes[i])
  }

  /** What `write` writes belongs to the node. */
  forNode(id: string, write: () => void): void {
    const before = this.#node
    this.#node = id
    write()
    this.#node = before
  }

  toString(): string {
    return `${this.lines.join('\n')}\n`
  }

  #put(text: string, node: string | undefined): void {
    this.lines.push(text === '' ? '' : '  '.repeat(this.#depth) + text)
    this.lineNodes.push(node)
  }
}

/** Hands out JavaScript names that read like what they name and never clash. */
export class Names {
  readonly #used = new Set<string>()
  readonly #known = new Map<string, string>()

  /** One name for each thing of an owner, the same wherever it is asked for. */
  of(...parts: string[]): string {
    const thing = parts.join('\n')
    const known = this.#known.get(thing)
    if (known !== undefined) return known
    const base = parts.join('_').replace(/[^A-Za-z0-9_]/g, '_')
    let name = base
    for (let i = 2; this.#used.has(name); i++) name = `${base}_${i}`
    this.#used.add(name)
    this.#known.set(thing, name)
    return name
  }
}

/** A JavaScript literal of JSON data, safe anywhere in a module: no `__proto__` member sets a prototype. */
export function literal(value: unknown): string {
  const text = JSON.stringify(value)
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029')
  return text.includes('"__proto__":') ? `JSON.parse(${JSON.stringify(text)})` : text
}

export const isName = (text: string) => /^[A-Za-z_$][\w$]*$/.test(text)
/** A name as a key of an object literal. */
export const key = (name: string) => (isName(name) ? name : JSON.stringify(name))
/** A name as an access to a member. */
export const member = (name: string) => (isName(name) ? `.${name}` : `[${JSON.stringify(name)}]`)
