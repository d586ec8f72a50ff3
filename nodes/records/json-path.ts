/**
 * Paths into JSON values (`dns.answers[0].rdata`) and the tree they make together.
 *
 * This file must not know how JSON is scanned.
 */

/** Splits a path at its points and list indexes: `a.b[2]` gives `a`, `b`, 2. */
export function splitPath(path: string): (string | number)[] {
  const steps: (string | number)[] = []
  for (const segment of path.split('.')) {
    const name = segment.replace(/(\[\d{1,9}\])+$/, '')
    steps.push(name)
    for (const index of segment.slice(name.length).matchAll(/\d+/g)) steps.push(Number(index[0]))
  }
  return steps
}

/** A place in the tree: the record itself, or what stands below a key or at an index of a list. */
export interface PathNode {
  readonly keys: ReadonlyMap<string, PathNode>
  /** By index, smallest first. */
  readonly indexes: ReadonlyMap<number, PathNode>
  /** The paths that end here, by their numbers. */
  readonly slots: readonly number[]
  /** Number of the watched key, -1 for none. */
  readonly watched: number
}

interface Draft {
  readonly keys: Map<string, Draft>
  indexes: Map<number, Draft>
  readonly slots: number[]
  watched: number
}
const draft = (): Draft => ({ keys: new Map(), indexes: new Map(), slots: [], watched: -1 })

/** Merges paths and watched top-level keys into a tree; path i is slot i, key i is watched i. */
export function pathTree(paths: readonly string[], watchedKeys: readonly string[]): PathNode {
  const root = draft()
  paths.forEach((path, slot) => {
    let at = root
    for (const step of splitPath(path)) {
      const below: Map<string | number, Draft> = typeof step === 'number' ? at.indexes : at.keys
      const child = below.get(step) ?? draft()
      below.set(step, child)
      if (typeof step === 'number') at.indexes = new Map([...at.indexes].sort(([a], [b]) => a - b))
      at = child
    }
    at.slots.push(slot)
  })
  watchedKeys.forEach((key, number) => {
    const child = root.keys.get(key) ?? draft()
    root.keys.set(key, child)
    child.watched = number
  })
  return root
}
