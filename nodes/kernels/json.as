/**
 * Checks that the bytes of one record are one valid JSON object and notes where the values of chosen paths stand.
 *
 * What is asked for, and what was found, lies in tables on the desk; `nodes/records/json-tables.ts` lays them, and its
 * constants are those below. The verdict is that of JSON.parse on the decoded text, but bytes that are no UTF-8 and
 * nesting beyond 512 are errors and the value must be an object.
 *
 * While a record is read, a zero stands behind its last byte. No token of JSON holds one, so no scan runs past the end
 * and none but that of white space needs another bound. Up to 16 bytes behind the last one are looked at.
 *
 * Records of one source have their keys mostly in the same order. So each key met is kept with its quotes and its colon
 * in a table of fixed size (a guess), beside those that came after it before; where one of them comes again, one
 * comparison of 16 or 32 bytes replaces the scan of the key and its lookup. Over EVE this takes 40 % off the time of a
 * record; with one guess in a place instead of four it would be 20 %. A guess is never trusted: only bytes equal to
 * those that were once found valid, in an object where the same keys are asked for, let the scan go on behind them.
 */

// The header of the tables.
const ROOT: usize = 0
const KINDS: usize = 4
const KINDS_END: usize = 8
const STACK: usize = 12
const GUESSES: usize = 16
const KEY_BUFFER: usize = 20
const LONGEST_KEY: usize = 24
const OBJECT_START: usize = 28
const OBJECT_END: usize = 32
const MARKS: usize = 36

// A node: a place in the tree of paths. Nodes, like everything else, are called by their offsets; 0 is none.
const NODE_ROW: usize = 0
const NODE_KIND: usize = 4
const NODE_BELOW: usize = 8
const NODE_BELOW_END: usize = 12
const NODE_SEEN: usize = 16
const NODE_BUCKETS: usize = 20
const NODE_MASK: usize = 24
const NODE_NEXT: usize = 28
const NODE_KEY: usize = 32
const NODE_KEY_LENGTH: usize = 36
const NODE_ELEMENT: usize = 40
const NODE_INDEX: usize = 44
const NODE_NEXT_ELEMENT: usize = 48

// A row: what was found at a place.
const ROW_START: usize = 0
const ROW_END: usize = 4
const ROW_FLAGS: usize = 8
const ROW_NUMBER: usize = 16

// A level of the stack.
const LEVEL_NODE: usize = 0
const LEVEL_GUESS: usize = 4
const LEVEL_IS_OBJECT: usize = 8
const LEVEL_ELEMENT: usize = 12
const LEVEL_INDEX: usize = 16
const LEVEL_ROW: usize = 20
const LEVEL_OWNER: usize = 24
const LEVEL_BYTES: usize = 32

// A guess: a key as it stands in the bytes, up to 32 with quotes and colon, the rest zeros; what is asked for in its
// object and below it; the key that holds the object; four keys that came after it, and four that were the first in an
// object below it. The first guess in the table only begins a record, the second stands for every key that can't be
// kept.
const GUESS_LENGTH: usize = 32
const GUESS_NODE: usize = 36
const GUESS_CHILD: usize = 40
const GUESS_OWNER: usize = 44
const GUESS_NEXT: usize = 48
const GUESS_FIRST: usize = 64
const GUESS_BYTES: usize = 80
const GUESS_LONGEST: usize = 32
const GUESS_MASK: u32 = 1023
/** Guesses of the same hash are kept side by side, up to so many. */
const GUESS_WAYS: u32 = 4
/** Where the last of the four keys stands that are guessed in one place. */
const LAST_GUESS: usize = 12

const NULL: i32 = 1
const TRUE: i32 = 2
const FALSE: i32 = 3
const NUMBER: i32 = 4
const STRING: i32 = 5
const LIST: i32 = 6
const OBJECT: i32 = 7

const HAS_ESCAPES: i32 = 1
const HAS_HIGH_BYTES: i32 = 2
const IS_INEXACT: i32 = 4

const NOT_OBJECT: i32 = 1
const BROKEN: i32 = 2
const TOO_DEEP: i32 = 3
const BAD_UTF8: i32 = 4

