/**
 * Waits for a file to change. What the operating system tells is believed when it says that something changed, never
 * when it says nothing: not every file system tells, and a watch can be lost. So a pause ends after a while all the same.
 */

import { type FSWatcher, watch } from 'node:fs'

/** Pauses end at least so far apart: a writer of single lines would otherwise have each of them read alone. */
const APART_MS = 0.5

export class FileWatch {
  readonly #path: string
  readonly #longest_ms: number
  #watcher: FSWatcher | undefined
  /** There is no watching this file. */
  #isBlind = false
  #hasChanged = false
  #isClosed = false
  #ended_ms = Number.NEGATIVE_INFINITY
  #wake: (() => void) | undefined

  /** @param longest_ms how long a pause is when nothing is told. */
  constructor(path: string, longest_ms: number) {
    this.#path = path
    this.#longest_ms = longest_ms
  }

  /** Resolves when the file may have changed since the last pause. */
  async pause(): Promise<void> {
    this.#begin()
    if (!this.#hasChanged) await this.#sleep(this.#longest_ms)
    const rest_ms = this.#ended_ms + APART_MS - performance.now()
    if (rest_ms > 0 && !this.#isClosed) await this.#sleep(rest_ms, false)
    this.#hasChanged = false
    this.#ended_ms = performance.now()
  }

  /** The path names another file now. */
  forget(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#isBlind = false
  }

  /** Ends a pause, and all that follow at once. */
  close(): void {
    this.#isClosed = true
    this.#watcher?.close()
    this.#wake?.()
  }

  #begin(): void {
    if (this.#watcher !== undefined || this.#isBlind || this.#isClosed) return
    try {
      this.#watcher = watch(this.#path, { persistent: false }, () => {
        this.#hasChanged = true
        this.#wake?.()
      })
      this.#watcher.on('error', () => this.#goBlind())
      // What changed just before was not told.
      this.#hasChanged = true
    } catch {
      this.#goBlind()
    }
  }

  #goBlind(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#isBlind = true
  }

  async #sleep(ms: number, endsOnChange = true): Promise<void> {
    if (this.#isClosed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#wake = () => {
      if (endsOnChange || this.#isClosed) resolve()
    }
    await promise
    clearTimeout(timer)
    this.#wake = undefined
  }
}
