/** The alphabet and scale of the trigram table; as nodes/kernels/names.as reads it. */

/** Symbols: 0 start and end of a label, 1-26 letters, 27 any digit, 28 anything else (hyphen, underscore, not ASCII). */
export const SYMBOLS = 29
/** Steps of a table entry a bit: 16 is a probability of 1/2, 255 (the rarest) one of 2^-15.9. */
export const STEPS_PER_BIT = 16

const DIGIT = 27
const OTHER = 28

/** The symbol of a UTF-16 unit of a name in lower case. */
export function symbolOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 96
  return code >= 48 && code <= 57 ? DIGIT : OTHER
}
