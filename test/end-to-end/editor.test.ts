/**
 * The editor used by hand in a real browser, that of LACEWING_CHROMIUM: drawing, the way back, mistakes, files, access.
 * One studio, one page.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, Running, temporaryFolder } from './processes.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

describe('the editor', () => {
  const folder = temporaryFolder()
  let studio: Running
  let browser: Browser
  let page: Page

  before(async () => {
    studio = new Running(['start', '--port', '0', '--data', join(folder.path, 'data')])
    const link = await studio.prints(/^(http\S+)$/m)
    browser = await openBrowser()
    // axe is put into the page as a script of its own, which the studio's policy forbids to everybody else.
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: true })
    page = await context.newPage()
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => assert.fail(`the page threw ${error.message}`))
    await page.goto(link)
    await node('dga').waitFor()
  })

  after(async () => {
    await browser?.close()
    assert.equal(await studio?.stop(), 0, studio?.said)
    folder.remove()
  })

  const node = (id: string) => page.locator(`[data-node="${id}"]`)
  const wire = (name: string) => page.locator(`[data-wire="${name}"]`)
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const option = (name: string) => page.locator(`.inspector [data-option="${name}"]`)

  /** Ids of the nodes and names of the wires on the canvas, sorted. */
  const drawn = async () => {
    const names = (attribute: string) =>
      page.locator(`[${attribute}]`).evaluateAll((all, of) => all.map((one) => one.getAttribute(of)!), attribute)
    return { nodes: (await names('data-node')).sort(), wires: (await names('data-wire')).sort() }
  }

  /** Waits until the canvas shows just these nodes and wires. */
  async function shows(nodes: readonly string[], wires: readonly string[]): Promise<void> {
    const wanted = { nodes: [...nodes].sort(), wires: [...wires].sort() }
    let seen = await drawn()
    for (let i = 0; i < 100 && JSON.stringify(seen) !== JSON.stringify(wanted); i++) {
      await page.waitForTimeout(50)
      seen = await drawn()
    }
    assert.deepEqual(seen, wanted)
  }

  async function drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 })
    await page.mouse.move(to.x, to.y, { steps: 4 })
    await page.mouse.up()
  }

  /** The middle of what a selector finds. */
  async function middle(selector: string): Promise<{ x: number; y: number }> {
    const box = await page.locator(selector).first().boundingBox()
    assert.ok(box !== null, `${selector} is not on the screen`)
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  }

  it('keeps a node where it is when the inspector opens', async () => {
    const place = await middle('[data-node="lexical"]')
    await node('lexical').click()
    await page.getByRole('complementary', { name: 'Options of lexical' }).waitFor()
    assert.deepEqual(await middle('[data-node="lexical"]'), place)
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('.inspector').count(), 0)
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-node')), 'lexical')
  })

  it('draws a flow by hand: from the palette, by a wire, by typing', async () => {
    await button('Flows').click()
    await button('New flow').click()
    await page.getByLabel('Title', { exact: true }).fill('By hand')
    await page.keyboard.press('Enter')
    await shows([], [])
    await drag(await middle('[data-type="capture.eve"]'), { x: 320, y: 300 })
    await shows(['eve'], [])
    await option('path').locator('input').fill('samples/eve.json')
    await drag(await middle('[data-type="sink.discard"]'), { x: 820, y: 300 })
    await shows(['discard', 'eve'], [])
    await drag(await middle('[data-node="eve"] .port.out'), await middle('[data-node="discard"] .port.in'))
    await shows(['discard', 'eve'], ['eve -> discard'])
    await drag(await middle('[data-node="eve"] .port.out'), { x: 560, y: 480 })
    await page.keyboard.type('filt')
    await page.keyboard.press('Enter')
    await shows(['discard', 'eve', 'filter'], ['eve -> discard', 'eve -> filter'])
    await page.getByRole('complementary', { name: 'Options of filter' }).waitFor()
  })

  it('shows where an expression is wrong, in its text and in the list of problems', async () => {
    await option('where').locator('.cm-content').click()
    await page.keyboard.type("event_type == 'dns' and (")
    await option('where').locator('.cm-lintRange-error').waitFor()
    const list = page.getByRole('button', { name: /^1 problem$/ })
    await list.click()
    const row = page.locator('[data-problem]')
    assert.match((await row.textContent()) ?? '', /filter, where/)
    await page.locator('.plane').click({ position: { x: 500, y: 80 } })
    await button('Go there').click()
    await option('where').locator('.cm-focused').waitFor()
    await page.keyboard.press('Backspace')
    await page.keyboard.type("dns.type == 'query'")
    await page.getByRole('button', { name: /^no problems$/ }).waitFor()
  })

  it('offers the fields of the wire while one types', async () => {
    const field = option('where').locator('.cm-content')
    await field.click()
    await page.keyboard.press('End')
    await page.keyboard.type(' and dns.rrna')
    const offer = page.locator('.cm-tooltip-autocomplete [aria-selected]')
    await offer.waitFor()
    assert.match((await offer.textContent()) ?? '', /^dns\.rrname/)
    // An offer that opened less than 75 ms ago is not taken by Enter: nobody has read it yet.
    await page.waitForTimeout(150)
    await page.keyboard.press('Enter')
    assert.match((await field.textContent()) ?? '', / and dns\.rrname$/)
    await page.keyboard.type(" != ''")
    await page.keyboard.press('Escape')
  })

  it('undoes all and does all again', async () => {
    const nodes = ['discard', 'eve', 'filter']
    const wires = ['eve -> discard', 'eve -> filter']
    while (await button('Undo').isEnabled()) await button('Undo').click()
    await shows([], [])
    while (await button('Redo').isEnabled()) await button('Redo').click()
    await shows(nodes, wires)
    await page.locator('.plane').click({ position: { x: 40, y: 500 } })
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.press('Delete')
    await shows([], [])
    await page.keyboard.press('ControlOrMeta+z')
    await shows(nodes, wires)
  })

  it('gives the flow as a file and takes it back as it was', async () => {
    const [file] = await Promise.all([page.waitForEvent('download'), button('Export').click()])
    const text = readFileSync(await file.path(), 'utf8')
    assert.equal(file.suggestedFilename(), 'by-hand.json')
    await button('Import').click()
    await page.getByLabel('Text of a flow file').fill(text.replace('"eve -> filter"', '"eve -> nowhere.in.out"'))
    await button('Import the text').click()
    await page.locator('dialog[open]').getByRole('alert').waitFor()
    await page.getByLabel('Flow file', { exact: true }).setInputFiles(await file.path())
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    await shows(['discard', 'eve', 'filter'], ['eve -> discard', 'eve -> filter'])
    const [again] = await Promise.all([page.waitForEvent('download'), button('Export').click()])
    assert.equal(readFileSync(await again.path(), 'utf8').replace('"by-hand-2"', '"by-hand"'), text)
  })

  for (const scheme of ['light', 'dark'] as const) {
    it(`has no serious mistake of access in ${scheme}, with inspector and records open`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await page.locator('.tabs').getByRole('button', { name: 'DGA domains in Suricata EVE', exact: true }).click()
      await node('dga').click()
      await wire('dga -> alarm').focus()
      await page.keyboard.press('Enter')
      await page.locator('[data-record]').nth(3).click()
      await page.addScriptTag({ path: AXE })
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } }
        return (await axe.run()).violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      })
      const told = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((one) => one.html.slice(0, 160)).join('\n  ')}`,
      )
      assert.deepEqual(told, [])
    })
  }
})
