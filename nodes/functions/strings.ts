/** Functions of texts. Positions and lengths count UTF-16 units, as Java and JavaScript do. */

import { ExpressionError, type ExpressionFunction, type ExpressionValue } from '../contract/function.ts'
import { format } from './format.ts'
import { spend, spendItems, spendText } from './fuel.ts'
import { kindOf, needItems, needNumber, needText, textOf } from './values.ts'

/** Applies to the text of any value; null stays null. */
function onText(change: (text: string) => string): (x: unknown) => string | null {
  return (x) => {
    if (x === null || x === undefined) return null
    const text = textOf(x)
    spendText(text.length)
    return change(text)
  }
}

/** Java's trim: everything up to and including the space goes, at both ends. */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 32) start++
  while (end > start && text.charCodeAt(end - 1) <= 32) end--
  return text.slice(start, end)
}

export const TO_UPPER: ExpressionFunction = {
  name: 'TO_UPPER',
  group: 'strings',
  help: 'The text in upper case.',
  parameters: [{ name: 'x', type: 'any', help: 'A text, or any value, of which its text is taken.' }],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [
    { expression: "TO_UPPER('casey')", result: 'CASEY' },
    { expression: 'TO_UPPER(null)', result: null },
  ],
  apply: onText((text) => text.toUpperCase()),
}

export const TO_LOWER: ExpressionFunction = {
  name: 'TO_LOWER',
  group: 'strings',
  help: 'The text in lower case.',
  parameters: [{ name: 'x', type: 'any', help: 'A text, or any value, of which its text is taken.' }],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [{ expression: "TO_LOWER('CaSey')", result: 'casey' }],
  apply: onText((text) => text.toLowerCase()),
}

export const TRIM: ExpressionFunction = {
  name: 'TRIM',
  group: 'strings',
  help: 'The text without white space at both ends.',
  parameters: [{ name: 'x', type: 'any', help: 'A text, or any value, of which its text is taken.' }],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [{ expression: "TRIM('  a b ')", result: 'a b' }],
  apply: onText(trim),
}

export const TO_STRING: ExpressionFunction = {
  name: 'TO_STRING',
  group: 'strings',
  help: 'The text of a value: a double with a point (1.0, 1.0E8), a list as [1, a], a map as {a=1}.',
  parameters: [{ name: 'x', type: 'any', help: 'Any value.' }],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [
    { expression: 'TO_STRING(7)', result: '7' },
    { expression: 'TO_STRING(1.0)', result: '1.0' },
    { expression: 'TO_STRING(0.0001)', result: '1.0E-4' },
    { expression: "TO_STRING([1, 'a'])", result: '[1, a]' },
  ],
  apply: onText((text) => text),
}

export const STARTS_WITH: ExpressionFunction = {
  name: 'STARTS_WITH',
  group: 'strings',
  help: 'Whether a text begins with another.',
  parameters: [
    { name: 'text', type: 'text', help: 'Where to look.' },
    { name: 'prefix', type: 'text', help: 'What it should begin with.' },
  ],
  returns: 'boolean',
  returnsHelp: 'False when either is null.',
  examples: [
    { expression: "STARTS_WITH('casey@gmail.com', 'casey')", result: true },
    { expression: "STARTS_WITH(null, 'casey')", result: false },
  ],
  apply: (text: unknown, prefix: unknown) =>
    text !== null &&
    prefix !== null &&
    needText(text, 'STARTS_WITH', 'text').startsWith(needText(prefix, 'STARTS_WITH', 'prefix')),
}

export const ENDS_WITH: ExpressionFunction = {
  name: 'ENDS_WITH',
  group: 'strings',
  help: 'Whether a text ends with another.',
  parameters: [
    { name: 'text', type: 'text', help: 'Where to look.' },
    { name: 'suffix', type: 'text', help: 'What it should end with.' },
  ],
  returns: 'boolean',
  returnsHelp: 'False when either is null.',
  examples: [{ expression: "ENDS_WITH('casey@gmail.com', 'gmail.com')", result: true }],
  apply: (text: unknown, suffix: unknown) =>
    text !== null &&
    suffix !== null &&
    needText(text, 'ENDS_WITH', 'text').endsWith(needText(suffix, 'ENDS_WITH', 'suffix')),
}

