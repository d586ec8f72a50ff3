import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { eveFields, eveOpen } from '../../nodes/records/eve.ts'

const fits: Record<string, (value: unknown) => boolean> = {
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  int64: (value) => Number.isInteger(value),
  float64: (value) => typeof value === 'number',
  text: (value) => typeof value === 'string',
  list: (value) => Array.isArray(value),
  map: (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
}

/** Complains about a member that is neither a known field nor below an open object, and about one of another kind. */
function complaints(record: object): string[] {
  const found: string[] = []
  const visit = (value: unknown, path: string): void => {
    const known = eveFields()[path]
    if (known !== undefined && !fits[known.kind]?.(value)) found.push(`${path} is no ${known.kind}`)
    const isMap = fits.map?.(value) === true
    if (!isMap && known === undefined && !(path.includes('.') && eveOpen().includes(path.split('.')[0]!))) {
      found.push(`${path} is unknown`)
    }
    if (isMap) for (const [key, one] of Object.entries(value as object)) visit(one, `${path}.${key}`)
  }
  for (const [key, value] of Object.entries(record)) visit(value, key)
  return found
}

describe('the EVE fields', () => {
  it('have a sentence each, and a point at its end', () => {
    for (const [name, { help }] of Object.entries(eveFields())) assert.match(help ?? '', /^[^ ].*\.$/s, name)
  })

  it('have every object of theirs open, and no object below a field of one value', () => {
    for (const [name, { kind }] of Object.entries(eveFields())) {
      if (name.includes('.')) assert.ok(eveOpen().includes(name.split('.')[0]!), name)
      const below = Object.keys(eveFields()).filter((other) => other.startsWith(`${name}.`))
      if (below.length > 0) assert.equal(kind, 'map', name)
    }
  })

  it('know a record as Suricata writes it', () => {
    const text =
      '{"timestamp":"2026-01-31T23:59:58.123456+0000","flow_id":2251649830267077,"in_iface":"eth0","event_type":"alert","vlan":[7],"src_ip":"10.0.0.1","src_port":1,"dest_ip":"10.0.0.2","dest_port":443,"proto":"TCP","pkt_src":"wire/pcap","community_id":"1:x=","alert":{"action":"allowed","gid":1,"signature_id":2260000,"rev":1,"signature":"x","category":"","severity":3,"metadata":{"tag":["a"]}},"tls":{"sni":"a.example","version":"TLS 1.3","ja3":{"hash":"00","string":""},"later":1},"flow":{"pkts_toserver":3,"start":"2026-01-31T23:59:58.123456+0000"}}'
    assert.deepEqual(complaints(JSON.parse(text) as object), [])
    assert.deepEqual(complaints({ src_port: '1', nobody: 2, nothing: { x: 1 } }), [
      'src_port is no integer',
      'nobody is unknown',
      'nothing.x is unknown',
    ])
  })

  const data = path.join(import.meta.dirname, '../../../shared/data')
  if (existsSync(data)) {
    it('know every member of the reference events, with its kind', () => {
      const found = new Map<string, string>()
      const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((f) => /eve.*\.jsonl\.gz$/.test(f))
      for (const file of files) {
        const lines = gunzipSync(readFileSync(path.join(data, file)))
          .toString()
          .split('\n')
        for (const line of lines) {
          if (line !== '') for (const one of complaints(JSON.parse(line) as object)) found.set(one, file)
        }
      }
      assert.deepEqual([...found], [])
    })
  }
})
