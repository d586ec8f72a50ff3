/**
 * Counts the trigram table of nodes/feature/domain-trigrams.gen.ts from the benign names of the part `table`.
 *
 *   node flows/examples/train/make-trigrams.ts DOMAINS.csv.gz
 *
 * Each probability blends trigram, bigram and letter counts by Witten-Bell: a context seen with many different
 * successors trusts its own counts less. Every registrable label counts once.
 */

import { writeFileSync } from 'node:fs'
import { DomainName } from '../../../nodes/feature/domain-name.ts'
import { STEPS_PER_BIT, SYMBOLS, symbolOf } from './symbols.ts'
import { readNames } from './split.ts'

/** Counts of the successors of each context, and what Witten-Bell needs of them. */
class Successors {
  readonly counts: Float64Array
  readonly totals: Float64Array
  readonly kinds: Float64Array
  constructor(contexts: number) {
    this.counts = new Float64Array(contexts * SYMBOLS)
    this.totals = new Float64Array(contexts)
    this.kinds = new Float64Array(contexts)
  }
  add(context: number, symbol: number): void {
    const at = context * SYMBOLS + symbol
    if (this.counts[at] === 0) this.kinds[context]!++
    this.counts[at]!++
    this.totals[context]!++
  }
  /** P(symbol | context), where the shorter context says `otherwise`. */
  probability(context: number, symbol: number, otherwise: number): number {
    const total = this.totals[context]!
    if (total === 0) return otherwise
    const kinds = this.kinds[context]!
    return (this.counts[context * SYMBOLS + symbol]! + kinds * otherwise) / (total + kinds)
  }
}

const path = process.argv[2]
if (path === undefined) {
  process.stderr.write('usage: make-trigrams.ts DOMAINS.csv.gz\n')
  process.exit(2)
}

const one = new Successors(1)
const two = new Successors(SYMBOLS)
const three = new Successors(SYMBOLS * SYMBOLS)
const parts = new DomainName()
const seen = new Set<string>()
for (const { name, part } of readNames(path)) {
  if (part !== 'table') continue
  parts.read(name)
  const label = parts.label()
  if (label.startsWith('xn--') || seen.has(label)) continue
  seen.add(label)
  let before = 0
  let last = 0
  for (let i = 0; i <= label.length; i++) {
    const symbol = i < label.length ? symbolOf(label.charCodeAt(i)) : 0
    one.add(0, symbol)
    two.add(last, symbol)
    three.add(before * SYMBOLS + last, symbol)
    before = last
    last = symbol
  }
}

const table = new Uint8Array(SYMBOLS ** 3)
for (let a = 0; a < SYMBOLS; a++) {
  for (let b = 0; b < SYMBOLS; b++) {
    for (let c = 0; c < SYMBOLS; c++) {
      const letter = one.probability(0, c, 1 / SYMBOLS)
      const bigram = two.probability(b, c, letter)
      const trigram = three.probability(a * SYMBOLS + b, c, bigram)
      const steps = Math.round(-Math.log2(trigram) * STEPS_PER_BIT)
      table[(a * SYMBOLS + b) * SYMBOLS + c] = Math.min(255, Math.max(0, steps))
    }
  }
}

const text = Buffer.from(table).toString('base64')
const lines = text.match(/.{1,108}/g)!.map((line) => `  '${line}'`)
writeFileSync(
  new URL('../../../nodes/feature/domain-trigrams.gen.ts', import.meta.url),
  `// Made by flows/examples/train/make-trigrams.ts from ${seen.size} benign labels. 29^3 bytes in base64.\n` +
    `export const TRIGRAM_BYTES: string =\n${lines.join(' +\n')}\n`,
)
process.stderr.write(`${seen.size} labels\n`)
