/**
 * The stellar dialect as JavaScript. Where types are known the code is what one would write by hand; where they are
 * not, or where a null needs a rule that JavaScript has not, it calls an operation of nodes/functions/operations.ts.
 */

import type { FieldKind } from '../../nodes/contract/field.ts'
import type { ExpressionFunction, FunctionType } from '../../nodes/contract/function.ts'
import type { Arithmetic, Call, Compare, Expression, In } from './ast.ts'
import { type Emission, isSimple, numberCode } from './emission.ts'
import type { Inference } from './infer.ts'
import { isTypedNumber, type Kind, type StaticType } from './types.ts'

/** Emits the whole expression: a value of its inferred type. */
export function emitStellar(
  expression: Expression,
  inference: Inference,
  functions: ReadonlyMap<string, ExpressionFunction>,
  emission: Emission,
): string {
  return new StellarEmitter(inference, functions, emission).code(expression)
}

/** Converts code of a type to the value that a wire's field of a kind holds: no tags, nothing infinite. */
export function emitForWire(code: string, type: StaticType, want: FieldKind, emission: Emission): string {
  const target = want === 'any' ? wireKind(type.kind) : want
  // A field alone is fit for a wire already.
  if (/^\u0001\d+\u0002$/.test(code) && type.kind === target) return code
  switch (target) {
    case 'boolean':
      return type.kind === 'boolean' ? code : emission.operation('wireBoolean', code)
    case 'text':
      return type.kind === 'text' ? code : emission.operation('wireText', code)
    case 'integer':
      return type.kind === 'integer' ? code : emission.operation('wireInteger', code)
    case 'int64':
      return type.kind === 'integer' || type.kind === 'int64' ? code : emission.operation('wireInt64', code)
    case 'float64':
      if (type.kind === 'integer') return code
      return emission.operation(type.kind === 'float64' ? 'finite' : 'wireDouble', code)
    case 'list':
      return emission.fueled('wireList', code)
    case 'map':
      return emission.fueled('wireMap', code)
    case 'bytes':
      return code
    case 'any':
      return type.kind === 'null' ? code : emission.fueled('wireAny', code)
  }
}

/** The kind of field that holds values of a kind. */
export function wireKind(kind: Kind): FieldKind {
  if (kind === 'number') return 'float64'
  return kind === 'null' || kind === 'lambda' ? 'any' : kind
}

const ARITHMETIC = { '+': 'add', '-': 'subtract', '*': 'multiply', '%': 'remainder' } as const
const ORDER = { '<': 'less', '<=': 'lessOrEqual', '>': 'greater', '>=': 'greaterOrEqual' } as const

/** A longer text is compared as any value. */
const MAX_ASKED = 64

class StellarEmitter {
  readonly #inference: Inference
  readonly #functions: ReadonlyMap<string, ExpressionFunction>
  readonly #emission: Emission

  constructor(inference: Inference, functions: ReadonlyMap<string, ExpressionFunction>, emission: Emission) {
    this.#inference = inference
    this.#functions = functions
    this.#emission = emission
  }

