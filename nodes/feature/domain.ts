/**
 * Lexical features of a domain name: what can be told from its letters alone.
 *
 * Nearly all are of one label, the one somebody registered (`example` in `www.example.co.uk`): what stands left of it
 * is the owner's business and what stands right of it the registry's, so a model learned from registered names holds
 * for the longer names that clients ask for.
 */

import { field } from '../contract/field.ts'
import { need } from '../contract/need.ts'
import { deriveNode } from '../contract/node.ts'
import { option } from '../contract/option.ts'
import { DomainName, LONGEST_NAME } from './domain-name.ts'
import { STEPS_PER_BIT, SYMBOLS, symbolOf } from './domain-symbols.ts'
import { TRIGRAM_BYTES } from './domain-trigrams.gen.ts'

/** `surprise[(a * 29 + b) * 29 + c]`: -log2 P(c after a, b) in sixteenths of a bit. */
const surprise: Uint8Array = Uint8Array.from(atob(TRIGRAM_BYTES), (char) => char.charCodeAt(0))
/** A trigram rarer than one in 128 counts for `rare_ratio`. */
const RARE_STEPS = 7 * STEPS_PER_BIT

const LETTER = 1
const VOWEL = 2
const DIGIT = 4
const HEX = 8
const kinds = new Uint8Array(128)
for (const letter of 'abcdefghijklmnopqrstuvwxyz') kinds[letter.charCodeAt(0)]! |= LETTER
for (const vowel of 'aeiou') kinds[vowel.charCodeAt(0)]! |= VOWEL
for (const digit of '0123456789') kinds[digit.charCodeAt(0)]! |= DIGIT
for (const hex of '0123456789abcdef') kinds[hex.charCodeAt(0)]! |= HEX

/** n * log2(n) for each count a label can hold. */
const nLog2n = Float64Array.from({ length: LONGEST_NAME + 1 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)))
/** Occurrences of each UTF-16 unit in the label at hand; all 0 between calls. */
const counts = new Uint16Array(65536)

/** The features of one name. Reused: `read` overwrites them. */
class DomainFeatures {
  readonly name = new DomainName()
  name_length = 0
  length = 0
  entropy = 0
  distinct_ratio = 0
  digit_ratio = 0
  vowel_ratio = 0
  hex_ratio = 0
  consonant_run = 0
  switches = 0
  hyphens = 0
  likelihood = 0
  rare_ratio = 0
  subdomain_length = 0
  is_punycode = false

  /** Linear in the name; every number is finite for any text. Ratios of an empty label are 0. */
  read(text: string): void {
    const name = this.name
    name.read(text)
    const { text: lower, labelStart, labelEnd } = name
    const length = labelEnd - labelStart

    let letters = 0
    let vowels = 0
    let digits = 0
    let hex = 0
    let hyphens = 0
    let switches = 0
    let run = 0
    let longestRun = 0
    let kindBefore = 0
    let steps = 0
    let rare = 0
    let before = 0
    let last = 0
    for (let i = labelStart; i < labelEnd; i++) {
      const code = lower.charCodeAt(i)
      counts[code]!++
      const kind = code < 128 ? kinds[code]! : 0
      if ((kind & LETTER) !== 0) letters++
      if ((kind & VOWEL) !== 0) vowels++
      if ((kind & DIGIT) !== 0) digits++
      if ((kind & HEX) !== 0) hex++
      if (code === 45) hyphens++
      run = (kind & (LETTER | VOWEL)) === LETTER ? run + 1 : 0
      if (run > longestRun) longestRun = run
      const side = kind & (LETTER | DIGIT)
      if (side !== 0) {
        if (kindBefore !== 0 && side !== kindBefore) switches++
        kindBefore = side
      }
      const symbol = symbolOf(code)
      const step = surprise[(before * SYMBOLS + last) * SYMBOLS + symbol]!
      steps += step
      if (step > RARE_STEPS) rare++
      before = last
      last = symbol
    }
    const ending = surprise[(before * SYMBOLS + last) * SYMBOLS]!
    steps += ending
    if (ending > RARE_STEPS) rare++

    let distinct = 0
    let sum = 0
    for (let i = labelStart; i < labelEnd; i++) {
      const code = lower.charCodeAt(i)
      const count = counts[code]!
      if (count === 0) continue
      distinct++
      sum += nLog2n[count]!
      counts[code] = 0
    }

    const divisor = Math.max(length, 1)
    this.name_length = text.length
    this.length = length
    // Sums in another order differ in the last bits; rounded, anagrams are equal and no model can part them.
    this.entropy = Math.round(((nLog2n[length]! - sum) / divisor) * 1e9) / 1e9
    this.distinct_ratio = distinct / divisor
    this.digit_ratio = digits / divisor
    this.vowel_ratio = letters === 0 ? 0 : vowels / letters
    this.hex_ratio = hex / divisor
    this.consonant_run = longestRun
    this.switches = switches
    this.hyphens = hyphens
    this.likelihood = length === 0 ? 0 : -steps / (STEPS_PER_BIT * (length + 1))
    this.rare_ratio = length === 0 ? 0 : rare / (length + 1)
    this.subdomain_length = labelStart === 0 ? 0 : labelStart - 1
    this.is_punycode = lower.startsWith('xn--') || lower.includes('.xn--')
  }
}

/** One reused struct for each node, found by its options: two nodes in one loop must not share it. */
const structs = new WeakMap<object, DomainFeatures>()
function structOf(options: object): DomainFeatures {
  let struct = structs.get(options)
  if (struct === undefined) {
    struct = new DomainFeatures()
    structs.set(options, struct)
  }
  return struct
}

