/**
 * The cost bound of expressions. An evaluation starts with a full tank; lambda calls, and texts and lists made, use it
 * up. One unit is about 50 ns of work, so that a full tank is some 50 ms. Evaluations never overlap: they are
 * synchronous and don't start each other.
 */

import { ExpressionError } from '../contract/function.ts'

const FULL = 1_000_000
let left = FULL

/** Fills the tank; the first thing an expression does that can use fuel. */
export function refuel(): void {
  left = FULL
}

/** Uses fuel. @throws ExpressionError when the tank is empty. */
export function spend(units: number): void {
  left -= units
  if (left < 0) {
    left = 0
    throw new ExpressionError('The expression does too much work for one record. Use smaller lists or texts.')
  }
}

/** The longest text an expression may make, in UTF-16 units. */
const MAX_TEXT = 4_194_304

/** Pays for a text before it is made: 64 units of text for one of fuel. @throws ExpressionError when it is too long. */
export function spendText(length: number): void {
  if (length > MAX_TEXT) throw new ExpressionError(`The expression makes a text of more than ${MAX_TEXT} characters.`)
  spend(1 + (length >> 6))
}

/** Pays for a list, set or map before it is made or walked: 16 entries for one of fuel. */
export function spendItems(count: number): void {
  spend(1 + (count >> 4))
}
