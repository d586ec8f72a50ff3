/**
 * Writes the parser tables: `node flows/expression/generate.ts` after a change of stellar.grammar. The result is
 * committed; a test compares it with a fresh one.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildParserFile } from '@lezer/generator'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const NOTE = '// Generated from stellar.grammar by generate.ts; do not edit.\n'

/** The text of both generated files, by file name. Throws when the grammar is wrong. */
export function generateParser(): Record<'stellar.gen.ts' | 'stellar-terms.gen.ts', string> {
  const { parser, terms } = buildParserFile(readFileSync(here('stellar.grammar'), 'utf8'), {
    fileName: 'stellar.grammar',
    moduleStyle: 'es',
    typeScript: true,
    warn: (message) => {
      throw new Error(message)
    },
  })
  return { 'stellar.gen.ts': NOTE + parser, 'stellar-terms.gen.ts': NOTE + terms }
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(generateParser())) writeFileSync(here(name), text)
}
