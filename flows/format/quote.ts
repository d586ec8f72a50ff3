/**
 * Text that others wrote, inside a message of ours: in double quotes, cut to 60 characters, with everything escaped
 * that could steer a terminal or turn the reading direction.
 */
export function quoted(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 57)}...` : text
  return JSON.stringify(cut).replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`
}

const PLAIN = /^[A-Za-z0-9_.:/-]{1,128}$/

/** True when a name can stand bare in a message, a pointer or a log line. */
export function isPlainName(text: string): boolean {
  return PLAIN.test(text)
}
