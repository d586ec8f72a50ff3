/**
 * A DNS name taken apart: its public suffix and the label somebody registered under it.
 *
 * The suffix list is tldts' (the Public Suffix List), ICANN and private sections together: under `dyndns.org` or
 * `github.io` every customer registers a name of their own, and that name is the one to look at. The price is that
 * content networks whose customers' names are random (`d2h5okjz9875in.cloudfront.net`) look random too.
 */

import { getPublicSuffix } from 'tldts'

/** A name longer than this (RFC 1035 allows 253 characters, escaped bytes up to four times as many) is cut in front. */
export const LONGEST_NAME = 1024

const SUFFIX_LOOKUP = {
  allowPrivateDomains: true,
  allowIcannDomains: true,
  detectIp: false,
  extractHostname: false,
  mixedInputs: false,
  validateHostname: false,
} as const

const DOT = 46

/** The parts of one name. Reused: `read` overwrites them. Offsets count UTF-16 units of `text`. */
export class DomainName {
  /** In lower case, without the final dot, at most the last 1,024 characters. */
  text = ''
  /** `text[labelStart..labelEnd)`: the registrable label; of a name without one (`com`, `wpad`) the first label. */
  labelStart = 0
  labelEnd = 0
  /** Where the public suffix begins; 0 when the whole name is one. */
  suffixStart = 0
  /** Labels of `text`, empty ones included; 0 for the empty name. */
  labels = 0
  /** False for a bare public suffix, a single label and a name whose registrable label is empty. */
  isRegistrable = false

  /**
   * Takes `name` apart. Any text is a name here, finite and linear in its length: escapes, blanks and characters
   * outside ASCII stand for themselves.
   * @cost about 0.4 us, most of it tldts' lookup; one slice (the suffix) is allocated, and a copy of the name
   * when it has capital letters.
   */
  read(name: string): void {
    const text = normalise(name)
    this.text = text
    this.labels = countLabels(text)
    const suffix = getPublicSuffix(text, SUFFIX_LOOKUP)
    const suffixStart = text.length - (suffix ?? '').length
    const labelEnd = suffixStart - 1
    if (suffix !== null && labelEnd > 0) {
      this.suffixStart = suffixStart
      this.labelStart = text.lastIndexOf('.', labelEnd - 1) + 1
      this.labelEnd = labelEnd
      this.isRegistrable = this.labelStart < labelEnd
    } else {
      const firstDot = text.indexOf('.')
      this.suffixStart = labelEnd === 0 ? 1 : 0
      this.labelStart = 0
      this.labelEnd = firstDot === -1 ? text.length : firstDot
      this.isRegistrable = false
    }
  }

  /** The public suffix: `co.uk`. Empty for the empty name. */
  suffix(): string {
    return this.text.slice(this.suffixStart)
  }

  /** The registrable name: `example.co.uk`, or null where there is none. */
  registrable(): string | null {
    return this.isRegistrable ? this.text.slice(this.labelStart) : null
  }
}

function normalise(name: string): string {
  let end = name.length
  if (end > 0 && name.charCodeAt(end - 1) === DOT) end--
  const start = end > LONGEST_NAME ? end - LONGEST_NAME : 0
  const text = start === 0 && end === name.length ? name : name.slice(start, end)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // A letter outside ASCII may become two in lower case (U+0130), so the limit is put on again.
    if (code >= 65 && code <= 90) return text.toLowerCase().slice(-LONGEST_NAME)
  }
  return text
}

function countLabels(text: string): number {
  if (text.length === 0) return 0
  let dots = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === DOT) dots++
  return dots + 1
}
