/**
 * Walks over lines of JSON text and tells those that must be read from those that no filter would let pass.
 *
 * A line is first searched for its end and for a backslash, 64 bytes at a time; then, text by text, for the two rarest
 * bytes of a text at their distance, and compared with the whole text only where both stand. It lies in the nearest cache
 * by then: one loop that looks for both at once took as long, 105 ms for 610 MB of EVE.
 *
 * The places below are laid out by nodes/capture/line-walk.ts. A screen is a list of words of 32 bits: the number of its
 * conditions, how its texts may be spelled (the sum of two bits below), and then for each condition the number of its
 * texts and for each text its place, its length, and the offsets of the two bytes searched for. Up to 64 bytes behind the
 * last line are read.
 */

const LF: u8 = 10
const TAB: u8 = 9
const CR: u8 = 13
const SPACE: u8 = 32
const SLASH: u8 = 47
const BACKSLASH: u8 = 92
const ZERO: u8 = 48
const TWO: u8 = 50
const SEVEN: u8 = 55
const LETTER_U: u8 = 117
const OPEN_OBJECT: u8 = 123
const CLOSE_OBJECT: u8 = 125

/** Which signs stand in the texts of a screen besides letters, digits and others of ASCII. */
const HAS_SLASH: u32 = 1
const HAS_HIGH_BYTES: u32 = 2

/**
 * @param start where a line begins; at `end - 1` stands a line feed.
 * @param screen conditions of which each wants one of its texts in a line, or 0 when every line must be read.
 * @param longest bytes; a longer line is left to the caller.
 * @param isShown 1 when lines that need not be read are put into the table too.
 * @param found takes 5 words: where the walk ended, the lines in the table, the lines left out of it that need not be
 *   read, and start and end of the last line that need not be read, whether left out or not (0 when there was none).
 * @param table takes 3 words a line: start, end without line feed, and 1 when it need not be read.
 * @param capacity lines in the table, and `most` lines in all, after which the walk ends. Blank ones count for nothing.
 */
export function lines(
  start: usize,
  end: usize,
  screen: usize,
  longest: u32,
  isShown: u32,
  found: usize,
  table: usize,
  capacity: u32,
  most: u32,
): void {
  const feed = i8x16.splat(LF)
  const backslash = i8x16.splat(BACKSLASH)
  let kept: u32 = 0
  let passed: u32 = 0
  let lastStart: usize = 0
  let lastEnd: usize = 0
  let line = start
  while (line < end && kept < capacity && kept + passed < most) {
    // Finds the line's end. Backslashes of the line behind it may be seen too, which costs a second look.
    let at = line
    let slashes = i8x16.splat(0)
    let a: v128, b: v128, c: v128, d: v128
    for (;;) {
      const v0 = v128.load(at)
      const v1 = v128.load(at, 16)
      const v2 = v128.load(at, 32)
      const v3 = v128.load(at, 48)
      a = i8x16.eq(v0, feed)
      b = i8x16.eq(v1, feed)
      c = i8x16.eq(v2, feed)
      d = i8x16.eq(v3, feed)
      slashes = v128.or(
        slashes,
        v128.or(
          v128.or(i8x16.eq(v0, backslash), i8x16.eq(v1, backslash)),
          v128.or(i8x16.eq(v2, backslash), i8x16.eq(v3, backslash)),
        ),
      )
      if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) break
      at += 64
    }
    const stop = at + <usize>ctz(maskOf(a, b, c, d))
    const next = stop + 1
    const isInBraces =
      (load<u8>(line) == OPEN_OBJECT && stop > line + 1 && load<u8>(stop - 1) == CLOSE_OBJECT) ||
      standsInBraces(line, stop)
    if (!isInBraces && isBlank(line, stop)) {
      line = next
      continue
    }
    const isUnread =
      screen != 0 &&
      isInBraces &&
      stop - line <= longest &&
      isUseless(line, stop, screen) &&
      !(v128.any_true(slashes) && mayHideText(line, stop, load<u32>(screen, 4)))
    if (isUnread) {
      lastStart = line
      lastEnd = stop
    }
    if (isUnread && !isShown) passed++
    else {
      store<u32>(table, <u32>line)
      store<u32>(table, <u32>stop, 4)
      store<u32>(table, <u32>isUnread, 8)
      table += 12
      kept++
    }
    line = next
  }
  store<u32>(found, <u32>line)
  store<u32>(found, kept, 4)
  store<u32>(found, passed, 8)
  store<u32>(found, <u32>lastStart, 12)
  store<u32>(found, <u32>lastEnd, 16)
}

