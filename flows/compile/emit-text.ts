/** A growing program text: lines with indentation, and for each line the node it belongs to. */
export class ProgramText {
  readonly lines: string[] = []
  readonly lineNodes: (string | undefined)[] = []
  /** The node whose step is being written. */
  node: string | undefined
  #depth = 0

  line(text: string): void {
    if (text.startsWith('}') || text.startsWith(']')) this.#depth -= 1
    this.lines.push(text === '' ? '' : '  '.repeat(this.#depth) + text)
    this.lineNodes.push(this.node)
    if (text.endsWith('{') || text.endsWith('[')) this.#depth += 1
  }

  toString(): string {
    return `${this.lines.join('\n')}\n`
  }
}

/** A JavaScript literal of JSON data, safe anywhere in a module: no `__proto__` member sets a prototype. */
export function literal(value: unknown): string {
  const text = JSON.stringify(value)
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029')
  return text.includes('"__proto__":') ? `JSON.parse(${JSON.stringify(text)})` : text
}

/** Hands out JavaScript names that read like the node's id and never clash. */
export class Names {
  readonly #used = new Set<string>()

  make(...parts: string[]): string {
    const base = parts.join('_').replace(/[^A-Za-z0-9_]/g, '_')
    let name = base
    for (let i = 2; this.#used.has(name); i++) name = `${base}_${i}`
    this.#used.add(name)
    return name
  }
}
