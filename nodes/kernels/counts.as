/**
 * Counts by key in a sliding window: an index of keys by hash over a dense table of entries.
 *
 * The window is cut into slices; an entry holds one count a slice in a ring, so old ones fall out as time goes on. A key
 * is known by 64 bits of SipHash-1-3 under a secret of its own, so that nobody outside can make two keys meet. Where the
 * table is full, a key leaves that was not seen for longest among the next ones a hand points at. Places, see `layOut`.
 * Slice numbers are taken modulo 2^32: only their distances count.
 */

/** Bytes of an entry before its ring: hash u64, newest slice u32. */
const HEAD: u32 = 12
/** Entries looked at for one that may leave. */
const SEARCHED: u32 = 32

let keyAt: usize = 0
let hashesAt: usize = 0
let slicesAt: usize = 0
let countsAt: usize = 0
let indexAt: usize = 0
let entriesAt: usize = 0
let mask: u32 = 0
let most: u32 = 0
let slices: u32 = 0
let entryBytes: u32 = 0
let size: u32 = 0
let hand: u32 = 0
let seed0: u64 = 0
let seed1: u64 = 0
let v0: u64 = 0
let v1: u64 = 0
let v2: u64 = 0
let v3: u64 = 0
let absorbed: u64 = 0

/**
 * `key`: where a key's bytes are put, a multiple of 8 long; `hashes` u64, `sliceNumbers` u32 and `counts` i32: those of the
 * keys that were ended and not counted yet, one behind the other; `index`: u32 by slot, a power of two of them and more than
 * `max`, all 0; `entries`: `max` times (12 + 4 x slices) bytes.
 */
export function layOut(
  key: usize, hashes: usize, sliceNumbers: usize, counts: usize,
  index: usize, slots: u32, entries: usize, max: u32, ring: u32, a: u64, b: u64,
): void {
  keyAt = key
  hashesAt = hashes
  slicesAt = sliceNumbers
  countsAt = counts
  indexAt = index
  entriesAt = entries
  mask = slots - 1
  most = max
  slices = ring
  entryBytes = HEAD + (ring << 2)
  seed0 = a
  seed1 = b
  begin()
}

/** Keys in the table. */
export function keys(): u32 {
  return size
}

/** Forgets all keys. */
export function clear(): void {
  memory.fill(indexAt, 0, (<usize>mask + 1) << 2)
  size = 0
  hand = 0
}

/** Forgets what was taken of the key at hand. */
export function begin(): void {
  v0 = seed0 ^ 0x736f6d6570736575
  v1 = seed1 ^ 0x646f72616e646f6d
  v2 = seed0 ^ 0x6c7967656e657261
  v3 = seed1 ^ 0x7465646279746573
  absorbed = 0
}

// @ts-ignore: decorator
@inline
function round(): void {
  v0 += v1
  v1 = rotl<u64>(v1, 13) ^ v0
  v0 = rotl<u64>(v0, 32)
  v2 += v3
  v3 = rotl<u64>(v3, 16) ^ v2
  v0 += v3
  v3 = rotl<u64>(v3, 21) ^ v0
  v2 += v1
  v1 = rotl<u64>(v1, 17) ^ v2
  v2 = rotl<u64>(v2, 32)
}

// @ts-ignore: decorator
@inline
function absorb(word: u64): void {
  v3 ^= word
  round()
  v0 ^= word
}

/** Takes `length` bytes of a key that goes on, a multiple of 8. */
export function more(length: u32): void {
  for (let i: u32 = 0; i < length; i += 8) absorb(load<u64>(keyAt + i))
  absorbed += length
}

function finish(length: u32): u64 {
  const whole = length & ~7
  more(whole)
  let last = (absorbed + (length - whole)) << 56
  for (let i = whole; i < length; i++) last |= <u64>load<u8>(keyAt + i) << ((i - whole) << 3)
  absorb(last)
  v2 ^= 0xff
  round()
  round()
  round()
  const hash = v0 ^ v1 ^ v2 ^ v3
  begin()
  return hash
}

// @ts-ignore: decorator
@inline
function entry(i: u32): usize {
  return entriesAt + <usize>i * entryBytes
}

/** Ends the key with `length` more bytes; it is the `i`th of those to be counted, in `slice`. */
export function end(length: u32, slice: u32, i: u32): void {
  store<u64>(hashesAt + (<usize>i << 3), finish(length))
  store<u32>(slicesAt + (<usize>i << 2), slice)
}

