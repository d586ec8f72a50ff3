/**
 * Records written as JSON: a record's own bytes, and beside them the fields that nodes added. This file must not know
 * loops, nor where a record goes.
 */

import { type ModuleText, RUNTIME } from './emit-module.ts'
import { literal } from './emit-text.ts'

/** JavaScript for buffer, start, end and marks of a record's own bytes. */
export type RecordWindow = readonly [buffer: string, start: string, end: string, marks: string]

/** The bytes of a record that has none. */
export function noWindow(module: ModuleText): RecordWindow {
  return [module.constant('NO_BYTES', 'new Uint8Array(0)'), '0', '0', '0']
}

/** Makes what writes the given fields beside a record's own bytes; gives its name. */
export function recordWriter(module: ModuleText, name: string, paths: readonly string[]): string {
  return module.constant(name, `new ${module.imported(RUNTIME.writer, 'RecordWriter')}(${literal(paths)})`)
}

/** The call that writes a record; `values` are those of the writer's fields. */
export function recordCall(writer: string, into: string, window: RecordWindow, values: readonly string[]): string {
  const [buffer, start, end, marks] = window
  return `${writer}.write(${into}, ${buffer}, ${start}, ${end}, [${values.join(', ')}], ${marks})`
}
