/** Where there is Node's Buffer, it decodes some fifty times as fast. */
const buffers = (globalThis as { Buffer?: typeof Buffer }).Buffer

/** The bytes of a constant of a `.gen.ts` file. */
export function bytesOf(base64: string): Uint8Array {
  return buffers?.from(base64, 'base64') ?? Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}
