/**
 * What a newcomer does in the first five minutes, in a real browser against a real studio: open the link, see the flow
 * run, look at a wire, change a threshold, deploy, and see the alerts change. Once on the sensor inside the studio, once
 * on a sensor of its own process.
 */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, Running, runToEnd, temporaryFolder } from './processes.ts'

const SHOTS = fileURLToPath(new URL('../../.lacewing/screenshots/', import.meta.url))
/** The scores of the sample's alerts reach above this for about half of them. */
const HIGHER = 0.9995

describe('the first five minutes', () => {
  const folder = temporaryFolder()
  let studio: Running
  let browser: Browser
  let page: Page
  let url: string
  let token: string

  before(async () => {
    mkdirSync(SHOTS, { recursive: true })
    studio = new Running(['start', '--port', '0', '--data', join(folder.path, 'data')])
    const link = await studio.prints(/^(http\S+)$/m)
    url = new URL(link).origin
    token = readFileSync(join(folder.path, 'data/studio/token'), 'utf8').trim()
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    page.on('pageerror', (error) => assert.fail(`the page threw ${error.message}`))
    await page.goto(link)
  })

  after(async () => {
    await browser?.close()
    assert.equal(await studio?.stop(), 0, studio?.said)
    folder.remove()
  })

  const shot = (name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`) })
  const wire = (name: string) => page.locator(`[data-wire="${name}"]`)

  /** Types another threshold into the alert's expression and presses Deploy. */
  async function changeThreshold(expression: string): Promise<void> {
    await page.locator('[data-node="alarm"]').click()
    const field = page.locator('.cm-content').first()
    await field.click()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type(expression)
    await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  }

  const alerts = (path: string): { dga: { score: number } }[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { dga: { score: number } })

  /** Waits until something holds; looks every 100 ms, at most 30 s. */
  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 300; i++) {
      if (await holds()) return
      await page.waitForTimeout(100)
    }
    await shot('failed')
    assert.fail(`${what} never came true`)
  }

  /** Revision of the flow that runs on a sensor, 0 when none does. */
  async function runningRevision(sensor: string): Promise<number> {
    const answer = await page.request.get(`${url}/api/deployments`)
    const deployments = (await answer.json()) as { sensor: string; revision: number; state: string }[]
    return deployments.find((one) => one.sensor === sensor && one.state === 'running')?.revision ?? 0
  }

  /** The whole first paragraph of the tour, on the sensor that is selected. */
  async function tour(sensorFiles: string, name: string): Promise<void> {
    const file = join(sensorFiles, 'flows/dga-eve/alerts.jsonl')
    await until('a live figure on every wire', async () => {
      const names = await page
        .locator('[data-wire]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))
      return names.length === 5 && names.every((label) => /, [\d.,k]+ records per second, 0 dropped$/.test(label ?? ''))
    })
    await wire('dga -> alarm').click({ force: true })
    await until('records in the drawer', async () => (await page.locator('[data-record]').count()) > 3)
    await shot(`${name}-drawer`)
    await page.keyboard.press('Escape')

    await until('alerts below the coming threshold', () => alerts(file).some(({ dga }) => dga.score < HIGHER))
    const before = await runningRevision(name)
    await changeThreshold(`dga.score > ${HIGHER}`)
    await until('the change taken over', async () => (await runningRevision(name)) > before)
    const kept = alerts(file).length
    await until('alerts after the change', () => alerts(file).length > kept + 10)
    const since = alerts(file).slice(kept)
    assert.ok(since.every(({ dga }) => dga.score > HIGHER))
    await until('the canvas to say so', async () => (await page.getByText(/^r\d+ runs (here|on \w+\.)$/).count()) > 0)
    await shot(`${name}-deployed`)
  }

  it('work with the sensor inside the studio', async () => {
    await tour(join(folder.path, 'data/sensor'), 'local')
  })

  it('work with a sensor of its own process, deployed to by a script and then by hand', async () => {
    const join_token = await studio.prints(/--token (\S+)/)
    const own = join(folder.path, 'edge')
    const sensor = new Running(['sensor', '--studio', url, '--token', join_token, '--name', 'edge', '--data', own])
    try {
      await studio.prints(/(Sensor edge joined)/)
      const flow = fileURLToPath(new URL('../../flows/examples/dga-eve.json', import.meta.url))
      const settings = ['--set', 'repeat=true', '--set', 'rate=200']
      const script = ['deploy', flow, '--studio', url, '--token', token, '--sensor', 'edge', ...settings]
      const { code, said } = await runToEnd(script)
      assert.equal(code, 0, said)
      await page.reload()
      await page.getByRole('button', { name: /^Sensor / }).click()
      await page.getByRole('button', { name: /^edge/ }).click()
      await tour(own, 'edge')
    } finally {
      assert.equal(await sensor.stop(), 0, sensor.said)
    }
  })

  it('show markup in a DNS name as text', async () => {
    const hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>.test'
    const input = join(folder.path, 'hostile.json')
    const record = { event_type: 'dns', timestamp: '2026-01-01T00:00:00Z', dns: { type: 'query', rrname: hostile } }
    writeFileSync(input, `${JSON.stringify(record)}\n`.repeat(50))
    const flow = fileURLToPath(new URL('../../flows/examples/dga-eve.json', import.meta.url))
    const settings = ['--set', `input=${input}`, '--set', 'repeat=true', '--set', 'rate=50']
    const script = ['deploy', flow, '--studio', url, '--token', token, '--sensor', 'local', ...settings]
    const { code, said } = await runToEnd(script)
    assert.equal(code, 0, said)
    await page.reload()
    await page.getByRole('button', { name: /^Sensor / }).click()
    await page.getByRole('button', { name: /^local/ }).click()
    await wire('queries -> lexical').click({ force: true })
    await until('records in the drawer', async () => (await page.locator('[data-record]').count()) > 3)
    assert.ok((await page.locator('[data-record]').first().textContent())?.includes('<img src=x onerror='))
    assert.equal(await page.evaluate(() => (globalThis as { pwned?: number }).pwned), undefined)
    await shot('hostile-name')
  })
})