/** One bit for each of 64 bytes, set where all bits of the byte are. */
function maskOf(a: v128, b: v128, c: v128, d: v128): u64 {
  const low = <u64>i8x16.bitmask(a) | (<u64>i8x16.bitmask(b) << 16)
  const high = <u64>i8x16.bitmask(c) | (<u64>i8x16.bitmask(d) << 16)
  return low | (high << 32)
}

/** True when the line lacks all texts of some condition. */
function isUseless(line: usize, stop: usize, screen: usize): bool {
  let at = screen + 8
  for (let conditions = load<u32>(screen); conditions > 0; conditions--) {
    const texts = load<u32>(at)
    at += 4
    const next = at + <usize>texts * 16
    let has = false
    for (; at < next; at += 16) {
      if (holds(line, stop, load<u32>(at), load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12))) {
        has = true
        break
      }
    }
    if (!has) return true
    at = next
  }
  return false
}

/** True when the text `[text, text + length)` stands in the line. */
function holds(line: usize, stop: usize, text: usize, length: usize, first: usize, second: usize): bool {
  if (stop - line < length) return false
  const last = stop - length
  const one = i8x16.splat(load<u8>(text + first))
  const other = i8x16.splat(load<u8>(text + second))
  for (let at = line; at <= last; at += 64) {
    const from = at + first
    const to = at + second
    const a = v128.and(i8x16.eq(v128.load(from), one), i8x16.eq(v128.load(to), other))
    const b = v128.and(i8x16.eq(v128.load(from, 16), one), i8x16.eq(v128.load(to, 16), other))
    const c = v128.and(i8x16.eq(v128.load(from, 32), one), i8x16.eq(v128.load(to, 32), other))
    const d = v128.and(i8x16.eq(v128.load(from, 48), one), i8x16.eq(v128.load(to, 48), other))
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue
    for (let hits = maskOf(a, b, c, d); hits != 0; hits &= hits - 1) {
      const place = at + <usize>ctz(hits)
      if (place > last) return false
      if (isAt(place, text, length)) return true
    }
  }
  return false
}

function isAt(place: usize, text: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) if (load<u8>(place + i) != load<u8>(text + i)) return false
  return true
}

/**
 * True when a text could stand in the line in another spelling. A sign of a text can be written in one other way, as `\u`
 * and its number, which is below 80 in hexadecimal for those of ASCII; only `/` has an escape of its own besides.
 */
function mayHideText(line: usize, stop: usize, spelling: u32): bool {
  for (let at = line; at + 1 < stop; at++) {
    if (load<u8>(at) != BACKSLASH) continue
    // What stands behind a backslash belongs to it, another backslash above all.
    at++
    const escape = load<u8>(at)
    if (escape == SLASH && (spelling & HAS_SLASH) != 0) return true
    if (escape != LETTER_U) continue
    if ((spelling & HAS_HIGH_BYTES) != 0 || at + 3 >= stop) return true
    const digit = load<u8>(at + 3)
    if (load<u8>(at + 1) == ZERO && load<u8>(at + 2) == ZERO && digit >= TWO && digit <= SEVEN) return true
  }
  return false
}

/** True for a line that begins with `{` and ends with `}`, white space and control characters aside. */
function standsInBraces(line: usize, stop: usize): bool {
  while (line < stop && load<u8>(line) <= SPACE) line++
  while (stop > line && load<u8>(stop - 1) <= SPACE) stop--
  return stop - line > 1 && load<u8>(line) == OPEN_OBJECT && load<u8>(stop - 1) == CLOSE_OBJECT
}

function isBlank(line: usize, stop: usize): bool {
  for (; line < stop; line++) {
    const byte = load<u8>(line)
    if (byte != SPACE && byte != TAB && byte != CR) return false
  }
  return true
}
