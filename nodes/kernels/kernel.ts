/** Makes the functions of a generated kernel callable. The bytes are this project's own, compiled from a `.as` file. */

import { bytesOf } from './base64.ts'

const compiled = new Map<string, WebAssembly.Module>()

/**
 * @param base64 a constant of a `.gen.ts` file; compiled once a thread.
 * @param memory the kernel's memory.
 * @returns the exports, of which the caller states the type.
 */
export function kernelOf<Exports>(base64: string, memory: WebAssembly.Memory): Exports {
  let module = compiled.get(base64)
  if (module === undefined) {
    module = new WebAssembly.Module(bytesOf(base64) as BufferSource)
    compiled.set(base64, module)
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Exports
}
