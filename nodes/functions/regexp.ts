/**
 * Functions of regular expressions, through RE2: matching takes time linear in the text, so that neither a pattern nor
 * a text can stop a sensor. Back references and look-around don't exist.
 */

import { RE2JS } from 're2js'
import { ExpressionError, type ExpressionFunction } from '../contract/function.ts'
import { spend, spendText } from './fuel.ts'
import { isNumber } from './number.ts'
import { needText, textOf } from './values.ts'

/** The longest pattern, in UTF-16 units; and how many compiled ones are kept. */
const MAX_PATTERN = 4096
const MAX_KEPT = 256
const kept = new Map<string, RE2JS>()

function compile(pattern: string, name: string): RE2JS {
  const known = kept.get(pattern)
  if (known !== undefined) return known
  if (pattern.length > MAX_PATTERN)
    throw new ExpressionError(`${name}: the pattern has more than ${MAX_PATTERN} characters.`)
  // Compiling costs far more than matching; a pattern that changes with each element of a list must not be free.
  spend(200 + pattern.length * 8)
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new ExpressionError(`${name}: the pattern can't be used: ${error.message}.`, { cause: error })
  }
  if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!)
  kept.set(pattern, compiled)
  return compiled
}

function spendMatch(text: string, pattern: string): void {
  spend(1 + ((text.length * Math.min(pattern.length, 64)) >> 5))
}

export const REGEXP_MATCH: ExpressionFunction = {
  name: 'REGEXP_MATCH',
  group: 'regexp',
  help: 'Whether a whole text matches a regular expression, or one of several.',
  parameters: [
    { name: 'text', type: 'text', help: 'The text.' },
    { name: 'pattern', type: 'any', help: 'The regular expression, or a list of them; nulls in it are left out.' },
  ],
  returns: 'boolean',
  returnsHelp: 'False when text or pattern is null. To look inside a text, put .* around the pattern.',
  examples: [
    { expression: "REGEXP_MATCH('user@gmail.com', '.*@gmail\\\\.com')", result: true },
    { expression: "REGEXP_MATCH('abc', 'b')", result: false },
    { expression: "REGEXP_MATCH('abc', ['x', 'a.c'])", result: true },
  ],
  apply: (given: unknown, patterns: unknown) => {
    if (given === null || patterns === null) return false
    const text = needText(given, 'REGEXP_MATCH', 'text')
    for (const pattern of Array.isArray(patterns) ? patterns : [patterns]) {
      if (pattern === null) continue
      const source = needText(pattern, 'REGEXP_MATCH', 'pattern')
      spendMatch(text, source)
      if (compile(source, 'REGEXP_MATCH').matcher(text).matches()) return true
    }
    return false
  },
}

export const REGEXP_GROUP_VAL: ExpressionFunction = {
  name: 'REGEXP_GROUP_VAL',
  group: 'regexp',
  help: 'What a group of a regular expression holds when the whole text matches it.',
  parameters: [
    { name: 'text', type: 'text', help: 'The text.' },
    { name: 'pattern', type: 'text', help: 'The regular expression.' },
    { name: 'group', type: 'any', help: 'Number of the group, from 1; 0 gives the text.' },
  ],
  returns: 'text',
  returnsHelp: 'Null when the text does not match or there is no such group.',
  examples: [
    { expression: "REGEXP_GROUP_VAL('foo:bar', '(.*):(.*)', 2)", result: 'bar' },
    { expression: "REGEXP_GROUP_VAL('foo', '(b.*)', 1)", result: null },
  ],
  apply: (given: unknown, pattern: unknown, group: unknown) => {
    if (given === null || pattern === null || !isNumber(group) || !Number.isInteger(group)) return null
    const text = needText(given, 'REGEXP_GROUP_VAL', 'text')
    if (group === 0) return text
    const source = needText(pattern, 'REGEXP_GROUP_VAL', 'pattern')
    spendMatch(text, source)
    const matcher = compile(source, 'REGEXP_GROUP_VAL').matcher(text)
    const number = group as number
    if (number < 0 || number > matcher.groupCount() || !matcher.matches()) return null
    return matcher.group(number) ?? null
  },
}

export const REGEXP_REPLACE: ExpressionFunction = {
  name: 'REGEXP_REPLACE',
  group: 'regexp',
  help: 'Replaces everything in a text that a regular expression finds.',
  parameters: [
    { name: 'text', type: 'text', help: 'The text.' },
    { name: 'pattern', type: 'text', help: 'The regular expression.' },
    { name: 'value', type: 'text', help: 'What to put there; $1 stands for the first group.' },
  ],
  returns: 'text',
  returnsHelp: 'Null for a null or empty text; the text itself when pattern or value is null or empty.',
  examples: [
    { expression: "REGEXP_REPLACE('a1b22', '[0-9]+', '#')", result: 'a#b#' },
    { expression: "REGEXP_REPLACE('john smith', '(\\\\w+) (\\\\w+)', '$2 $1')", result: 'smith john' },
  ],
  apply: (given: unknown, pattern: unknown, value: unknown) => {
    if (given === null || given === '') return null
    const text = needText(given, 'REGEXP_REPLACE', 'text')
    if (pattern === null || pattern === '' || value === null || value === '') return text
    const source = needText(pattern, 'REGEXP_REPLACE', 'pattern')
    const replacement = needText(value, 'REGEXP_REPLACE', 'value')
    spendMatch(text, source)
    const compiled = compile(source, 'REGEXP_REPLACE')
    // At most one find a character and one at the end; paid for before it is made.
    let finds = 0
    for (const matcher = compiled.matcher(text); matcher.find(); ) finds++
    spendText(
      text.length + finds * replacement.length * (replacement.includes('$') ? 1 + text.length / (finds || 1) : 1),
    )
    try {
      return compiled.matcher(text).replaceAll(replacement, true)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new ExpressionError(`REGEXP_REPLACE: '${textOf(value).slice(0, 40)}' can't be put in: ${error.message}.`, {
        cause: error,
      })
    }
  },
}
