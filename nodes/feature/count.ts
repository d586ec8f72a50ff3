/** How often a key came lately: the counter behind scans, floods, beacons and rare things. */

import { field, type Slice, type Value } from '../contract/field.ts'
import { type Need, need } from '../contract/need.ts'
import { NodeMistakes, operatorNode } from '../contract/node.ts'
import { option } from '../contract/option.ts'

/** Names of the key's parts. Constants, because V8 compiles over and over what reads members by names made at run time. */
const PARTS = ['part0', 'part1', 'part2', 'part3', 'part4', 'part5', 'part6', 'part7'] as const
type Part = (typeof PARTS)[number]
type KeyNeeds = { readonly [part in Part]?: Need<Slice | Value> }
type KeyRow = { readonly [part in Part]?: Slice | Value }

const US = 1_000_000
/** Where the engine keeps all keys of a node: as much as 32 bits reach. */
const MOST_BYTES = 2 ** 32
/** Of a key without its slices, at most. */
const KEY_BYTES = 23
const SLICE_BYTES = 4
const encoder = new TextEncoder()
/** Bytes of a key's part that comes as a value, unless it is a long text. */
const scratch = new Uint8Array(1024)
/** A UTF-16 unit takes so many bytes at most. */
const UNIT_BYTES = 3

export default operatorNode({
  type: 'feature.count',
  version: 1,
  title: 'Key count',
  icon: 'tally-5',
  help: [
    'Adds how often a key came within the last `window_s` of event time, the record itself included.',
    '',
    'The window slides in `slices` steps: a record leaves it up to one step early. A record that lacks a part of the key,',
    'or has a list or a map there, passes without a count, and so does one so late that its window is over for the key. Records that come late but',
    'within the window count. Beyond `max_keys` keys, one that was not seen for long is forgotten and begins at one when',
    'it comes again. A key costs 12 bytes, 4 for each slice, and 4 to 10 for finding it; its texts are not kept.',
  ].join('\n'),
  options: {
    key: option.texts({
      default: ['src_ip'],
      maxItems: PARTS.length,
      help: 'The fields that together are the key, such as `src_ip` and `dest_port`.',
    }),
    window_s: option.number({ min: 0.001, max: 31_536_000, default: 60, unit: 's', help: 'Length of the window.' }),
    slices: option.integer({ min: 1, max: 60, default: 6, help: 'Steps in which the window slides.' }),
    max_keys: option.integer({ min: 1, max: 50_000_000, default: 1_000_000, help: 'Keys remembered at most.' }),
  },
  essence: ({ key, window_s }) => `${(key as string[]).join(', ')} in ${window_s} s`,
  keeps: ({ key }) => PARTS.slice(0, key.length),
  creates: () => false,
  needs: ({ key, slices, max_keys }, { fields }): KeyNeeds => {
    const most = Math.floor(MOST_BYTES / (KEY_BYTES + SLICE_BYTES * slices))
    if (max_keys > most) {
      const message = `${max_keys} keys of ${slices} slices need more than 4 GiB.`
      const fix = `Take at most ${most} keys, or fewer slices.`
      throw new NodeMistakes([{ code: 'FLOW-0202', option: 'max_keys', message, fix }])
    }
    if (key.length === 0) {
      const fix = 'Name at least one field, such as src_ip.'
      throw new NodeMistakes([{ code: 'FLOW-0202', option: 'key', message: 'The key has no field.', fix }])
    }
    const parts = key.map((path) =>
      fields.get(path)?.kind === 'text' ? need.optionalUtf8(path) : need.optional(path, 'any'),
    )
    return Object.fromEntries(parts.map((part, i) => [PARTS[i], part]))
  },
  adds: () => ({
    count: field.integer({ min: 1, help: 'Records of the key in the window, this one included.' }),
  }),
  start: ({ key, window_s, slices, max_keys }, context) => {
    const names = PARTS.slice(0, key.length)
    const counts = context.keyCounts('keys', { max: max_keys, window_us: window_s * US, slices })
    const added: Value[] = [null]
    let isCounted = new Uint8Array(0)
    return {
      onBatch(batch, out) {
        if (isCounted.length < batch.count) isCounted = new Uint8Array(batch.count)
        for (let i = 0; i < batch.count; i++) {
          const row: KeyRow = batch.at(i)
          const whole = isWhole(row, names)
          isCounted[i] = whole ? 1 : 0
          if (!whole) continue
          for (const name of names) put(counts, row[name]!)
          counts.end(batch.ts_us(i))
        }
        const settled = counts.settle()
        let k = 0
        for (let i = 0; i < batch.count; i++) {
          const count = isCounted[i] === 1 ? settled[k++]! : 0
          added[0] = count === 0 ? null : count
          out.emit(i, added)
        }
      },
    }
  },
  examples: [
    {
      title: 'two of one client within a minute, one of another',
      options: { key: ['src_ip'], window_s: 60 },
      given: [
        { timestamp: '2026-01-01T00:00:00.000000+0000', src_ip: '192.0.2.1' },
        { timestamp: '2026-01-01T00:00:01.000000+0000', src_ip: '192.0.2.2' },
        { timestamp: '2026-01-01T00:00:30.000000+0000', src_ip: '192.0.2.1' },
        { timestamp: '2026-01-01T00:02:00.000000+0000', src_ip: '192.0.2.1' },
      ],
      expect: [{ node: { count: 1 } }, { node: { count: 1 } }, { node: { count: 2 } }, { node: { count: 1 } }],
    },
    {
      title: 'a client and a port together; a record without a port has no count',
      options: { key: ['src_ip', 'dest_port'] },
      given: [{ src_ip: '192.0.2.1', dest_port: 53 }, { src_ip: '192.0.2.1' }, { src_ip: '192.0.2.1', dest_port: 53 }],
      expect: [{ node: { count: 1 } }, { node: { count: null } }, { node: { count: 2 } }],
    },
  ],
})

/** False where a part is missing, or a list or a map, which can't be compared. */
function isWhole(row: KeyRow, names: readonly Part[]): boolean {
  for (const name of names) {
    const value = row[name]!
    if (typeof value === 'object' && (value === null || !('buffer' in value))) return false
  }
  return true
}

/** The kind is part of a key, so that 1 and '1' differ. */
function put(counts: { part(buffer: Uint8Array, start: number, end: number): void }, value: Slice | Value): void {
  if (typeof value === 'object' && value !== null && 'buffer' in value) {
    counts.part(value.buffer, value.start, value.end)
    return
  }
  const text = `\u0000${typeof value} ${String(value)}`
  if (text.length * UNIT_BYTES <= scratch.length) counts.part(scratch, 0, encoder.encodeInto(text, scratch).written)
  else {
    const bytes = encoder.encode(text)
    counts.part(bytes, 0, bytes.length)
  }
}
