/**
 * CPU time of the JSON reader and of JSON.parse, a line and a byte, in the same run, on a file of JSON lines.
 *
 *   node test/json/measure.ts FILE [rounds]
 *
 * Of a large file the lines of the first 128 MB are read.
 */

import { openSync, readSync } from 'node:fs'
import { Desk } from '../../nodes/kernels/desk.ts'
import { JsonReader } from '../../nodes/records/json-reader.ts'

const MOST_BYTES = 1 << 27

const [file, rounds = '3'] = process.argv.slice(2)
if (file === undefined) throw new Error('Say which file of JSON lines to read: node test/json/measure.ts FILE [rounds]')
const input = Buffer.alloc(MOST_BYTES)
const filled = readSync(openSync(file, 'r'), input)
const length = filled < MOST_BYTES ? filled : input.lastIndexOf(10) + 1
const desk = new Desk()
const base = desk.reserve(length)
desk.bytes.set(input.subarray(0, length), base)
const starts: number[] = []
const ends: number[] = []
for (let start = 0; start < length; start = ends.at(-1)! + 1) {
  const at = input.indexOf(10, start)
  starts.push(start)
  ends.push(at < 0 || at > length ? length : at)
}

/** What is done with each line; the sum of the answers keeps the work from being optimised away. */
type Work = (start: number, end: number) => number

const parse: Work = (start, end) => {
  const record = JSON.parse(input.toString('utf8', start, end)) as { event_type?: string; dns?: { rrname?: string } }
  return record.event_type === 'dns' ? (record.dns?.rrname?.length ?? 0) : 0
}

const dns = new TextEncoder().encode('dns')
const dgaPaths = ['event_type', 'dns.rrname', 'timestamp']
const connPaths = ['timestamp', 'flow_id', 'event_type', 'src_ip', 'src_port', 'dest_ip', 'dest_port', 'proto']
const flowPaths = [...connPaths, 'app_proto', 'flow.bytes_toserver', 'flow.bytes_toclient', 'flow.age']

const none = new JsonReader([], [], desk)
const dga = new JsonReader(dgaPaths, [], desk)
const flow = new JsonReader(flowPaths, [], desk)
const elsewhere = new JsonReader(flowPaths)
const onDesk = desk.bytes

const dgaFields: Work = (start, end) =>
  dga.read(onDesk, base + start, base + end) === 0 && dga.isText(0, 'dns', dns) ? (dga.text(1)?.length ?? 0) : 0

const twelveFields: Work = (start, end) => {
  let sum = flow.read(onDesk, base + start, base + end)
  sum += flow.text(0)!.length + Number(flow.int64(1)) + flow.text(2)!.length
  sum += (flow.text(3)?.length ?? 0) + (flow.integer(4) ?? 0) + (flow.text(5)?.length ?? 0) + (flow.integer(6) ?? 0)
  sum += (flow.text(7)?.length ?? 0) + (flow.text(8)?.length ?? 0)
  return sum + (flow.number(9) ?? 0) + (flow.number(10) ?? 0) + (flow.number(11) ?? 0)
}

const works: Readonly<Record<string, Work>> = {
  'JSON.parse': parse,
  'check only': (start, end) => none.read(onDesk, base + start, base + end),
  '3 paths, 2 read': dgaFields,
  '12 paths, none read': (start, end) => flow.read(onDesk, base + start, base + end),
  '12 paths, none read, copied': (start, end) => elsewhere.read(input, start, end),
  '12 paths, all read': twelveFields,
}

console.log(`${starts.length} lines of ${(length / starts.length).toFixed(0)} bytes; the least of ${rounds} rounds`)
const least = new Map<string, number>()
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, work] of Object.entries(works)) {
    const before = process.cpuUsage()
    let sum = 0
    for (let i = 0; i < starts.length; i++) sum += work(starts[i]!, ends[i]!)
    const { user, system } = process.cpuUsage(before)
    if (Number.isNaN(sum)) throw new Error(`${name}: a sum that is none`)
    least.set(name, Math.min(least.get(name) ?? Infinity, ((user + system) * 1000) / starts.length))
  }
}
for (const [name, ns] of least) {
  const speed = (length / starts.length / ns).toFixed(2)
  const share = (ns / least.get('JSON.parse')!).toFixed(3)
  console.log(`${name}: ${ns.toFixed(0)} ns a line, ${speed} bytes a ns, ${share} of JSON.parse`)
}
