/**
 * Walks the trees of a model, ten or eight walks at a time: none waits for another's loads, and no branch has to be
 * foretold.
 *
 * A node is 16 bytes: its threshold (f64), the place of its input in the row for single rows (u32), and the place of its
 * two children (u32), right before left. A leaf has its value for a threshold, asks an input that is never a number and
 * leads to itself, so that a walk may take more steps than it needs.
 *
 * Walks end by the numbers of steps and of trees alone, and what lies outside of the memory can't be read: tables may
 * say what they will.
 */

/** 16 when input <= threshold, else (not a number too) 0. As lanes of a vector they need no flags of the processor. */
@inline function leftBytes(input: v128, threshold: v128): usize {
  return <usize>i32x4.extract_lane(f64x2.le(input, threshold), 0) & 16
}

/** The child that one step leads to. Input and children are read at once. */
@inline function step(node: usize): usize {
  const links = load<u64>(node, 8)
  return <usize>(links >> 32) + leftBytes(v128.load64_zero(<usize>(<u32>links)), v128.load64_zero(node))
}

/** As `step`, in the columns of a block: the input's place times 64, moved to `column`. */
@inline function stepIn(column: usize, node: usize, row: usize): usize {
  const links = load<u64>(node, 8)
  const input = v128.load64_zero((<usize>(<u32>links) << 6) + column + row)
  return <usize>(links >> 32) + leftBytes(input, v128.load64_zero(node))
}

@inline function isLeaf(node: usize): i32 {
  return i32(load<u32>(node, 12) == <u32>node)
}

/** Steps between two looks whether all walks have come to leaves: trees are deep as a rule when their leaves are not. */
const STRIDE: i32 = 8

/**
 * The margin of the row at the inputs' places. `groups` to `end` holds, for each ten trees in the order of the file,
 * their roots (10 x u32) and the steps of the deepest (u32), 44 bytes in all.
 */
export function margin(groups: usize, end: usize, base: f64): f64 {
  let sum = base
  for (let group = groups; group < end; group += 44) {
    let a = <usize>load<u32>(group)
    let b = <usize>load<u32>(group, 4)
    let c = <usize>load<u32>(group, 8)
    let d = <usize>load<u32>(group, 12)
    let e = <usize>load<u32>(group, 16)
    let f = <usize>load<u32>(group, 20)
    let g = <usize>load<u32>(group, 24)
    let h = <usize>load<u32>(group, 28)
    let i = <usize>load<u32>(group, 32)
    let j = <usize>load<u32>(group, 36)
    for (let rest = load<i32>(group, 40); rest > 0; rest -= STRIDE) {
      for (let steps = min(rest, STRIDE); steps > 0; steps--) {
        a = step(a)
        b = step(b)
        c = step(c)
        d = step(d)
        e = step(e)
        f = step(f)
        g = step(g)
        h = step(h)
        i = step(i)
        j = step(j)
      }
      if (
        rest > STRIDE &&
        isLeaf(a) & isLeaf(b) & isLeaf(c) & isLeaf(d) & isLeaf(e) &
        isLeaf(f) & isLeaf(g) & isLeaf(h) & isLeaf(i) & isLeaf(j)
      ) break
    }
    sum += load<f64>(a)
    sum += load<f64>(b)
    sum += load<f64>(c)
    sum += load<f64>(d)
    sum += load<f64>(e)
    sum += load<f64>(f)
    sum += load<f64>(g)
    sum += load<f64>(h)
    sum += load<f64>(i)
    sum += load<f64>(j)
  }
  return sum
}

/**
 * The margins of up to 64 rows, tree after tree, so that a tree is near while all rows walk it.
 * @param trees to `end`: root and depth of each tree (2 x u32), in the order of the file.
 * @param rows `inputs` numbers a row, row after row; put into `columns`, 64 numbers an input.
 * @param first the place of input 0 in nodes.
 * @param count rows; margins are written in eights.
 */
export function margins(
  trees: usize, end: usize, base: f64,
  rows: usize, columns: usize, inputs: i32, first: usize, out: usize, count: i32,
): void {
  let from = rows
  for (let row = 0; row < count; row++) {
    let to = columns + (<usize>row << 3)
    for (let input = 0; input < inputs; input++) {
      store<f64>(to, load<f64>(from))
      from += 8
      to += 512
    }
  }
  const past = out + (<usize>count << 3)
  for (let at = out; at < past; at += 64) {
    for (let row: usize = 0; row < 64; row += 8) store<f64>(at + row, base)
  }
  const columnOfPlace = columns - (first << 6)
  for (let tree = trees; tree < end; tree += 8) {
    const root = <usize>load<u32>(tree)
    const depth = load<i32>(tree, 4)
    let column = columnOfPlace
    for (let at = out; at < past; at += 64) {
      let a = root
      let b = root
      let c = root
      let d = root
      let e = root
      let f = root
      let g = root
      let h = root
      for (let rest = depth; rest > 0; rest -= STRIDE) {
        for (let steps = min(rest, STRIDE); steps > 0; steps--) {
          a = stepIn(column, a, 0)
          b = stepIn(column, b, 8)
          c = stepIn(column, c, 16)
          d = stepIn(column, d, 24)
          e = stepIn(column, e, 32)
          f = stepIn(column, f, 40)
          g = stepIn(column, g, 48)
          h = stepIn(column, h, 56)
        }
        if (
          rest > STRIDE &&
          isLeaf(a) & isLeaf(b) & isLeaf(c) & isLeaf(d) & isLeaf(e) & isLeaf(f) & isLeaf(g) & isLeaf(h)
        ) break
      }
      store<f64>(at, load<f64>(at) + load<f64>(a))
      store<f64>(at, load<f64>(at, 8) + load<f64>(b), 8)
      store<f64>(at, load<f64>(at, 16) + load<f64>(c), 16)
      store<f64>(at, load<f64>(at, 24) + load<f64>(d), 24)
      store<f64>(at, load<f64>(at, 32) + load<f64>(e), 32)
      store<f64>(at, load<f64>(at, 40) + load<f64>(f), 40)
      store<f64>(at, load<f64>(at, 48) + load<f64>(g), 48)
      store<f64>(at, load<f64>(at, 56) + load<f64>(h), 56)
      column += 64
    }
  }
}
