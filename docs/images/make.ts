/**
 * Takes the pictures of the README from the running program: the sample flow on its sample capture, the wire from score
 * to alert open in the drawer, in light and in dark.
 *
 *     LACEWING_CHROMIUM=/usr/bin/chromium node_modules/.bin/node docs/images/make.ts
 *
 * Run it when the look of the editor changes. The figures differ from run to run, so nothing checks that the committed
 * pictures are fresh.
 */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser, Running, temporaryFolder } from '../../test/end-to-end/processes.ts'

const WIRE = 'dga -> alarm'
/** Rates need a few seconds, the drawer needs records with alerts among them. */
const WATCHED_MS = 12_000
/** A README is read over slow lines too. */
const MOST_BYTES = 250_000

const folder = temporaryFolder()
const studio = new Running(['start', '--port', '0', '--data', join(folder.path, 'data')])
try {
  const link = await studio.prints(/^(http\S+)$/m)
  const browser = await openBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.goto(link)
    await page.locator('[data-wire]').first().waitFor({ state: 'attached' })
    await page.locator(`[data-wire="${WIRE}"]`).click({ force: true })
    await page.getByRole('button', { name: 'Fit the flow' }).click()
    await page.mouse.move(0, 0)
    await page.waitForTimeout(WATCHED_MS)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(1_000)
      const path = join(import.meta.dirname, `editor-${colorScheme}.png`)
      await page.screenshot({ path })
      const { size } = statSync(path)
      if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes. Make it at most ${MOST_BYTES}.`)
      process.stdout.write(`${path}, ${size} bytes\n`)
    }
  } finally {
    await browser.close()
  }
} finally {
  await studio.stop()
  folder.remove()
}