export const SUBSTRING: ExpressionFunction = {
  name: 'SUBSTRING',
  group: 'strings',
  help: 'Part of a text.',
  parameters: [
    { name: 'text', type: 'text', help: 'The whole.' },
    { name: 'start', type: 'number', help: 'First position, from 0.' },
    { name: 'end', type: 'number', help: 'Position after the last; the end of the text if left out.', optional: true },
  ],
  returns: 'text',
  returnsHelp: 'The part; null when text or start is null. Positions outside the text are an error.',
  examples: [
    { expression: "SUBSTRING('metron', 0, 2)", result: 'me' },
    { expression: "SUBSTRING('metron', 3)", result: 'ron' },
  ],
  apply: (given: unknown, from: unknown, to: unknown = null) => {
    if (given === null || from === null) return null
    const text = needText(given, 'SUBSTRING', 'text')
    const start = Math.trunc(needNumber(from, 'SUBSTRING', 'start'))
    const end = to === null ? text.length : Math.trunc(needNumber(to, 'SUBSTRING', 'end'))
    if (text === '') return ''
    if (!(start >= 0 && start <= end && end <= text.length))
      throw new ExpressionError(`SUBSTRING: ${start} to ${end} is outside a text of ${text.length} characters.`)
    return text.slice(start, end)
  },
}

export const CHOMP: ExpressionFunction = {
  name: 'CHOMP',
  group: 'strings',
  help: 'The text without one line end (\\n, \\r or \\r\\n) at its end.',
  parameters: [{ name: 'text', type: 'text', help: 'The text.' }],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [{ expression: "CHOMP('a\\r\\n')", result: 'a' }],
  apply: (text: unknown) => (text === null ? null : needText(text, 'CHOMP', 'text').replace(/(?:\r\n|\r|\n)$/, '')),
}

export const CHOP: ExpressionFunction = {
  name: 'CHOP',
  group: 'strings',
  help: 'The text without its last character; \\r\\n counts as one.',
  parameters: [{ name: 'text', type: 'text', help: 'The text.' }],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [{ expression: "CHOP('metron')", result: 'metro' }],
  apply: (text: unknown) => (text === null ? null : needText(text, 'CHOP', 'text').replace(/(?:\r\n|[\s\S])$/, '')),
}

export const PREPEND_IF_MISSING: ExpressionFunction = {
  name: 'PREPEND_IF_MISSING',
  group: 'strings',
  help: 'Puts a text in front unless it, or an alternative, is there.',
  parameters: [
    { name: 'text', type: 'text', help: 'The text.' },
    { name: 'prefix', type: 'text', help: 'What it should begin with.' },
    { name: 'alternative', type: 'text', help: 'Another beginning that will do.', optional: true },
  ],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [
    { expression: "PREPEND_IF_MISSING('metron', 'apache-')", result: 'apache-metron' },
    { expression: "PREPEND_IF_MISSING('apache-metron', 'apache-')", result: 'apache-metron' },
  ],
  apply: (given: unknown, prefix: unknown, alternative: unknown = null) => {
    if (given === null) return null
    const text = needText(given, 'PREPEND_IF_MISSING', 'text')
    const begins = (with_: unknown, name: string) => text.startsWith(needText(with_, 'PREPEND_IF_MISSING', name))
    if (prefix === null || prefix === '' || begins(prefix, 'prefix')) return text
    if (alternative !== null && alternative !== '' && begins(alternative, 'alternative')) return text
    spendText(text.length)
    return prefix + text
  },
}