const MARK_LINE_BREAKS: i32 = 1
const MARK_WATCHED: i32 = 2

const MAX_DEPTH: i32 = 512
const EXACT_DIGITS: i32 = 15
const INT64_DIGITS: i32 = 18

const SPACE: i32 = 32
const QUOTE: i32 = 34
const COMMA: i32 = 44
const MINUS: i32 = 45
const POINT: i32 = 46
const COLON: i32 = 58
const OPEN_LIST: i32 = 91
const BACKSLASH: i32 = 92
const CLOSE_LIST: i32 = 93
const OPEN_OBJECT: i32 = 123
const CLOSE_OBJECT: i32 = 125
const TRUE_TEXT: u32 = 0x65757274
const NULL_TEXT: u32 = 0x6c6c756e
const FALSE_TEXT: u32 = 0x736c6166

let marks: i32 = 0
let error: i32 = 0
let stringFlags: i32 = 0
/** Where the key that `readKey` read ends, colon included, and what is asked for there. */
let keyEnd: usize = 0
let keyChild: usize = 0

/**
 * Reads the record `[start, end)`; `end` + 16 lies in the memory.
 * @returns 0, or what is wrong with it.
 */
export function read(tables: usize, start: usize, end: usize): i32 {
  const behind = load<u8>(end)
  store<u8>(end, 0)
  const code = scan(tables, start, end)
  store<u8>(end, behind)
  return code
}

