/** Each pass as text for people and for golden files: `lacewing compile --show plan`. */

import { InputError } from '../../nodes/contract/capability.ts'
import type { Compilation } from './compile.ts'
import type { FusedPipeline, Leave, PipelineHead, SplitPlan, Step, TypedNode } from './ir.ts'
import { readsOf } from './project.ts'

export const PASSES = ['resolve', 'check', 'plan', 'project', 'prefilter', 'split', 'fuse', 'emit'] as const

/** @throws InputError for a name that is no pass, or one the compilation did not reach. */
export function showPass(compilation: Compilation, pass: string): string {
  const show = SHOW[pass]
  if (show === undefined) throw new InputError(`There is no pass '${pass}'. Passes are ${PASSES.join(', ')}.`)
  return show(compilation)
}

const SHOW: Readonly<Record<string, (compilation: Compilation) => string>> = {
  resolve: ({ graph }) =>
    [
      ...[...graph!.nodes.values()].map(({ id, spec, options, models }) => {
        const shown = Object.fromEntries(
          Object.entries(options).map(([k, v]) => [k, k in models ? `model ${models[k]}` : v]),
        )
        return `node ${id}: ${spec.type} ${JSON.stringify(shown)}`
      }),
      ...graph!.wires.map(({ name }) => `wire ${name}`),
    ].join('\n'),
  check: ({ typed }) => [...typed!.nodes.values()].map(showTyped).join('\n'),
  plan: ({ plan }) =>
    plan!.pipelines
      .map(
        ({ head, members, exits }, i) =>
          `pipeline ${i}: ${showHead(head)}${list(' -> ', members, ' -> ')}${list('; into ', exits)}`,
      )
      .join('\n'),
  project: ({ projected }) =>
    [
      ...[...projected!.layouts].map(
        ([id, { needs, carried, windows }]) =>
          `before ${id}:${list(
            ' needs ',
            needs.map(({ name }) => name),
          )}${list(' carries ', carried)}${windows ? ' and the record itself' : ''}`,
      ),
      ...[...projected!.reads].map(([id, paths]) => `${id} reads ${paths.join(', ')}`),
    ].join('\n'),
  prefilter: ({ prefiltered }) =>
    [
      ...[...prefiltered!.screens].map(([id, conditions]) => `${id} skips records without ${inWords(conditions)}`),
      ...[...prefiltered!.foretold].map(
        ([id, { fields, parsers }]) => `${id} foretells ${parsers.join(', ')}: ${fields.join(', ')}`,
      ),
      ...[...prefiltered!.passes].map(([id, outlet]) => `they leave ${id} by ${outlet}`),
    ].join('\n') || 'every record is read',
  split: ({ split }) => showSplit(split!.split),
  fuse: ({ fused }) => fused!.pipelines.map(showFused).join('\n'),
  emit: ({ module }) => module!.text,
}

function list(before: string, items: readonly string[], between = ', '): string {
  return items.length === 0 ? '' : before + items.join(between)
}

/** What a prefilter asks for, as `"dns", or without "query"`: one text of each condition, each condition. */
function inWords(conditions: readonly (readonly string[])[]): string {
  return conditions.map((texts) => texts.join(' or ')).join(', or without ')
}

function showSplit(split: SplitPlan['split']): string {
  if (split.by === 'one') return `one worker: ${split.why}`
  if (split.by === 'key') {
    const fields = split.fields.map((part) => (typeof part === 'string' ? part : part.join(' and ')))
    const by = fields.join(', ')
    return `several workers share the records of ${split.source} that differ in ${by}${split.foretold ? ', which it foretells' : ''}`
  }
  return `several workers share the records of ${split.source}`
}

function showHead({ kind, node }: PipelineHead): string {
  return kind === 'source'
    ? node
    : kind === 'rejects'
      ? `${node}.rejected`
      : kind === 'operator'
        ? `results of ${node}`
        : `all into ${node}`
}

function showTyped({ id, needs, adds, admits, outlets, inlet }: TypedNode): string {
  return [
    `node ${id}`,
    ...(inlet === undefined ? [] : [`  takes ${inlet.fields.size} fields, read from ${inlet.reader}`]),
    ...needs.map((need) => `  needs ${need.name}: ${need.need.from} over ${readsOf(need).join(', ') || 'nothing'}`),
    ...(admits === undefined ? [] : [`  admits by an expression over ${admits.reads.join(', ')}`]),
    ...adds.map(
      ({ path, type, expression }) => `  adds ${path}: ${type.kind}${expression === undefined ? '' : ' (expression)'}`,
    ),
    ...(outlets.length > 0 ? [`  outlets ${outlets.join(', ')}`] : []),
  ].join('\n')
}

function showFused({ head, leaves, first }: FusedPipeline): string {
  const lines = [`for each of ${showHead(head)}`]
  for (const leave of leaves) showLeave(leave, 1, lines)
  if (first !== undefined) showStep(first, 1, lines)
  return lines.join('\n')
}

function showLeave({ outlet, wires }: Leave, depth: number, lines: string[]): void {
  for (const { name, next } of wires) {
    lines.push(`${'  '.repeat(depth)}by ${outlet} along ${name}`)
    showStep(next, depth + 1, lines)
  }
}

function showStep(step: Step, depth: number, lines: string[]): void {
  lines.push(`${'  '.repeat(depth)}${step.do} ${step.node}`)
  if (step.do === 'derive') {
    showLeave(step.leave, depth + 1, lines)
    showLeave(step.rejected, depth + 1, lines)
  } else if (step.do === 'keep') for (const leave of step.leaves) showLeave(leave, depth + 1, lines)
}
