/** What both emitters share: the code's marks for fields, the operations and functions it uses, lambdas' names. */

/** A field that the code reads. `lenient`: reads as null where a missing field is otherwise a mistake. */
export interface Read {
  readonly path: string
  readonly lenient: boolean
  /** Only whether the field is this text is asked. */
  readonly is?: string
}

/**
 * Collects what code uses while it is written. A field stands in the code as its number between two control
 * characters, which nothing else contains, until `fill` puts the caller's names in.
 */
export class Emission {
  readonly reads: Read[] = []
  readonly functions = new Set<string>()
  readonly operations = new Set<string>()
  /** True when the code calls something that uses fuel. */
  usesFuel = false
  readonly #reads = new Map<string, number>()
  readonly #scopes: ReadonlyMap<string, string>[] = []
  #parameters = 0

  /** The mark of a field. */
  field(path: string, lenient: boolean): string {
    const key = `${lenient ? '?' : '!'}${path}`
    let index = this.#reads.get(key)
    if (index === undefined) {
      index = this.reads.push({ path, lenient }) - 1
      this.#reads.set(key, index)
    }
    return `\u0001${index}\u0002`
  }

  /** The mark of a boolean: whether a field is a text. */
  isText(path: string, lenient: boolean, is: string): string {
    return `\u0001${this.reads.push({ path, lenient, is }) - 1}\u0002`
  }

  /** A call of a run-time operation. */
  operation(name: string, ...args: readonly string[]): string {
    this.operations.add(name)
    return `op_${name}(${args.join(', ')})`
  }

  /** As `operation`, for one that uses fuel. */
  fueled(name: string, ...args: readonly string[]): string {
    this.usesFuel = true
    return this.operation(name, ...args)
  }

  /** A call of a function of the library. */
  call(name: string, args: readonly string[]): string {
    this.usesFuel = true
    this.functions.add(name)
    return `fn_${name}(${args.join(', ')})`
  }

  /** True inside a lambda. */
  get isInLambda(): boolean {
    return this.#scopes.length > 0
  }

  /** The code of a lambda's parameter; undefined when no lambda around has it. */
  parameter(name: string): string | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = this.#scopes[i]!.get(name)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** A lambda; missing arguments are null. */
  lambda(parameters: readonly string[], body: () => string): string {
    const names = parameters.map(() => `p${this.#parameters++}`)
    this.#scopes.push(new Map(parameters.map((parameter, i) => [parameter, names[i]!])))
    const code = `((${names.map((name) => `${name} = null`).join(', ')}) => (${this.fueled('step')}, ${body()}))`
    this.#scopes.pop()
    return code
  }

  /** The finished code: the tank filled first where fuel is used. */
  finish(code: string): string {
    return this.usesFuel ? `(${this.operation('refuel')}, ${code})` : code
  }
}

/** Puts the names of fields in place of their marks; `isText` writes the comparison with a text. */
export function fill(
  code: string,
  reads: readonly Read[],
  name: (read: Read) => string,
  isText = (read: Read, text: string) => `(${name(read)} === ${JSON.stringify(text)})`,
): string {
  return code.replace(/\u0001(\d+)\u0002/g, (_mark, index) => {
    const read = reads[Number(index)]!
    return read.is === undefined ? name(read) : isText(read, read.is)
  })
}

/** True for code that may stand twice: a field, a parameter or a constant. */
export function isSimple(code: string): boolean {
  return /^(?:\u0001\d+\u0002|p\d+|null|true|false|\(?-?[\d.e+]+n?\)?|"[^"\\]{0,16}")$/.test(code)
}

/** A number as JavaScript. */
export function numberCode(value: number | bigint): string {
  if (typeof value === 'bigint') return value < 0n ? `(${value}n)` : `${value}n`
  if (Number.isNaN(value)) return '(0/0)'
  if (!Number.isFinite(value)) return value > 0 ? '(1/0)' : '(-1/0)'
  return value < 0 || Object.is(value, -0) ? `(${Object.is(value, -0) ? '-0' : value})` : String(value)
}