function scan(tables: usize, start: usize, end: usize): i32 {
  const kindsEnd = <usize>load<u32>(tables, KINDS_END)
  for (let at = <usize>load<u32>(tables, KINDS); at < kindsEnd; at += 16) v128.store(at, i64x2.splat(0))
  marks = 0
  let i = start
  if (<i32>load<u8>(i) != OPEN_OBJECT) {
    i = skipSpace(i)
    if (<i32>load<u8>(i) != OPEN_OBJECT) return NOT_OBJECT
  }
  store<u32>(tables, <u32>i, OBJECT_START)
  i++
  if (<i32>load<u8>(i) != QUOTE) {
    i = skipSpace(i)
    if (<i32>load<u8>(i) == CLOSE_OBJECT) return finish(tables, i + 1, end)
  }

  // The object or list that the scan is in: what is asked for below it, where the next guess stands, and for a list the
  // next element asked for.
  let node = <usize>load<u32>(tables, ROOT)
  let owner = <usize>load<u32>(tables, GUESSES)
  let guess = owner + GUESS_FIRST
  let isObject = true
  let element: usize = 0
  let index: i32 = 0
  let depth = 1
  let level = <usize>load<u32>(tables, STACK)

  while (true) {
    let child: usize = 0
    if (isObject) {
      let kept = <usize>load<u32>(guess)
      if (!isKept(kept, i, node)) kept = otherGuess(guess, i, node)
      if (kept != 0) {
        i += <usize>load<u32>(kept, GUESS_LENGTH)
        child = <usize>load<u32>(kept, GUESS_CHILD)
      } else {
        kept = readKey(tables, i, node, owner)
        if (kept == 0) return error
        learn(guess, kept)
        i = keyEnd
        child = keyChild
      }
      guess = kept + GUESS_NEXT
    } else if (element != 0) {
      if (<i32>load<u32>(element, NODE_INDEX) == index) {
        child = element
        element = <usize>load<u32>(element, NODE_NEXT_ELEMENT)
      }
      index++
    }

    let c = <i32>load<u8>(i)
    if (c <= SPACE) {
      i = skipSpace(i)
      c = <i32>load<u8>(i)
    }
    const from = i
    if (child != 0) forget(child)
    if (c == QUOTE) {
      i = afterPlain(i + 1)
      let flags = 0
      if (<i32>load<u8>(i) != QUOTE) {
        i = restOfString(i)
        if (i == 0) return error
        flags = stringFlags
      }
      i++
      if (child != 0) note(child, STRING, from, i, flags)
    } else if (<u32>(c - 48) < 10 || c == MINUS) {
      const digits = i + <usize>(c == MINUS)
      const count = countDigits(digits)
      const after = <i32>load<u8>(digits + <usize>count)
      if (<u32>(after - 48) < 10 || after == POINT || (after | 32) == 101) {
        i = restOfNumber(digits)
        if (i == 0) return BROKEN
        if (child != 0) noteLongNumber(child, from, i)
      } else {
        if (count == 0 || (count > 1 && <i32>load<u8>(digits) == 48)) return BROKEN
        i = digits + <usize>count
        if (child != 0) {
          note(child, NUMBER, from, i, 0)
          noteValue(child, <f64>integerOf(digits, count), c == MINUS)
        }
      }
    } else if (c == OPEN_OBJECT || c == OPEN_LIST) {
      if (depth == MAX_DEPTH) return TOO_DEEP
      const opensObject = c == OPEN_OBJECT
      let row: usize = 0
      let inside: usize = 0
      if (child != 0) {
        note(child, opensObject ? OBJECT : LIST, from, from, 0)
        row = <usize>load<u32>(child, NODE_ROW)
        if ((opensObject ? load<u32>(child, NODE_BUCKETS) : load<u32>(child, NODE_ELEMENT)) != 0) inside = child
      }
      i++
      if (<i32>load<u8>(i) <= SPACE) i = skipSpace(i)
      if (<i32>load<u8>(i) != c + 2) {
        store<u32>(level, <u32>node, LEVEL_NODE)
        store<u32>(level, <u32>guess, LEVEL_GUESS)
        store<u32>(level, <u32>isObject, LEVEL_IS_OBJECT)
        store<u32>(level, <u32>element, LEVEL_ELEMENT)
        store<i32>(level, index, LEVEL_INDEX)
        store<u32>(level, <u32>row, LEVEL_ROW)
        store<u32>(level, <u32>owner, LEVEL_OWNER)
        level += LEVEL_BYTES
        depth++
        node = inside
        isObject = opensObject
        if (opensObject) {
          owner = guess - GUESS_NEXT
          guess = owner + GUESS_FIRST
        } else {
          element = inside == 0 ? 0 : <usize>load<u32>(inside, NODE_ELEMENT)
          index = 0
        }
        continue
      }
      i++
      if (row != 0) store<u32>(row, <u32>i, ROW_END)
    } else {
      const text = load<u32>(i)
      let kind: i32
      if (text == TRUE_TEXT) kind = TRUE
      else if (text == NULL_TEXT) kind = NULL
      else if (text == FALSE_TEXT && <i32>load<u8>(i, 4) == 101) kind = FALSE
      else return BROKEN
      i += kind == FALSE ? 5 : 4
      if (child != 0) note(child, kind, from, i, 0)
    }

    // A value has ended: close what it closes, up to the next one.
    while (true) {
      if (isObject && <i32>load<u16>(i) == 0x222c) {
        i++
        break
      }
      let after = <i32>load<u8>(i)
      if (after <= SPACE) {
        i = skipSpace(i)
        after = <i32>load<u8>(i)
      }
      i++
      if (after == COMMA) {
        if (isObject && <i32>load<u8>(i) <= SPACE) i = skipSpace(i)
        break
      }
      if (after != (isObject ? CLOSE_OBJECT : CLOSE_LIST)) return BROKEN
      depth--
      if (depth == 0) return finish(tables, i, end)
      level -= LEVEL_BYTES
      node = <usize>load<u32>(level, LEVEL_NODE)
      guess = <usize>load<u32>(level, LEVEL_GUESS)
      owner = <usize>load<u32>(level, LEVEL_OWNER)
      isObject = load<u32>(level, LEVEL_IS_OBJECT) != 0
      element = <usize>load<u32>(level, LEVEL_ELEMENT)
      index = load<i32>(level, LEVEL_INDEX)
      const row = <usize>load<u32>(level, LEVEL_ROW)
      if (row != 0) store<u32>(row, <u32>i, ROW_END)
    }
  }
}

