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
import { DomainName, FOUND, LONGEST_NAME } from './domain-name.ts'

/** One reused name for each node, found by its options: two nodes in one loop must not share it. */
const names = new WeakMap<object, DomainName>()
function nameOf(options: object): DomainName {
  let name = names.get(options)
  if (name === undefined) {
    name = new DomainName()
    names.set(options, name)
  }
  return name
}

type From = (row: unknown, options: unknown, name: DomainName) => number
/** What the kernel found at one place. */
const found =
  (place: number): From =>
  (_row, _options, name) =>
    name.found[place]!

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
  needs: (options) => ({ name: need.utf8(options.field) }),
  prepare: (row, options) => {
    const name = nameOf(options)
    name.readUtf8(row.name)
    return name
  },
  adds: {
    length: {
      type: field.integer({
        unit: 'characters',
        min: 0,
        max: LONGEST_NAME,
        help: 'Characters of the registrable label.',
      }),
      from: found(FOUND.length),
    },
    entropy: {
      type: field.float64({
        unit: 'bits',
        min: 0,
        max: 10,
        help: 'Shannon entropy of the characters of the registrable label, in bits a character.',
      }),
      from: found(FOUND.entropy),
    },
    distinct_ratio: {
      type: ratio('Different characters of the label over its length.'),
      from: found(FOUND.distinct_ratio),
    },
    digit_ratio: { type: ratio('Digits over the length of the label.'), from: found(FOUND.digit_ratio) },
    vowel_ratio: {
      type: ratio('Vowels (a, e, i, o, u) over the letters of the label; 0 without letters.'),
      from: found(FOUND.vowel_ratio),
    },
    hex_ratio: {
      type: ratio('Hexadecimal digits (0-9, a-f) over the length of the label.'),
      from: found(FOUND.hex_ratio),
    },
    consonant_run: {
      type: field.integer({ min: 0, max: LONGEST_NAME, help: 'Longest run of consonants (y is one) in the label.' }),
      from: found(FOUND.consonant_run),
    },
    switches: {
      type: field.integer({ min: 0, max: LONGEST_NAME, help: 'Changes between letters and digits along the label.' }),
      from: found(FOUND.switches),
    },
    hyphens: {
      type: field.integer({ min: 0, max: LONGEST_NAME, help: 'Hyphens in the label.' }),
      from: found(FOUND.hyphens),
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
      from: found(FOUND.likelihood),
    },
    rare_ratio: {
      type: ratio('Share of the trigrams of the label that are rarer than one in 128 in names people registered.'),
      from: found(FOUND.rare_ratio),
    },
    name_length: {
      type: field.integer({ unit: 'characters', min: 0, help: 'Characters of the whole name as it stands.' }),
      from: (_row, _options, name) => name.given,
    },
    labels: {
      type: field.integer({ min: 0, max: LONGEST_NAME + 1, help: 'Labels of the name, suffix included.' }),
      from: found(FOUND.labels),
    },
    subdomain_length: {
      type: field.integer({
        unit: 'characters',
        min: 0,
        max: LONGEST_NAME,
        help: 'Characters left of the registrable name, inner dots included. Long ones may carry data.',
      }),
      from: found(FOUND.subdomain_length),
    },
    is_punycode: {
      type: field.boolean({ help: 'A label of the name begins with xn--: it stands for letters outside ASCII.' }),
      from: (_row, _options, name) => name.found[FOUND.is_punycode] === 1,
    },
    tld: {
      type: field.text({ help: 'The public suffix: `com`, `co.uk`, `dyndns.org`.' }),
      from: (_row, _options, name) => name.suffix(),
    },
    registrable: {
      type: field.text({ help: 'The registrable name: `example.co.uk`. Missing where the name has none.' }),
      from: (_row, _options, name) => name.registrable(),
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