/**
 * Counts the first `n` keys that were ended, in their order. Of each stands in `counts` how many are in the window that
 * ends with its slice, this one included; -1 when the slice has left the key's ring.
 * @returns nothing of use.
 */
export function settle(n: u32): u32 {
  // Among millions of keys nearly every look is a cache miss. These loops only look, so the misses overlap.
  let seen: u32 = 0
  for (let i: u32 = 0; i < n; i++) {
    const slot = <u32>load<u64>(hashesAt + (<usize>i << 3)) & mask
    store<i32>(countsAt + (<usize>i << 2), load<i32>(indexAt + (<usize>slot << 2)))
  }
  for (let i: u32 = 0; i < n; i++) {
    const found = load<u32>(countsAt + (<usize>i << 2))
    const place = entry(found == 0 ? 0 : found - 1)
    seen += load<u32>(place) + load<u32>(place + entryBytes - 4)
  }
  for (let i: u32 = 0; i < n; i++) {
    const at = <usize>i << 2
    store<i32>(countsAt + at, add(load<u64>(hashesAt + (<usize>i << 3)), load<u32>(slicesAt + at)))
  }
  return seen
}

function add(hash: u64, slice: u32): i32 {
  let slot = <u32>hash & mask
  while (true) {
    const found = load<u32>(indexAt + (<usize>slot << 2))
    if (found == 0) break
    const place = entry(found - 1)
    if (load<u64>(place) == hash) return count(place, slice)
    slot = (slot + 1) & mask
  }
  let i = size
  if (size < most) size++
  else {
    i = leaver(slice)
    forget(i)
    slot = <u32>hash & mask
    while (load<u32>(indexAt + (<usize>slot << 2)) != 0) slot = (slot + 1) & mask
  }
  store<u32>(indexAt + (<usize>slot << 2), i + 1)
  const place = entry(i)
  store<u64>(place, hash)
  store<u32>(place + 8, slice)
  memory.fill(place + HEAD, 0, slices << 2)
  store<u32>(place + HEAD + ((slice % slices) << 2), 1)
  return 1
}

/** Moves the ring on to the slice where that is newer, adds one, and sums the window that ends with the slice. */
function count(place: usize, slice: u32): i32 {
  const ring = place + HEAD
  const end = ring + (slices << 2)
  const ahead = <i32>(slice - load<u32>(place + 8))
  if (ahead <= -(<i32>slices)) return -1
  const at = ring + ((slice % slices) << 2)
  if (ahead > 0) {
    store<u32>(place + 8, slice)
    let gone = at
    for (let k = min<u32>(ahead, slices); k > 0; k--) {
      store<u32>(gone, 0)
      gone = gone == ring ? end - 4 : gone - 4
    }
  }
  store<u32>(at, load<u32>(at) + 1)
  let sum: i32 = 0
  if (ahead >= 0) {
    for (let one = ring; one < end; one += 4) sum += load<i32>(one)
    return sum
  }
  // A record that comes late sees the part of its window that the ring still holds.
  let one = at
  for (let k = <i32>slices + ahead; k > 0; k--) {
    sum += load<i32>(one)
    one = one == ring ? end - 4 : one - 4
  }
  return sum
}

/** The entry that makes room: one whose window is over, or the one not seen for longest of those the hand passes. */
function leaver(slice: u32): u32 {
  let oldest = hand
  let oldestAge: i32 = i32.MIN_VALUE
  const searched = min<u32>(SEARCHED, most)
  for (let k: u32 = 0; k < searched; k++) {
    const i = hand
    hand = hand + 1 == most ? 0 : hand + 1
    const age = <i32>(slice - load<u32>(entry(i) + 8))
    if (age > oldestAge) {
      oldest = i
      oldestAge = age
    }
    if (age >= <i32>slices) break
  }
  return oldest
}

/** Takes an entry out of the index, and moves up those behind it that its slot had pushed on. */
function forget(i: u32): void {
  let slot = <u32>load<u64>(entry(i)) & mask
  while (load<u32>(indexAt + (<usize>slot << 2)) != i + 1) slot = (slot + 1) & mask
  let next = (slot + 1) & mask
  while (true) {
    const other = load<u32>(indexAt + (<usize>next << 2))
    if (other == 0) break
    const home = <u32>load<u64>(entry(other - 1)) & mask
    if (((next - home) & mask) >= ((next - slot) & mask)) {
      store<u32>(indexAt + (<usize>slot << 2), other)
      slot = next
    }
    next = (next + 1) & mask
  }
  store<u32>(indexAt + (<usize>slot << 2), 0)
}