/** The object has ended before `i`: nothing but white space may stand behind it. */
function finish(tables: usize, i: usize, end: usize): i32 {
  store<u32>(tables, <u32>(i - 1), OBJECT_END)
  if (i != end && skipSpace(i) != end) return BROKEN
  store<i32>(tables, marks, MARKS)
  return 0
}

/** The first byte from `i` on that is no white space. */
function skipSpace(i: usize): usize {
  while (true) {
    const bytes = v128.load(i)
    const breaks = v128.or(i8x16.eq(bytes, i8x16.splat(10)), i8x16.eq(bytes, i8x16.splat(13)))
    const blanks = v128.or(i8x16.eq(bytes, i8x16.splat(32)), i8x16.eq(bytes, i8x16.splat(9)))
    const count = ctz<i32>(~i8x16.bitmask(v128.or(breaks, blanks)))
    if ((i8x16.bitmask(breaks) & ((1 << count) - 1)) != 0) marks |= MARK_LINE_BREAKS
    i += <usize>count
    if (count < 16) return i
  }
}

/* ---- keys ---- */

/** Whether the key at `i` below `node` is the one kept. The second half is looked at only if the first is there. */
@inline
function isKept(kept: usize, i: usize, node: usize): bool {
  const key = v128.load(kept)
  const other = v128.andnot(v128.xor(v128.load(i), key), i8x16.eq(key, i8x16.splat(0)))
  if (v128.any_true(other)) return false
  if (<usize>load<u32>(kept, GUESS_NODE) != node) return false
  if (load<u32>(kept, GUESS_LENGTH) <= 16) return true
  const tail = v128.load(kept, 16)
  return !v128.any_true(v128.andnot(v128.xor(v128.load(i, 16), tail), i8x16.eq(tail, i8x16.splat(0))))
}

/** Another of the keys guessed here that is the one at `i`, or 0. */
function otherGuess(guess: usize, i: usize, node: usize): usize {
  for (let at: usize = 4; at <= LAST_GUESS; at += 4) {
    const kept = <usize>load<u32>(guess + at)
    if (isKept(kept, i, node)) return kept
  }
  return 0
}

/** From now on this key is guessed first; the last of those guessed here is forgotten. */
function learn(guess: usize, kept: usize): void {
  for (let at = LAST_GUESS; at > 0; at -= 4) store<u32>(guess + at, load<u32>(guess + at - 4))
  store<u32>(guess, <u32>kept)
}

/**
 * Reads a key with its colon and white space before that, and keeps it if it can be.
 * @returns where it is kept, or 0 when it is broken (`error` says how).
 */
function readKey(tables: usize, i: usize, node: usize, owner: usize): usize {
  if (<i32>load<u8>(i) != QUOTE) return broken()
  const open = i
  i = afterPlain(i + 1)
  let flags = 0
  if (<i32>load<u8>(i) != QUOTE) {
    i = restOfString(i)
    if (i == 0) return 0
    flags = stringFlags
  }
  const close = i
  i++
  if (<i32>load<u8>(i) != COLON) {
    i = skipSpace(i)
    if (<i32>load<u8>(i) != COLON) return broken()
  }
  i++
  keyEnd = i
  const isEscaped = (flags & HAS_ESCAPES) != 0
  const length = i - open
  const guesses = <usize>load<u32>(tables, GUESSES)
  if (isEscaped || close + 2 != i || length > GUESS_LONGEST) {
    keyChild = node == 0 ? 0 : isEscaped ? childEscaped(tables, node, open + 1, close) : childOf(node, open + 1, close)
    return guesses + GUESS_BYTES
  }
  const last = load<u64>(i - 8) >> (length < 8 ? (8 - length) << 3 : 0)
  const first = length < 8 ? 0 : load<u64>(open)
  const hash = <u32>((((first * 31) ^ last ^ (<u64>owner << 7)) * 0x9e3779b97f4a7c15) >> 48)
  let kept: usize = 0
  for (let way: u32 = 0; way < GUESS_WAYS; way++) {
    kept = guesses + 2 * GUESS_BYTES + <usize>((hash + way) & GUESS_MASK) * GUESS_BYTES
    if (load<u32>(kept, GUESS_LENGTH) == 0) break
    if (<usize>load<u32>(kept, GUESS_OWNER) == owner && isKept(kept, open, node)) {
      keyChild = <usize>load<u32>(kept, GUESS_CHILD)
      return kept
    }
  }
  keyChild = node == 0 ? 0 : childOf(node, open + 1, close)
  v128.store(kept, i64x2.splat(0))
  v128.store(kept, i64x2.splat(0), 16)
  memory.copy(kept, open, length)
  store<u32>(kept, <u32>length, GUESS_LENGTH)
  store<u32>(kept, <u32>node, GUESS_NODE)
  store<u32>(kept, <u32>keyChild, GUESS_CHILD)
  store<u32>(kept, <u32>owner, GUESS_OWNER)
  for (let at = GUESS_NEXT; at < GUESS_BYTES; at += 4) store<u32>(kept + at, <u32>(guesses + GUESS_BYTES))
  return kept
}

