/**
 * Paths into JSON values (`dns.answers[0].rdata`) and the tree in which a reader looks up the keys it meets.
 *
 * The tree is laid out in flat arrays: node 0 means "nobody asks for this", node 1 is the record itself. This file must
 * not know how JSON is scanned.
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

interface Draft {
  readonly keys: Map<string, Draft>
  readonly indexes: Map<number, Draft>
  readonly slots: number[]
  watched: number
}
const draft = (): Draft => ({ keys: new Map(), indexes: new Map(), slots: [], watched: -1 })

/** Paths merged into a tree. Nodes are numbered from the root down, so the nodes below one are a range. */
export class PathTree {
  /** Place of the node's value: 1 and up; 0 when only something below it is asked for. */
  readonly place: Int32Array
  /** Places of everything at and below the node: `firstPlace` up to `endPlace`, that one left out. */
  readonly firstPlace: Int32Array
  readonly endPlace: Int32Array
  /** Number of the watched key, -1 for none. */
  readonly watched: Int32Array
  /** 1 when keys below the node are asked for. */
  readonly hasKeys: Uint8Array
  /** 1 when list elements below the node are asked for. */
  readonly hasIndexes: Uint8Array
  /** Place of each path given, in the order given. */
  readonly places: Int32Array
  /** Number of places, the unused place 0 included. */
  readonly placeCount: number

  /** The key under which each node stands, as text and as bytes of `keyBytes`. */
  readonly #names: string[] = ['']
  readonly #keyStart: Int32Array
  readonly #keyLength: Int32Array
  readonly #keyBytes: Uint8Array
  /** For each node a hash table of its keys: `entries[base + (hash & mask)]`, then along `next`. */
  readonly #base: Int32Array
  readonly #mask: Int32Array
  readonly #entries: Int32Array
  readonly #next: Int32Array
  /** List elements asked for: node, index, child. */
  readonly #elements = new Map<number, Map<number, number>>()

  constructor(paths: readonly string[], watchedKeys: readonly string[]) {
    const root = draft()
    paths.forEach((path, slot) => {
      let at = root
      for (const step of splitPath(path)) {
        const below: Map<string | number, Draft> = typeof step === 'number' ? at.indexes : at.keys
        const child = below.get(step) ?? draft()
        below.set(step, child)
        at = child
      }
      at.slots.push(slot)
    })
    watchedKeys.forEach((key, number) => {
      const child = root.keys.get(key) ?? draft()
      root.keys.set(key, child)
      child.watched = number
    })

    const place = [0]
    const firstPlace = [0]
    const endPlace = [0]
    const watched = [-1]
    const keysOf: Map<string, number>[] = [new Map()]
    this.places = new Int32Array(paths.length)
    let places = 1
    const lay = (one: Draft, name: string): number => {
      const node = place.length
      this.#names.push(name)
      firstPlace.push(places)
      place.push(one.slots.length > 0 ? places : 0)
      if (one.slots.length > 0) for (const slot of one.slots) this.places[slot] = places
      if (one.slots.length > 0) places++
      watched.push(one.watched)
      endPlace.push(0)
      const keys = new Map<string, number>()
      keysOf.push(keys)
      for (const [key, child] of one.keys) keys.set(key, lay(child, key))
      const elements = new Map<number, number>()
      for (const [index, child] of one.indexes) elements.set(index, lay(child, ''))
      if (elements.size > 0) this.#elements.set(node, elements)
      endPlace[node] = places
      return node
    }
    lay(root, '')

    const count = place.length
    this.place = Int32Array.from(place)
    this.firstPlace = Int32Array.from(firstPlace)
    this.endPlace = Int32Array.from(endPlace)
    this.watched = Int32Array.from(watched)
    this.hasKeys = Uint8Array.from(keysOf, (keys) => (keys.size > 0 ? 1 : 0))
    this.hasIndexes = Uint8Array.from(keysOf, (_, node) => (this.#elements.has(node) ? 1 : 0))
    this.placeCount = places

    const encoded = this.#names.map((name) => new TextEncoder().encode(name))
    this.#keyStart = new Int32Array(count)
    this.#keyLength = Int32Array.from(encoded, (bytes) => bytes.length)
    this.#keyBytes = new Uint8Array(encoded.reduce((sum, bytes) => sum + bytes.length, 0))
    let at = 0
    encoded.forEach((bytes, node) => {
      this.#keyStart[node] = at
      this.#keyBytes.set(bytes, at)
      at += bytes.length
    })

    this.#base = new Int32Array(count)
    this.#mask = new Int32Array(count)
    this.#next = new Int32Array(count)
    const entries: number[] = []
    for (let node = 0; node < count; node++) {
      // Four places a key keep most lookups of foreign keys at one load.
      let size = 1
      while (size < keysOf[node]!.size * 4) size *= 2
      this.#base[node] = entries.length
      this.#mask[node] = size - 1
      for (let i = 0; i < size; i++) entries.push(0)
      for (const child of keysOf[node]!.values()) {
        const bytes = encoded[child]!
        const entry = this.#base[node]! + (hashOf(bytes, 0, bytes.length) & (size - 1))
        this.#next[child] = entries[entry]!
        entries[entry] = child
      }
    }
    this.#entries = Int32Array.from(entries)
  }

  /** The child of `node` under the key `bytes[start..end)`, written without escapes; 0 when nobody asks for it. */
  childOf(node: number, bytes: Uint8Array, start: number, end: number): number {
    const length = end - start
    let child = this.#entries[this.#base[node]! + (hashOf(bytes, start, end) & this.#mask[node]!)]!
    while (child !== 0) {
      if (this.#keyLength[child] === length) {
        const key = this.#keyStart[child]! - start
        let i = start
        while (i < end && bytes[i] === this.#keyBytes[key + i]) i++
        if (i === end) return child
      }
      child = this.#next[child]!
    }
    return 0
  }

  /** As `childOf`, for a key that had to be decoded. */
  childNamed(node: number, name: string): number {
    const base = this.#base[node]!
    for (let entry = base; entry <= base + this.#mask[node]!; entry++) {
      for (let child = this.#entries[entry]!; child !== 0; child = this.#next[child]!) {
        if (this.#names[child] === name) return child
      }
    }
    return 0
  }

  /** The child of `node` for a list element; 0 when nobody asks for it. */
  childAt(node: number, index: number): number {
    return this.#elements.get(node)?.get(index) ?? 0
  }
}

/** Length, first and last byte tell nearly all keys of one object apart; the bytes between are compared afterwards. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0
  return (end - start) * 7 + bytes[start]! * 5 + bytes[end - 1]!
}
