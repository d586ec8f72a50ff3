/**
 * Deals out the records of a source that gives every worker the same ones: each takes blocks of so many and passes over
 * the rest. A batch never holds records of two blocks.
 */

import type { Blocks } from './share.ts'

export class Deal {
  readonly #blocks: Blocks
  /** Records the source gave so far, the others' too. */
  #passed = 0
  /** The block this worker took last: the one at hand, or one to come. */
  #own = -1
  #atHand = -1

  constructor(blocks: Blocks) {
    this.#blocks = blocks
  }

  /** Records that may come before the next block begins. Called before each read, when nothing waits. */
  room(): number {
    const { block_records } = this.#blocks
    this.#atHand = Math.floor(this.#passed / block_records)
    if (this.#own < this.#atHand) this.#own = this.#blocks.next()
    return (this.#atHand + 1) * block_records - this.#passed
  }

  /** Whether what comes is this worker's. */
  get isOwn(): boolean {
    return this.#own === this.#atHand
  }

  gave(records: number): void {
    this.#passed += records
  }
}
