/** How far a run is, on a terminal. */

import type { Engine } from '../../runtime/engine/engine.ts'
import { grouped } from './table.ts'

/** One line on a terminal, rewritten about four times a second; nothing where standard error is no terminal. */
export class Progress {
  readonly #timer: NodeJS.Timeout | undefined
  #isShown = false

  constructor(engine: Engine) {
    if (!process.stderr.isTTY) return
    this.#timer = setInterval(() => {
      const metrics = engine.metrics()
      const records = Math.max(0, ...Object.values(metrics.nodes).map((node) => node.in))
      const share = metrics.progress
      const bar =
        share === undefined
          ? ''
          : `[${'#'.repeat(Math.round(share * 30)).padEnd(30, '.')}] ${(share * 100).toFixed(0)} %  `
      process.stderr.write(`\r${bar}${grouped(records)} records\u001b[K`)
      this.#isShown = true
    }, 250)
  }

  clear(): void {
    clearInterval(this.#timer)
    if (this.#isShown) process.stderr.write('\r\u001b[K')
  }
}
