import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  writeCapture,
  writeEvents,
  writeFirstLines,
  writeFirstPackets,
  writeKeys,
  writeRepeated,
} from '../../flows/command/bench/data.ts'
import { eventLines } from '../../flows/command/bench/events.ts'
import { Meter } from '../../flows/command/bench/meter.ts'
import { writeMixedCapture } from '../../flows/command/bench/mixed-capture.ts'
import { markdownOf } from '../../flows/command/bench/print.ts'
import type { Report, Spread } from '../../flows/command/bench/report.ts'
import { ROWS } from '../../flows/command/bench/rows.ts'
import { MARKS } from '../../flows/command/bench.ts'
import { InputError } from '../../nodes/contract/capability.ts'

const LACEWING = fileURLToPath(new URL('../../lacewing.mjs', import.meta.url))
const SAMPLE = fileURLToPath(new URL('../../flows/examples/samples/dns.pcap', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'lacewing-bench-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const place = (name: string) => join(folder, name)
const { signal } = new AbortController()

const EVENTS = 3000
/** What is not on every machine. */
const MAY_BE_MISSING = new Set([
  ...['tcpdump', 'tshark', 'jq'],
  ...['letters-jq', 'letters-vector', 'letters-bento', 'letters-fluent-bit'],
])

const isSpread = (spread: Spread | null): boolean => {
  if (spread === null) return false
  const { min, median, max } = spread
  return min !== null && median !== null && max !== null && 0 <= min && min <= median && median <= max
}

/** Runs `lacewing bench` with its files in a folder of its own. */
function bench(temporary: string, ...args: string[]): SpawnSyncReturns<string> {
  const env = { ...process.env, TMPDIR: temporary }
  return spawnSync(process.execPath, [LACEWING, 'bench', ...args], { env, encoding: 'utf8', timeout: 120_000 })
}

suite('lacewing bench', () => {
  const temporary = mkdtempSync(join(folder, 'run-'))
  const run = bench(temporary, '--events', String(EVENTS), '--runs', '1')
  assert.equal(run.status, 0, run.stderr)
  const report = JSON.parse(run.stdout) as Report
  const measured = Object.entries(report.programs)

  test('every row stands in the report, with its goals and what they are held against', () => {
    assert.deepEqual(
      Object.keys(report.rows),
      ROWS.map(({ name }) => name),
    )
    for (const { name, goals } of ROWS) {
      for (const [i, goal] of goals.entries()) {
        const { verdict, measured, calibrated, aim } = report.rows[name]!.goals[i]!
        assert.equal(aim, goal.aim, name)
        const isThere = goal.needs.every((program) => program in report.programs)
        assert.equal(verdict === 'unknown', !isThere, `${name}: ${goal.figure}`)
        if (!isThere) continue
        assert.ok(isSpread(measured), `${name}: ${goal.figure}`)
        assert.equal(isSpread(calibrated), goal.unit === 's' || goal.unit === 'us', `${name}: ${goal.figure}`)
      }
    }
  })

  test('a program is measured, or named as missing with the reason', () => {
    for (const name of ['json-parse-loop', 'grep', 'wc']) assert.ok(name in report.programs, name)
    for (const { name, why } of report.missing) {
      assert.ok(!(name in report.programs), name)
      assert.ok(MAY_BE_MISSING.has(name), `${name}: ${why}`)
    }
  })

  test('every program has a cost, and a ratio to the parse loop where it reads records', () => {
    for (const [name, program] of measured) {
      for (const spread of [program.cpu_s, program.elapsed_s]) assert.ok(isSpread(spread), name)
      assert.equal(isSpread(program.cpu_ratio), program.records > 0, name)
      assert.equal(isSpread(program.calibrated_s_per_million), program.records > 0, name)
    }
    assert.deepEqual(report.programs['json-parse-loop']?.cpu_ratio, { min: 1, median: 1, max: 1 })
  })

  test('flows read every record, and what programs can agree on they agree on', () => {
    for (const [name, { records, records_counted, agrees }] of measured) {
      if (records_counted !== null) assert.equal(records_counted, records, name)
      assert.notEqual(agrees, false, name)
    }
    const found = (name: string) => report.programs[name]?.found
    assert.equal(found('grep'), found('json-parse-loop'))
    assert.equal(found('wc'), EVENTS)
    assert.ok(found('dga-trees-eve')! > 0)
    assert.ok(found('dga-pcap-dns')! > 0)
    assert.equal(report.programs['pass-through-eve']?.agrees, true)
    assert.equal(report.programs['distinct-clients']?.agrees, true)
    assert.equal(report.programs['letters-lacewing']?.agrees, true)
    assert.equal(report.programs['letters-node-red']?.agrees, true)
    assert.ok(found('letters-plain-node')! > 0)
    assert.equal(found('boosted-eve-one-worker'), found('boosted-eve-two-workers'))
    assert.equal(found('boosted-eve-one-worker'), 3 * found('boosted-eve')!)
    assert.ok(found('latency-eve')! > 0)
  })

  test('the report says which machine, how busy it was, and what was read', () => {
    for (const fact of ['date', 'cpu', 'cores', 'memory_bytes', 'node', 'load_1min_before', 'load_1min_after']) {
      assert.ok(report.machine[fact] !== undefined, fact)
    }
    assert.equal((report.data['eve.json'] as { records: number }).records, EVENTS)
  })

  test('the tables are those of the JSON, and stand between the marks of a page', () => {
    const [file, page] = [place('figures.json'), place('page.md')]
    writeFileSync(file, run.stdout)
    writeFileSync(page, `before\n${MARKS.join('\nSTALE\n')}\nafter\n`)
    const again = bench(temporary, '--from', file, '--into', page)
    assert.equal(again.status, 0, again.stderr)
    assert.equal(again.stdout, '')
    assert.equal(again.stderr, run.stderr.slice(-again.stderr.length))
    const text = readFileSync(page, 'utf8')
    assert.ok(text.startsWith(`before\n${MARKS[0]}\n`) && text.endsWith(`${MARKS[1]}\nafter\n`))
    assert.ok(text.includes(markdownOf(report)) && !text.includes('STALE'))
  })

  test('its files are gone afterwards, and standard error told the progress', () => {
    assert.deepEqual(readdirSync(temporary), [])
    assert.match(run.stderr, /Run 1 of 1: dga-logistic-eve/)
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
      { args: ['--pcap', empty], says: /Give a pcap file/ },
      { args: ['--rows', 'dga,none'], says: /there is no row none\. There are dga, / },
      { args: ['--from', empty], says: /--from .*: no report could be read/ },
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
    const { status, stderr } = bench(temporary, '--eve', broken, '--events', '100', '--rows', 'dga')
    assert.equal(status, 2)
    assert.match(stderr, /A measured program failed with code 1: .*broken\.json/)
    assert.deepEqual(readdirSync(temporary), [])
  })
})

test('the figures of docs/benchmarks.md are those of docs/benchmarks.json', () => {
  const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
  const report = JSON.parse(read('benchmarks.json')) as Report
  assert.ok(read('benchmarks.md').includes(`${MARKS[0]}\n\n${markdownOf(report)}\n\n${MARKS[1]}`))
})

test('every peer computes the line of the model that Lacewing reads', () => {
  const read = (name: string) =>
    readFileSync(new URL(`../../flows/command/bench/peers/${name}`, import.meta.url), 'utf8')
  type Line = { inputs: { name: string }[]; intercept: number; coefficients: number[] }
  const { inputs, intercept, coefficients } = JSON.parse(read('lacewing/models/letters.json')) as Line
  const terms = inputs.map(({ name }, i) => `${coefficients[i]} * ${name}`)
  const line = [intercept, ...terms].join(' + ').replaceAll('+ -', '- ')
  const peers = ['plain-node.ts', 'node-red/flows.json', 'jq/letters.jq', 'vector/vector.yaml', 'bento/bento.yaml']
  for (const peer of [...peers, 'fluent-bit/letters.lua']) {
    const written = read(peer)
      .replace(/\$(?=[a-z])/g, '')
      .replace(/(\d)\.0\b/g, '$1')
    assert.ok(written.includes(line), `${peer} lacks ${line}`)
  }
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

  test('a file stands in another so many times, its last line whole', async () => {
    for (const text of ['', '{}\n', '{"a":1}\n{"b":2}\n', '{"a":1}\n{"b":2}', 'x'.repeat(3 << 20)]) {
      writeFileSync(place('one.json'), text)
      await writeRepeated(place('more.json'), place('one.json'), 3, signal)
      const lines = text === '' || text.endsWith('\n') ? text : `${text}\n`
      assert.ok(readFileSync(place('more.json'), 'utf8') === lines + lines + lines, text.slice(0, 40))
    }
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

suite('data of the captures and keys', () => {
  /** Times in microseconds and frames of a little-endian pcap file. */
  function readPackets(path: string): { readonly ts_us: number; readonly frame: Buffer }[] {
    const bytes = readFileSync(path)
    const packets: { ts_us: number; frame: Buffer }[] = []
    for (let at = 24; at < bytes.length; ) {
      const length = bytes.readUInt32LE(at + 8)
      const ts_us = bytes.readUInt32LE(at) * 1e6 + bytes.readUInt32LE(at + 4)
      packets.push({ ts_us, frame: bytes.subarray(at + 16, at + 16 + length) })
      at += 16 + length
    }
    return packets
  }

  test('the mixed capture has packets of every kind, in order of time, with right lengths and header sums', async () => {
    await writeMixedCapture(place('mixed.pcap'), 20_000, signal)
    const packets = readPackets(place('mixed.pcap'))
    assert.equal(packets.length, 20_000)
    assert.ok(packets.every(({ ts_us }, i) => i === 0 || packets[i - 1]!.ts_us <= ts_us))
    const seen = { tagged: 0, ipv4: 0, ipv6: 0, dns: 0 }
    for (const { frame } of packets) {
      assert.ok(frame.length >= 60 && frame.length <= 1514)
      const isTagged = frame.readUInt16BE(12) === 0x8100
      const ip = isTagged ? 18 : 14
      const isIpv6 = frame.readUInt16BE(ip - 2) === 0x86dd
      seen[isIpv6 ? 'ipv6' : 'ipv4']++
      if (isTagged) seen.tagged++
      const length = isIpv6 ? 40 + frame.readUInt16BE(ip + 4) : frame.readUInt16BE(ip + 2)
      assert.equal(frame.length, Math.max(60, ip + length))
      if (!isIpv6) {
        let sum = 0
        for (let i = 0; i < 20; i += 2) sum += frame.readUInt16BE(ip + i)
        assert.equal((sum & 0xffff) + (sum >>> 16), 0xffff)
      }
      const transport = ip + (isIpv6 ? 40 : 20)
      if (frame[isIpv6 ? ip + 6 : ip + 9] === 17 && frame.readUInt16BE(transport + 2) === 53) seen.dns++
    }
    for (const [kind, least] of Object.entries({ tagged: 0.1, ipv4: 0.7, ipv6: 0.15, dns: 0.03 })) {
      assert.ok(seen[kind as keyof typeof seen] > least * packets.length, `${kind}: ${JSON.stringify(seen)}`)
    }
    assert.ok(seen.dns < 0.05 * packets.length)
  })

  test('the first packets of a capture are whole, and no other file is taken for one', async () => {
    await writeMixedCapture(place('mixed.pcap'), 5000, signal)
    const counts = await writeFirstPackets(place('few.pcap'), place('mixed.pcap'), 0.01)
    assert.deepEqual(counts, { all: 5000, written: 50 })
    assert.deepEqual(readPackets(place('few.pcap')), readPackets(place('mixed.pcap')).slice(0, 50))
    writeFileSync(place('none.pcap'), 'This is text, and longer than the head of a capture.')
    await assert.rejects(writeFirstPackets(place('few.pcap'), place('none.pcap'), 0.01), /no pcap file/)
  })

  test('of the small records every client comes equally often', async () => {
    await writeKeys(place('keys.json'), 2000, 1000, signal)
    const lines = readFileSync(place('keys.json'), 'utf8').trimEnd().split('\n')
    const clients = Map.groupBy(lines, (line) => (JSON.parse(line) as { src_ip: string }).src_ip)
    assert.equal(clients.size, 1000)
    assert.ok([...clients.values()].every(({ length }) => length === 2))
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
