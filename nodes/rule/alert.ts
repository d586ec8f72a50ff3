/** Raises an alert for each record that an expression picks, without repeating itself. */

import { field, type Value } from '../contract/field.ts'
import { type Need, need } from '../contract/need.ts'
import { operatorNode } from '../contract/node.ts'
import { option } from '../contract/option.ts'
import { fillTemplate, type ReasonTemplate, readTemplate } from './reason.ts'

/** What is known of the alerts of one key. Plain data, as state must be. */
interface Raised {
  /** Event time of the newest alert. */
  at_us: number
  /** Records suppressed since. */
  repeats: number
}

/** A key is forgotten, with its count of repeats, a day after its last record or one window, whichever is longer. */
const MEMORY_US = 86_400_000_000
/** A record with a longer key is not compared: a key must not be a way to fill the memory. */
const KEY_CHARACTERS = 512

/**
 * One text a key value; the kind is part of it, so that 1 and '1' differ. Undefined for what can't be compared: too
 * long, or neither a scalar nor a list of scalars.
 */
function keyText(value: Value): string | undefined {
  if (!Array.isArray(value)) return scalarText(value)
  if (value.length > KEY_CHARACTERS) return undefined
  let text = '['
  for (const item of value) {
    const part = scalarText(item)
    if (part === undefined) return undefined
    text += `${part.length}:${part}`
    if (text.length > KEY_CHARACTERS) return undefined
  }
  return text
}

function scalarText(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.length <= KEY_CHARACTERS ? `s${value}` : undefined
    case 'number':
    case 'bigint':
      return `n${value}`
    case 'boolean':
      return `b${value}`
    default:
      return undefined
  }
}

type AlertNeeds = { readonly key?: Need<Value>; readonly [value: `value${number}`]: Need<Value> }

/** True where alerts are suppressed at all. */
function comparesKeys({ key, window_s }: { readonly key: string; readonly window_s: number }): boolean {
  return window_s > 0 && key.trim() !== ''
}

function templateOf(options: { readonly reason: string; readonly where: string }): ReasonTemplate {
  return options.reason === '' ? { texts: [options.where], paths: [] } : readTemplate(options.reason)
}

export default operatorNode({
  type: 'rule.alert',
  version: 1,
  title: 'Alert',
  icon: 'siren',
  help: [
    'Raises an alert for each record the expression picks; other records are filtered.',
    '',
    'With `key` and `window_s`, a record whose key raised an alert less than `window_s` of event time away (before or',
    'after, for records that come late) is filtered and counted; the next alert of that key says in `repeats` how many',
    'there were. Records that are suppressed do not prolong the window: what goes on raises one alert a window. A record',
    'whose key (or a part of it) is null, a map or a nested list, or whose key is longer than 512 characters, is never',
    'suppressed. Counts are kept for a day.',
  ].join('\n'),
  options: {
    where: option.expression({
      returns: 'boolean',
      default: 'true',
      help: 'True for the records that raise an alert.',
    }),
    severity: option.integer({ min: 1, max: 4, default: 3, help: '1 is the highest, 4 the lowest, as in Suricata.' }),
    reason: option.text({
      default: '',
      maxLength: 1024,
      help:
        'Says why, with fields in braces: `{dns.rrname} looks generated`. A missing field prints as empty. Empty takes ' +
        'the text of `where`.',
    }),
    key: option.expression({
      returns: 'any',
      default: '',
      help: 'What makes two alerts the same: `[src_ip, lexical.registrable]`. Empty: every record raises its own.',
    }),
    window_s: option.number({
      min: 0,
      max: 31_536_000,
      default: 0,
      unit: 's',
      help: 'Event time in which a key raises only one alert. 0: no limit.',
    }),
    max_keys: option.integer({
      min: 1,
      max: 10_000_000,
      default: 100_000,
      help: 'Keys remembered at most; beyond, the one with the oldest record is forgotten.',
    }),
  },
  essence: (options) => String(options.where),
  admits: (options) => ({ option: 'where', text: options.where }),
  needs: (options): AlertNeeds => {
    const values: Record<`value${number}`, Need<Value>> = {}
    for (const [i, path] of templateOf(options).paths.entries()) values[`value${i}`] = need.optional(path, 'any')
    const { key } = options
    return key.trim() === '' ? values : { ...values, key: need.expression('key', key, 'any') }
  },
  adds: () => ({
    severity: field.integer({ min: 1, max: 4, help: '1 is the highest.' }),
    reason: field.text({ help: 'Why the alert was raised: one line, at most 1 KiB.' }),
    repeats: field.integer({ min: 0, help: 'Records of the same key suppressed since its last alert.' }),
  }),
  keeps: (options) => (comparesKeys(options) ? ['key'] : 'none'),
  creates: () => false,
  start: (options, context) => {
    const template = templateOf(options)
    const names = template.paths.map((_, i) => `value${i}` as const)
    const window_us = options.window_s * 1e6
    const isKeyed = comparesKeys(options)
    const raised = context.stateMap<Raised>('raised', {
      max: options.max_keys,
      ttl_us: Math.max(MEMORY_US, window_us),
    })
    const added: Value[] = [options.severity, '', 0]

    /** Repeats to report when the record raises an alert, or -1 when it is one of them. */
    const admit = (key: string, ts_us: number): number => {
      const last = raised.get(key, ts_us)
      if (last === undefined) {
        raised.set(key, { at_us: ts_us, repeats: 0 }, ts_us)
        return 0
      }
      const isRepeat = Math.abs(ts_us - last.at_us) < window_us
      const repeats = isRepeat ? -1 : last.repeats
      raised.set(
        key,
        isRepeat
          ? { at_us: last.at_us, repeats: last.repeats + 1 }
          : { at_us: Math.max(last.at_us, ts_us), repeats: 0 },
        Math.max(last.at_us, ts_us),
      )
      return repeats
    }

    return {
      onBatch(batch, out) {
        for (let i = 0; i < batch.count; i++) {
          const row = batch.at(i)
          const key = isKeyed ? keyText(row.key ?? null) : undefined
          const repeats = key === undefined ? 0 : admit(key, batch.ts_us(i))
          if (repeats === -1) continue
          added[1] = fillTemplate(template, (index) => row[names[index]!]!)
          added[2] = repeats
          out.emit(i, added)
        }
      },
    }
  },
  examples: [
    {
      title: 'a long query name raises an alert that names it',
      options: { where: 'dns.len > 100', severity: 2, reason: 'long name {dns.rrname} from {src_ip}' },
      given: [
        { src_ip: '10.0.0.7', dns: { rrname: 'a.example', len: 140 } },
        { src_ip: '10.0.0.8', dns: { rrname: 'b.example', len: 20 } },
      ],
      expect: [{ src_ip: '10.0.0.7', node: { severity: 2, reason: 'long name a.example from 10.0.0.7', repeats: 0 } }],
    },
    {
      title: 'one alert a client and minute',
      options: { key: 'src_ip', window_s: 60 },
      given: [
        { timestamp: '2026-01-01T00:00:00.000000+0000', src_ip: '10.0.0.7' },
        { timestamp: '2026-01-01T00:00:30.000000+0000', src_ip: '10.0.0.7' },
        { timestamp: '2026-01-01T00:01:00.000000+0000', src_ip: '10.0.0.7' },
      ],
      expect: [
        { timestamp: '2026-01-01T00:00:00.000000+0000', node: { repeats: 0 } },
        { timestamp: '2026-01-01T00:01:00.000000+0000', node: { repeats: 1 } },
      ],
    },
  ],
})
