/**
 * One loop over a batch: its text, its variables, its counters, and the frame that holds them. This file must not know
 * what happens to a record inside.
 */

import type { ModuleText } from './emit-module.ts'
import { ProgramText } from './emit-text.ts'

/** One form of one pipeline. */
export class Loop {
  readonly module: ModuleText
  /** The watched form shows records to taps and takes the time of each node. */
  readonly isWatched: boolean
  /** What is done with each record. */
  readonly inside = new ProgramText()
  /** The variable that counts, by counter of the program. */
  readonly #counters = new Map<number, string>()
  #nextNumber = 0

  constructor(module: ModuleText, isWatched: boolean) {
    this.module = module
    this.isWatched = isWatched
  }

  /** A line of what is done with each record. */
  line(text: string): void {
    this.inside.line(text)
  }

  /** A number that no other variable of this loop has in its name. */
  number(): number {
    return this.#nextNumber++
  }

  /** Counts in a variable of the loop; the program's counter is touched once a batch. */
  count(counter: number): void {
    const variable = this.#counters.get(counter) ?? `n${this.#counters.size}`
    this.#counters.set(counter, variable)
    this.line(`${variable}++`)
  }

  /** Marks the node at work: for the blame of a throw, and for the clock of the watched form. */
  beginNode(id: string): void {
    if (this.isWatched) this.line('{ const now = host.now_ms(); cost_ms[at] += now - then_ms; then_ms = now }')
    this.line(`at = ${this.module.numbers.node(id)}`)
  }

  /**
   * Writes the loop into the module as a function.
   *
   * @param node at work when the loop begins.
   * @param end lines that run once after the loop.
   */
  writeFunction(name: string, batch: string, node: string, end: readonly string[]): void {
    const { body, numbers } = this.module
    body.line(`function ${name}() {`)
    body.line(`const { count, buffers, starts, ends, marks, ts_us, outlets } = ${batch}`)
    for (const variable of this.#counters.values()) body.line(`let ${variable} = 0`)
    body.line(`let at = ${numbers.node(node)}`)
    if (this.isWatched) body.line('let then_ms = host.now_ms()')
    body.line('let i = 0')
    body.line('try {')
    body.line('while (i < count) {')
    body.line('try {')
    body.line('for (; i < count; i++) {')
    body.append(this.inside)
    body.line('}')
    body.line('} catch (error) {')
    // The record at i is counted as an error of the node at work, and the loop goes on with the next one.
    body.line('host.fault(at, error)')
    body.line('i++')
    body.line('}')
    body.line('}')
    body.line('} finally {')
    for (const [counter, variable] of this.#counters) body.line(`counters[${counter}] += ${variable}`)
    body.line('}')
    for (const line of end) body.line(line)
    body.line('}')
  }
}
