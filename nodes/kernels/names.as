/**
 * Takes a domain name apart and measures the letters of its registrable label, in one walk over its UTF-16 units.
 *
 * The tables lie in the memory that the caller gave; `prepare` must be called first. Every loop is bounded by the length
 * of the name or by a table.
 */

const DOT: u32 = 46
const HYPHEN: u32 = 45
const STAR: u32 = 42
/** The letters a, e, i, o, u, counted from a. */
const VOWELS: u32 = (1 << 0) | (1 << 4) | (1 << 8) | (1 << 14) | (1 << 20)
/** Symbols of the trigram table: 0 start and end, 1-26 letters, 27 any digit, 28 anything else. */
const SYMBOLS: u32 = 29
const DIGIT_SYMBOL: u32 = 27
const OTHER_SYMBOL: u32 = 28
/** Steps of the trigram table a bit, and the step beyond which a trigram is rare. */
const STEPS_PER_BIT: f64 = 16
const RARE_STEPS: u32 = 112
/** Slots of the table of edges: a power of two, three times the edges. */
const SLOT_BITS: u32 = 15
const HASH_BEGIN: u32 = 5381

let surprise: usize = 0
let nLog2n: usize = 0
let counts: usize = 0
let edgeParent: usize = 0
let edgeChild: usize = 0
let edgeLength: usize = 0
let edgeOffset: usize = 0
let edgeText: usize = 0
let nodeFlags: usize = 0
let slots: usize = 0
let rules: u32 = 0
let exceptions: u32 = 0

/** Where the suffix rule found last begins and ends, as places in the name. */
let matchStart: i32 = 0
let matchEnd: i32 = 0

/**
 * Notes where the tables are and fills the one that finds edges.
 * `surprise` u8 by trigram; `nLog2n` f64 by count; `counts` u16 by unit, all 0; the trie of suffixes: by edge its parent u16, child
 * u16, length u8 and (filled here) offset u32 of its label in `edgeText`; by node 1 where a rule ends; `slots` u16, all 0.
 */
export function prepare(
  surpriseAt: usize, nLog2nAt: usize, countsAt: usize,
  parentAt: usize, childAt: usize, lengthAt: usize, offsetAt: usize, textAt: usize, flagsAt: usize, slotsAt: usize,
  edges: u32, rulesRoot: u32, exceptionsRoot: u32,
): void {
  surprise = surpriseAt
  nLog2n = nLog2nAt
  counts = countsAt
  edgeParent = parentAt
  edgeChild = childAt
  edgeLength = lengthAt
  edgeOffset = offsetAt
  edgeText = textAt
  nodeFlags = flagsAt
  slots = slotsAt
  rules = rulesRoot
  exceptions = exceptionsRoot
  let offset: u32 = 0
  for (let edge: u32 = 0; edge < edges; edge++) {
    store<u32>(edgeOffset + (edge << 2), offset)
    const length = <u32>load<u8>(edgeLength + edge)
    let hash = HASH_BEGIN
    for (let i = length; i > 0; i--) hash = (hash * 33) ^ <u32>load<u8>(edgeText + offset + i - 1)
    let slot = slotOf(<u32>load<u16>(edgeParent + (edge << 1)), hash)
    while (load<u16>(slots + (slot << 1)) != 0) slot = (slot + 1) & ((1 << SLOT_BITS) - 1)
    store<u16>(slots + (slot << 1), <u16>(edge + 1))
    offset += length
  }
}

// @ts-ignore: decorator
@inline
function slotOf(node: u32, hash: u32): u32 {
  return ((hash ^ (node * 0x85ebca6b)) * 0x9e3779b1) >>> (32 - SLOT_BITS)
}

// @ts-ignore: decorator
@inline
function unit(name: usize, i: i32): u32 {
  return <u32>load<u16>(name + (<usize>i << 1))
}