const ratio = (help: string) => field.float64({ unit: 'ratio', min: 0, max: 1, help })

export default deriveNode({
  type: 'feature.domain',
  version: 1,
  title: 'Domain features',
  icon: 'case-lower',
  help: [
    'Adds what the letters of a domain name tell: length, randomness, likeness to names people choose.',
    '',
    'Nearly all features are of the **registrable label**, the part somebody registered: `example` in',
    '`www.example.co.uk`. It is found by the Public Suffix List, private section included, so in',
    '`abc.dyndns.org` it is `abc`. A name without one (`com`, `wpad`) is judged by its first label. Capitals count as',
    'small letters, a final dot does not count, and of a name longer than 1,024 characters the last 1,024 are looked at.',
  ].join('\n'),
  options: {
    field: option.field({ kind: 'text', default: 'dns.rrname', help: 'The field with the name.' }),
  },
  essence: (options) => String(options.field),
  needs: (options) => ({ name: need.field(options.field, 'text') }),
  prepare: (row, options) => {
    const struct = structOf(options)
    struct.read(row.name)
    return struct
  },
  adds: {
    length: {
      type: field.integer({
        unit: 'characters',
        min: 0,
        max: LONGEST_NAME,
        help: 'Characters of the registrable label.',
      }),
      from: (_row, _options, f) => f.length,
    },
    entropy: {
      type: field.float64({
        unit: 'bits',
        min: 0,
        max: 10,
        help: 'Shannon entropy of the characters of the registrable label, in bits a character.',
      }),
      from: (_row, _options, f) => f.entropy,
    },
    distinct_ratio: {
      type: ratio('Different characters of the label over its length.'),
      from: (_row, _options, f) => f.distinct_ratio,
    },
    digit_ratio: { type: ratio('Digits over the length of the label.'), from: (_row, _options, f) => f.digit_ratio },
    vowel_ratio: {
      type: ratio('Vowels (a, e, i, o, u) over the letters of the label; 0 without letters.'),
      from: (_row, _options, f) => f.vowel_ratio,
    },
    hex_ratio: {
      type: ratio('Hexadecimal digits (0-9, a-f) over the length of the label.'),
      from: (_row, _options, f) => f.hex_ratio,
    },
    consonant_run: {
      type: field.integer({ min: 0, max: LONGEST_NAME, help: 'Longest run of consonants (y is one) in the label.' }),
      from: (_row, _options, f) => f.consonant_run,
    },
    switches: {
      type: field.integer({ min: 0, max: LONGEST_NAME, help: 'Changes between letters and digits along the label.' }),
      from: (_row, _options, f) => f.switches,
    },
    hyphens: {
      type: field.integer({ min: 0, max: LONGEST_NAME, help: 'Hyphens in the label.' }),
      from: (_row, _options, f) => f.hyphens,
    },
    likelihood: {
      type: field.float64({
        unit: 'bits',
        min: -16,
        max: 0,
        help:
          'Mean log2 probability of a character of the label after the two before it, as in names people registered. ' +
          'About -3 for words, -6 and less for random letters.',
      }),
      from: (_row, _options, f) => f.likelihood,
    },
    rare_ratio: {
      type: ratio('Share of the trigrams of the label that are rarer than one in 128 in names people registered.'),
      from: (_row, _options, f) => f.rare_ratio,
    },
    name_length: {
      type: field.integer({ unit: 'characters', min: 0, help: 'Characters of the whole name as it stands.' }),
      from: (_row, _options, f) => f.name_length,
    },
    labels: {
      type: field.integer({ min: 0, max: LONGEST_NAME + 1, help: 'Labels of the name, suffix included.' }),
      from: (_row, _options, f) => f.name.labels,
    },
    subdomain_length: {
      type: field.integer({
        unit: 'characters',
        min: 0,
        max: LONGEST_NAME,
        help: 'Characters left of the registrable name, inner dots included. Long ones may carry data.',
      }),
      from: (_row, _options, f) => f.subdomain_length,
    },
    is_punycode: {
      type: field.boolean({ help: 'A label of the name begins with xn--: it stands for letters outside ASCII.' }),
      from: (_row, _options, f) => f.is_punycode,
    },
    tld: {
      type: field.text({ help: 'The public suffix: `com`, `co.uk`, `dyndns.org`.' }),
      from: (_row, _options, f) => f.name.suffix(),
    },
    registrable: {
      type: field.text({ help: 'The registrable name: `example.co.uk`. Missing where the name has none.' }),
      from: (_row, _options, f) => f.name.registrable(),
    },
  },
  examples: [
    {
      title: 'an ordinary name and the label that counts in it',
      given: [{ dns: { rrname: 'www.example.co.uk' } }],
      expect: [
        {
          node: {
            length: 7,
            entropy: 2.521640636,
            digit_ratio: 0,
            labels: 4,
            subdomain_length: 3,
            tld: 'co.uk',
            registrable: 'example.co.uk',
          },
        },
      ],
    },
    {
      title: 'a random label under a dynamic DNS provider',
      given: [{ dns: { rrname: 'XQ7KZ2.dyndns.org.' } }],
      expect: [
        {
          node: {
            length: 6,
            digit_ratio: 1 / 3,
            vowel_ratio: 0,
            consonant_run: 2,
            switches: 3,
            tld: 'dyndns.org',
            registrable: 'xq7kz2.dyndns.org',
          },
        },
      ],
    },
    {
      title: 'a record without the name goes past',
      given: [{ event_type: 'flow' }],
      expect: [{ event_type: 'flow' }],
    },
  ],
})