function broken(): usize {
  error = BROKEN
  return 0
}

/** What is asked for below `node` under the key `[start, end)`, written without escapes; 0 for nothing. */
function childOf(node: usize, start: usize, end: usize): usize {
  const buckets = <usize>load<u32>(node, NODE_BUCKETS)
  if (buckets == 0) return 0
  const length = end - start
  let hash: u32 = 0
  if (length != 0) hash = <u32>length * 7 + <u32>load<u8>(start) * 5 + <u32>load<u8>(end - 1)
  let child = <usize>load<u32>(buckets + <usize>((hash & load<u32>(node, NODE_MASK)) << 2))
  for (; child != 0; child = <usize>load<u32>(child, NODE_NEXT)) {
    if (<usize>load<u32>(child, NODE_KEY_LENGTH) != length) continue
    const key = <usize>load<u32>(child, NODE_KEY)
    let same: usize = 0
    while (same < length && load<u8>(key + same) == load<u8>(start + same)) same++
    if (same == length) return child
  }
  return 0
}

/** As `childOf`, for a valid key with escapes. A lone surrogate becomes three bytes, as in the keys of the tables. */
function childEscaped(tables: usize, node: usize, i: usize, end: usize): usize {
  const start = <usize>load<u32>(tables, KEY_BUFFER)
  const room = start + <usize>load<u32>(tables, LONGEST_KEY)
  let at = start
  while (i < end) {
    if (at > room) return 0
    const c = <i32>load<u8>(i)
    if (c != BACKSLASH) {
      store<u8>(at++, c)
      i++
      continue
    }
    const letter = <i32>load<u8>(i, 1)
    i += 2
    if (letter != 117) {
      store<u8>(at++, unescaped(letter))
      continue
    }
    let code = hexAt(i)
    i += 4
    if ((code & 0xfc00) == 0xd800 && i + 6 <= end && load<u16>(i) == 0x755c) {
      const low = hexAt(i + 2)
      if ((low & 0xfc00) == 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff)
        i += 6
      }
    }
    at = storeCharacter(at, code)
  }
  return at > room ? 0 : childOf(node, start, at)
}

function unescaped(letter: i32): i32 {
  if (letter == 98) return 8
  if (letter == 102) return 12
  if (letter == 110) return 10
  if (letter == 114) return 13
  return letter == 116 ? 9 : letter
}

function hexAt(i: usize): i32 {
  let code = 0
  for (let k: usize = 0; k < 4; k++) {
    const c = <i32>load<u8>(i + k)
    code = (code << 4) + (c <= 57 ? c - 48 : (c | 32) - 87)
  }
  return code
}

