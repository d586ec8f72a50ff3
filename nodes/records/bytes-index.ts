/** Where there is Node's Buffer, its search is many times faster than a loop; in the browser a loop has to do. */
const native = (globalThis as { Buffer?: { prototype: { indexOf: unknown } } }).Buffer?.prototype.indexOf as
  | ((this: Uint8Array, needle: Uint8Array, from: number) => number)
  | undefined

/** The first place of `needle` in `bytes` at or behind `from`, or -1. */
export function bytesIndex(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  if (native !== undefined) return native.call(bytes, needle, from)
  const first = needle[0]!
  for (let i = bytes.indexOf(first, from); i !== -1; i = bytes.indexOf(first, i + 1)) {
    if (i + needle.length > bytes.length) return -1
    if (needle.every((byte, k) => bytes[i + k] === byte)) return i
  }
  return -1
}
