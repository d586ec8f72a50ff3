/** Suggestions for a misspelt name. */

/** Letters of a name that are compared: a bound for names that nobody means. */
const LETTERS = 64

/**
 * The known name that is most like the given one, for "did you mean": at most a third of its letters differ.
 * Cost: length of `given` (cut at 64) times the length of all known names.
 */
export function closestName(given: string, known: Iterable<string>): string | undefined {
  const word = given.slice(0, LETTERS).toLowerCase()
  let best: string | undefined
  let bestDistance = mostDifferences(word) + 1
  for (const name of known) {
    const distance = editDistance(word, name.toLowerCase())
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** Up to three names like the one given, the likest first: few typing errors away, or the same last part of a path. */
export function closestPaths(given: string, known: Iterable<string>): string[] {
  const word = given.slice(0, LETTERS).toLowerCase()
  const last = lastPart(word)
  const found: { name: string; distance: number }[] = []
  for (const name of known) {
    const own = name.toLowerCase()
    const isAsLong = Math.abs(own.length - word.length) <= 3 && own.length <= LETTERS
    const distance = isAsLong ? editDistance(word, own) : Number.POSITIVE_INFINITY
    if (distance <= mostDifferences(word)) found.push({ name, distance })
    else if (last.length > 2 && lastPart(own) === last) found.push({ name, distance: 10 })
  }
  return found
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name)
}

/** "Did you mean a, b or c?", or the sentence given where nothing is like it. */
export function didYouMean(given: string, known: Iterable<string>, otherwise: string): string {
  const found = closestPaths(given, known)
  const last = found.pop()
  if (last === undefined) return otherwise
  return `Did you mean ${found.length > 0 ? `${found.join(', ')} or ` : ''}${last}?`
}

function mostDifferences(word: string): number {
  return Math.max(1, Math.floor(word.length / 3))
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

/** Levenshtein distance, with two neighbours swapped counted as one step (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, beforeLast[j - 2]! + 1)
      row.push(least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
