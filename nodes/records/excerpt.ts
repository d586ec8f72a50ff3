const MAX_BYTES = 1024

/** Hostile bytes as text that is safe in a log and on a screen: ASCII as it is, all else as `\xNN`. At most 1 KiB read. */
export function excerptText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes.subarray(0, MAX_BYTES)) {
    const isPlain = byte >= 32 && byte < 127 && byte !== 92
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return text
}
