/**
 * Text to tree. Three steps: words and brackets (so that a stray character or a bracket left open is named as such and
 * hostile nesting never reaches the parser), the Lezer parser, and the tree's own form in the dialect. Never throws.
 */

import type { SyntaxNode } from '@lezer/common'
import type { Span } from '../../nodes/contract/problem.ts'
import { type Expression, isDeeperThan } from './ast.ts'
import { stellarParser } from './language.ts'
import { readNumber, readString } from './literals.ts'
import { checkPlace, type Formed, formInParentheses, groupMetron, type MetronPart } from './metron-syntax.ts'
import { type ChainToken, groupStellar } from './precedence.ts'
import { type ExpressionProblem, excerpt, Problems } from './problem.ts'
import * as term from './stellar-terms.gen.ts'
import { type Dialect, scanText } from './tokens.ts'

/** The longest expression, in UTF-16 units. */
export const MAX_LENGTH = 65_536
/** How deep brackets, conditionals and lambdas may stand in each other. */
export const MAX_NESTING = 256
/** How deep the tree may be, long chains of operators included: each `+` of `a + b + c` is a level. */
const MAX_DEPTH = 1024
const MAX_CLAUSES = 512

/** The tree, or every mistake found. Blank text is null, as in Metron; a comment alone is a mistake. */
export function parseExpression(
  text: string,
  dialect: Dialect = 'stellar',
): { readonly expression?: Expression; readonly problems: readonly ExpressionProblem[] } {
  const problems = new Problems(text)
  const whole = { start: 0, end: text.length }
  if (text.length > MAX_LENGTH) {
    const short = new Problems(text.slice(0, MAX_LENGTH))
    short.error(
      'FLOW-0304',
      { start: 0, end: MAX_LENGTH },
      `The expression has ${text.length} characters; ${MAX_LENGTH} are allowed.`,
      'Split it over several nodes.',
    )
    return { problems: short.list }
  }
  if (text.trim() === '') return { expression: { kind: 'constant', value: null, at: whole }, problems: [] }
  if (!checkWords(text, dialect, problems)) return { problems: problems.list }
  const reader = new TreeReader(text, dialect, problems)
  const expression = reader.read()
  if (problems.list.length > 0) return { problems: problems.list }
  if (isDeeperThan(expression!, MAX_DEPTH)) {
    problems.error(
      'FLOW-0304',
      whole,
      `The expression chains or nests more than ${MAX_DEPTH} operators.`,
      'Split it, or use a list with in.',
    )
    return { problems: problems.list }
  }
  return { expression: expression!, problems: [] }
}

const CLOSERS = new Map([
  [term.LeftParen, term.RightParen],
  [term.LeftBracket, term.RightBracket],
  [term.LeftBrace, term.RightBrace],
])
const CLOSING = new Set(CLOSERS.values())
const BRACKET: Readonly<Record<number, string>> = {
  [term.RightParen]: ')',
  [term.RightBracket]: ']',
  [term.RightBrace]: '}',
}

/** Checks characters and brackets. False when the parser need not look. */
function checkWords(text: string, dialect: Dialect, problems: Problems): boolean {
  const open: { closer: number; at: Span }[] = []
  let words = 0
  for (let i = 0; i < text.length; ) {
    const { term: found, length } = scanText(text, i, dialect)
    const at = { start: i, end: i + Math.max(length, 1) }
    i = at.end
    if (found === term.space || found === term.Comment) continue
    words++
    if (found === 0) {
      reportStray(text, at, dialect, problems)
      if (text[at.start] === "'" || text[at.start] === '"' || problems.list.length >= 20) return false
    } else if (CLOSERS.has(found)) {
      open.push({ closer: CLOSERS.get(found)!, at })
      if (open.length > MAX_NESTING) {
        problems.error(
          'FLOW-0304',
          at,
          `Brackets are nested more than ${MAX_NESTING} deep.`,
          'Split the expression over several nodes.',
        )
        return false
      }
    } else if (CLOSING.has(found)) {
      const opened = open.pop()
      if (opened?.closer === found) continue
      const sign = text.slice(at.start, at.end)
      if (opened === undefined)
        problems.error('FLOW-0301', at, `'${sign}' closes a bracket that was not opened.`, 'Take it out.')
      else
        problems.error(
          'FLOW-0301',
          at,
          `'${sign}' stands where '${BRACKET[opened.closer]}' must close '${text[opened.at.start]}'.`,
          `Write '${BRACKET[opened.closer]}'.`,
        )
      return false
    }
  }
  for (const { closer, at } of open)
    problems.error('FLOW-0301', at, `'${text[at.start]}' is not closed.`, `Add '${BRACKET[closer]}'.`)
  if (words === 0)
    problems.error('FLOW-0301', { start: 0, end: text.length }, 'There is only a comment.', 'Write an expression.')
  return problems.list.length === 0
}

