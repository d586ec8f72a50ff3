import assert from 'node:assert/strict'
import test from 'node:test'
import type { Value } from '../../nodes/contract/field.ts'
import type { OperatorNode } from '../../nodes/contract/node.ts'
import type { CountsBound } from '../../nodes/contract/operator.ts'
import { readOptions } from '../../nodes/contract/option.ts'
import dns from '../../nodes/parse/dns.ts'
import { DnsMessage, typeName } from '../../nodes/parse/dns-message.ts'
import { dnsFields } from '../../nodes/records/dns.ts'
import { Timers } from '../../runtime/engine/timers.ts'
import { FakeCounts } from '../nodes/fakes.ts'
import { decode, plain } from './decode.ts'
import { type Captured, CollectingOut, hex, least_ms, Rows, slice } from './fakes.ts'

const u16 = (value: number) => value.toString(16).padStart(4, '0')
const label = (text: string) => u16(text.length).slice(2) + Buffer.from(text, 'latin1').toString('hex')
const name = (text: string) => `${text === '' ? '' : text.split('.').map(label).join('')}00`
const header = (flags: string, questions: number, answers = 0, authorities = 0, additionals = 0) =>
  `abcd ${flags} ${u16(questions)} ${u16(answers)} ${u16(authorities)} ${u16(additionals)}`
const question = (text: string, type: number) => `${name(text)} ${u16(type)} 0001`
/** A resource record whose name points at the first question. */
const resource = (type: number, data: string, owner = 'c00c') => {
  const bytes = data.replaceAll(/\s/g, '')
  return `${owner} ${u16(type)} 0001 0000003c ${u16(bytes.length / 2)} ${bytes}`
}

/** Reads a message given in hexadecimal. */
function read(text: string) {
  const message = new DnsMessage()
  const bytes = hex(text)
  // Bytes around the message, so that reading past its ends shows.
  const padded = new Uint8Array([...Array(7).fill(0xc0), ...bytes, ...Array(7).fill(1)])
  const fault = message.read(padded, 7, 7 + bytes.length)
  const grouped = new Map<string, Value>()
  const answers = message.answers(grouped)
  return { fault, message, answers: plain(answers), grouped, authorities: plain(message.authorities()) }
}
const faultOf = (text: string) => read(text).fault
/** The one answer to a question for example.org, without its name and type. */
function dataOf(type: number, data: string): unknown {
  const { fault, answers } = read(`${header('8180', 1, 1)} ${question('example.org', type)} ${resource(type, data)}`)
  if (fault !== '') return fault
  return (answers as Record<string, unknown>[]).map(({ rrname: _name, rrtype: _type, ttl: _ttl, ...rest }) => rest)
}

/** UDP packets of 10.0.0.1:`client` with 10.0.0.2:53; messages in hexadecimal, answers by their header flag. */
function exchange(client: number, ...messages: string[]): Captured[] {
  return messages.map((text, i) => {
    const message = hex(text)
    const isAnswer = (message[2]! & 0x80) !== 0
    const ips = isAnswer ? '0a000002 0a000001' : '0a000001 0a000002'
    const ports = isAnswer ? `0035 ${u16(client)}` : `${u16(client)} 0035`
    const ip = `4500 ${u16(28 + message.length)} 0000 0000 4011 0000 ${ips} ${ports} ${u16(8 + message.length)} 0000`
    const bytes = new Uint8Array([...hex(`000000000000000000000000 0800 ${ip}`), ...message])
    return { bytes, ts_us: i * 1000, columns: [1, bytes.length, i * 1000, i + 1] }
  })
}