function storeCharacter(at: usize, code: i32): usize {
  if (code < 0x80) {
    store<u8>(at, code)
    return at + 1
  }
  if (code < 0x800) {
    store<u8>(at, 0xc0 | (code >> 6))
    store<u8>(at, 0x80 | (code & 63), 1)
    return at + 2
  }
  if (code < 0x10000) {
    store<u8>(at, 0xe0 | (code >> 12))
    store<u8>(at, 0x80 | ((code >> 6) & 63), 1)
    store<u8>(at, 0x80 | (code & 63), 2)
    return at + 3
  }
  store<u8>(at, 0xf0 | (code >> 18))
  store<u8>(at, 0x80 | ((code >> 12) & 63), 1)
  store<u8>(at, 0x80 | ((code >> 6) & 63), 2)
  store<u8>(at, 0x80 | (code & 63), 3)
  return at + 4
}

/* ---- values ---- */

/** A member that is asked for, at or below it, begins: what an earlier one of the same name had set is gone. */
@inline
function forget(node: usize): void {
  const end = <usize>load<u32>(node, NODE_BELOW_END)
  for (let at = <usize>load<u32>(node, NODE_BELOW); at < end; at++) store<u8>(at, 0)
  const seen = <usize>load<u32>(node, NODE_SEEN)
  if (seen != 0) {
    store<u8>(seen, 1)
    marks |= MARK_WATCHED
  }
}

@inline
function note(node: usize, kind: i32, start: usize, end: usize, flags: i32): void {
  const row = <usize>load<u32>(node, NODE_ROW)
  if (row == 0) return
  store<u8>(<usize>load<u32>(node, NODE_KIND), kind)
  store<u32>(row, <u32>start, ROW_START)
  store<u32>(row, <u32>end, ROW_END)
  store<i32>(row, flags, ROW_FLAGS)
}

@inline
function noteValue(node: usize, value: f64, isNegative: bool): void {
  const row = <usize>load<u32>(node, NODE_ROW)
  if (row != 0) store<f64>(row, isNegative ? -value : value, ROW_NUMBER)
}

/**
 * A number with a point, an exponent or many digits. Up to 15 digits over a power of ten up to 10^22 are both exact, so
 * one division rounds correctly; so does the conversion of an integer of 64 bits. Any other is left to the reader.
 */
function noteLongNumber(node: usize, start: usize, end: usize): void {
  const isNegative = <i32>load<u8>(start) == MINUS
  let digits: i64 = 0
  let count = 0
  let scale: f64 = 0
  for (let i = start + <usize>isNegative; i < end; i++) {
    const c = <i32>load<u8>(i)
    if (c == POINT) scale = 1
    else if (<u32>(c - 48) < 10 && count < INT64_DIGITS) {
      digits = digits * 10 + <i64>(c - 48)
      count++
      scale *= 10
    } else {
      note(node, NUMBER, start, end, IS_INEXACT)
      return
    }
  }
  if (scale != 0 && count > EXACT_DIGITS) note(node, NUMBER, start, end, IS_INEXACT)
  else {
    note(node, NUMBER, start, end, 0)
    noteValue(node, scale == 0 ? <f64>digits : <f64>digits / scale, isNegative)
  }
}

/** The value of 1 to 16 digits, eight at a time. */
@inline
function integerOf(i: usize, count: i32): i64 {
  if (count <= 8) return eightDigits(load<u64>(i), count)
  return eightDigits(load<u64>(i), count - 8) * 100000000 + eightDigits(load<u64>(i + <usize>count - 8), 8)
}

/**
 * The value of the first 1 to 8 digits of a word. The word is moved so that the last digit stands highest and zeros
 * before the first; then pairs, fours and eights are added up side by side.
 */
@inline
function eightDigits(word: u64, count: i32): i64 {
  let v = (word - 0x3030303030303030) << <u64>((8 - count) << 3)
  v = v * 10 + (v >> 8)
  v = (v & 0x000000ff000000ff) * 0x000f424000000064 + ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001
  return <i64>(v >> 32)
}

/** How many of the 16 bytes from `i` on are digits before the first other. */
@inline
function countDigits(i: usize): i32 {
  const digits = i8x16.sub(v128.load(i), i8x16.splat(48))
  return ctz<i32>(i8x16.bitmask(i8x16.gt_u(digits, i8x16.splat(9))) | 0x10000)
}

