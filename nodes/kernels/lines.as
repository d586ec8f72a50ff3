/** Counts the line feeds of `[start, end)`; up to 15 bytes behind the end are read. */
export function lines(start: usize, end: usize): i32 {
  const feed = i8x16.splat(10)
  let count: i32 = 0
  let at = start
  for (; at + 16 <= end; at += 16) count += popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(at), feed)))
  const rest = <i32>(end - at)
  return count + popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(at), feed)) & ((1 << rest) - 1))
}
