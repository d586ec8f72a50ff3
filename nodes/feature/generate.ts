/**
 * Writes the trie of public suffixes: `node nodes/feature/generate.ts` after a new version of tldts. The result is
 * committed; a test compares it with a fresh one.
 *
 * The list is the one inside tldts, taken over as it is: importing tldts itself costs every flow with a domain name some
 * 15 ms of start-up, and its lookup works on strings only.
 */

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** tldts' own layout: node n has the edges `edgeStart[n]` to `edgeStart[n + 1]`. */
interface PackedTrie {
  readonly nodeFlags: Uint8Array
  readonly edgeStart: Uint16Array
  readonly edgeLength: Uint8Array
  readonly edgeChild: Uint16Array
  readonly labelText: string
  readonly rulesRoot: number
  readonly exceptionsRoot: number
}

const TRIE_FILE = 'tldts/dist/es6/src/data/trie.js'
const HEAD = `// Generated from the Public Suffix List in tldts by generate.ts; do not edit.
// This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not
// distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/. The list is that of publicsuffix.org.
`

/** The text of domain-suffixes.gen.ts. */
export async function generateSuffixes(): Promise<string> {
  const trie: PackedTrie = await import(TRIE_FILE)
  const { edgeStart, edgeLength, edgeChild, nodeFlags, labelText, rulesRoot, exceptionsRoot } = trie
  const parents = new Uint16Array(edgeLength.length)
  for (let node = 0; node < nodeFlags.length; node++) parents.fill(node, edgeStart[node], edgeStart[node + 1])
  const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64')
  const rows = [
    `rules: ${rulesRoot},`,
    `exceptions: ${exceptionsRoot},`,
    `flags: '${base64(nodeFlags)}',`,
    `parents: '${base64(parents)}',`,
    `children: '${base64(edgeChild)}',`,
    `lengths: '${base64(edgeLength)}',`,
    `labels: '${base64(Buffer.from(labelText, 'latin1'))}',`,
  ]
  return `${HEAD}export const SUFFIX_TRIE = {\n  ${rows.join('\n  ')}\n}\n`
}

if (import.meta.main) {
  writeFileSync(fileURLToPath(new URL('domain-suffixes.gen.ts', import.meta.url)), await generateSuffixes())
}
