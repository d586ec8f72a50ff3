/** First pass: names become node types, options are checked and filled in, wires become edges of a graph without cycle. */

import { type NodeType, optionsOf, stageOf } from '../../nodes/contract/node.ts'
import { optionRole, readOptions } from '../../nodes/contract/option.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import { closestName } from '../format/closest.ts'
import { applyParameters } from '../format/parameters.ts'
import { formatWire, parseWire } from '../format/wire.ts'
import type { CompileInput, Graph, GraphNode, GraphWire, Passed } from './ir.ts'

export function resolve(input: CompileInput): Passed<Graph> {
  const problems: Problem[] = []
  const { flow, catalogue } = input
  const applied = applyParameters(flow, input.parameters)
  problems.push(...applied.problems)

  const nodes = new Map<string, GraphNode>()
  for (const id of Object.keys(flow.nodes).sort()) {
    const given = flow.nodes[id]!
    const spec = catalogue.get(given.type)
    if (spec === undefined) {
      const near = closestName(given.type, catalogue.keys())
      problems.push({
        code: 'FLOW-0201',
        severity: 'error',
        node: id,
        message: `There is no node type '${given.type}'.`,
        fix: near !== undefined ? `Did you mean ${near}?` : "'lacewing nodes' lists the types.",
      })
      continue
    }
    if ((given.version ?? 1) > spec.version) {
      problems.push({
        code: 'FLOW-0201',
        severity: 'error',
        node: id,
        message: `The flow uses version ${given.version} of ${given.type}; this Lacewing knows version ${spec.version}.`,
        fix: 'Update Lacewing, or open the flow where it was made.',
      })
      continue
    }
    const secrets = applied.secrets.filter((secret) => secret.node === id)
    const options = migrate(spec, given.version ?? 1, applied.options[id] ?? {})
    const read = resolveOptions(input, id, spec, options, secrets, applied.problems)
    problems.push(...read.problems)
    nodes.set(id, { id, title: given.title, spec, secrets, options: read.options, models: read.models })
  }

  const wires = resolveWires(flow.wires, nodes, new Set(Object.keys(flow.nodes)), problems)
  // As drawn: a wire with a mistake of its own still shows that the node was not forgotten.
  const reached = new Set(flow.wires.map((text) => parseWire(text)?.to))
  for (const node of nodes.values()) {
    if (node.spec.shape !== 'source' && !reached.has(node.id)) {
      problems.push({
        code: 'FLOW-0210',
        severity: 'error',
        node: node.id,
        message: `No wire leads to ${node.id}, so it would never see a record.`,
        fix: `Draw a wire to ${node.id}, or remove it.`,
      })
    }
  }
  if (![...nodes.values()].some(({ spec }) => spec.shape === 'source') && problems.length === 0) {
    problems.push({
      code: 'FLOW-0213',
      severity: 'error',
      message: 'The flow has no source.',
      fix: 'Add a node of the capture stage and wire it to the rest.',
    })
  }
  const { order, cycle } = sortNodes([...nodes.keys()], wires)
  if (cycle.length > 0) {
    problems.push({
      code: 'FLOW-0205',
      severity: 'error',
      node: cycle[0]!,
      wire: wires.find((wire) => cycle.includes(wire.from) && cycle.includes(wire.to))!.name,
      message: `Wires form a cycle: ${[...cycle, cycle[0]].join(' -> ')}.`,
      fix: 'Remove one of these wires; records travel one way.',
    })
  }
  const graph = { flow: flow.name, wires, nodes: new Map(order.map((id) => [id, nodes.get(id)!])) }
  if (!problems.some(({ severity }) => severity === 'error')) {
    return { after: { ...graph, unreadable: new Set(), doubtful: new Set() }, problems }
  }
  // Nodes that wait in a cycle come last, so that what is wrong within them is found as well.
  for (const [id, node] of nodes) graph.nodes.set(id, node)
  const unreadable = new Set(problems.flatMap(({ node, option }) => (option === undefined ? [] : [node!])))
  // With a parameter that has no value, nobody knows the options it stands in.
  if (applied.problems.length > 0) {
    for (const [id, node] of Object.entries(flow.nodes))
      if (JSON.stringify(node.options).includes('${')) unreadable.add(id)
  }
  return { partial: { ...graph, unreadable, doubtful: behindMistakes(flow, graph, unreadable, order) }, problems }
}