function reportStray(text: string, at: Span, dialect: Dialect, problems: Problems): void {
  const first = text[at.start]!
  if (first === "'" || first === '"') {
    const bad = badEscape(text, at.start, dialect)
    if (bad === undefined)
      problems.error('FLOW-0301', { start: at.start, end: text.length }, 'The text is not closed.', `Add ${first}.`)
    else
      problems.error(
        'FLOW-0301',
        { start: bad, end: bad + 2 },
        `'${excerpt(text, { start: bad, end: bad + 2 })}' is not an escape of the ${dialect} dialect.`,
        dialect === 'metron'
          ? `A backslash is written \\\\; the others are \\n, \\r, \\t and \\${first}.`
          : `A backslash is written \\\\; the others are \\n, \\r, \\t, \\', \\" and \\u with four hexadecimal digits.`,
      )
    return
  }
  const shown = excerpt(text, at)
  if (first >= '0' && first <= '9')
    problems.error(
      'FLOW-0301',
      at,
      `'${shown}' is not a number.`,
      'Numbers have no leading zeros, and a space must stand before a word.',
    )
  else if (first === '%' && dialect === 'metron')
    problems.error('FLOW-0301', at, "The metron dialect has no '%'.", 'Use the stellar dialect.')
  else if (first === '!') problems.error('FLOW-0301', at, "'!' is not an operator.", "Write 'not'.")
  else if (first === '=') problems.error('FLOW-0301', at, "'=' is not an operator.", "Write '==' to compare.")
  else if (first === '`')
    problems.error(
      'FLOW-0301',
      at,
      dialect === 'metron' ? "'`' is not part of the metron dialect." : 'A quoted name is not closed.',
      dialect === 'metron' ? 'Take it out.' : 'Add `.',
    )
  else problems.error('FLOW-0301', at, `'${shown}' is not part of the language.`, 'Take it out, or put it in quotes.')
}

/** Offset of the first escape in the text from `start` that the dialect has not. */
function badEscape(text: string, start: number, dialect: Dialect): number | undefined {
  const quote = text[start]!
  const known = dialect === 'metron' ? `\\nrt${quote}` : '\\nrt\'"'
  for (let i = start + 1; i < text.length && text[i] !== quote; i++) {
    if (text[i] !== '\\') continue
    i++
    if (i >= text.length || known.includes(text[i]!)) continue
    if (dialect === 'stellar' && /^u[0-9A-Fa-f]{4}/.test(text.slice(i, i + 5))) continue
    return i - 1
  }
  return undefined
}

/** Turns the parser's tree into ours. */
class TreeReader {
  readonly #text: string
  readonly #dialect: Dialect
  readonly #problems: Problems
  #nesting = 0

  constructor(text: string, dialect: Dialect, problems: Problems) {
    this.#text = text
    this.#dialect = dialect
    this.#problems = problems
  }

  /** The whole expression; undefined after a syntax error. */
  read(): Expression | undefined {
    const tree = stellarParser(this.#dialect).parse(this.#text)
    const cursor = tree.cursor()
    do {
      if (cursor.type.isError) this.#reportError(cursor.from, cursor.to)
    } while (cursor.next())
    if (this.#problems.list.length > 0) return undefined
    return this.#value(wordsOf(tree.topNode)[0]!).expression
  }

  #reportError(from: number, to: number): void {
    const text = this.#text
    if (to > from) {
      const at = { start: from, end: to }
      this.#problems.error(
        'FLOW-0301',
        at,
        `'${excerpt(text, at)}' is not expected here.`,
        'Take it out, or put the operator or comma that is missing before it.',
      )
      return
    }
    // A part is missing; name what follows instead.
    let next = from
    for (;;) {
      const { term: found, length } = scanText(text, next, this.#dialect)
      if (found !== term.space && found !== term.Comment) {
        const at = { start: next, end: next + length }
        if (length === 0)
          this.#problems.error('FLOW-0301', at, 'The expression ends too early.', 'Write the rest of it.')
        else
          this.#problems.error(
            'FLOW-0301',
            at,
            `Something is missing before '${excerpt(text, at)}'.`,
            'Write the value or operator that belongs there.',
          )
        return
      }
      next += length
    }
  }

