/** The parser with its highlighting, for the editor and for parse.ts. Knows no CodeMirror. */

import { styleTags, tags } from '@lezer/highlight'
import type { LRParser } from '@lezer/lr'
import { parser } from './stellar.gen.ts'
import type { Dialect } from './tokens.ts'

const highlighting = styleTags({
  Comment: tags.lineComment,
  'Name QuotedName': tags.variableName,
  FunctionName: tags.function(tags.variableName),
  Number: tags.number,
  String: tags.string,
  'True False': tags.bool,
  'Null NaN': tags.null,
  'If Then Else MatchWord Default': tags.controlKeyword,
  'And Or Not In NotIn Exists': tags.operatorKeyword,
  Compare: tags.compareOperator,
  'Plus Minus Star Slash Percent': tags.arithmeticOperator,
  'Arrow FatArrow Question Colon': tags.punctuation,
  Comma: tags.separator,
  Dot: tags.derefOperator,
  'LeftParen RightParen': tags.paren,
  'LeftBracket RightBracket': tags.squareBracket,
  'LeftBrace RightBrace': tags.brace,
})

const parsers: Record<Dialect, LRParser> = {
  stellar: parser.configure({ props: [highlighting] }),
  metron: parser.configure({ props: [highlighting], dialect: 'metron' }),
}

/** The parser of a dialect. Its tree is wider than the dialect (stellar.grammar says how); parse.ts has the rest. */
export function stellarParser(dialect: Dialect = 'stellar'): LRParser {
  return parsers[dialect]
}