test('a query and its answer become the two records Suricata writes, both with the client as source', () => {
  const query = `${header('0100', 1)} ${question('www.Example.org', 1)}`
  const answer = `${header('8583', 1, 2, 1)} ${question('www.Example.org', 1)} ${resource(5, `${label('a')} c010`)}
    ${resource(1, 'c0000207', 'c02d')} ${resource(2, name('ns.example.org'), 'c010')}`
  const shared = {
    src_ip: '10.0.0.1',
    src_port: 4000,
    dest_ip: '10.0.0.2',
    dest_port: 53,
    proto: 'UDP',
    pkt_src: 'wire/pcap',
  }
  assert.deepEqual(decode(exchange(4000, query, answer)).events, [
    {
      timestamp: '1970-01-01T00:00:00.000000+0000',
      pcap_cnt: 1,
      event_type: 'dns',
      ...shared,
      dns: { version: 2, type: 'query', id: 0xabcd, rrname: 'www.Example.org', rrtype: 'A', tx_id: 0, opcode: 0 },
    },
    {
      timestamp: '1970-01-01T00:00:00.001000+0000',
      pcap_cnt: 2,
      event_type: 'dns',
      ...shared,
      dns: {
        version: 2,
        type: 'answer',
        id: 0xabcd,
        flags: '8583',
        qr: true,
        aa: true,
        rd: true,
        ra: true,
        opcode: 0,
        rrname: 'www.Example.org',
        rrtype: 'A',
        rcode: 'NXDOMAIN',
        answers: [
          { rrname: 'www.Example.org', rrtype: 'CNAME', ttl: 60, rdata: 'a.Example.org' },
          { rrname: 'a.Example.org', rrtype: 'A', ttl: 60, rdata: '192.0.2.7' },
        ],
        grouped: { CNAME: ['a.Example.org'], A: ['192.0.2.7'] },
        authorities: [{ rrname: 'Example.org', rrtype: 'NS', ttl: 60, rdata: 'ns.example.org' }],
      },
    },
  ])
})

test('tx_id counts the messages of a conn, and each question of a query is a record', () => {
  const query = `${header('0000', 2)} ${question('a', 1)} ${question('b', 28)}`
  const answer = `${header('8000', 1)} ${question('a', 1)}`
  const both = [...exchange(4000, query, answer, query), ...exchange(4001, query)]
  const seen = decode(both).events.map((event) => event.dns as Record<string, unknown>)
  assert.deepEqual(
    seen.map((one) => [one.rrname, one.rrtype, one.tx_id]),
    [
      ['a', 'A', 0],
      ['b', 'AAAA', 0],
      ['a', 'A', undefined],
      ['a', 'A', 2],
      ['b', 'AAAA', 2],
      ['a', 'A', 0],
      ['b', 'AAAA', 0],
    ],
  )
})

test('only UDP packets of the given ports come in', () => {
  assert.deepEqual((dns as OperatorNode).admits?.({ ports: [53, 5353] } as never), {
    option: 'ports',
    text: "proto == 'UDP' and (src_port in [53,5353] or dest_port in [53,5353])",
  })
  assert.deepEqual(readOptions(dns.options, {}), { options: { ports: [53] }, mistakes: [] })
  const mistaken = readOptions(dns.options, { ports: [0] }).mistakes
  assert.deepEqual(
    mistaken.map(({ option }) => option),
    ['ports.0'],
  )
})

test('the data of each type stands as Suricata writes it', () => {
  const host = `${label('mail')} c00c`
  assert.deepEqual(dataOf(1, 'c0000201'), [{ rdata: '192.0.2.1' }])
  assert.deepEqual(dataOf(28, '20010db8000000000000000000000001'), [
    { rdata: '2001:0db8:0000:0000:0000:0000:0000:0001' },
  ])
  for (const type of [2, 5, 12]) assert.deepEqual(dataOf(type, host), [{ rdata: 'mail.example.org' }])
  assert.deepEqual(dataOf(15, `000a ${host}`), [{ rdata: 'mail.example.org' }])
  assert.deepEqual(dataOf(16, `${label('v=spf1')} 00 ${label('b')}`), [
    { rdata: 'v=spf1' },
    { rdata: '' },
    { rdata: 'b' },
  ])
  assert.deepEqual(dataOf(10, '00414e55ff'), [{ rdata: '\u0000ANU\\xff' }])
  assert.deepEqual(dataOf(10, ''), [{ rdata: '' }])
  assert.deepEqual(dataOf(33, `0001 0002 13c4 ${host}`), [
    { srv: { priority: 1, weight: 2, port: 5060, name: 'mail.example.org' } },
  ])
  assert.deepEqual(dataOf(6, `${host} c00c ffffffff 00000001 00000002 00000003 00000004`), [
    {
      soa: {
        mname: 'mail.example.org',
        rname: 'example.org',
        serial: 4294967295,
        refresh: 1,
        retry: 2,
        expire: 3,
        minimum: 4,
      },
    },
  ])
  assert.deepEqual(dataOf(44, '03 02 f2b4ee'), [{ sshfp: { fingerprint: 'f2:b4:ee', algo: 3, type: 2 } }])
  assert.deepEqual(dataOf(257, '00 05 6973737565'), [{}])
  assert.deepEqual(dataOf(46, '00'), [{}])
})