  #slice(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to)
  }

  /** Any value. Counts the nesting: everything that can nest comes through here. */
  #value(node: SyntaxNode): Formed {
    if (this.#nesting >= MAX_NESTING * 2) {
      if (!this.#problems.hasErrors)
        this.#problems.error(
          'FLOW-0304',
          span(node),
          'The expression is nested too deeply.',
          'Split it over several nodes.',
        )
      return constant(node, null)
    }
    this.#nesting++
    const formed = this.#valueInside(node)
    this.#nesting--
    return formed
  }

  #valueInside(node: SyntaxNode): Formed {
    const at = span(node)
    switch (node.type.id) {
      case term.Chain:
      case term.Prefixed:
        return this.#chain(node)
      case term.Number:
        return this.#number(node, '')
      case term.String:
        return { expression: { kind: 'constant', value: readString(this.#slice(node)), at }, form: 'operand' }
      case term.True:
        return constant(node, true)
      case term.False:
        return constant(node, false)
      case term.Null:
        return constant(node, null)
      case term.NaN:
        return { expression: { kind: 'number', tag: 'double', value: Number.NaN, at }, form: 'arithmetic' }
      case term.Name:
        return { expression: { kind: 'name', path: this.#slice(node), quoted: false, at }, form: 'arithmetic' }
      case term.QuotedName:
        return {
          expression: { kind: 'name', path: this.#slice(node).slice(1, -1), quoted: true, at },
          form: 'arithmetic',
        }
      case term.List:
        return { expression: { kind: 'list', items: this.#arguments(node), at }, form: 'operand' }
      case term.Map:
        return this.#map(node)
      case term.Group:
        return this.#group(node)
      case term.Call:
        return this.#call(node)
      case term.ExistsCall:
        return this.#exists(node)
      case term.Index:
      case term.Member:
        return this.#access(node)
      case term.Lambda:
        return this.#lambda(node)
      case term.Conditional: {
        const [, test, , yes, , no] = wordsOf(node)
        return this.#conditional(at, test!, yes!, no!)
      }
      case term.Ternary: {
        const [test, , yes, , no] = wordsOf(node)
        return this.#conditional(at, test!, yes!, no!)
      }
      case term.Match:
        return this.#match(node)
      default:
        throw new Error(`The grammar has no value '${node.name}'.`)
    }
  }

  #number(node: SyntaxNode, sign: '' | '-'): Formed {
    const at = span(node)
    const read = readNumber(sign + this.#slice(node), this.#dialect)
    if (typeof read === 'string') {
      this.#problems.error('FLOW-0301', at, read, 'Write a smaller number, or a long with the suffix L.')
      return constant(node, null)
    }
    return { expression: { kind: 'number', ...read, at }, form: 'arithmetic' }
  }

  #chain(node: SyntaxNode): Formed {
    const words = node.type.id === term.Chain ? wordsOf(node) : [node]
    return this.#dialect === 'metron'
      ? groupMetron(this.#metronParts(words), this.#problems)
      : { expression: groupStellar(this.#chainTokens(words)), form: 'value' }
  }

  #chainTokens(words: readonly SyntaxNode[]): ChainToken[] {
    const tokens: ChainToken[] = []
    words.forEach((word, i) => {
      if (i % 2 === 1) tokens.push({ operator: word.type.id, text: this.#slice(word), at: span(word) })
      else {
        const { prefixes, operand } = unprefix(word)
        if (prefixes.length > MAX_NESTING) this.#reportPrefixes(word)
        else for (const sign of prefixes) tokens.push({ operator: sign.type.id, text: '', at: span(sign) })
        tokens.push({ operand: this.#value(operand).expression })
      }
    })
    return tokens
  }

  #metronParts(words: readonly SyntaxNode[]): MetronPart[] {
    const parts: MetronPart[] = []
    for (let i = 0; i < words.length; i += 2) {
      const { prefixes, operand } = unprefix(words[i]!)
      const signed = operand.type.id === term.Number && prefixes.at(-1)?.type.id === term.Minus
      const formed = signed ? this.#number(operand, '-') : this.#value(operand)
      const operator = i > 0 ? words[i - 1]! : undefined
      const inner = operand.type.id === term.Group ? wordsOf(operand) : []
      parts.push({
        ...formed,
        operator: operator && { term: operator.type.id, text: this.#slice(operator), at: span(operator) },
        prefixes: prefixes.map((sign) => ({ term: sign.type.id, at: span(sign) })),
        at: span(operand),
        // The parser has read the content already; only its form is wanted, so that nothing is read twice.
        inParentheses: inner.length === 3 ? { ...formed, form: this.#contentForm.get(operand.from)! } : undefined,
      })
    }
    return parts
  }

  /** The form of what stands in the parentheses that open at an offset. */
  readonly #contentForm = new Map<number, Formed['form']>()

  #reportPrefixes(node: SyntaxNode): void {
    this.#problems.error('FLOW-0304', span(node), `More than ${MAX_NESTING} signs stand in a row.`, 'Take most out.')
  }

  #arguments(node: SyntaxNode): Expression[] {
    const items: Expression[] = []
    for (const word of wordsOf(node)) {
      if (isPunctuation(word)) continue
      const formed = this.#value(word)
      if (this.#dialect === 'metron') checkPlace('argument', formed, this.#problems)
      items.push(formed.expression)
    }
    return items
  }

  #map(node: SyntaxNode): Formed {
    const entries = wordsOf(node)
      .filter((word) => word.type.id === term.Entry)
      .map((entry) => {
        const [key, , value] = wordsOf(entry)
        const formed = this.#value(key!)
        if (this.#dialect === 'metron') checkPlace('key', formed, this.#problems)
        return { key: formed.expression, value: this.#value(value!).expression }
      })
    return { expression: { kind: 'map', entries, at: span(node) }, form: 'operand' }
  }

  #group(node: SyntaxNode): Formed {
    const inner = wordsOf(node).filter((word) => !isPunctuation(word))
    if (inner.length !== 1) {
      this.#problems.error(
        'FLOW-0301',
        span(node),
        inner.length === 0 ? 'The parentheses are empty.' : 'The parentheses hold several values.',
        "Write one value in them, or '->' after them for a lambda.",
      )
      return constant(node, null)
    }
    const content = this.#value(inner[0]!)
    this.#contentForm.set(node.from, content.form)
    return { expression: content.expression, form: formInParentheses(content.form) }
  }

  #call(node: SyntaxNode): Formed {
    const [name, args] = wordsOf(node)
    return {
      expression: {
        kind: 'call',
        name: this.#slice(name!),
        nameAt: span(name!),
        args: this.#arguments(args!),
        at: span(node),
      },
      form: 'arithmetic',
    }
  }

  #exists(node: SyntaxNode): Formed {
    const of = this.#value(wordsOf(node)[2]!).expression
    const isPath = of.kind === 'name' || (this.#dialect === 'stellar' && (of.kind === 'member' || of.kind === 'index'))
    if (!isPath)
      this.#problems.error('FLOW-0301', of.at, "'exists' takes the name of a field.", 'Write exists(name), no quotes.')
    return { expression: { kind: 'exists', of, at: span(node) }, form: 'operand' }
  }

  #access(node: SyntaxNode): Formed {
    if (this.#dialect === 'metron') {
      this.#problems.error(
        'FLOW-0301',
        span(node),
        'The metron dialect has no access to members or elements.',
        'Use GET or MAP_GET.',
      )
      return constant(node, null)
    }
    const words = wordsOf(node)
    const of = this.#value(words[0]!).expression
    const at = span(node)
    if (node.type.id === term.Index)
      return { expression: { kind: 'index', of, index: this.#value(words[2]!).expression, at }, form: 'value' }
    const name = this.#slice(words[2]!)
    const path = words[2]!.type.id === term.QuotedName ? name.slice(1, -1) : name
    return { expression: { kind: 'member', of, path, at }, form: 'value' }
  }

  #lambda(node: SyntaxNode): Formed {
    const [head, , body] = wordsOf(node)
    const names = head!.type.id === term.Group ? wordsOf(head!).filter((word) => !isPunctuation(word)) : [head!]
    for (const name of names) {
      if (name.type.id !== term.Name || (this.#dialect === 'stellar' && this.#slice(name).includes('.')))
        this.#problems.error('FLOW-0301', span(name), 'A parameter of a lambda is a plain name.', 'Write x or (x, y).')
    }
    const parameters = names.map((name) => this.#slice(name))
    return {
      expression: { kind: 'lambda', parameters, body: this.#value(body!).expression, at: span(node) },
      form: 'operand',
    }
  }

  #conditional(at: Span, test: SyntaxNode, yes: SyntaxNode, no: SyntaxNode): Formed {
    const formed = this.#value(test)
    if (this.#dialect === 'metron') checkPlace('test', formed, this.#problems)
    return {
      expression: {
        kind: 'conditional',
        test: formed.expression,
        yes: this.#value(yes).expression,
        no: this.#value(no).expression,
        at,
      },
      form: 'conditional',
    }
  }

  #match(node: SyntaxNode): Formed {
    const clauses: { test: Expression; action: Expression }[] = []
    let otherwise: Expression | undefined
    for (const clause of wordsOf(node).filter((word) => word.type.id === term.Clause)) {
      const [check, , action] = wordsOf(clause)
      if (otherwise !== undefined) {
        this.#problems.error('FLOW-0301', span(clause), "A clause stands after 'default'.", 'Put default last.')
        continue
      }
      if (this.#dialect === 'metron' && stripGroup(action!).type.id === term.Match)
        this.#problems.error(
          'FLOW-0301',
          span(action!),
          "The metron dialect can't have a match directly in the action of another.",
          'Use if then else, or the stellar dialect.',
        )
      const result = this.#value(action!).expression
      if (check!.type.id === term.Default) {
        otherwise = result
        continue
      }
      const test = this.#value(check!)
      if (this.#dialect === 'metron') checkPlace('check', test, this.#problems)
      clauses.push({ test: test.expression, action: result })
    }
    const at = span(node)
    if (otherwise === undefined)
      this.#problems.error('FLOW-0301', at, "The match has no 'default'.", 'Add default => value as its last clause.')
    else if (clauses.length > MAX_CLAUSES)
      this.#problems.error(
        'FLOW-0304',
        at,
        `The match has more than ${MAX_CLAUSES} clauses.`,
        'Use a map, or split it.',
      )
    else if (clauses.length === 0)
      this.#problems.error('FLOW-0301', at, "The match has nothing before 'default'.", 'Add a clause: test => value.')
    return {
      expression: {
        kind: 'match',
        clauses,
        otherwise: otherwise ?? { kind: 'constant', value: null, at },
        at,
      },
      form: 'value',
    }
  }
}

function span(node: SyntaxNode): Span {
  return { start: node.from, end: node.to }
}

function constant(node: SyntaxNode, value: null | boolean): Formed {
  return { expression: { kind: 'constant', value, at: span(node) }, form: 'operand' }
}

/** The children of a node, comments left out. */
function wordsOf(node: SyntaxNode): SyntaxNode[] {
  const words: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.type.id !== term.Comment) words.push(child)
  return words
}

const PUNCTUATION = new Set([...CLOSERS.keys(), ...CLOSING, term.Comma])
function isPunctuation(node: SyntaxNode): boolean {
  return PUNCTUATION.has(node.type.id)
}

/** `not - x` as its signs and x. */
function unprefix(node: SyntaxNode): { prefixes: SyntaxNode[]; operand: SyntaxNode } {
  const prefixes: SyntaxNode[] = []
  let operand = node
  while (operand.type.id === term.Prefixed) {
    const [sign, of] = wordsOf(operand)
    prefixes.push(sign!)
    operand = of!
  }
  return { prefixes, operand }
}

function stripGroup(node: SyntaxNode): SyntaxNode {
  let inner = node
  while (inner.type.id === term.Group) inner = wordsOf(inner)[1]!
  return inner
}
