/**
 * Reads a flow file: text to document, with all problems at once.
 *
 * The text may come from anybody. Reading executes nothing, opens nothing, and costs memory in proportion to
 * FLOW_LIMITS however large the text is. Whether node types, options and wires make sense is the compiler's business.
 */

import { type Problem, type ProblemCode, placeOf, type Span } from '../../nodes/contract/problem.ts'
import { closestName } from './closest.ts'
import {
  type FlowDocument,
  type FlowGroup,
  type FlowNode,
  type FlowNote,
  type FlowParameter,
  FORMAT_VERSION,
  NAME,
  type ParameterType,
} from './flow.ts'
import { type JsonMistake, type JsonPart, type Path, plainValue, readJson } from './json.ts'
import { FLOW_LIMITS } from './limits.ts'
import { MIGRATIONS, type Migrations, migrate, type PlainDocument } from './migrations.ts'
import { isPlainName, quoted } from './quote.ts'
import { parseTemplate, TEMPLATE_FIX } from './template.ts'
import { formatWire, parseWire } from './wire.ts'

export interface FlowReading {
  /** The document; absent when there is an error among the problems. Its wires are sorted and in their one spelling. */
  readonly flow?: FlowDocument
  readonly problems: readonly Problem[]
}

const PARAMETER_TYPES: readonly ParameterType[] = ['string', 'integer', 'number', 'boolean']
const NAME_FIX = `Begin with a small letter and go on with small letters, digits, "_" and "-"; at most ${FLOW_LIMITS.name} characters.`
/** Control characters, and those that turn the reading direction of what follows. */
const UNSEEN = /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

/**
 * Reads the text of a flow file. Never throws for what the text holds. `migrations` is for tests.
 *
 * Dictionaries of the document (nodes, options and all objects in them, parameters, positions) have no prototype: a
 * node may be called `constructor`, and `nodes.toString` is undefined unless the file has it.
 */
export function readFlow(text: string, migrations: Migrations = MIGRATIONS): FlowReading {
  if (text.length > FLOW_LIMITS.text) {
    return {
      problems: [
        {
          code: 'FLOW-0102',
          severity: 'error',
          message: `The file has ${text.length} characters; a flow may have ${FLOW_LIMITS.text}.`,
          fix: 'Data belongs into files that the flow reads, not into the flow.',
        },
      ],
    }
  }
  const walk = new DocumentWalk(text)
  const root = walk.json(text)
  if (root === undefined) return { problems: walk.problems }
  const current = walk.version(root, migrations)
  if (current === undefined) return { problems: walk.problems }
  const flow = walk.document(current)
  return walk.hasErrors() ? { problems: walk.problems } : { flow, problems: walk.problems }
}

/** A part of the document and where it is. */
interface Spot {
  readonly part: JsonPart
  readonly path: Path
}

/** One pass over the tree. Each method takes a spot, reports what is wrong there, and gives a value of the right type. */
class DocumentWalk {
  readonly problems: Problem[] = []
  /** The file's text; undefined after a migration, when places in the tree are no longer places in the file. */
  text: string | undefined

  constructor(text: string) {
    this.text = text
  }

  hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error')
  }

  report(code: ProblemCode, path: Path, span: Span, message: string, fix: string): void {
    if (this.problems.length > FLOW_LIMITS.problems) return
    if (this.problems.length === FLOW_LIMITS.problems) {
      message = `There are more problems than these ${FLOW_LIMITS.problems}.`
      fix = 'Mend these first and look again.'
      path = []
    }
    const at = this.text === undefined ? undefined : placeOf(this.text, span)
    this.problems.push({ code, severity: 'error', message, fix, ...owner(path), ...(at === undefined ? {} : { at }) })
  }

  json(text: string): JsonPart | undefined {
    const { root, mistakes } = readJson(text, { ...FLOW_LIMITS, mistakes: FLOW_LIMITS.problems })
    for (const mistake of mistakes) this.jsonMistake(mistake)
    return root
  }

  jsonMistake(mistake: JsonMistake): void {
    if (mistake.kind === 'syntax') {
      this.report('FLOW-0101', [], mistake, mistake.message, mistake.fix)
    } else if (mistake.kind === 'limit') {
      this.report('FLOW-0102', [], mistake, mistake.message, 'Make the flow smaller, or split it.')
    } else if (mistake.kind === 'number') {
      const fix = 'Write a number that fits, or put it in double quotes if it is a name.'
      this.report('FLOW-0105', mistake.path, mistake, `The number ${mistake.message}.`, fix)
    } else {
      const first = placeOf(this.text ?? '', mistake.first)
      const second = placeOf(this.text ?? '', mistake)
      const key = quoted(String(mistake.path.at(-1)))
      const isNode = mistake.path.length === 2 && mistake.path[0] === 'nodes'
      const what = isNode ? `Two nodes have the id ${key}` : `The key ${key} stands twice`
      const message = `${what}: at line ${first.line}, column ${first.column} and at line ${second.line}, column ${second.column}.`
      this.report('FLOW-0104', mistake.path, mistake, message, 'Rename or remove one of the two.')
    }
  }

  /** The document in the current format version, or undefined when it can't be brought there. */
  version(root: JsonPart, migrations: Migrations): JsonPart | undefined {
    const given = root.kind === 'object' ? root.members.get('lacewing')?.value : undefined
    if (given === undefined) {
      const message = 'This is not a flow: it is no JSON object with the key "lacewing".'
      this.report('FLOW-0105', [], { start: root.start, end: root.start + 1 }, message, 'Add "lacewing": 1 to a flow.')
      return undefined
    }
    const version = given.kind === 'number' ? given.value : Number.NaN
    if (!Number.isInteger(version) || version < 0) {
      this.report('FLOW-0105', ['lacewing'], given, 'The format version is not a whole number.', 'Write "lacewing": 1.')
      return undefined
    }
    if (version > FORMAT_VERSION) {
      const message = `The flow has format version ${version}; this Lacewing reads versions up to ${FORMAT_VERSION}.`
      this.report('FLOW-0103', ['lacewing'], given, message, 'Open it with a newer Lacewing.')
      return undefined
    }
    if (version === FORMAT_VERSION) return root
    const result = migrate(plainValue(root) as PlainDocument, version, migrations)
    if ('missing' in result) {
      const message = `There is no format version ${result.missing}.`
      this.report('FLOW-0105', ['lacewing'], given, message, `Write "lacewing": ${FORMAT_VERSION}.`)
      return undefined
    }
    this.text = undefined
    return this.json(JSON.stringify(result.document))
  }

  document(root: JsonPart): FlowDocument {
    const top = this.object({ part: root, path: [] }, [
      'lacewing',
      'name',
      'title',
      'description',
      'parameters',
      'nodes',
      'wires',
      'view',
    ])
    const name = top('name')
    const nodes = top('nodes')
    const title = top('title')
    const description = top('description')
    const parameters = top('parameters')
    const wires = top('wires')
    if (name === undefined) this.missing(root, [], 'name', 'Give the flow a name, such as "dga-eve".')
    if (nodes === undefined) this.missing(root, [], 'nodes', 'Add "nodes": {}.')
    return {
      lacewing: FORMAT_VERSION,
      name: name === undefined ? '' : this.name(name, 'The flow name'),
      ...(title === undefined ? {} : { title: this.line(title) }),
      ...(description === undefined ? {} : { description: this.prose(description) }),
      parameters: parameters === undefined ? Object.create(null) : this.parameters(parameters),
      nodes: nodes === undefined ? Object.create(null) : this.nodes(nodes),
      wires: wires === undefined ? [] : this.wires(wires),
      view: this.view(top('view')),
    }
  }

  parameters(spot: Spot): Record<string, FlowParameter> {
    return this.dictionary(spot, FLOW_LIMITS.parameters, 'The parameter name', (one) => {
      const get = this.object(one, ['type', 'default', 'help'])
      const type = get('type')
      const fallback = get('default')
      const help = get('help')
      if (type === undefined) this.missing(one.part, one.path, 'type', `Types are ${PARAMETER_TYPES.join(', ')}.`)
      const parameter = {
        type: type === undefined ? ('string' as const) : this.choice(type, PARAMETER_TYPES),
        ...(help === undefined ? {} : { help: this.prose(help) }),
      }
      if (fallback === undefined) return parameter
      const value = fallback.part.kind === 'object' || fallback.part.kind === 'list' ? null : fallback.part.value
      if (value === null || !fitsParameter(parameter.type, value)) {
        this.wrong(fallback, `The default is not of type ${parameter.type}.`, 'Change the type or the default.')
        return parameter
      }
      return { ...parameter, default: value }
    })
  }

  nodes(spot: Spot): Record<string, FlowNode> {
    return this.dictionary(spot, FLOW_LIMITS.nodes, 'The node id', (one) => {
      const get = this.object(one, ['type', 'version', 'title', 'options'])
      const type = get('type')
      const version = get('version')
      const title = get('title')
      const options = get('options')
      if (type === undefined) this.missing(one.part, one.path, 'type', 'Add a node type, such as "capture.eve".')
      return {
        type: type === undefined ? '' : this.nodeType(type),
        ...(version === undefined ? {} : { version: this.positiveInteger(version) }),
        ...(title === undefined ? {} : { title: this.line(title) }),
        options: options === undefined ? Object.create(null) : this.options(options),
      }
    })
  }

  nodeType(spot: Spot): string {
    const type = this.text128(spot)
    if (type !== '' && !isPlainName(type.replace('@', ''))) {
      this.wrong(spot, `${quoted(type)} is not the name of a node type.`, 'Write it as in "capture.eve".')
    }
    return type
  }

  options(spot: Spot): Record<string, unknown> {
    if (spot.part.kind !== 'object') {
      this.wrong(spot, `Options are ${article(spot.part)}.`, 'Write an object: option names with their values.')
      return Object.create(null)
    }
    this.references(spot)
    return plainValue(spot.part) as Record<string, unknown>
  }

  /** Checks the `${...}` references of all texts under the spot. Depth is bounded by the JSON reader. */
  references({ part, path }: Spot): void {
    if (part.kind === 'object') {
      for (const [key, member] of part.members) this.references({ part: member.value, path: [...path, key] })
    } else if (part.kind === 'list') {
      for (const [i, item] of part.items.entries()) this.references({ part: item, path: [...path, i] })
    } else if (part.kind === 'text') {
      const template = parseTemplate(part.value)
      if (!('mistake' in template)) return
      const { start } = template.mistake
      const shown = quoted(part.value.slice(start, start + 40))
      this.report('FLOW-0106', path, part, `${shown} is no reference to a parameter or secret.`, TEMPLATE_FIX)
    }
  }

  wires(spot: Spot): string[] {
    const wires: string[] = []
    for (const one of this.list(spot, FLOW_LIMITS.wires, 'wires')) {
      if (one.part.kind !== 'text') {
        this.wrong(one, `A wire is ${article(one.part)}.`, 'Write it as a text: "eve -> dns".', 'FLOW-0107')
        continue
      }
      const ends = parseWire(one.part.value)
      if (ends === undefined) {
        const fix = 'Write "node -> node" or "node.outlet -> node.inlet".'
        this.wrong(one, `${quoted(one.part.value)} is not a wire.`, fix, 'FLOW-0107')
      } else wires.push(formatWire(ends))
    }
    return wires.sort()
  }

  view(spot: Spot | undefined): FlowDocument['view'] {
    if (spot === undefined) return { positions: Object.create(null), groups: [], notes: [] }
    const get = this.object(spot, ['positions', 'groups', 'notes'])
    const positions = get('positions')
    const groups = get('groups')
    const notes = get('notes')
    return {
      positions:
        positions === undefined
          ? Object.create(null)
          : this.dictionary(positions, FLOW_LIMITS.nodes, 'The node id', (one) => this.pixels(one)),
      groups: groups === undefined ? [] : this.list(groups, FLOW_LIMITS.groups, 'groups').map((one) => this.group(one)),
      notes: notes === undefined ? [] : this.list(notes, FLOW_LIMITS.notes, 'notes').map((one) => this.note(one)),
    }
  }

  group(spot: Spot): FlowGroup {
    const get = this.object(spot, ['title', 'nodes'])
    const title = get('title')
    const nodes = get('nodes')
    if (nodes === undefined) this.missing(spot.part, spot.path, 'nodes', 'List the ids of the nodes in the group.')
    return {
      title: title === undefined ? '' : this.line(title),
      nodes:
        nodes === undefined
          ? []
          : this.list(nodes, FLOW_LIMITS.nodes, 'nodes').map((one) => this.name(one, 'The node id')),
    }
  }

  note(spot: Spot): FlowNote {
    const get = this.object(spot, ['text', 'position', 'size'])
    const text = get('text')
    const position = get('position')
    const size = get('size')
    if (text === undefined) this.missing(spot.part, spot.path, 'text', 'Add "text".')
    if (position === undefined) this.missing(spot.part, spot.path, 'position', 'Add "position": [0, 0].')
    return {
      text: text === undefined ? '' : this.prose(text),
      position: position === undefined ? [0, 0] : this.pixels(position),
      ...(size === undefined ? {} : { size: this.pixels(size) }),
    }
  }

  /** The members of an object by key, after reporting keys that are not among `known`. */
  object(spot: Spot, known: readonly string[]): (key: string) => Spot | undefined {
    const { part, path } = spot
    if (part.kind !== 'object') {
      this.wrong(spot, `Here stands ${article(part)}.`, `Write an object with ${known.map(quoted).join(', ')}.`)
      return () => undefined
    }
    for (const [key, member] of part.members) {
      if (known.includes(key)) continue
      const closest = closestName(key, known)
      const fix = closest === undefined ? `Keys here are ${known.join(', ')}.` : `Did you mean "${closest}"?`
      this.report('FLOW-0105', [...path, key], member.key, `The key ${quoted(key)} is unknown.`, fix)
    }
    return (key) => {
      const member = part.members.get(key)
      return member === undefined ? undefined : { part: member.value, path: [...path, key] }
    }
  }

  /** An object whose keys are names of the author's. A member with a bad name is reported and left out. */
  dictionary<T>(spot: Spot, limit: number, what: string, read: (member: Spot) => T): Record<string, T> {
    const result: Record<string, T> = Object.create(null)
    const { part, path } = spot
    if (part.kind !== 'object') {
      this.wrong(spot, `Here stands ${article(part)}.`, 'Write an object: names with their values.')
      return result
    }
    if (!this.fits(spot, part.members.size, limit, String(path.at(-1)))) return result
    for (const [key, member] of part.members) {
      if (this.goodName(key, what, path, member.key)) result[key] = read({ part: member.value, path: [...path, key] })
    }
    return result
  }

  list(spot: Spot, limit: number, what: string): Spot[] {
    const { part, path } = spot
    if (part.kind !== 'list') {
      this.wrong(spot, `Here stands ${article(part)}.`, 'Write a list in square brackets.')
      return []
    }
    if (!this.fits(spot, part.items.length, limit, what)) return []
    return part.items.map((item, i) => ({ part: item, path: [...path, i] }))
  }

  fits({ part, path }: Spot, count: number, limit: number, what: string): boolean {
    if (count <= limit) return true
    const message = `There are ${count} ${what}; a flow may have ${limit}.`
    this.report('FLOW-0102', path, { start: part.start, end: part.start + 1 }, message, 'Split the flow.')
    return false
  }

  name(spot: Spot, what: string): string {
    if (spot.part.kind !== 'text') {
      this.wrong(spot, `${what} is ${article(spot.part)}.`, NAME_FIX)
      return ''
    }
    return this.goodName(spot.part.value, what, spot.path, spot.part) ? spot.part.value : ''
  }

  goodName(name: string, what: string, path: Path, span: Span): boolean {
    if (name.length <= FLOW_LIMITS.name && NAME.test(name)) return true
    this.report('FLOW-0106', path, span, `${what} ${quoted(name)} is not allowed.`, NAME_FIX)
    return false
  }

  anyText(spot: Spot, limit: number): string {
    const { part } = spot
    if (part.kind !== 'text') this.wrong(spot, `Here stands ${article(part)}.`, 'Write a text in double quotes.')
    else if (part.value.length > limit) {
      this.wrong(spot, `The text has ${part.value.length} characters; ${limit} are allowed here.`, 'Shorten it.')
    } else return part.value
    return ''
  }

  text128(spot: Spot): string {
    return this.anyText(spot, 128)
  }

  prose(spot: Spot): string {
    return this.anyText(spot, FLOW_LIMITS.prose)
  }

  /** A text of one line without characters that can't be seen. */
  line(spot: Spot): string {
    const text = this.anyText(spot, FLOW_LIMITS.title)
    if (!UNSEEN.test(text)) return text
    this.wrong(spot, `${quoted(text)} holds a control character.`, 'Remove the character written as an escape.')
    return ''
  }

  choice<C extends string>(spot: Spot, of: readonly C[]): C {
    const given = spot.part.kind === 'text' ? spot.part.value : undefined
    const found = of.find((one) => one === given)
    if (found !== undefined) return found
    const what = given === undefined ? article(spot.part) : quoted(given)
    this.wrong(spot, `Here stands ${what}.`, `Write one of ${of.join(', ')}.`)
    return of[0]!
  }

  positiveInteger(spot: Spot): number {
    const value = spot.part.kind === 'number' ? spot.part.value : Number.NaN
    if (Number.isSafeInteger(value) && value >= 1) return value
    this.wrong(spot, 'A version is a whole number from 1.', 'Write 1, or leave the key out.')
    return 1
  }

  pixels(spot: Spot): readonly [number, number] {
    const { part } = spot
    const numbers =
      part.kind === 'list' ? part.items.map((item) => (item.kind === 'number' ? item.value : Number.NaN)) : []
    const [x, y] = numbers
    const isNear = (value: number | undefined): value is number => Math.abs(value ?? Number.NaN) <= FLOW_LIMITS.pixels
    if (numbers.length === 2 && isNear(x) && isNear(y)) return [x, y]
    this.wrong(spot, `This is not two numbers within ±${FLOW_LIMITS.pixels}.`, 'Write two numbers: [120, 40].')
    return [0, 0]
  }

  missing(part: JsonPart, path: Path, key: string, fix: string): void {
    // A part that is no object was reported as such.
    if (part.kind !== 'object') return
    this.report('FLOW-0105', path, { start: part.start, end: part.start + 1 }, `The key "${key}" is missing.`, fix)
  }

  wrong({ part, path }: Spot, message: string, fix: string, code: ProblemCode = 'FLOW-0105'): void {
    this.report(code, path, part, message, fix)
  }
}

/** True when a value is of a parameter's type. */
export function fitsParameter(type: ParameterType, value: string | number | boolean): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value)
  return typeof value === type
}

function article(part: JsonPart): string {
  if (part.kind === 'word') return part.value === null ? 'null' : 'true or false'
  return part.kind === 'object' ? 'an object' : `a ${part.kind}`
}

/**
 * Whom a problem belongs to: node and option where the path leads into a node, else a JSON pointer. Names that are not
 * plain are left out, with all below them: what a problem line prints never comes from a hostile key.
 */
function owner(path: Path): Pick<Problem, 'node' | 'option' | 'pointer'> {
  const safe: (string | number)[] = []
  for (const step of path) {
    if (typeof step === 'string' && !isPlainName(step)) break
    safe.push(step)
  }
  if (safe.length === 0) return {}
  const pointer = safe.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  if (safe[0] !== 'nodes' || safe.length < 2) return { pointer }
  const option = safe[2] === 'options' && safe.length > 3 ? { option: safe.slice(3).join('.') } : {}
  return { node: String(safe[1]), ...option, pointer }
}
