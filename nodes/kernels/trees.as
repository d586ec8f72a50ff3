/**
 * Walks the trees of a model, eight walks at a time: none waits for another's loads, and no branch has to be foretold.
 *
 * A node is 16 bytes: its threshold (f64), the place of its input in the row for single rows (u32), and the place of its
 * two children (u32), right before left. A leaf has a threshold that is not a number and leads to itself, so that a walk
 * may take more steps than it needs; its value stands at `values` + half its place.
 *
 * Walks end by the numbers of steps and of trees alone, and what lies outside of the memory can't be read: tables may
 * say what they will.
 */

/** The child that one step leads to: left when input <= threshold, else (not a number too) right. */
@inline function step(node: usize): usize {
  return <usize>load<u32>(node, 12) + (<usize>(load<f64>(load<u32>(node, 8)) <= load<f64>(node)) << 4)
}

/** As `step`, in the columns of a block: the input's place times 64, moved to `column`. */
@inline function stepIn(column: usize, node: usize, row: usize): usize {
  const input = load<f64>((<usize>load<u32>(node, 8) << 6) + column + row)
  return <usize>load<u32>(node, 12) + (<usize>(input <= load<f64>(node)) << 4)
}

@inline function isLeaf(node: usize): bool {
  return load<u32>(node, 12) == <u32>node
}

@inline function value(node: usize, values: usize): f64 {
  return load<f64>(values + (node >> 1))
}

/** Steps between two looks whether all walks have come to leaves. */
const STRIDE: i32 = 4

/**
 * The margin of the row at the inputs' places. `groups` to `end` holds, for each eight trees in the order of the file,
 * their roots (8 x u32) and the steps of the deepest (u32), 48 bytes in all.
 */
export function margin(groups: usize, end: usize, values: usize, base: f64): f64 {
  let sum = base
  for (let group = groups; group < end; group += 48) {
    let a = <usize>load<u32>(group)
    let b = <usize>load<u32>(group, 4)
    let c = <usize>load<u32>(group, 8)
    let d = <usize>load<u32>(group, 12)
    let e = <usize>load<u32>(group, 16)
    let f = <usize>load<u32>(group, 20)
    let g = <usize>load<u32>(group, 24)
    let h = <usize>load<u32>(group, 28)
    for (let rest = load<i32>(group, 32); rest > 0; rest -= STRIDE) {
      for (let steps = min(rest, STRIDE); steps > 0; steps--) {
        a = step(a)
        b = step(b)
        c = step(c)
        d = step(d)
        e = step(e)
        f = step(f)
        g = step(g)
        h = step(h)
      }
      if (
        rest > STRIDE &&
        <i32>isLeaf(a) & <i32>isLeaf(b) & <i32>isLeaf(c) & <i32>isLeaf(d) &
        <i32>isLeaf(e) & <i32>isLeaf(f) & <i32>isLeaf(g) & <i32>isLeaf(h)
      ) break
    }
    sum += value(a, values)
    sum += value(b, values)
    sum += value(c, values)
    sum += value(d, values)
    sum += value(e, values)
    sum += value(f, values)
    sum += value(g, values)
    sum += value(h, values)
  }
  return sum
}

/**
 * The margins of up to 64 rows, tree after tree, so that a tree is near while all rows walk it.
 * @param trees to `end`: root and depth of each tree (2 x u32), in the order of the file.
 * @param rows `inputs` numbers a row, row after row; turned into `columns`, 64 numbers an input.
 * @param first the place of input 0 in nodes.
 * @param count rows; margins are written in eights.
 */
export function margins(
  trees: usize, end: usize, values: usize, base: f64,
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
          <i32>isLeaf(a) & <i32>isLeaf(b) & <i32>isLeaf(c) & <i32>isLeaf(d) &
          <i32>isLeaf(e) & <i32>isLeaf(f) & <i32>isLeaf(g) & <i32>isLeaf(h)
        ) break
      }
      store<f64>(at, load<f64>(at) + value(a, values))
      store<f64>(at, load<f64>(at, 8) + value(b, values), 8)
      store<f64>(at, load<f64>(at, 16) + value(c, values), 16)
      store<f64>(at, load<f64>(at, 24) + value(d, values), 24)
      store<f64>(at, load<f64>(at, 32) + value(e, values), 32)
      store<f64>(at, load<f64>(at, 40) + value(f, values), 40)
      store<f64>(at, load<f64>(at, 48) + value(g, values), 48)
      store<f64>(at, load<f64>(at, 56) + value(h, values), 56)
      column += 64
    }
  }
}
