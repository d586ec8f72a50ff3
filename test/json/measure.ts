/**
 * CPU seconds per million lines of the JSON reader and of JSON.parse, in the same run, on a file of JSON lines.
 *
 *   node test/json/measure.ts FILE [rounds]
 */

import { readFileSync } from 'node:fs'
import { JsonReader } from '../../nodes/records/json-reader.ts'

const [file, rounds = '3'] = process.argv.slice(2)
if (file === undefined) throw new Error('Say which file of JSON lines to read: node test/json/measure.ts FILE [rounds]')
const bytes = readFileSync(file)
const dns = new TextEncoder().encode('dns')

/** What is done with each line; the sum of the answers keeps the work from being optimised away. */
type Work = (start: number, end: number) => number

const parse: Work = (start, end) => {
  const record = JSON.parse(bytes.toString('utf8', start, end)) as { event_type?: string; dns?: { rrname?: string } }
  return record.event_type === 'dns' ? (record.dns?.rrname?.length ?? 0) : 0
}
const check = new JsonReader([])
const valid: Work = (start, end) => check.read(bytes, start, end)

const dga = new JsonReader(['event_type', 'dns.rrname', 'timestamp'])
const dgaFields: Work = (start, end) =>
  dga.read(bytes, start, end) === 0 && dga.isText(0, 'dns', dns) ? (dga.text(1)?.length ?? 0) : 0

const conn = ['timestamp', 'flow_id', 'event_type', 'src_ip', 'src_port', 'dest_ip', 'dest_port', 'proto', 'app_proto']
const flow = new JsonReader([...conn, 'flow.bytes_toserver', 'flow.bytes_toclient', 'flow.age'])
const tenFields: Work = (start, end) => {
  let sum = flow.read(bytes, start, end)
  sum += flow.text(2)!.length + (flow.text(3)?.length ?? 0) + (flow.integer(4) ?? 0)
  sum +=
    (flow.text(5)?.length ?? 0) + (flow.integer(6) ?? 0) + (flow.text(7)?.length ?? 0) + (flow.text(8)?.length ?? 0)
  return sum + (flow.number(9) ?? 0) + (flow.number(10) ?? 0) + (flow.number(11) ?? 0)
}

const works = { 'JSON.parse': parse, 'check only': valid, 'DGA fields': dgaFields, 'ten fields': tenFields }
for (let round = 0; round < Number(rounds); round++) {
  let base = 0
  for (const [name, work] of Object.entries(works)) {
    const before = process.cpuUsage()
    let lines = 0
    let sum = 0
    for (let start = 0; start < bytes.length; lines++) {
      const at = bytes.indexOf(10, start)
      const end = at < 0 ? bytes.length : at
      sum += work(start, end)
      start = end + 1
    }
    const used = process.cpuUsage(before)
    const seconds_per_million = (used.user + used.system) / lines
    base ||= seconds_per_million
    const share = (seconds_per_million / base).toFixed(3)
    console.log(`${name}: ${seconds_per_million.toFixed(3)} CPU s per million lines, ${share} of JSON.parse (${sum})`)
  }
}