test('data that does not fit its type is refused', () => {
  assert.equal(dataOf(1, 'c00002'), 'DNS_RDATA')
  assert.equal(dataOf(28, 'c0000201'), 'DNS_RDATA')
  assert.equal(dataOf(16, ''), 'DNS_RDATA')
  assert.equal(dataOf(16, '05 6161'), 'DNS_RDATA')
  assert.equal(dataOf(15, '000a'), 'DNS_RDATA')
  assert.equal(dataOf(33, '0001 0002 13c4'), 'DNS_RDATA')
  assert.equal(dataOf(44, '0102'), 'DNS_RDATA')
  assert.equal(dataOf(6, '00 00 00000000'), 'DNS_RDATA')
  assert.equal(dataOf(2, '03 6e73'), 'DNS_TRUNCATED')
  assert.equal(dataOf(2, ''), 'DNS_TRUNCATED')
})

test('types bear the names Suricata knows, any other its number', () => {
  const names = [1, 28, 65, 99, 252, 255, 257, 61, 65534].map(typeName)
  assert.deepEqual(names, ['A', 'AAAA', 'HTTPS', 'SPF', '252', 'ANY', '257', '61', '65534'])
})

test('a name stands as UTF-8 where it is that, else with its high bytes escaped; nothing in it is markup or a key', () => {
  const asked = (text: string) => read(`${header('0000', 1)} ${question(text, 1)}`).message.rrname(0)
  const bytes = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).filter((one) => one !== '.')
  for (const one of bytes) {
    const expected = one < '\u0080' ? one : `\\x${one.charCodeAt(0).toString(16)}`
    assert.equal(asked(`a${one}.b`), `a${expected}.b`)
  }
  assert.equal(asked(Buffer.from('müller.de').toString('latin1')), 'müller.de')
  for (const text of ['<img src=x onerror=alert(1)>', "'; DROP", '__proto__', 'constructor', '\u001b]0;x\u0007', '']) {
    assert.equal(asked(text), text)
  }
})

test('a type or name such as __proto__ becomes an entry of a Map, never of an object', () => {
  const text = `${header('8000', 1, 1)} ${question('__proto__', 16)} ${resource(16, label('__proto__'))}`
  const { message, grouped } = read(text)
  const entry = message.answers(new Map())[0]
  assert.ok(entry instanceof Map)
  assert.deepEqual([entry.get('rrname'), entry.get('rdata')], ['__proto__', '__proto__'])
  assert.deepEqual(grouped, new Map([['TXT', ['__proto__']]]))
})

test('a pointer to itself, forward, into the header, or through 128 others is refused', () => {
  const head = header('0000', 1)
  assert.equal(faultOf(`${head} c00c 0001 0001`), 'DNS_LOOP')
  assert.equal(faultOf(`${head} 0161 c00c 0001 0001`), 'DNS_LOOP')
  assert.equal(faultOf(`${head} c012 0001 0001 00`), 'DNS_LOOP')
  assert.equal(faultOf(`${head} c000 0001 0001`), 'DNS_LOOP')
  assert.equal(faultOf(`${header('0000', 2)} 0161 c00e 0001 0001 0000`), 'DNS_LOOP')

  const short = read(`${chain(127)} ${resource(1, 'c0000201', ownerOf(127))}`)
  assert.equal(short.fault, '')
  assert.equal((short.answers as { rrname: string }[])[1]!.rrname, 'a')
  assert.equal(faultOf(`${chain(128)} ${resource(1, 'c0000201', ownerOf(128))}`), 'DNS_LOOP')
  assert.equal(faultOf(`${chain(8000)} ${resource(1, 'c0000201', ownerOf(8000))}`), 'DNS_LOOP')
})

/** A message up to its second record: from byte 30 on, pointers each to the one before, the first to the name `a`. */
function chain(length: number, records = 2): string {
  const pointers = Array.from({ length: length - 1 }, (_, i) => u16(0xc000 | (i === 0 ? 12 : 30 + 2 * (i - 1)))).join(
    '',
  )
  return `${header('8000', 1, records)} 0161 00 0001 0001 ${resource(10, pointers, '00')}`
}
/** An owner name that follows `length` pointers, itself included. */
const ownerOf = (length: number) => u16(0xc000 | (30 + 2 * (length - 2)))