export const APPEND_IF_MISSING: ExpressionFunction = {
  name: 'APPEND_IF_MISSING',
  group: 'strings',
  help: 'Puts a text behind unless it, or an alternative, is there.',
  parameters: [
    { name: 'text', type: 'text', help: 'The text.' },
    { name: 'suffix', type: 'text', help: 'What it should end with.' },
    { name: 'alternative', type: 'text', help: 'Another end that will do.', optional: true },
  ],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [{ expression: "APPEND_IF_MISSING('apache', '-metron')", result: 'apache-metron' }],
  apply: (given: unknown, suffix: unknown, alternative: unknown = null) => {
    if (given === null) return null
    const text = needText(given, 'APPEND_IF_MISSING', 'text')
    const ends = (with_: unknown, name: string) => text.endsWith(needText(with_, 'APPEND_IF_MISSING', name))
    if (suffix === null || suffix === '' || ends(suffix, 'suffix')) return text
    if (alternative !== null && alternative !== '' && ends(alternative, 'alternative')) return text
    spendText(text.length)
    return text + suffix
  },
}

export const COUNT_MATCHES: ExpressionFunction = {
  name: 'COUNT_MATCHES',
  group: 'strings',
  help: 'How often a text stands in another, without overlaps.',
  parameters: [
    { name: 'text', type: 'text', help: 'Where to look.' },
    { name: 'part', type: 'text', help: 'What to count.' },
  ],
  returns: 'integer',
  returnsHelp: '0 when either is null or empty.',
  examples: [{ expression: "COUNT_MATCHES('apacheMetron', 'e')", result: 2 }],
  apply: (given: unknown, sought: unknown) => {
    if (given === null || sought === null) return 0
    const text = needText(given, 'COUNT_MATCHES', 'text')
    const part = needText(sought, 'COUNT_MATCHES', 'part')
    if (part === '') return 0
    spendText(text.length)
    let count = 0
    for (let i = text.indexOf(part); i !== -1; i = text.indexOf(part, i + part.length)) count++
    return count
  },
}

function fill(name: string, given: unknown, sign: unknown, length: unknown, isLeft: boolean): string | null {
  if (given === null) return null
  if (sign === null || sign === '') throw new ExpressionError(`${name}: fill must be a text of at least one character.`)
  const text = textOf(given)
  const wanted = Math.trunc(
    Number(typeof length === 'string' ? length.trim() || Number.NaN : needNumber(length, name, 'length')),
  )
  if (Number.isNaN(wanted)) throw new ExpressionError(`${name}: length must be an integer, not ${kindOf(length)}.`)
  spendText(Math.max(wanted, text.length))
  const first = needText(sign, name, 'fill').slice(0, 1)
  return isLeft ? text.padStart(wanted, first) : text.padEnd(wanted, first)
}

export const FILL_LEFT: ExpressionFunction = {
  name: 'FILL_LEFT',
  group: 'strings',
  help: 'Fills a text on its left up to a length.',
  parameters: [
    { name: 'x', type: 'any', help: 'A text, or any value, of which its text is taken.' },
    { name: 'fill', type: 'text', help: 'Its first character fills.' },
    { name: 'length', type: 'any', help: 'The length; a longer text stays as it is.' },
  ],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [{ expression: "FILL_LEFT(7, '0', 3)", result: '007' }],
  apply: (x: unknown, sign: unknown, length: unknown) => fill('FILL_LEFT', x, sign, length, true),
}

export const FILL_RIGHT: ExpressionFunction = {
  name: 'FILL_RIGHT',
  group: 'strings',
  help: 'Fills a text on its right up to a length.',
  parameters: [
    { name: 'x', type: 'any', help: 'A text, or any value, of which its text is taken.' },
    { name: 'fill', type: 'text', help: 'Its first character fills.' },
    { name: 'length', type: 'any', help: 'The length; a longer text stays as it is.' },
  ],
  returns: 'text',
  returnsHelp: 'The text; null for null.',
  examples: [{ expression: "FILL_RIGHT('a', '.', 3)", result: 'a..' }],
  apply: (x: unknown, sign: unknown, length: unknown) => fill('FILL_RIGHT', x, sign, length, false),
}

