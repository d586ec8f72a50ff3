/**
 * Lays a screen on a desk for the kernel nodes/kernels/lines.as and walks with it over lines that lie there.
 *
 * This file must not know where the lines come from or what becomes of them.
 */

import type { Desk, Screen } from '../contract/operator.ts'
import { kernelOf } from '../kernels/kernel.ts'
import { LINES_KERNEL } from '../kernels/lines.gen.ts'

/** Lines that one walk puts into its table at most. */
const TABLE_LINES = 1024
/** Bytes behind the last line that a walk may read. */
export const MARGIN_BYTES = 64
const FOUND_WORDS = 5
const LINE_WORDS = 3
const WORD_BYTES = 4
/** Beyond any number of lines in memory. */
const MOST_LINES = 0xffff_ffff

interface LinesKernel {
  lines(
    start: number,
    end: number,
    screen: number,
    longest: number,
    isShown: number,
    found: number,
    table: number,
    capacity: number,
    most: number,
  ): void
}

/** One walk after the other over lines of one desk. What it found stands until the next walk. */
export class LineWalk {
  /** Where it ended: the next line begins here. */
  stop = 0
  /** Lines in the table. */
  kept = 0
  /** Lines that need not be read and are not in the table, and where the last line ended that need not be read. */
  passed = 0
  unreadStart = 0
  unreadEnd = 0
  readonly #desk: Desk
  readonly #kernel: LinesKernel
  readonly #longest: number
  readonly #screen: number
  readonly #found: number
  readonly #table: number
  #words: Uint32Array

  /** @param max_line_bytes a longer line is kept, whatever it holds. */
  constructor(desk: Desk, screen: Screen, max_line_bytes: number) {
    this.#desk = desk
    this.#longest = max_line_bytes
    this.#screen = screen.length === 0 ? 0 : layScreen(desk, screen)
    this.#found = desk.reserve(FOUND_WORDS * WORD_BYTES)
    this.#table = desk.reserve(TABLE_LINES * LINE_WORDS * WORD_BYTES)
    this.#kernel = kernelOf<LinesKernel>(LINES_KERNEL, desk.memory)
    this.#words = new Uint32Array(desk.memory.buffer)
  }

  /**
   * Walks over the lines in `[start, end)`, of which the last ends with a line feed; lines of nothing but white space
   * are left out.
   *
   * @param isShown puts lines that need not be read into the table too.
   * @param capacity lines it may put there, up to `TABLE_LINES`.
   * @param most lines after which it ends, in the table or not.
   */
  over(start: number, end: number, isShown: boolean, capacity: number, most: number): void {
    const [found, table] = [this.#found, this.#table]
    const [kept, all] = [Math.min(capacity, TABLE_LINES), Math.min(most, MOST_LINES)]
    this.#kernel.lines(start, end, this.#screen, this.#longest, isShown ? 1 : 0, found, table, kept, all)
    if (this.#words.buffer !== this.#desk.memory.buffer) this.#words = new Uint32Array(this.#desk.memory.buffer)
    const at = found / WORD_BYTES
    this.stop = this.#words[at]!
    this.kept = this.#words[at + 1]!
    this.passed = this.#words[at + 2]!
    this.unreadStart = this.#words[at + 3]!
    this.unreadEnd = this.#words[at + 4]!
  }

  /** Where line i of the table begins. */
  start(i: number): number {
    return this.#words[this.#table / WORD_BYTES + i * LINE_WORDS]!
  }

  /** Where its line feed stands. */
  end(i: number): number {
    return this.#words[this.#table / WORD_BYTES + i * LINE_WORDS + 1]!
  }

  /** Whether it need not be read. */
  isUnread(i: number): boolean {
    return this.#words[this.#table / WORD_BYTES + i * LINE_WORDS + 2] === 1
  }
}

/** @returns the offset of the screen as the kernel reads it. */
function layScreen(desk: Desk, screen: Screen): number {
  const encoder = new TextEncoder()
  const words = [screen.length, spellingOf(screen.flat())]
  for (const texts of screen) {
    words.push(texts.length)
    for (const text of texts) {
      const bytes = encoder.encode(text)
      const place = desk.reserve(bytes.length)
      desk.bytes.set(bytes, place)
      words.push(place, bytes.length, ...rarestTwo(bytes))
    }
  }
  const offset = desk.reserve(words.length * WORD_BYTES)
  new Uint32Array(desk.memory.buffer, offset, words.length).set(words)
  return offset
}

/** Bits of nodes/kernels/lines.as. */
const HAS_SLASH = 1
const HAS_HIGH_BYTES = 2

/** Signs that may be written with escapes of which others never are. */
function spellingOf(texts: readonly string[]): number {
  const hasSlash = texts.some((text) => text.includes('/'))
  const hasHighBytes = texts.some((text) => /[^\u0000-\u007f]/.test(text))
  return (hasSlash ? HAS_SLASH : 0) + (hasHighBytes ? HAS_HIGH_BYTES : 0)
}

/** Bytes of EVE, from the most frequent on, as counted in a million lines; those left out are rarer. */
const FREQUENT = '"0:te,1s2rpo-_a5ic3nd.9486l7mfyuwxbTvg}{hk+CP/A =UDSENOLRMqIjGzBHFWY'

/** The places of the two rarest bytes of a text, which is not empty; the same place twice in a text of one byte. */
function rarestTwo(bytes: Uint8Array): readonly [number, number] {
  const rarity = (byte: number) => {
    const rank = FREQUENT.indexOf(String.fromCharCode(byte))
    return rank === -1 ? FREQUENT.length : rank
  }
  const places = [...bytes.keys()].sort((a, b) => rarity(bytes[b]!) - rarity(bytes[a]!))
  return [places[0]!, places[1] ?? places[0]!]
}