/** The place after the number whose digits begin at `i`, or 0 when it is none. */
function restOfNumber(i: usize): usize {
  if (<i32>load<u8>(i) == 48) i++
  else {
    i = afterDigits(i)
    if (i == 0) return 0
  }
  if (<i32>load<u8>(i) == POINT) {
    i = afterDigits(i + 1)
    if (i == 0) return 0
  }
  if ((<i32>load<u8>(i) | 32) == 101) {
    i++
    const sign = <i32>load<u8>(i)
    if (sign == 43 || sign == MINUS) i++
    i = afterDigits(i)
  }
  return i
}

/** The place after one or more digits, or 0 where there are none. */
function afterDigits(i: usize): usize {
  const start = i
  while (<u32>(<i32>load<u8>(i) - 48) < 10) i++
  return i == start ? 0 : i
}

/* ---- strings ---- */

/** The first byte from `i` on that a string does not hold as it is: quote, backslash, control, one beyond ASCII. */
@inline
function afterPlain(i: usize): usize {
  while (true) {
    const bytes = v128.load(i)
    const quotes = i8x16.eq(bytes, i8x16.splat(34))
    const backslashes = i8x16.eq(bytes, i8x16.splat(92))
    // Signed, so that bytes beyond ASCII are below too.
    const others = i8x16.lt_s(bytes, i8x16.splat(32))
    const found = i8x16.bitmask(v128.or(v128.or(quotes, backslashes), others))
    if (found != 0) return i + <usize>ctz<i32>(found)
    i += 16
  }
}

/**
 * The rest of a string from a byte that is not plain. What it holds besides plain bytes is in `stringFlags`.
 * @returns the place of its closing quote, or 0 when it is broken (`error` says how).
 */
function restOfString(i: usize): usize {
  stringFlags = 0
  while (true) {
    const c = <i32>load<u8>(i)
    if (c == QUOTE) return i
    if (c >= 0x80) {
      stringFlags |= HAS_HIGH_BYTES
      i = afterCharacter(i, c)
      if (i == 0) {
        error = BAD_UTF8
        return 0
      }
    } else if (c == BACKSLASH) {
      stringFlags |= HAS_ESCAPES
      const letter = <i32>load<u8>(i, 1)
      if (letter == 117) {
        if (!isHex(i + 2) || !isHex(i + 3) || !isHex(i + 4) || !isHex(i + 5)) return broken()
        i += 6
      } else if (isEscape(letter)) i += 2
      else return broken()
    } else return broken()
    const next = <i32>load<u8>(i)
    if (next < 0x80 && next != BACKSLASH) i = afterPlain(i)
  }
}

/** One of the letters that may follow a backslash, `u` left out. */
function isEscape(letter: i32): bool {
  const bit = letter - BACKSLASH
  // \ b f n r t
  if (<u32>bit < 32) return ((0x1440441 >> bit) & 1) != 0
  return letter == QUOTE || letter == 47
}

function isHex(i: usize): bool {
  const c = <i32>load<u8>(i)
  return <u32>(c - 48) < 10 || <u32>((c | 32) - 97) < 6
}

/**
 * The place after the character of two to four bytes that begins at `i` with `c`; 0 when it is none. Shortest forms
 * only, no surrogates, nothing beyond U+10FFFF.
 * @source Unicode 15, table 3-7; RFC 3629 section 4
 */
function afterCharacter(i: usize, c: i32): usize {
  const second = <i32>load<u8>(i, 1)
  if (c < 0xe0) return c >= 0xc2 && second >> 6 == 2 ? i + 2 : 0
  if (c < 0xf0) {
    const least = c == 0xe0 ? 0xa0 : 0x80
    const most = c == 0xed ? 0x9f : 0xbf
    return second >= least && second <= most && <i32>load<u8>(i, 2) >> 6 == 2 ? i + 3 : 0
  }
  if (c > 0xf4 || second < (c == 0xf0 ? 0x90 : 0x80) || second > (c == 0xf4 ? 0x8f : 0xbf)) return 0
  return <i32>load<u8>(i, 2) >> 6 == 2 && <i32>load<u8>(i, 3) >> 6 == 2 ? i + 4 : 0
}