export const SPLIT: ExpressionFunction = {
  name: 'SPLIT',
  group: 'strings',
  help: 'Cuts a text at every place where a separator stands.',
  parameters: [
    { name: 'text', type: 'text', help: 'The text.' },
    { name: 'separator', type: 'text', help: 'Taken literally; not empty.' },
  ],
  returns: 'list',
  returnsHelp: 'The pieces, empty ones too; no pieces for null.',
  examples: [{ expression: "SPLIT('a,b,,c', ',')", result: ['a', 'b', '', 'c'] }],
  apply: (given: unknown, separator: unknown) => {
    if (given === null) return []
    const text = needText(given, 'SPLIT', 'text')
    const cut = needText(separator, 'SPLIT', 'separator')
    if (cut === '') throw new ExpressionError('SPLIT: separator must not be empty.')
    spend(text.length >> 6)
    const pieces = text.split(cut)
    spendItems(pieces.length)
    return pieces
  },
}

export const JOIN: ExpressionFunction = {
  name: 'JOIN',
  group: 'strings',
  help: 'Joins the texts of the elements of a list.',
  parameters: [
    { name: 'items', type: 'any', help: 'A list or set. Nulls are left out.' },
    { name: 'separator', type: 'text', help: 'Stands between two elements.' },
  ],
  returns: 'text',
  returnsHelp: 'The text.',
  examples: [{ expression: "JOIN(['a', null, 1], '-')", result: 'a-1' }],
  apply: (items: unknown, separator: unknown) => {
    const between = separator === null ? '' : needText(separator, 'JOIN', 'separator')
    const texts = needItems(items, 'JOIN', 'items').flatMap((item) => (item === null ? [] : [textOf(item)]))
    spendItems(texts.length)
    spendText(texts.reduce((sum, text) => sum + text.length + between.length, 0))
    return texts.join(between)
  },
}

export const STRING_ENTROPY: ExpressionFunction = {
  name: 'STRING_ENTROPY',
  group: 'strings',
  help: 'How evenly the characters of a text are spread: its Shannon entropy.',
  parameters: [{ name: 'text', type: 'text', help: 'The text.' }],
  returns: 'number',
  returnsHelp: 'Bits per character; 0 for null or an empty text.',
  examples: [
    { expression: "STRING_ENTROPY('aabb')", result: 1 },
    { expression: "STRING_ENTROPY('')", result: 0 },
  ],
  apply: (given: unknown) => {
    if (given === null) return 0
    const text = needText(given, 'STRING_ENTROPY', 'text')
    if (text === '') return 0
    spendText(text.length)
    const counts = new Map<string, number>()
    for (let i = 0; i < text.length; i++) counts.set(text[i]!, (counts.get(text[i]!) ?? 0) + 1)
    let bits = 0
    for (const count of counts.values()) {
      const share = count / text.length
      bits -= share * Math.log2(share)
    }
    return bits === 0 ? 0 : bits
  },
}

export const FORMAT: ExpressionFunction = {
  name: 'FORMAT',
  group: 'strings',
  help: 'Fills values into a text, with the patterns of Java: %s %d %x %f %.2f %06d %,d %e %b %n %% and %1$s.',
  parameters: [
    { name: 'pattern', type: 'text', help: 'The text with patterns.' },
    { name: 'values', type: 'any', help: 'What stands for the patterns, in order.', rest: true },
  ],
  returns: 'text',
  returnsHelp: 'The text. A missing value, or one that does not fit its pattern, is an error.',
  examples: [
    { expression: "FORMAT('%s has %d', 'x', 5)", result: 'x has 5' },
    { expression: "FORMAT('%06.2f', 3.14159)", result: '003.14' },
  ],
  apply: (pattern: unknown, ...values: ExpressionValue[]) => format(needText(pattern, 'FORMAT', 'pattern'), values),
}
