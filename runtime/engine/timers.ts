/** Timers of one operator, in event time: a heap by due time, then by key. */

/** More would mean that keys chosen by an attacker fill the memory; the operator is to set fewer. */
const MAX_TIMERS = 1_000_000

interface Timer {
  readonly due_us: number
  readonly key: string
}

const isBefore = (a: Timer, b: Timer) => a.due_us < b.due_us || (a.due_us === b.due_us && a.key < b.key)

export class Timers {
  readonly #heap: Timer[] = []
  /** Due time by key: a key has one timer, and one set anew makes the earlier one void. */
  readonly #due = new Map<string, number>()

  /** Sets the key's timer, in place of one it has. @throws RangeError beyond a million keys. Cost: logarithmic. */
  set(due_us: number, key: string): void {
    if (!this.#due.has(key) && this.#due.size >= MAX_TIMERS) throw new RangeError(`more than ${MAX_TIMERS} timers`)
    this.#due.set(key, due_us)
    const heap = this.#heap
    let i = heap.push({ due_us, key }) - 1
    for (let up = (i - 1) >> 1; i > 0 && isBefore(heap[i]!, heap[up]!); up = (i - 1) >> 1) {
      swap(heap, i, up)
      i = up
    }
    // Void entries are thrown out at the top; when they are the most of it, all at once.
    if (heap.length > 2 * this.#due.size + 16) this.#rebuild()
  }

  delete(key: string): void {
    this.#due.delete(key)
  }

  /** The next timer due at or before `now_us`, taken out; undefined when there is none. */
  take(now_us: number): Timer | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.due_us <= now_us; first = this.#heap[0]) {
      this.#pop()
      if (this.#due.get(first.key) !== first.due_us) continue
      this.#due.delete(first.key)
      return first
    }
    return undefined
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    heap[0] = last
    for (let i = 0; ; ) {
      let least = i
      for (const below of [2 * i + 1, 2 * i + 2]) {
        if (below < heap.length && isBefore(heap[below]!, heap[least]!)) least = below
      }
      if (least === i) return
      swap(heap, i, least)
      i = least
    }
  }

  #rebuild(): void {
    this.#heap.length = 0
    const due = [...this.#due].map(([key, due_us]) => ({ due_us, key }))
    // A sorted list is a heap.
    for (const timer of due.sort((a, b) => (isBefore(a, b) ? -1 : 1))) this.#heap.push(timer)
  }
}

function swap(heap: Timer[], a: number, b: number): void {
  const held = heap[a]!
  heap[a] = heap[b]!
  heap[b] = held
}