/** Nodes that a mistake keeps from knowing their records: after an unknown or unreadable node, in a cycle, or unwired. */
function behindMistakes(
  { wires: drawn }: CompileInput['flow'],
  graph: Pick<Graph, 'nodes' | 'wires'>,
  unreadable: ReadonlySet<string>,
  sorted: readonly string[],
): Set<string> {
  const ends = drawn.flatMap((text) => parseWire(text) ?? [])
  const intact = new Set(graph.wires.map(({ name }) => name))
  const doubtful = new Set([...graph.nodes.keys()].filter((id) => !sorted.includes(id)))
  for (const id of sorted) {
    const incoming = ends.filter(({ to }) => to === id)
    const isSource = graph.nodes.get(id)!.spec.shape === 'source'
    const isBroken = (wire: (typeof ends)[number]) =>
      !intact.has(formatWire(wire)) || unreadable.has(wire.from) || doubtful.has(wire.from)
    if (!isSource && (incoming.length === 0 || incoming.some(isBroken))) doubtful.add(id)
  }
  return doubtful
}

function migrate(spec: NodeType, version: number, options: Record<string, unknown>): Record<string, unknown> {
  let current = options
  for (let next = version + 1; next <= spec.version; next++) current = spec.migrate?.[next]?.(current) ?? current
  return current
}

/** Options of one node: checked against the schema, models loaded, secrets only where a source or sink takes them. */
function resolveOptions(
  input: CompileInput,
  id: string,
  spec: NodeType,
  given: Record<string, unknown>,
  secrets: GraphNode['secrets'],
  unfilled: readonly Problem[],
): { options: Record<string, unknown>; models: Record<string, string>; problems: Problem[] } {
  const problems: Problem[] = []
  const schema = optionsOf(spec)
  const { options, mistakes } = readOptions(schema, given)
  for (const { option, message } of mistakes) {
    // Without its parameter an option is still a template, which says nothing about the option.
    if (unfilled.some((problem) => problem.node === id && problem.option === option)) continue
    problems.push({
      code: 'FLOW-0202',
      severity: 'error',
      node: id,
      option,
      message,
      fix: `'lacewing nodes' describes the options of ${spec.type}.`,
    })
  }
  for (const secret of secrets) {
    const role = schema[secret.option.split('.')[0]!]
    const takes = (spec.shape === 'source' || spec.shape === 'sink') && role !== undefined
    if (takes) continue
    problems.push({
      code: 'FLOW-0209',
      severity: 'error',
      node: id,
      option: secret.option,
      message: `The secret ${secret.name} stands in an option that becomes part of the artifact.`,
      fix: `Secrets are resolved on the sensor, in options of capture and sink nodes only; ${spec.type} is of the ${stageOf(spec.type)} stage.`,
    })
  }
  const models: Record<string, string> = {}
  if (mistakes.length === 0) {
    for (const [name, option] of Object.entries(schema)) {
      if (optionRole(option).role !== 'model') continue
      const reference = String(options[name])
      const text = input.modelText(reference)
      if (text === undefined) {
        problems.push({
          code: 'FLOW-0401',
          severity: 'error',
          node: id,
          option: name,
          message: `There is no model '${reference}'.`,
          fix: `Put the file at models/${reference}.json beside the flow, or give the path of a .json file relative to the flow.`,
        })
        continue
      }
      const { model, mistakes: faults } = input.readModel(text)
      for (const message of faults) {
        problems.push({
          code: 'FLOW-0402',
          severity: 'error',
          node: id,
          option: name,
          message: `Model '${reference}': ${message}`,
          fix: 'Export the model again; docs/reference/model-file.md describes the file.',
        })
      }
      models[name] = reference
      options[name] = model
    }
  }
  return { options, models, problems }
}

