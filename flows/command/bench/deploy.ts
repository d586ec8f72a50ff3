/**
 * How long an edit takes from the studio's API to a record that passed it. Started by `lacewing bench`; prints one line of
 * JSON.
 *
 *   node deploy.ts FOLDER COMMAND...
 *
 * FOLDER is emptied. COMMAND starts a studio on a port of its own choice with its data in FOLDER/data, and prints its link. Each edit changes
 * the threshold of the running sample flow, and the text of its alerts, so that they tell which edit raised them. An edit's
 * time begins before it is sent to be kept and ends when its first alert was read from the file.
 */

import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type { FlowDocument } from '../../format/flow.ts'
import { readFlow } from '../../format/read.ts'
import { EXAMPLES } from './programs.ts'

const EDITS = 5
const LOOK_MS = 0.5
const LIMIT_MS = 30_000
const STOP_MS = 10_000
const SENSOR = 'local'
/** The bundled sample in a loop: an alert every few milliseconds, because every query raises one. */
const SETTINGS = { repeat: true, rate: 2000 }

const [folder, ...command] = process.argv.slice(2) as [string, ...string[]]
const output = join(folder, 'deployed.jsonl')
rmSync(folder, { recursive: true, force: true })
mkdirSync(join(folder, 'data'), { recursive: true })

const studio = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
const ended = new Promise<number | null>((resolve) => studio.on('exit', resolve))

/** The studio's address, from the link that it prints. */
async function addressOf(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) if (line.startsWith('http')) return new URL(line).origin
  throw new Error('the studio ended without a link')
}

const sample = readFlow(readFileSync(join(EXAMPLES, 'dga-eve.json'), 'utf8')).flow!

function edited(number: number): FlowDocument {
  const alarm = sample.nodes.alarm!
  const options = { ...alarm.options, where: `dga.score > 0.000${number}`, reason: `edit ${number} {dns.rrname}` }
  return { ...sample, nodes: { ...sample.nodes, alarm: { ...alarm, options } } }
}

async function deployAll(address: string): Promise<number[]> {
  const token = readFileSync(join(folder, 'data', 'studio', 'token'), 'utf8').trim()
  const ask = async (method: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${address}${path}`, { method, headers, body: JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} gave ${answer.status}: ${text}`)
    return JSON.parse(text) as { readonly revision: number; readonly answer?: string }
  }
  const deploy = async (number: number) => {
    const parameters = { ...SETTINGS, output }
    const { answer } = await ask('POST', '/api/deployments', { flow: sample.name, sensor: SENSOR, parameters })
    if (answer !== 'running') throw new Error(`edit ${number} was not taken over`)
  }
  const firstAlert = async (number: number) => {
    const began_ms = performance.now()
    while (!readFileSync(output, 'utf8').includes(`"edit ${number} `)) {
      if (performance.now() - began_ms > LIMIT_MS) throw new Error(`no alert of edit ${number} within ${LIMIT_MS} ms`)
      await wait(LOOK_MS)
    }
  }

  let { revision } = await ask('POST', '/api/flows', { flow: edited(0) })
  await deploy(0)
  await firstAlert(0)
  const times_ms: number[] = []
  for (let number = 1; number <= EDITS; number++) {
    const began_ms = performance.now()
    const kept = await ask('PUT', `/api/flows/${sample.name}`, { flow: edited(number), base_revision: revision })
    revision = kept.revision
    const running = deploy(number)
    await firstAlert(number)
    times_ms.push(performance.now() - began_ms)
    await running
  }
  return times_ms
}

try {
  const lines = createInterface({ input: studio.stdout })
  const times_ms = await deployAll(await addressOf(lines))
  const sorted = times_ms.toSorted((a, b) => a - b)
  const figures = { edit_ms: sorted[EDITS >> 1], first_edit_ms: times_ms[0], slowest_edit_ms: sorted.at(-1) }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
} finally {
  studio.kill('SIGTERM')
  const stop = setTimeout(() => studio.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(stop)
}