/** The edge of a node for the label `name[from, to)`, or the one for any label; -1 when there is neither. */
function edgeOf(node: u32, hash: u32, name: usize, from: i32, to: i32): i32 {
  if (from == to) return -1
  const exact = probe(node, hash, name, from, to - from)
  if (exact >= 0) return exact
  return probeStar(node)
}

function probe(node: u32, hash: u32, name: usize, from: i32, length: i32): i32 {
  let slot = slotOf(node, hash)
  while (true) {
    const edge = <i32>load<u16>(slots + (slot << 1)) - 1
    if (edge < 0) return -1
    if (<u32>load<u16>(edgeParent + (edge << 1)) == node && <i32>load<u8>(edgeLength + edge) == length) {
      const text = edgeText + load<u32>(edgeOffset + (edge << 2))
      let i = 0
      while (i < length && <u32>load<u8>(text + i) == unit(name, from + i)) i++
      if (i == length) return edge
    }
    slot = (slot + 1) & ((1 << SLOT_BITS) - 1)
  }
}

function probeStar(node: u32): i32 {
  let slot = slotOf(node, (HASH_BEGIN * 33) ^ STAR)
  while (true) {
    const edge = <i32>load<u16>(slots + (slot << 1)) - 1
    if (edge < 0) return -1
    if (
      <u32>load<u16>(edgeParent + (edge << 1)) == node &&
      load<u8>(edgeLength + edge) == 1 &&
      <u32>load<u8>(edgeText + load<u32>(edgeOffset + (edge << 2))) == STAR
    ) return edge
    slot = (slot + 1) & ((1 << SLOT_BITS) - 1)
  }
}

/** Follows labels from the right as long as there are edges; the longest rule counts. False when there is none. */
function walk(root: u32, name: usize, length: i32): bool {
  let node = root
  let to = length
  let found = false
  let hash = HASH_BEGIN
  for (let i = length - 1; ; i--) {
    const code: u32 = i < 0 ? DOT : unit(name, i)
    if (code != DOT) {
      hash = (hash * 33) ^ code
      continue
    }
    const edge = edgeOf(node, hash, name, i + 1, to)
    if (edge < 0) return found
    node = <u32>load<u16>(edgeChild + (edge << 1))
    if (load<u8>(nodeFlags + node) != 0) {
      found = true
      matchStart = i + 1
      matchEnd = to
    }
    if (i < 0) return found
    to = i
    hash = HASH_BEGIN
  }
  return found
}

/** Where the public suffix of the name begins. */
function suffixStartOf(name: usize, length: i32): i32 {
  // An exception takes its own first label away from the suffix.
  if (walk(exceptions, name, length)) return matchEnd + 1
  if (walk(rules, name, length)) return matchStart
  let i = length - 1
  while (i >= 0 && unit(name, i) != DOT) i--
  return i + 1
}

/**
 * Reads the `length` units at `name`, makes the letters A to Z small, and writes 18 f64 to `out`: where the registrable label
 * begins and ends, where the suffix begins, labels, whether it is registrable, then length, entropy, distinct ratio, digit
 * ratio, vowel ratio, hex ratio, consonant run, switches, hyphens, likelihood, rare ratio, subdomain length, punycode.
 */
