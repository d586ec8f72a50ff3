/**
 * Of a flow that several workers share by key: whether a record is this worker's. The names `share`, `isShared` and
 * `leavesUnkeyed` are those of the module (flows/compile/emit.ts). This file must not know where the values come from.
 */

import type { KeyPart } from '../../nodes/contract/program.ts'
import { type ModuleText, RUNTIME } from './emit-module.ts'
import type { SplitPlan } from './ir.ts'

/** True when the source leaves out records that are other workers'. */
export function leavesToOthers({ plan }: Pick<ModuleText, 'plan'>, source: string): boolean {
  return keyOfSource(plan.split, source) !== undefined
}

/** What the source is handed to tell other workers' records, as an expression; undefined when it tells none. */
export function sourceShare(module: ModuleText, source: string): string | undefined {
  const fields = keyOfSource(module.plan.split, source)
  if (fields === undefined) return undefined
  const names = new Map(module.node(source).foretells!.keys.map((path, k) => [path, `k${k}`]))
  const owner = ownerText(module, fields, (path) => names.get(path)!)
  const isOwn = `(${[...names.values()].join(', ')}) => ${owner} === share.index`
  return `isShared ? { isOwn: ${isOwn}, ownsUseless: !leavesUnkeyed } : undefined`
}

/** The number of the worker that a record belongs to by the values of the fields, as an expression. */
export function ownerText(module: ModuleText, fields: readonly KeyPart[], value: (path: string) => string): string {
  const key = fields.reduce<string>(
    (before, part) =>
      typeof part === 'string'
        ? `${module.imported(RUNTIME.keyHash, 'keyHash')}(${before}, ${value(part)})`
        : `${module.imported(RUNTIME.keyHash, 'pairHash')}(${before}, ${value(part[0])}, ${value(part[1])})`,
    module.imported(RUNTIME.keyHash, 'KEY_BASIS'),
  )
  return `${module.imported(RUNTIME.keyHash, 'workerOf')}(${key}, share.of)`
}

function keyOfSource(split: SplitPlan['split'], source: string): readonly KeyPart[] | undefined {
  return split.by === 'key' && split.foretold && split.source === source ? split.fields : undefined
}
