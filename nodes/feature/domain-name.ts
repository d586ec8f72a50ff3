/**
 * A DNS name taken apart and measured: its public suffix, the label somebody registered under it, and what the letters of
 * that label tell.
 *
 * The suffix list is tldts' (the Public Suffix List), ICANN and private sections together: under `dyndns.org` or
 * `github.io` every customer registers a name of their own, and that name is the one to look at. The price is that
 * content networks whose customers' names are random (`d2h5okjz9875in.cloudfront.net`) look random too.
 *
 * The work is done by a kernel (nodes/kernels/names.as); here is where its tables and each name lie in memory.
 */

import type { Slice } from '../contract/field.ts'
import { bytesOf } from '../kernels/base64.ts'
import { Desk } from '../kernels/desk.ts'
import { kernelOf } from '../kernels/kernel.ts'
import { NAMES_KERNEL } from '../kernels/names.gen.ts'
import { SUFFIX_TRIE } from './domain-suffixes.gen.ts'
import { TRIGRAM_BYTES } from './domain-trigrams.gen.ts'

/** A name longer than this (RFC 1035 allows 253 characters, escaped bytes up to four times as many) is cut in front. */
export const LONGEST_NAME = 1024

/** Where the kernel leaves what it found: places in `DomainName.found`. */
export const FOUND = {
  labelStart: 0,
  labelEnd: 1,
  suffixStart: 2,
  labels: 3,
  isRegistrable: 4,
  length: 5,
  entropy: 6,
  distinct_ratio: 7,
  digit_ratio: 8,
  vowel_ratio: 9,
  hex_ratio: 10,
  consonant_run: 11,
  switches: 12,
  hyphens: 13,
  likelihood: 14,
  rare_ratio: 15,
  subdomain_length: 16,
  is_punycode: 17,
} as const
const FOUND_COUNT = 18
/** Slots of the kernel's table of edges. */
const SLOTS = 1 << 15
const UNITS = 1 << 16

interface NamesKernel {
  prepare(...tables: number[]): void
  /** Reads `length` UTF-16 units at `name` and writes FOUND_COUNT f64 to `out`. */
  read(name: number, length: number, out: number): void
}

/** The tables, laid out once a thread; every name has a place of its own beside them. */
class Tables {
  readonly desk = new Desk()
  readonly kernel = kernelOf<NamesKernel>(NAMES_KERNEL, this.desk.memory)

  constructor() {
    const { flags, parents, children, lengths, labels, rules, exceptions } = SUFFIX_TRIE
    const edges = bytesOf(lengths)
    // n * log2(n) for each count a label can hold.
    const nLog2n = Float64Array.from({ length: LONGEST_NAME + 1 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)))
    const places = [
      this.#lay(bytesOf(TRIGRAM_BYTES)),
      this.#lay(new Uint8Array(nLog2n.buffer)),
      this.desk.reserve(UNITS * 2),
      this.#lay(bytesOf(parents)),
      this.#lay(bytesOf(children)),
      this.#lay(edges),
      this.desk.reserve(edges.length * 4),
      this.#lay(bytesOf(labels)),
      this.#lay(bytesOf(flags)),
      this.desk.reserve(SLOTS * 2),
    ]
    this.kernel.prepare(...places, edges.length, rules, exceptions)
  }

  #lay(bytes: Uint8Array): number {
    const at = this.desk.reserve(bytes.length)
    this.desk.bytes.set(bytes, at)
    return at
  }
}
let tables: Tables | undefined

const DOT = 46

/** The parts and measures of one name. Reused: `read` overwrites them. Offsets count UTF-16 units of `text`. */
export class DomainName {
  /** UTF-16 units of the name as it was given. */
  given = 0
  readonly #tables: Tables
  readonly #unitsAt: number
  readonly #foundAt: number
  #units: Uint16Array
  #found: Float64Array
  #length = 0

  constructor() {
    tables ??= new Tables()
    this.#tables = tables
    this.#unitsAt = tables.desk.reserve(LONGEST_NAME * 2)
    this.#foundAt = tables.desk.reserve(FOUND_COUNT * 8)
    this.#units = this.#viewUnits()
    this.#found = this.#viewFound()
  }

  /** What the kernel found, by the places of FOUND; yes and no are 1 and 0. */
  get found(): Float64Array {
    this.#follow()
    return this.#found
  }

  /**
   * Takes `name` apart. Any text is a name here, finite and linear in its length: escapes, blanks and characters
   * outside ASCII stand for themselves. Of a name longer than 1,024 units the last 1,024 count; a final dot and the
   * difference of A and a do not (RFC 4343).
   * @cost about 0.2 us for a name of 20 letters. No allocation.
   */
  read(name: string): void {
    this.#begin(name.length, name.length > 0 && name.charCodeAt(name.length - 1) === DOT)
    const units = this.#units
    const from = this.#cutFrom
    for (let i = 0; i < this.#length; i++) units[i] = name.charCodeAt(from + i)
    this.#tables.kernel.read(this.#unitsAt, this.#length, this.#foundAt)
  }

  /** As `read` of the decoded text. */
  readUtf8({ buffer, start, end }: Slice): void {
    this.#begin(end - start, end > start && buffer[end - 1] === DOT)
    const units = this.#units
    const from = start + this.#cutFrom
    let all = 0
    for (let i = 0; i < this.#length; i++) {
      const byte = buffer[from + i]!
      all |= byte
      units[i] = byte
    }
    // What was cut off was not looked at.
    if (all < 128 && this.#cutFrom === 0) this.#tables.kernel.read(this.#unitsAt, this.#length, this.#foundAt)
    else this.read(decoder.decode(buffer.subarray(start, end)))
  }

  #cutFrom = 0
  #begin(given: number, hasFinalDot: boolean): void {
    const end = hasFinalDot ? given - 1 : given
    this.given = given
    this.#cutFrom = end > LONGEST_NAME ? end - LONGEST_NAME : 0
    this.#length = end - this.#cutFrom
    this.#follow()
  }

  /** Another name that was made since, even in the middle of a record, may have moved the memory. */
  #follow(): void {
    if (this.#units.length > 0) return
    this.#units = this.#viewUnits()
    this.#found = this.#viewFound()
  }

  #viewUnits(): Uint16Array {
    return new Uint16Array(this.#tables.desk.memory.buffer, this.#unitsAt, LONGEST_NAME)
  }

  #viewFound(): Float64Array {
    return new Float64Array(this.#tables.desk.memory.buffer, this.#foundAt, FOUND_COUNT)
  }

  /** The name in small letters, without the final dot, at most the last 1,024 units; or a part of it. */
  text(from = 0, to = this.#length): string {
    this.#follow()
    return String.fromCharCode(...this.#units.subarray(from, to))
  }

  /** The registrable label; of a name without one (`com`, `wpad`) the first label. */
  label(): string {
    return this.text(this.found[FOUND.labelStart], this.found[FOUND.labelEnd])
  }

  /** The public suffix: `co.uk`. Empty for the empty name. */
  suffix(): string {
    return this.text(this.found[FOUND.suffixStart])
  }

  /** The registrable name: `example.co.uk`; null for a bare suffix, a single label and an empty registrable label. */
  registrable(): string | null {
    return this.found[FOUND.isRegistrable] === 1 ? this.text(this.found[FOUND.labelStart]) : null
  }
}

/** A byte order mark is a part of the name. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
