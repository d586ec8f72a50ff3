/**
 * How long a record takes from the file that a flow follows to the file that gets its alert. Started by `lacewing bench`;
 * prints one line of JSON.
 *
 *   node latency.ts NUMBERED_EVE_FILE FOLDER RECORDS_PER_S -- COMMAND...
 *
 * COMMAND runs a flow that follows FOLDER/feed.json and writes its alerts to FOLDER/latency.jsonl. The events are written
 * to the feed in the pieces that are due, and the alerts read, by one thread that looks every 0.2 ms. A record's time begins before
 * the write of its piece and ends when its whole alert was read. The first fifth of the records warms up and does not count.
 */

import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const LOOK_MS = 0.2
const WARM_RATIO = 0.2
const LINE_FEED = 10
/** A piece is at most so long; what is due beyond goes into the next. */
const PIECE_BYTES = 1 << 20
/** When no alert came for so long after the last record, all that were raised have come. */
const QUIET_MS = 1000
const READY_MS = 30_000
const STOP_MS = 10_000
const ALERT = /"bench_index":(\d+),/

const [input, folder, rate, , ...command] = process.argv.slice(2) as [string, string, string, string, ...string[]]
const rate_per_s = Number(rate)
const feedPath = join(folder, 'feed.json')
const alertPath = join(folder, 'latency.jsonl')
const messagePath = join(folder, 'latency.messages')

const sleeper = new Int32Array(new SharedArrayBuffer(4))
const sleep = (time_ms: number) => Atomics.wait(sleeper, 0, 0, time_ms)

/** Where each line ends. */
function lineEnds(file: number): number[] {
  const bytes = Buffer.allocUnsafe(PIECE_BYTES)
  const ends: number[] = []
  for (let at = 0; ; ) {
    const got = readSync(file, bytes, 0, PIECE_BYTES, at)
    if (got === 0) return ends
    for (let i = bytes.indexOf(LINE_FEED); i !== -1 && i < got; i = bytes.indexOf(LINE_FEED, i + 1))
      ends.push(at + i + 1)
    at += got
  }
}

/** Reads what was added to the alerts since, and keeps when each was first seen. */
class Alerts {
  readonly seen: { readonly index: number; readonly at_ms: number }[] = []
  newest_ms = performance.now()
  readonly #file: number
  readonly #bytes = Buffer.allocUnsafe(PIECE_BYTES)
  #position = 0
  #rest = ''

  constructor(path: string) {
    this.#file = openSync(path, 'r')
  }

  look(): void {
    const got = readSync(this.#file, this.#bytes, 0, PIECE_BYTES, this.#position)
    if (got === 0) return
    this.newest_ms = performance.now()
    this.#position += got
    const lines = (this.#rest + this.#bytes.toString('latin1', 0, got)).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) {
      const index = ALERT.exec(line)?.[1]
      if (index === undefined) throw new Error(`an alert has lost its number: ${line.slice(0, 200)}`)
      this.seen.push({ index: Number(index), at_ms: this.newest_ms })
    }
  }
}

/** Writes what is due, looks for alerts, sleeps, until all is written. Gives when each line was written. */
function feedAll(source: number, ends: readonly number[], alerts: Alerts): Float64Array {
  const feed = openSync(feedPath, 'a')
  const bytes = Buffer.allocUnsafe(PIECE_BYTES)
  const written_ms = new Float64Array(ends.length)
  const began_ms = performance.now()
  for (let next = 0; next < ends.length; ) {
    const now_ms = performance.now()
    const begin = next === 0 ? 0 : ends[next - 1]!
    const due = Math.min(ends.length, Math.floor(((now_ms - began_ms) * rate_per_s) / 1000))
    while (next < due && ends[next]! - begin <= PIECE_BYTES) written_ms[next++] = now_ms
    const length = (next === 0 ? 0 : ends[next - 1]!) - begin
    if (length > 0) {
      readSync(source, bytes, 0, length, begin)
      writeSync(feed, bytes, 0, length)
    }
    alerts.look()
    sleep(LOOK_MS)
  }
  closeSync(feed)
  return written_ms
}

function waitUntil(what: string, limit_ms: number, isSo: () => boolean): void {
  const began_ms = performance.now()
  while (!isSo()) {
    if (performance.now() - began_ms > limit_ms) {
      throw new Error(`${what} within ${limit_ms} ms: ${readFileSync(messagePath, 'utf8')}`)
    }
    sleep(LOOK_MS)
  }
}

rmSync(alertPath, { force: true })
closeSync(openSync(feedPath, 'w'))
const messages = openSync(messagePath, 'w')
const flow = spawn(command[0]!, command.slice(1), { stdio: ['ignore', messages, messages] })
const ended = new Promise<number | null>((resolve) => flow.on('exit', resolve))
try {
  waitUntil('the flow did not open its file of alerts', READY_MS, () => existsSync(alertPath))
  const source = openSync(input, 'r')
  const ends = lineEnds(source)
  const alerts = new Alerts(alertPath)
  const began_ms = performance.now()
  const written_ms = feedAll(source, ends, alerts)
  const took_s = (performance.now() - began_ms) / 1000
  waitUntil('the alerts did not end', READY_MS, () => {
    alerts.look()
    return performance.now() - alerts.newest_ms > QUIET_MS
  })
  const counted = alerts.seen.filter(({ index }) => index >= ends.length * WARM_RATIO)
  const latencies_ms = counted.map(({ index, at_ms }) => at_ms - written_ms[index]!).sort((a, b) => a - b)
  const quantile = (share: number) =>
    latencies_ms[Math.min(latencies_ms.length - 1, Math.floor(share * latencies_ms.length))]
  const figures = {
    found: alerts.seen.length,
    alerts_counted: counted.length,
    p50_ms: quantile(0.5),
    p99_ms: quantile(0.99),
    greatest_ms: latencies_ms.at(-1),
    records_per_s_wanted: rate_per_s,
    records_per_s: ends.length / took_s,
  }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
} finally {
  flow.kill('SIGINT')
  const stop = setTimeout(() => flow.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(stop)
}
