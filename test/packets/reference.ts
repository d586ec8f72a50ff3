/** Reference data, used when present: captures with what other programs say of them. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const ROOT = join(import.meta.dirname, '../../../shared/data/pcap')

export const hasReference = existsSync(ROOT)

export interface Truth {
  readonly packets: number
  readonly bytes_wire: number
  readonly bytes_captured: number
  readonly first_ts: string
  readonly last_ts: string
  readonly capinfos: Readonly<Record<string, string>>
  readonly tcpdump: { readonly packets: number; readonly error: string }
  readonly tshark: { readonly error: string }
  readonly dns_total: number
  readonly dns: readonly {
    readonly n: number
    readonly t: string
    readonly src?: string
    readonly dst?: string
    readonly p: readonly string[]
    readonly id?: readonly string[]
    readonly qr?: readonly string[]
    readonly qname?: readonly string[]
    readonly qtype?: readonly string[]
    readonly rcode?: readonly string[]
    readonly an?: readonly string[]
  }[]
}

/** Names of the captures, relative to the folder of reference data. */
export function captureNames(): string[] {
  const suffix = '.truth.json'
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort()
}

/** The capture's bytes, decompressed. */
export function captureBytes(name: string): Uint8Array {
  const bytes = readFileSync(join(ROOT, name))
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}

export const truthOf = (name: string): Truth => JSON.parse(readFileSync(join(ROOT, `${name}.truth.json`), 'utf8'))

/** Suricata's events of the capture; empty where it wrote none. */
export function eveOf(name: string): Record<string, unknown>[] {
  const path = join(ROOT, `${name}.eve.jsonl.gz`)
  if (!existsSync(path)) return []
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}
