/**
 * The job that all peers do, written by hand for Node: a line at a time, JSON.parse, the features, the score, a file. Started
 * by `lacewing bench`; prints one line of JSON. What it finds is what the others must find.
 *
 *   node plain-node.ts EVE_FILE OUTPUT
 */

import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** Public suffixes of two labels in the generated events. */
const TWO_LABELS: ReadonlySet<string> = new Set(['co.uk', 'com.au'])

interface Event {
  readonly dns?: { readonly type?: string; readonly rrname?: string }
}

function registrableLabel(name: string): string {
  const labels = name.toLowerCase().replace(/\.$/, '').split('.')
  const place = TWO_LABELS.has(labels.slice(-2).join('.')) ? 3 : 2
  return labels[Math.max(0, labels.length - place)]!
}

function featuresOf(label: string) {
  const counts = new Map<string, number>()
  let digits = 0
  let letters = 0
  let vowels = 0
  for (const letter of label) {
    counts.set(letter, (counts.get(letter) ?? 0) + 1)
    if (letter >= '0' && letter <= '9') digits++
    else if (letter >= 'a' && letter <= 'z') {
      letters++
      if ('aeiou'.includes(letter)) vowels++
    }
  }
  let entropy = 0
  for (const count of counts.values()) entropy -= (count / label.length) * Math.log2(count / label.length)
  return {
    length: label.length,
    entropy,
    digit_ratio: digits / label.length,
    vowel_ratio: letters === 0 ? 0 : vowels / letters,
  }
}

const [input, outputPath] = process.argv.slice(2) as [string, string]
const output = openSync(outputPath, 'w')
let records = 0
let found = 0
for await (const line of createInterface({ input: createReadStream(input, { highWaterMark: 1 << 20 }) })) {
  const event = JSON.parse(line) as Event
  records++
  if (event.dns?.type !== 'query' || event.dns.rrname === undefined) continue
  const lexical = featuresOf(registrableLabel(event.dns.rrname))
  const { length, entropy, digit_ratio, vowel_ratio } = lexical
  const margin = -8 + 0.25 * length + 1.5 * entropy + 4 * digit_ratio - 6 * vowel_ratio
  const score = 1 / (1 + Math.exp(-margin))
  if (score <= 0.5) continue
  found++
  writeSync(output, `${JSON.stringify({ ...event, lexical, letters: { score } })}\n`)
}
closeSync(output)
process.stdout.write(`${JSON.stringify({ records, found, peak_rss_bytes: process.resourceUsage().maxRSS * 1024 })}\n`)