  #type(expression: Expression): StaticType {
    return this.#inference.types.get(expression)!
  }

  /** The code of an expression, a value of its own type. */
  code(expression: Expression): string {
    switch (expression.kind) {
      case 'constant':
        return JSON.stringify(expression.value)
      case 'number':
        return numberCode(expression.value)
      case 'name':
        return this.#source(expression, false)
      case 'member':
      case 'index':
        return this.#access(expression, false)
      case 'list':
        return `[${expression.items.map((item) => this.#any(item)).join(', ')}]`
      case 'map':
        return this.#emission.fueled(
          'mapOf',
          ...expression.entries.flatMap(({ key, value }) => [this.#any(key), this.#any(value)]),
        )
      case 'call':
        return this.#call(expression)
      case 'exists':
        return `(${expression.of.kind === 'name' ? this.#source(expression.of, true) : this.#access(expression.of, true)} !== null)`
      case 'not':
        return `(!${this.#condition(expression.of)})`
      case 'negate':
        return this.#negate(expression.of)
      case 'arithmetic':
        return this.#arithmetic(expression)
      case 'compare':
        return this.#compare(expression)
      case 'in':
        return this.#in(expression)
      case 'logical': {
        const sign = expression.operator === 'and' ? ' && ' : ' || '
        return `(${expression.operands.map((operand) => this.#condition(operand)).join(sign)})`
      }
      case 'conditional': {
        const type = this.#type(expression)
        const yes = this.#as(expression.yes, type)
        return `(${this.#condition(expression.test)} ? ${yes} : ${this.#as(expression.no, type)})`
      }
      case 'lambda':
        return this.#emission.lambda(expression.parameters, () => this.#any(expression.body))
      case 'match': {
        const type = this.#type(expression)
        const clauses = expression.clauses.map(
          ({ test, action }) => `${this.#condition(test)} ? ${this.#as(bodyOf(action), type)} : `,
        )
        return `(${clauses.join('')}${this.#as(bodyOf(expression.otherwise), type)})`
      }
    }
  }

  /** A value that may be of unknown kind: whole doubles tagged. */
  #any(expression: Expression): string {
    return this.#as(expression, { kind: 'any', nullable: true })
  }

  /** A value as one of a wider type. */
  #as(expression: Expression, { kind }: StaticType): string {
    const code = this.code(expression)
    const isDouble = this.#type(expression).kind === 'float64'
    return isDouble && (kind === 'any' || kind === 'number') ? this.#emission.operation('box', code) : code
  }

  #source(expression: Expression, lenient: boolean): string {
    const source = this.#inference.sources.get(expression)!
    const code =
      source.from === 'parameter' ? this.#emission.parameter(source.name)! : this.#emission.field(source.name, lenient)
    return source.members.reduce((of, name) => this.#emission.operation('member', of, JSON.stringify(name)), code)
  }

  #access(expression: Expression, lenient: boolean): string {
    if (this.#inference.sources.has(expression)) return this.#source(expression, lenient)
    if (expression.kind === 'member') {
      const of = this.#access(expression.of, lenient)
      return expression.path
        .split('.')
        .reduce((code, name) => this.#emission.operation('member', code, JSON.stringify(name)), of)
    }
    if (expression.kind === 'index')
      return this.#emission.fueled('element', this.#access(expression.of, lenient), this.#any(expression.index))
    return this.#any(expression)
  }

  #call(call: Call): string {
    const { parameters } = this.#functions.get(call.name)!
    const args = call.args.map((arg, i) => this.#argument(arg, parameters[Math.min(i, parameters.length - 1)]!.type))
    return this.#emission.call(call.name, args)
  }

  #argument(arg: Expression, type: FunctionType): string {
    const { kind } = this.#type(arg)
    const code = this.code(arg)
    if (type === 'number')
      return kind === 'integer' || kind === 'float64' || kind === 'null'
        ? code
        : this.#emission.operation('unbox', code)
    if (type === 'integer')
      return isTypedNumber(kind) || kind === 'null' ? code : this.#emission.operation('unboxInteger', code)
    return kind === 'float64' ? this.#emission.operation('box', code) : code
  }

  /** A condition as a JavaScript boolean: null is false. */
  #condition(expression: Expression): string {
    const { kind, nullable } = this.#type(expression)
    if (kind === 'null') return 'false'
    const code = this.code(expression)
    if (kind !== 'boolean') return this.#emission.operation('truth', code)
    return nullable ? `(${code} === true)` : code
  }

  #negate(of: Expression): string {
    const { kind, nullable } = this.#type(of)
    const code = this.code(of)
    if (kind === 'float64') return nullable ? this.#emission.operation('negateDouble', code) : `(-${code})`
    return this.#emission.operation('negate', code)
  }

  #arithmetic({ operator, left, right }: Arithmetic): string {
    const a = this.#type(left)
    const b = this.#type(right)
    if (a.kind === 'text' && b.kind === 'text')
      return this.#emission.fueled('concatenate', this.code(left), this.code(right))
    if (isTypedNumber(a.kind) && isTypedNumber(b.kind)) {
      if (operator === '/') return this.#typedQuotient(left, right)
      if (a.kind === 'float64' || b.kind === 'float64') return this.#inDoubles(operator, left, right)
      const name = ARITHMETIC[operator]
      const args = [this.code(left), this.code(right)]
      return operator === '*' ? this.#emission.fueled(name, ...args) : this.#emission.operation(name, ...args)
    }
    if (operator === '/') return this.#emission.operation('divide', this.#any(left), this.#any(right))
    return this.#emission.fueled(ARITHMETIC[operator], this.#any(left), this.#any(right))
  }

  /** A typed number as a plain double. */
  #double(expression: Expression): string {
    const code = this.code(expression)
    return this.#type(expression).kind === 'int64' ? this.#emission.operation('unbox', code) : code
  }

  #typedQuotient(left: Expression, right: Expression): string {
    const a = this.#double(left)
    const b = this.#double(right)
    return this.#guarded([left, right], [a, b], `${a} / ${b}`, 'null') ?? this.#emission.operation('divide', a, b)
  }

  #inDoubles(operator: '+' | '-' | '*' | '%', left: Expression, right: Expression): string {
    const a = this.#double(left)
    const b = this.#double(right)
    return (
      this.#guarded([left, right], [a, b], `${a} ${operator} ${b}`, 'null') ??
      this.#emission.operation(`${ARITHMETIC[operator]}Doubles`, a, b)
    )
  }

  /**
   * Plain code where nulls can be looked for first: `(a === null ? null : a + b)`. Undefined when a part that may be
   * null is too long to stand twice.
   */
  #guarded(parts: readonly Expression[], codes: readonly string[], plain: string, ifNull: 'null' | 'false') {
    const nullable = codes.filter((_code, i) => this.#type(parts[i]!).nullable)
    if (!nullable.every(isSimple)) return undefined
    if (nullable.length === 0) return `(${plain})`
    const unique = [...new Set(nullable)]
    if (ifNull === 'false') return `(${unique.map((code) => `${code} !== null && `).join('')}${plain})`
    return `(${unique.map((code) => `${code} === null`).join(' || ')} ? null : ${plain})`
  }

  #compare({ operator, left, right }: Compare): string {
    const a = this.#type(left).kind
    const b = this.#type(right).kind
    if (operator === '==' || operator === '!=') return this.#equality(operator, left, right, a, b)
    if ((isTypedNumber(a) && isTypedNumber(b)) || (a === 'text' && b === 'text')) {
      const codes = [this.code(left), this.code(right)]
      const plain = this.#guarded([left, right], codes, `${codes[0]} ${operator} ${codes[1]}`, 'false')
      return plain ?? this.#emission.operation(ORDER[operator], ...codes)
    }
    return this.#emission.operation(ORDER[operator], this.#any(left), this.#any(right))
  }

  #equality(operator: '==' | '!=', left: Expression, right: Expression, a: Kind, b: Kind): string {
    const plain = (sign: string) => `(${this.code(left)} ${sign} ${this.code(right)})`
    if (isTypedNumber(a) && isTypedNumber(b)) {
      // A bigint and a double are compared by exact value only by the loose operator; null is loosely equal to neither.
      const isMixed = a !== b && (a === 'float64' || b === 'float64') && (a === 'int64' || b === 'int64')
      return plain(isMixed ? operator : `${operator}=`)
    }
    const asked = a === 'text' && b === 'text' ? (this.#isText(left, right) ?? this.#isText(right, left)) : undefined
    if (asked !== undefined) return operator === '==' ? asked : `(!${asked})`
    const isPlain = (kind: Kind) => kind === 'text' || kind === 'boolean'
    const isBare = (kind: Kind) => isPlain(kind) || kind === 'any'
    if (a === 'null' || b === 'null' || (isPlain(a) && isBare(b)) || (isPlain(b) && isBare(a)))
      return plain(`${operator}=`)
    const code = this.#emission.fueled('equal', this.#any(left), this.#any(right))
    return operator === '==' ? code : `(!${code})`
  }

  /** Whether a field is a constant text; undefined for anything else. */
  #isText(of: Expression, text: Expression): string | undefined {
    const source = this.#inference.sources.get(of)
    if (source === undefined || source.from === 'parameter' || source.members.length > 0) return undefined
    if (text.kind !== 'constant' || typeof text.value !== 'string' || text.value.length > MAX_ASKED) return undefined
    // In UTF-8 half of a surrogate pair is what any other is, and U+FFFD.
    if (!text.value.isWellFormed()) return undefined
    return this.#emission.isText(source.name, false, text.value)
  }

  #in({ negated, item, container }: In): string {
    const found = this.#found(item, container)
    return negated ? `(!${found})` : found
  }

  #found(item: Expression, container: Expression): string {
    const kind = this.#type(item).kind
    if (container.kind === 'list' && container.items.length <= 16 && (kind === 'text' || kind === 'integer')) {
      const isPlain = (one: Expression) =>
        (one.kind === 'constant' && typeof one.value === 'string') ||
        (one.kind === 'number' && this.#type(one).kind === 'integer')
      const code = this.code(item)
      if (isSimple(code) && container.items.length > 0 && container.items.every(isPlain))
        return `(${container.items.map((one) => `${code} === ${this.code(one)}`).join(' || ')})`
    }
    if (kind === 'text' && this.#type(container).kind === 'text') {
      const codes = [this.code(item), this.code(container)]
      const plain = this.#guarded([item, container], codes, `${codes[1]}.includes(${codes[0]})`, 'false')
      if (plain !== undefined) return plain
    }
    return this.#emission.fueled('contains', this.#any(container), this.#any(item))
  }
}

/** An action that is a lambda without parameters stands for its body. */
function bodyOf(action: Expression): Expression {
  return action.kind === 'lambda' && action.parameters.length === 0 ? action.body : action
}