function resolveWires(
  texts: readonly string[],
  nodes: ReadonlyMap<string, GraphNode>,
  drawn: ReadonlySet<string>,
  problems: Problem[],
): GraphWire[] {
  const wires = new Map<string, GraphWire>()
  for (const text of texts) {
    const ends = parseWire(text)
    if (ends === undefined) continue // the reader has reported it
    const name = formatWire(ends)
    if (wires.has(name)) {
      problems.push({
        code: 'FLOW-0214',
        severity: 'error',
        wire: name,
        message: 'This wire stands twice; every record would travel it twice.',
        fix: 'Remove one of them.',
      })
      continue
    }
    let ok = true
    for (const id of new Set([ends.from, ends.to])) {
      if (drawn.has(id)) {
        ok &&= nodes.has(id)
        continue
      }
      ok = false
      const near = closestName(id, drawn)
      problems.push({
        code: 'FLOW-0203',
        severity: 'error',
        wire: name,
        message: `There is no node '${id}'.`,
        fix: near !== undefined ? `Did you mean ${near}?` : 'Add the node, or remove the wire.',
      })
    }
    if (!ok) continue
    if (nodes.get(ends.to)!.spec.shape === 'source' || ends.inlet !== 'in') {
      const isSource = nodes.get(ends.to)!.spec.shape === 'source'
      problems.push({
        code: 'FLOW-0204',
        severity: 'error',
        wire: name,
        message: isSource ? `${ends.to} is a source and takes no records.` : `${ends.to} has no inlet '${ends.inlet}'.`,
        fix: isSource ? 'Turn the wire round, or remove it.' : "Its only inlet is 'in'.",
      })
      continue
    }
    if (nodes.get(ends.from)!.spec.shape === 'sink') {
      problems.push({
        code: 'FLOW-0204',
        severity: 'error',
        wire: name,
        message: `${ends.from} is a sink and gives no records.`,
        fix: 'Begin the wire at the node before it.',
      })
      continue
    }
    wires.set(name, { name, from: ends.from, outlet: ends.outlet, to: ends.to })
  }
  return [...wires.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Kahn's order with ties by id; what is left over holds a cycle, of which one is given, from its first id on. */
function sortNodes(ids: readonly string[], wires: readonly GraphWire[]): { order: string[]; cycle: string[] } {
  const waits = new Map(ids.map((id) => [id, 0]))
  for (const { to } of wires) waits.set(to, waits.get(to)! + 1)
  const ready = ids.filter((id) => waits.get(id) === 0)
  const order: string[] = []
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id)
    for (const wire of wires) {
      if (wire.from !== id) continue
      const left = waits.get(wire.to)! - 1
      waits.set(wire.to, left)
      if (left === 0) ready.push(wire.to)
    }
    ready.sort()
  }
  if (order.length === ids.length) return { order, cycle: [] }
  const left = new Set(ids.filter((id) => !order.includes(id)))
  const path: string[] = []
  let at = [...left].find((id) => wires.some((wire) => wire.to === id && left.has(wire.from)))!
  // Walking backwards from any node that waits must come round: each has a predecessor that waits too.
  while (!path.includes(at)) {
    path.push(at)
    at = wires.find((wire) => wire.to === at && left.has(wire.from))!.from
  }
  const cycle = path.slice(path.indexOf(at)).reverse()
  const first = cycle.indexOf([...cycle].sort()[0]!)
  return { order, cycle: [...cycle.slice(first), ...cycle.slice(0, first)] }
}
