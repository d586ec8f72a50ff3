/**
 * Measures frames while a node is dragged across a flow of many: `node test/editor/measure-drag.ts [nodes]`. It drives
 * the Chromium of the machine, so the figures are of that machine and of software rendering where it has no GPU.
 */

import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { startFakeStudio } from './fake-studio.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const MOVES = 120

/** A grid of filters behind one source, each wired to the next and to one a row below. */
function bigFlow(count: number): FlowDocument {
  const ids = Array.from({ length: count }, (_, i) => (i === 0 ? 'eve' : `n${i}`))
  const columns = Math.ceil(Math.sqrt(count * 1.4))
  return {
    lacewing: 1,
    name: 'big',
    parameters: {},
    nodes: Object.fromEntries(
      ids.map((id, i) => [
        id,
        i === 0
          ? { type: 'capture.eve', options: { path: 'eve.json' } }
          : { type: 'feature.domain', options: { field: 'dns.rrname' } },
      ]),
    ),
    wires: ids.slice(1).map((id, i) => `${ids[i]} -> ${id}`),
    view: {
      positions: Object.fromEntries(ids.map((id, i) => [id, [(i % columns) * 208, Math.floor(i / columns) * 96]])),
      groups: [],
      notes: [],
    },
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

if (!existsSync(CHROMIUM)) {
  process.stderr.write(`There is no browser at ${CHROMIUM}. Install Debian's chromium, or set CHROMIUM to one.\n`)
  process.exit(2)
}
const count = Number(process.argv[2] ?? 50)
const studio = await startFakeStudio({ flows: [bigFlow(count)] })
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
await page.goto(studio.url)
await page.waitForSelector(`[data-node="n${count - 1}"]`)
await page.waitForTimeout(2500)
const box = (await page.locator(`[data-node="n${Math.floor(count / 2)}"]`).boundingBox())!
await page.mouse.move(box.x + box.width / 2, box.y + 8)
await page.mouse.down()
await page.evaluate(() => {
  const frames: number[] = []
  let last = performance.now()
  const tick = (now: number): void => {
    frames.push(now - last)
    last = now
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
  Object.assign(window, { frames })
})
for (let i = 0; i < MOVES; i++) {
  await page.mouse.move(box.x + box.width / 2 + Math.sin(i / 9) * 160, box.y + 8 + Math.cos(i / 9) * 120)
  await page.waitForTimeout(16)
}
const frames = await page.evaluate(() => (window as unknown as { frames: number[] }).frames)
await page.mouse.up()
const elements = await page.evaluate(() => document.querySelectorAll('*').length)
await browser.close()
await studio.close()
const sorted = frames.slice(2).sort((a, b) => a - b)
const rounded = (ms: number): number => Math.round(ms * 10) / 10
process.stdout.write(
  `${JSON.stringify({
    nodes: count,
    elements,
    frames: sorted.length,
    median_ms: rounded(percentile(sorted, 0.5)),
    p95_ms: rounded(percentile(sorted, 0.95)),
    worst_ms: rounded(percentile(sorted, 1)),
    over_17_ms_ratio: rounded((sorted.filter((ms) => ms > 17.5).length / sorted.length) * 100) / 100,
  })}\n`,
)