test('a chain of pointers followed anew in each of thousands of records costs its length each time, and no more', () => {
  const message = new DnsMessage()
  const read_ms = (length: number) => {
    const bytes = hex(`${chain(length, 3901)} ${resource(1, 'c0000201', ownerOf(length)).repeat(3900)}`)
    return least_ms(() => assert.equal(message.read(bytes, 0, bytes.length), ''))
  }
  const [short_ms, long_ms] = [read_ms(2), read_ms(127)]
  assert.ok(long_ms < (127 / 2) * short_ms, `${long_ms} ms, with two pointers ${short_ms} ms`)
})

test('a name of 255 octets is read, one of 256 refused; a label of 64 is none', () => {
  const labels = (...lengths: number[]) => `${lengths.map((length) => label('x'.repeat(length))).join('')}00`
  const asked = (text: string) => read(`${header('0000', 1)} ${text} 0001 0001`)
  const longest = asked(labels(63, 63, 63, 61))
  assert.deepEqual([longest.fault, longest.message.rrname(0).length], ['', 253])
  assert.equal(asked(labels(63, 63, 63, 62)).fault, 'DNS_NAME_TOO_LONG')
  assert.equal(asked(labels(...Array(127).fill(1))).fault, '')
  assert.equal(asked(labels(...Array(128).fill(1))).fault, 'DNS_NAME_TOO_LONG')
  assert.equal(asked(`40${'61'.repeat(64)}00`).fault, 'DNS_LABEL')
  assert.equal(asked(`80${'61'.repeat(64)}00`).fault, 'DNS_LABEL')
})

test('counts of 65535 with no data behind them are refused at once', () => {
  for (const counts of [[65535], [1, 65535], [1, 0, 65535]] as [number, number?, number?][]) {
    assert.equal(faultOf(`${header('8000', ...counts)} ${question('a', 1)}`), 'DNS_TRUNCATED')
  }
})

test('what stands in the additional section hides nothing', () => {
  const { fault, message } = read(`${header('0000', 1, 0, 0, 65535)} ${question('a', 1)} ffffff`)
  assert.deepEqual([fault, message.questions, message.rrname(0)], ['', 1, 'a'])
})

test('more than 64 questions or 4,096 answers are refused', () => {
  const questions = (count: number) => `${header('0000', count)} ${question('a', 1).repeat(count)}`
  assert.equal(faultOf(questions(64)), '')
  assert.equal(faultOf(questions(65)), 'DNS_TOO_MANY')
  const strings = (count: number) => `${header('8000', 1, 1)} ${question('a', 16)} ${resource(16, '00'.repeat(count))}`
  assert.equal(faultOf(strings(4096)), '')
  assert.equal(faultOf(strings(4097)), 'DNS_TOO_MANY')
})

test('a message cut at any byte is refused, and no answer is made up', () => {
  const text = `${header('8180', 1, 2, 1)} ${question('example.org', 16)} ${resource(16, label('text'))}
    ${resource(15, `000a ${label('mail')} c00c`)} ${resource(6, `00 00 ${'00000001'.repeat(5)}`)}`.replaceAll(/\s/g, '')
  assert.equal(faultOf(text), '')
  for (let length = 0; length < text.length; length += 2) assert.equal(faultOf(text.slice(0, length)), 'DNS_TRUNCATED')
})

test('a message for each row is emitted, rejected with the place of the fault, or has no question', () => {
  const operator = (dns as OperatorNode).start({ ports: [53] } as never, {
    timers: new Timers(),
    stateMap: () => ({ size: 0, get: () => undefined, set: () => undefined, delete: () => undefined }),
    keyCounts: (_name: string, bound: CountsBound) => new FakeCounts(bound),
  })
  const row = (text: string) => ({
    payload: slice(hex(text)),
    src_ip: 'a',
    src_port: 4000,
    dest_ip: 'b',
    dest_port: 53,
  })
  const rows = [`${header('0000', 1)} ${question('a', 1)}`, 'abcd', header('0000', 0)].map(row)
  const out = new CollectingOut()
  operator.onBatch(new Rows(rows) as never, out)
  assert.deepEqual(
    out.emitted.map(({ i, added }) => [i, added.length]),
    [[0, 5 + Object.keys(dnsFields).length]],
  )
  assert.deepEqual(out.rejects, [{ i: 1, reason: 'DNS_TRUNCATED', detail: 'at byte 0 of the message' }])
})