export function read(name: usize, length: i32, out: usize): void {
  let dots: i32 = 0
  let lastDot: i32 = -1
  let firstDot: i32 = length
  let punycode = false
  for (let i = 0; i < length; i++) {
    const code = unit(name, i)
    if (code - 65 < 26) store<u16>(name + (<usize>i << 1), <u16>(code + 32))
    else if (code == DOT) {
      if (dots == 0) firstDot = i
      dots++
      lastDot = i
    } else if (code == HYPHEN && i == lastDot + 4 && unit(name, i - 1) == HYPHEN) {
      punycode = punycode || (unit(name, i - 3) == 120 && unit(name, i - 2) == 110)
    }
  }

  let labelStart: i32 = 0
  let labelEnd: i32 = firstDot
  let suffixStart: i32 = 0
  let registrable = false
  if (length > 0) {
    const start = suffixStartOf(name, length)
    if (start > 1) {
      suffixStart = start
      labelEnd = start - 1
      labelStart = labelEnd
      while (labelStart > 0 && unit(name, labelStart - 1) != DOT) labelStart--
      registrable = labelStart < labelEnd
    } else suffixStart = start
  }

  store<f64>(out, labelStart)
  store<f64>(out + 8, labelEnd)
  store<f64>(out + 16, suffixStart)
  store<f64>(out + 24, length == 0 ? 0 : dots + 1)
  store<f64>(out + 32, registrable ? 1 : 0)
  measure(name, labelStart, labelEnd, out)
  store<f64>(out + 128, labelStart == 0 ? 0 : labelStart - 1)
  store<f64>(out + 136, punycode ? 1 : 0)
}

function measure(name: usize, from: i32, to: i32, out: usize): void {
  let letters: u32 = 0
  let vowels: u32 = 0
  let digits: u32 = 0
  let hex: u32 = 0
  let hyphens: u32 = 0
  let switches: u32 = 0
  let run: u32 = 0
  let longestRun: u32 = 0
  let sideBefore: u32 = 0
  let steps: u32 = 0
  let rare: u32 = 0
  let context: u32 = 0
  let last: u32 = 0
  for (let i = from; i < to; i++) {
    const code = unit(name, i)
    const count = counts + (code << 1)
    store<u16>(count, load<u16>(count) + 1)
    const letter = code - 97
    let symbol = OTHER_SYMBOL
    let side: u32 = 0
    if (letter < 26) {
      symbol = letter + 1
      side = 1
      letters++
      const vowel = (VOWELS >>> letter) & 1
      vowels += vowel
      hex += u32(letter < 6)
      run = vowel != 0 ? 0 : run + 1
      if (run > longestRun) longestRun = run
    } else {
      run = 0
      if (code - 48 < 10) {
        symbol = DIGIT_SYMBOL
        side = 2
        digits++
        hex++
      } else if (code == HYPHEN) hyphens++
    }
    if (side != 0) {
      if (sideBefore != 0 && side != sideBefore) switches++
      sideBefore = side
    }
    const step = <u32>load<u8>(surprise + (context + last) * SYMBOLS + symbol)
    steps += step
    rare += u32(step > RARE_STEPS)
    context = last * SYMBOLS
    last = symbol
  }
  const ending = <u32>load<u8>(surprise + (context + last) * SYMBOLS)
  steps += ending
  rare += u32(ending > RARE_STEPS)

  let distinct: u32 = 0
  let sum: f64 = 0
  for (let i = from; i < to; i++) {
    const place = counts + (unit(name, i) << 1)
    const count = <u32>load<u16>(place)
    if (count == 0) continue
    distinct++
    sum += load<f64>(nLog2n + (count << 3))
    store<u16>(place, 0)
  }

  const length = to - from
  const divisor = <f64>max(length, 1)
  const entropy = (load<f64>(nLog2n + (length << 3)) - sum) / divisor
  store<f64>(out + 40, length)
  // Sums in another order differ in the last bits; rounded, anagrams are equal and no model can part them.
  store<f64>(out + 48, floor(entropy * 1e9 + 0.5) / 1e9)
  store<f64>(out + 56, <f64>distinct / divisor)
  store<f64>(out + 64, <f64>digits / divisor)
  store<f64>(out + 72, letters == 0 ? 0 : <f64>vowels / <f64>letters)
  store<f64>(out + 80, <f64>hex / divisor)
  store<f64>(out + 88, longestRun)
  store<f64>(out + 96, switches)
  store<f64>(out + 104, hyphens)
  store<f64>(out + 112, length == 0 ? 0 : -(<f64>steps) / (STEPS_PER_BIT * <f64>(length + 1)))
  store<f64>(out + 120, length == 0 ? 0 : <f64>rare / <f64>(length + 1))
}
