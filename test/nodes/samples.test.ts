import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeSamples } from '../../flows/examples/make-samples.ts'

const folder = new URL('../../flows/examples/samples/', import.meta.url)
const samples = makeSamples()
const records = samples.eve
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

/** The Internet checksum over bytes that contain theirs: 0 when it is right. */
function foldedSum(...parts: readonly Buffer[]): number {
  const bytes = Buffer.concat(parts)
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) + (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function readPackets(pcap: Buffer): { readonly ts_us: number; readonly frame: Buffer }[] {
  const packets = []
  for (let at = 24; at < pcap.length; ) {
    const length = pcap.readUInt32LE(at + 8)
    packets.push({
      ts_us: pcap.readUInt32LE(at) * 1e6 + pcap.readUInt32LE(at + 4),
      frame: pcap.subarray(at + 16, at + 16 + length),
    })
    at += 16 + length
  }
  return packets
}

function questionName(dns: Buffer): string {
  const labels = []
  for (let at = 12; dns[at] !== 0; at += dns[at]! + 1) labels.push(dns.toString('latin1', at + 1, at + 1 + dns[at]!))
  return labels.join('.')
}

test('making the samples again gives the committed bytes', () => {
  assert.equal(readFileSync(new URL('eve.json', folder), 'utf8'), samples.eve)
  assert.ok(readFileSync(new URL('dns.pcap', folder)).equals(samples.pcap))
})

test('the EVE sample is under a megabyte, sorted by time, and holds all four kinds of event', () => {
  assert.ok(Buffer.byteLength(samples.eve) < 1_000_000)
  assert.ok(records.length > 1900)
  const times = records.map(({ timestamp }) => timestamp)
  assert.deepEqual(times, [...times].sort())
  assert.deepEqual([...new Set(records.map(({ event_type }) => event_type))].sort(), ['dns', 'flow', 'http', 'tls'])
})

test('every packet has right lengths and checksums', () => {
  const packets = readPackets(Buffer.from(samples.pcap))
  assert.ok(packets.length > 1000)
  for (const { frame } of packets) {
    const ip = frame.subarray(14)
    assert.equal(frame.readUInt16BE(12), 0x0800)
    assert.equal(ip.readUInt16BE(2), ip.length)
    assert.equal(ip.subarray(20).readUInt16BE(4), ip.length - 20)
    assert.equal(foldedSum(ip.subarray(0, 20)), 0)
    const length = Buffer.from([0, 17, (ip.length - 20) >> 8, (ip.length - 20) & 255])
    assert.equal(foldedSum(ip.subarray(12, 20), length, ip.subarray(20)), 0)
  }
})

test('EVE and capture hold the same DNS messages at the same times, in the same order', () => {
  const fromEve = records
    .filter(({ event_type }) => event_type === 'dns')
    .map(({ timestamp, src_ip, src_port, dns }) => {
      const ts_us = Date.parse(`${timestamp.slice(0, 23)}Z`) * 1000 + Number(timestamp.slice(23, 26))
      return [ts_us, dns.type, dns.id, dns.rrname, src_ip, src_port].join(' ')
    })
  const fromPackets = readPackets(Buffer.from(samples.pcap)).map(({ ts_us, frame }) => {
    const ip = frame.subarray(14)
    const dns = ip.subarray(28)
    const isAnswer = (dns[2]! & 0x80) !== 0
    const client = ip
      .subarray(isAnswer ? 16 : 12)
      .subarray(0, 4)
      .join('.')
    const port = ip.readUInt16BE(isAnswer ? 22 : 20)
    return [ts_us, isAnswer ? 'answer' : 'query', dns.readUInt16BE(0), questionName(dns), client, port].join(' ')
  })
  assert.deepEqual(fromPackets, fromEve)
})

test('addresses of the samples are private or kept for documentation', () => {
  for (const { src_ip, dest_ip } of records) {
    for (const address of [src_ip, dest_ip]) assert.match(address, /^(10\.20\.|198\.51\.100\.|203\.0\.113\.)/)
  }
})
