/**
 * Finds the leaves of all trees of a model at once, in bits: each tree has a bit a leaf, from left to right, and for each
 * rank that an input can have among its thresholds there is a mask over the bits of all trees, without the leaves that a
 * record of that rank can't come to. In what all masks of a record leave, the first bit of a tree is its leaf.
 *
 * @source Lucchese et al.: QuickScorer, a Fast Algorithm to Rank Documents with Additive Ensembles of Regression Trees
 * (2015), whose masks of single tests are put together here for each rank, before the first record
 */

/** The input of a record, infinite where it is no number: beyond all thresholds either way. */
@inline function inputAt(place: usize): v128 {
  const input = load<f64>(place)
  return f64x2.splat(select<f64>(input, Infinity, input == input))
}

/** One step of the search among sorted thresholds: moves by `bytes` when the one before there is less than the input. */
@inline function search(at: usize, bytes: usize, input: v128): usize {
  const isLess = f64x2.lt(v128.load64_zero(at + bytes - 8), input)
  return at + (<usize>i32x4.extract_lane(isLess, 0) & bytes)
}

/** The mask of a rank, the rank being how far the search came. */
@inline function maskOf(masks: u32, thresholds: usize, found: usize, maskBytes: usize): u32 {
  return <u32>(<usize>masks + ((found - thresholds) >> 3) * maskBytes)
}

/** The value of the leaf that `bits` begin with. Those of the next trees are above it. */
@inline function leaf(leaves: usize, bits: usize): f64 {
  return load<f64>(leaves + (<usize>ctz<u64>(load<u64>(bits)) << 3))
}

/**
 * The margin of the row of inputs at `row`. `tables` are (u32 each):
 *  0 quads: four inputs each, 52 bytes: the inputs' places in the row, their thresholds, their masks (4 x u32 each), and
 *    half of the bytes of the longest list of thresholds (a power of two; lists are filled up with infinity)
 *  4 the end of the quads
 *  8 space for the place of one mask an input, and 12 its end
 * 16 bytes of a mask (64 times something)
 * 20 space for a mask, and 8 bytes that may be read
 * 24 trees (8 times something), 28 bytes of the bits of one (1, 2, 4 or 8)
 * 32 values of leaves, 36 bytes of those of one tree
 * 40 base (f64)
 */
export function margin(tables: usize, row: usize): f64 {
  const quadsEnd = <usize>load<u32>(tables, 4)
  const places = <usize>load<u32>(tables, 8)
  const placesEnd = <usize>load<u32>(tables, 12)
  const maskBytes = <usize>load<u32>(tables, 16)
  const allBits = <usize>load<u32>(tables, 20)
  let place = places
  for (let quad = <usize>load<u32>(tables); quad < quadsEnd; quad += 52) {
    const inputA = inputAt(row + load<u32>(quad))
    const inputB = inputAt(row + load<u32>(quad, 4))
    const inputC = inputAt(row + load<u32>(quad, 8))
    const inputD = inputAt(row + load<u32>(quad, 12))
    let a = <usize>load<u32>(quad, 16)
    let b = <usize>load<u32>(quad, 20)
    let c = <usize>load<u32>(quad, 24)
    let d = <usize>load<u32>(quad, 28)
    for (let bytes = <usize>load<u32>(quad, 48); bytes >= 8; bytes >>= 1) {
      a = search(a, bytes, inputA)
      b = search(b, bytes, inputB)
      c = search(c, bytes, inputC)
      d = search(d, bytes, inputD)
    }
    store<u32>(place, maskOf(load<u32>(quad, 32), load<u32>(quad, 16), a, maskBytes))
    store<u32>(place, maskOf(load<u32>(quad, 36), load<u32>(quad, 20), b, maskBytes), 4)
    store<u32>(place, maskOf(load<u32>(quad, 40), load<u32>(quad, 24), c, maskBytes), 8)
    store<u32>(place, maskOf(load<u32>(quad, 44), load<u32>(quad, 28), d, maskBytes), 12)
    place += 16
  }
  for (let at: usize = 0; at < maskBytes; at += 64) {
    let a = i8x16.splat(-1)
    let b = a
    let c = a
    let d = a
    for (place = places; place < placesEnd; place += 4) {
      const from = <usize>load<u32>(place) + at
      a = v128.and(a, v128.load(from))
      b = v128.and(b, v128.load(from, 16))
      c = v128.and(c, v128.load(from, 32))
      d = v128.and(d, v128.load(from, 48))
    }
    v128.store(allBits + at, a)
    v128.store(allBits + at, b, 16)
    v128.store(allBits + at, c, 32)
    v128.store(allBits + at, d, 48)
  }
  const treeBytes = <usize>load<u32>(tables, 28)
  const leafBytes = <usize>load<u32>(tables, 36)
  let bits = allBits
  let leaves = <usize>load<u32>(tables, 32)
  let sum = load<f64>(tables, 40)
  for (let trees = load<i32>(tables, 24); trees > 0; trees -= 8) {
    for (let tree = 0; tree < 8; tree++) {
      sum += leaf(leaves, bits)
      bits += treeBytes
      leaves += leafBytes
    }
  }
  return sum
}

/** The margins of `count` rows, one behind the other, `rowBytes` each. */
export function margins(tables: usize, rows: usize, rowBytes: usize, out: usize, count: i32): void {
  for (let row = 0; row < count; row++) {
    store<f64>(out, margin(tables, rows))
    rows += rowBytes
    out += 8
  }
}
