/** Puts parameter values into the options of a flow's nodes. */

import type { Problem } from '../../nodes/contract/problem.ts'
import { closestName } from './closest.ts'
import type { FlowDocument, FlowParameter, ParameterType } from './flow.ts'
import { FLOW_LIMITS } from './limits.ts'
import { isPlainName, quoted } from './quote.ts'
import { fitsParameter } from './read.ts'
import { escapeTemplate, parseTemplate, TEMPLATE_FIX } from './template.ts'

export type ParameterValue = string | number | boolean
/** Values of a flow's parameters, by name. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>

/** A text that holds `${secret:name}`; it is resolved on the sensor. `option` is dotted below the first level. */
export interface SecretReference {
  readonly node: string
  readonly option: string
  readonly name: string
}

export interface FilledOptions {
  /**
   * Options by node id, without prototypes. A text listed in `secrets` is still a template (template.ts): its secrets
   * stand in it and a literal `${` is escaped, so no parameter can smuggle a secret in. Every other text is final. A
   * text that is nothing but a parameter without a usable value stays as written; the problem says so.
   */
  readonly options: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly secrets: readonly SecretReference[]
  readonly problems: readonly Problem[]
}

/**
 * Fills `${name}` in all options. A text that is nothing but `${name}` becomes the value with its type; within a longer
 * text the value is put in as text. What is put in is never looked at again. A value for a parameter of another type
 * than string may be given as text, as the command line does: "5", "true".
 */
export function applyParameters(flow: FlowDocument, given: ParameterValues): FilledOptions {
  const problems: Problem[] = []
  const values = parameterValues(flow, given, problems)
  const secrets: SecretReference[] = []
  const options: Record<string, Record<string, unknown>> = Object.create(null)
  for (const node of Object.keys(flow.nodes)) {
    const filler = new Filler(flow, values, node, problems, secrets)
    options[node] = filler.fill(flow.nodes[node]!.options, []) as Record<string, unknown>
  }
  return { options, secrets, problems }
}

function parameterValues(
  flow: FlowDocument,
  given: ParameterValues,
  problems: Problem[],
): ReadonlyMap<string, ParameterValue> {
  const values = new Map<string, ParameterValue>()
  for (const [name, parameter] of Object.entries(flow.parameters)) {
    const value = Object.hasOwn(given, name) ? given[name] : parameter.default
    if (value === undefined) {
      problems.push(parameterProblem(name, `Parameter ${name} has no value.`, `Give one with --set ${name}=...`))
      continue
    }
    const typed = typeof value === 'string' ? fromText(parameter.type, value) : value
    if (typed === undefined || !fitsParameter(parameter.type, typed)) {
      const message = `Parameter ${name} is of type ${parameter.type}, and ${quoted(String(value))} is not.`
      problems.push(parameterProblem(name, message, fixFor(parameter)))
    } else values.set(name, typed)
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(flow.parameters, name)) continue
    problems.push(unknownParameter(flow, name))
  }
  return values
}

function fromText(type: ParameterType, text: string): ParameterValue | undefined {
  if (type === 'string') return text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  return /^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(text) ? Number(text) : undefined
}

function fixFor({ type }: FlowParameter): string {
  if (type === 'boolean') return 'Give true or false.'
  return type === 'string' ? 'Give a text.' : `Give ${type === 'integer' ? 'a whole number' : 'a number'}, such as 5.`
}

function parameterProblem(name: string, message: string, fix: string): Problem {
  const pointer = isPlainName(name) ? { pointer: `/parameters/${name}` } : {}
  return { code: 'FLOW-0206', severity: 'error', message, fix, ...pointer }
}

function unknownParameter(flow: FlowDocument, name: string): Problem {
  const known = Object.keys(flow.parameters)
  const closest = closestName(name, known)
  const all = known.length === 0 ? 'The flow has no parameters.' : `Parameters are ${known.join(', ')}.`
  const fix = closest === undefined ? all : `Did you mean ${closest}?`
  return { code: 'FLOW-0206', severity: 'error', message: `The flow has no parameter ${quoted(name)}.`, fix }
}

/** Fills the options of one node. */
class Filler {
  readonly flow: FlowDocument
  readonly values: ReadonlyMap<string, ParameterValue>
  readonly node: string
  readonly problems: Problem[]
  readonly secrets: SecretReference[]

  constructor(
    flow: FlowDocument,
    values: ReadonlyMap<string, ParameterValue>,
    node: string,
    problems: Problem[],
    secrets: SecretReference[],
  ) {
    this.flow = flow
    this.values = values
    this.node = node
    this.problems = problems
    this.secrets = secrets
  }

  /** A copy of the value with all references filled. Depth is that of the document. */
  fill(value: unknown, path: readonly string[]): unknown {
    if (typeof value === 'string') return this.fillText(value, path.join('.'))
    if (Array.isArray(value)) return value.map((item, i) => this.fill(item, [...path, String(i)]))
    if (value === null || typeof value !== 'object') return value
    const result: Record<string, unknown> = Object.create(null)
    for (const [key, member] of Object.entries(value)) result[key] = this.fill(member, [...path, key])
    return result
  }

  fillText(text: string, option: string): unknown {
    const template = parseTemplate(text)
    if ('mistake' in template) {
      this.problem(option, `${quoted(text)} holds a reference that is none.`, TEMPLATE_FIX)
      return text
    }
    const { pieces } = template
    const [first] = pieces
    if (pieces.length === 1 && first!.kind === 'parameter') return this.valueOf(first!.name, option) ?? text
    const isTemplate = pieces.some((piece) => piece.kind === 'secret')
    let result = ''
    let literal = ''
    for (const piece of pieces) {
      if (piece.kind === 'secret') {
        this.secrets.push({ node: this.node, option, name: piece.name })
        // Read again, a dollar sign just before it would turn the secret into plain text.
        if (literal.endsWith('$'))
          this.problem(option, 'A value that ends in "$" stands before a secret.', 'Part them.')
        result += `${escapeTemplate(literal)}\${secret:${piece.name}}`
        literal = ''
      } else literal += piece.kind === 'text' ? piece.text : String(this.valueOf(piece.name, option) ?? '')
      if (result.length + literal.length > FLOW_LIMITS.filledText) {
        const message = `With its parameters the text is longer than ${FLOW_LIMITS.filledText} characters.`
        this.problem(option, message, 'Give shorter values.')
        return ''
      }
    }
    return result + (isTemplate ? escapeTemplate(literal) : literal)
  }

  /** Undefined after a problem was reported, here or when the values were read. */
  valueOf(name: string, option: string): ParameterValue | undefined {
    if (!Object.hasOwn(this.flow.parameters, name)) {
      const { message, fix } = unknownParameter(this.flow, name)
      this.problem(option, message, fix)
    }
    return this.values.get(name)
  }

  problem(option: string, message: string, fix: string): void {
    const place = isPlainName(option) ? { option } : {}
    this.problems.push({ code: 'FLOW-0206', severity: 'error', message, fix, node: this.node, ...place })
  }
}
