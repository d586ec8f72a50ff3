import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writeCapture, writeEvents, writeFirstLines } from '../../flows/command/bench-data.ts'
import { eventLines } from '../../flows/command/bench-events.ts'
import { Meter } from '../../flows/command/bench-measure.ts'
import { InputError } from '../../nodes/contract/capability.ts'

const LACEWING = fileURLToPath(new URL('../../lacewing.mjs', import.meta.url))
const SAMPLE = fileURLToPath(new URL('../../flows/examples/samples/dns.pcap', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'lacewing-bench-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const place = (name: string) => join(folder, name)
const { signal } = new AbortController()

/** Runs `lacewing bench` with its files in a folder of its own. */
function bench(temporary: string, ...args: string[]): SpawnSyncReturns<string> {
  const env = { ...process.env, TMPDIR: temporary }
  return spawnSync(process.execPath, [LACEWING, 'bench', ...args], { env, encoding: 'utf8', timeout: 120_000 })
}

type Spread = Record<'min' | 'median' | 'max', number | null>
interface Report {
  readonly machine: Record<string, unknown>
  readonly runs: number
  readonly data: Record<'eve' | 'pcap', { records: number; bytes: number; from?: string }>
  readonly reference: string
  readonly candidates: Record<
    string,
    { records: number; records_counted: number | null; found: number | null; peak_rss_bytes: number | null } & Record<
      'cpu_s_per_million' | 'cpu_ratio' | 'elapsed_s',
      Spread
    >
  >
  readonly without_start_up: Record<string, Record<'start_up_cpu_s' | 'cpu_s_per_million' | 'cpu_ratio', Spread>>
  readonly missing: readonly string[]
  readonly targets: Record<string, Record<string, { at_most: number; is: number | null }>>
}

suite('lacewing bench', () => {
  const temporary = mkdtempSync(join(folder, 'run-'))
  const run = bench(temporary, '--events', '5000', '--runs', '1')
  assert.equal(run.status, 0, run.stderr)
  const report = JSON.parse(run.stdout) as Report

  test('every candidate has a cost and a ratio to the parse loop', () => {
    assert.equal(report.runs, 1)
    assert.equal(report.reference, 'json-parse-loop')
    for (const name of ['json-parse-loop', 'dga-flow-eve', 'dga-flow-pcap', 'dga-flow-pcap-quiet', 'grep', 'wc']) {
      const candidate = report.candidates[name]
      assert.ok(candidate, name)
      assert.equal(candidate.records, 5000, name)
      for (const spread of [candidate.cpu_s_per_million, candidate.cpu_ratio, candidate.elapsed_s]) {
        const { min, median, max } = spread
        assert.ok(min !== null && median !== null && max !== null && 0 <= min && min <= median && median <= max, name)
      }
    }
    assert.deepEqual(report.candidates['json-parse-loop']?.cpu_ratio, { min: 1, median: 1, max: 1 })
  })

  test('a program that is not on the machine is named as missing and has no figures', () => {
    const known = ['grep', 'wc', 'jq', 'tcpdump']
    assert.deepEqual(
      report.missing,
      known.filter((name) => report.candidates[name] === undefined),
    )
  })

  test('flows have peak memory, a start-up and a cost without it', () => {
    for (const name of ['json-parse-loop', 'dga-flow-eve', 'dga-flow-pcap']) {
      assert.ok((report.candidates[name]?.peak_rss_bytes ?? 0) > 1e6, name)
      const without = report.without_start_up[name]
      assert.ok(without, name)
      // Of 5,000 events a difference may be lost in the noise, so these may have any sign.
      for (const spread of [without.start_up_cpu_s, without.cpu_s_per_million]) {
        assert.equal(typeof spread.median, 'number', name)
      }
      assert.ok('median' in without.cpu_ratio, name)
    }
  })

  test('programs that count the same things agree, and flows read every record', () => {
    const { candidates } = report
    assert.equal(candidates.grep?.found, candidates['json-parse-loop']?.found)
    assert.equal(candidates.wc?.found, 5000)
    for (const name of ['json-parse-loop', 'dga-flow-eve', 'dga-flow-pcap']) {
      assert.equal(candidates[name]?.records_counted, 5000, name)
      assert.ok((candidates[name]?.found ?? 0) > 0, name)
    }
    assert.equal(candidates['dga-flow-pcap-quiet']?.found, 0)
  })

  test('the report says which machine, how busy it was, and what the targets are', () => {
    for (const fact of ['date', 'cpu', 'cores', 'memory_bytes', 'node', 'load_1min_before', 'load_1min_after']) {
      assert.ok(report.machine[fact] !== undefined, fact)
    }
    const { cpu_ratio, peak_rss_bytes } = report.targets['dga-flow-eve'] ?? {}
    assert.equal(cpu_ratio?.is, report.candidates['dga-flow-eve']?.cpu_ratio.median)
    assert.equal(peak_rss_bytes?.is, report.candidates['dga-flow-eve']?.peak_rss_bytes)
  })

  test('its files are gone afterwards, and standard error told the progress', () => {
    assert.deepEqual(readdirSync(temporary), [])
    assert.match(run.stderr, /Run 1 of 1: dga-flow-eve/)
  })

  test('wrong options end with code 2 and a message that says how to mend them', () => {
    const empty = place('empty.json')
    writeFileSync(empty, '')
    const cases = [
      { args: ['--events', '12'], says: /--events 12: give a whole number from 100 to/ },
      { args: ['--events', '1e3'], says: /--events 1e3/ },
      { args: ['--runs', '0'], says: /--runs 0: give a whole number from 1 to/ },
      { args: ['--eve', place('none.json')], says: /--eve .*none\.json: that is not a file/ },
      { args: ['--eve', empty], says: /Give an EVE file/ },
    ]
    for (const { args, says } of cases) {
      const { status, stderr, stdout } = bench(temporary, ...args)
      assert.equal(status, 2, stderr)
      assert.match(stderr, says)
      assert.equal(stdout, '')
    }
  })

  test('a given file that is no JSON ends with code 2, and nothing is left behind', () => {
    const broken = place('broken.json')
    writeFileSync(broken, '{"event_type":\n'.repeat(200))
    const { status, stderr } = bench(temporary, '--eve', broken, '--events', '100')
    assert.equal(status, 2)
    assert.match(stderr, /A measured program failed with code 1: .*broken\.json/)
    assert.deepEqual(readdirSync(temporary), [])
  })
})

suite('data of the benchmarks', () => {
  test('events are the same at each call, in order of time, and mixed as Suricata mixes them', () => {
    const lines = [...eventLines(10_000)]
    assert.deepEqual(lines.slice(0, 100), [...eventLines(100)])
    const events = lines.map((line) => JSON.parse(line) as { event_type: string; timestamp: string })
    assert.ok(events.every(({ timestamp }, i) => i === 0 || events[i - 1]!.timestamp <= timestamp))
    const share = (type: string) => events.filter(({ event_type }) => event_type === type).length / events.length
    assert.ok(Math.abs(share('flow') - 0.4) < 0.03)
    assert.ok(Math.abs(share('dns') - 0.27) < 0.03)
    const mean_bytes = lines.join('').length / lines.length
    assert.ok(mean_bytes > 550 && mean_bytes < 650, String(mean_bytes))
  })

  test('the first hundredth of a file ends with a whole line, wherever the pieces fall', async () => {
    await writeEvents(place('eve.json'), 5000, signal)
    const all = readFileSync(place('eve.json'), 'utf8')
    for (const share_ratio of [1e-9, 0.01, 0.34, 0.5, 1]) {
      await writeFirstLines(place('few.json'), place('eve.json'), share_ratio)
      const few = readFileSync(place('few.json'), 'utf8')
      assert.ok(all.startsWith(few) && few.endsWith('}\n'), String(share_ratio))
      assert.ok(few.length >= all.length * share_ratio && few.length < all.length * share_ratio + 4096)
    }
    writeFileSync(place('one.json'), '{"event_type":"dns"}')
    await writeFirstLines(place('few.json'), place('one.json'), 0.01)
    assert.equal(readFileSync(place('few.json'), 'utf8'), '{"event_type":"dns"}')
  })

  test('a capture has as many packets as asked for, and time never goes back', async () => {
    await writeCapture(place('dns.pcap'), SAMPLE, 4000, signal)
    const bytes = readFileSync(place('dns.pcap'))
    const times: number[] = []
    for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
      times.push(bytes.readUInt32LE(at) * 1e6 + bytes.readUInt32LE(at + 4))
    }
    assert.equal(times.length, 4000)
    assert.ok(times.every((time, i) => i === 0 || times[i - 1]! <= time))
  })
})

suite('measuring a program', () => {
  test('its CPU time holds that of the processes it started', async () => {
    const meter = await Meter.make(folder, signal)
    const burn = 'const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);'
    const start = `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(burn)}])`
    const { cpu_s } = await meter.measure([process.execPath, '-e', start])
    assert.ok(cpu_s >= 0.3, String(cpu_s))
  })

  test('arguments reach it as they are, and its own messages do not spoil the figures', async () => {
    const meter = await Meter.make(folder, signal)
    const code = 'console.error("1 2 3"); process.stdout.write(JSON.stringify(process.argv.slice(1)))'
    const given = ['a b', '$(false)', "it's", '']
    const { stdout, cpu_s, elapsed_s } = await meter.measure([process.execPath, '-e', code, ...given])
    assert.deepEqual(JSON.parse(stdout), given)
    assert.ok(cpu_s > 0 && elapsed_s > 0)
  })

  test('a program that fails is an InputError with the end of what it said', async () => {
    const meter = await Meter.make(folder, signal)
    const failing = meter.measure([process.execPath, '-e', 'console.error("no such thing"); process.exit(3)'])
    await assert.rejects(
      failing,
      (error) => error instanceof InputError && /code 3: .*no such thing/s.test(error.message),
    )
  })

  test('a program that is being measured ends when the measuring is stopped', async () => {
    const stop = new AbortController()
    const meter = await Meter.make(folder, stop.signal)
    const endless = meter.measure([process.execPath, '-e', 'setInterval(() => {}, 1000)'])
    stop.abort()
    await assert.rejects(endless, /Stopped/)
  })
})
