/** Suggestions for a misspelt name. */

/** Number of insertions, deletions, replacements and swaps of neighbours between two short names. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** Up to three names like the one given, the likest first: few typing errors away, or the same last part. */
export function closest(name: string, names: Iterable<string>): string[] {
  const wanted = name.slice(0, 64).toLowerCase()
  const last = wanted.slice(wanted.lastIndexOf('.') + 1)
  const found: { name: string; score: number }[] = []
  for (const one of names) {
    const own = one.toLowerCase()
    if (Math.abs(own.length - wanted.length) <= 3 && own.length <= 64) {
      const score = distance(wanted, own)
      if (score <= Math.max(1, Math.floor(wanted.length / 3))) {
        found.push({ name: one, score })
        continue
      }
    }
    if (last.length > 2 && own.slice(own.lastIndexOf('.') + 1) === last) found.push({ name: one, score: 10 })
  }
  return found
    .toSorted((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map((one) => one.name)
}

/** "Did you mean a, b or c?", or the sentence given where nothing is like it. */
export function didYouMean(name: string, names: Iterable<string>, otherwise: string): string {
  const found = closest(name, names)
  if (found.length === 0) return otherwise
  const last = found.pop()!
  return `Did you mean ${found.length > 0 ? `${found.join(', ')} or ` : ''}${last}?`
}
