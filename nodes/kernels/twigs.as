/**
 * Adds up what the twigs of a model's trees contribute to its inputs, from tables with a row for each outcome of a twig's
 * tests.
 *
 * A test is 12 bytes: the place of its input's rank (u32), the lowest and the highest rank that pass (2 x i32). A twig is
 * 12 bytes: where its tests and the places of the sums it adds to end (2 x u32; they begin where those of the twig before
 * end), and where its table begins (u32).
 *
 * `state` (u32 each) is where the work stands: 0 the twig, 4 the end of twigs, 8 its first test, 12 the place of its first
 * sum, 16 the row that was not filled (0 for none).
 * @returns 0 when all twigs are done; 1 at a row that is not filled: it begins with what is no number. To be called again
 * then; the row is taken as it is.
 */
export function addTwigs(state: usize): i32 {
  const end = <usize>load<u32>(state, 4)
  let test = <usize>load<u32>(state, 8)
  let sum = <usize>load<u32>(state, 12)
  for (let twig = <usize>load<u32>(state); twig < end; twig += 12) {
    const firstTest = test
    const testsEnd = <usize>load<u32>(twig)
    const sumsEnd = <usize>load<u32>(twig, 4)
    // The bit of a failed test is the sign of either difference.
    let failed: u32 = 0
    for (; test < testsEnd; test += 12) {
      const rank = load<i32>(load<u32>(test))
      failed = (failed << 1) | (<u32>((rank - load<i32>(test, 4)) | (load<i32>(test, 8) - rank)) >>> 31)
    }
    let row = <usize>load<u32>(twig, 8) + <usize>failed * ((sumsEnd - sum) << 1)
    if (isNaN(load<f64>(row)) && row != <usize>load<u32>(state, 16)) {
      store<u32>(state, <u32>twig)
      store<u32>(state, <u32>firstTest, 8)
      store<u32>(state, <u32>sum, 12)
      store<u32>(state, <u32>row, 16)
      return 1
    }
    for (; sum < sumsEnd; sum += 4) {
      const place = <usize>load<u32>(sum)
      store<f64>(place, load<f64>(place) + load<f64>(row))
      row += 8
    }
  }
  return 0
}
