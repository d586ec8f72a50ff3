import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { getDomain, getPublicSuffix } from 'tldts'
import domain from '../../nodes/feature/domain.ts'
import { DomainName, FOUND } from '../../nodes/feature/domain-name.ts'
import { generateSuffixes } from '../../nodes/feature/generate.ts'
import { TextSlice } from '../../nodes/records/text-slice.ts'
import { derive, optionsFor, schemaOf } from './fakes.ts'

const run = derive(domain, optionsFor(domain, {}), schemaOf(['dns.rrname']))
const utf8 = new TextSlice()
const features = (name: string) => run({ name: utf8.of(name) }) as Record<string, number | string | boolean | null>

test('the registrable label and its suffix are found for every kind of name', () => {
  for (const [name, label, suffix, registrable] of [
    ['www.example.com', 'example', 'com', 'example.com'],
    ['example.com.', 'example', 'com', 'example.com'],
    ['WWW.ExAmPlE.CoM', 'example', 'com', 'example.com'],
    ['a.b.example.co.uk', 'example', 'co.uk', 'example.co.uk'],
    ['abc.dyndns.org', 'abc', 'dyndns.org', 'abc.dyndns.org'],
    ['co.uk', 'co', 'co.uk', null],
    ['com', 'com', 'com', null],
    ['wpad', 'wpad', 'wpad', null],
    ['4.3.2.1.in-addr.arpa', '1', 'in-addr.arpa', '1.in-addr.arpa'],
    ['_sip._tcp.example.org', 'example', 'org', 'example.org'],
    ['a..com', '', 'com', null],
    ['.com', '', 'com', null],
    ['', '', '', null],
    ['.', '', '', null],
    ['..', '', '', null],
  ] as const) {
    const parts = new DomainName()
    parts.read(name)
    const got = [parts.label(), parts.suffix(), parts.registrable()]
    assert.deepEqual(got, [label, suffix, registrable], JSON.stringify(name))
  }
})

test('suffix and registrable name are those of tldts for every well-formed name', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/)
  const end = fc.constantFrom(
    'com',
    'co.uk',
    'ck',
    'www.ck',
    'dyndns.org',
    'github.io',
    'kawasaki.jp',
    'city.kawasaki.jp',
    'amazonaws.com',
    'compute.amazonaws.com',
    'bazar',
    'xn--p1ai',
  )
  const parts = new DomainName()
  const options = { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false }
  fc.assert(
    fc.property(fc.array(label, { maxLength: 5 }), end, (labels, last) => {
      const name = [...labels, last].join('.')
      parts.read(name)
      assert.equal(parts.suffix(), getPublicSuffix(name, options))
      assert.equal(parts.registrable(), getDomain(name, options))
      assert.equal(parts.found[FOUND.labels], name.split('.').length)
    }),
  )
})

test('features are those of the registrable label, counted by hand', () => {
  const got = features('mail.a1b2-ccc.example.co.uk')
  assert.equal(got.registrable, 'example.co.uk')
  assert.equal(got.subdomain_length, 'mail.a1b2-ccc'.length)
  const f = features('a1b2-ccc.net')
  assert.equal(f.length, 8)
  assert.equal(f.digit_ratio, 2 / 8)
  assert.equal(f.vowel_ratio, 1 / 5)
  assert.equal(f.hex_ratio, 7 / 8)
  assert.equal(f.distinct_ratio, 6 / 8)
  assert.equal(f.consonant_run, 3)
  assert.equal(f.switches, 4)
  assert.equal(f.hyphens, 1)
  assert.ok(Math.abs((f.entropy as number) - (5 * (3 / 8) + (3 / 8) * Math.log2(8 / 3))) < 1e-9)
})

test('names people choose are likelier than random ones', () => {
  const worst = Math.min(
    ...['weather', 'bookshop', 'holidays', 'garden'].map((label) => features(`${label}.com`).likelihood as number),
  )
  const best = Math.max(
    ...['xkqzvwpt', 'qwjzkxvb', 'zzkpqxwv'].map((label) => features(`${label}.com`).likelihood as number),
  )
  assert.ok(worst > best + 2, `${worst} ${best}`)
})

test('anagrams have the same entropy to the last bit', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...'aabbcdefgh'), { minLength: 1, maxLength: 40 }), (letters) => {
      const turned = [...letters].sort().join('')
      assert.equal(features(`${letters.join('')}.com`).entropy, features(`${turned}.com`).entropy)
    }),
  )
})

test('every feature is finite and in its range for any text', () => {
  const { adds } = domain.derive({ field: 'dns.rrname' } as never, schemaOf([]))
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.stringMatching(/^[a-z0-9.\\-]{0,300}$/),
    fc.constantFrom(
      '',
      '.',
      '..',
      'a.',
      `${'x'.repeat(63)}.${'y'.repeat(63)}.com`,
      'z'.repeat(253),
      '\\000\\255.com',
      'İ.COM',
      `A${'İ'.repeat(1500)}`,
      `${'İ'.repeat(1023)}A`,
      '\ud800.com',
      '1.2.3.4',
      '::1',
      'xn--.xn--',
    ),
  )
  fc.assert(
    fc.property(hostile, (name) => {
      for (const [field, value] of Object.entries(features(name))) {
        if (typeof value !== 'number') continue
        assert.ok(Number.isFinite(value), `${field} of ${JSON.stringify(name)} is ${value}`)
        const added = adds[field]!
        if (!('type' in added)) continue
        assert.ok(value >= (added.type.min ?? -Infinity) && value <= (added.type.max ?? Infinity), `${field} ${value}`)
      }
    }),
    { numRuns: 500 },
  )
})

test('a name depends on nothing that was read before it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (before, name) => {
      const alone = features(name)
      features(before)
      assert.deepEqual(features(name), alone)
    }),
  )
})

test('of a blob of a megabyte the last 1,024 characters are looked at', () => {
  const f = features(`${'a.'.repeat(500_000)}${'k'.repeat(2000)}.com`)
  assert.equal(f.name_length, 1_002_004)
  assert.equal(f.length, 1020)
})

test('two nodes in one loop keep their names apart', () => {
  const other = derive(domain, optionsFor(domain, { field: 'tls.sni' }), schemaOf(['tls.sni']))
  const first = domain.derive({ field: 'a' } as never, schemaOf([]))
  assert.notEqual(other({ name: utf8.of('example.org') }), undefined)
  const optionsA = { field: 'a' }
  const optionsB = { field: 'b' }
  const a = first.prepare?.({ name: utf8.of('aaaa.com') } as never, optionsA as never)
  const b = first.prepare?.({ name: utf8.of('bb.com') } as never, optionsB as never)
  assert.notEqual(a, b)
})

test('what was found of a name outlives the making of others, which may move the memory', () => {
  const name = new DomainName()
  name.read('www.example.co.uk')
  const before = [name.text(), name.suffix(), [...name.found]]
  for (let i = 0; i < 200; i++) new DomainName()
  assert.deepEqual([name.text(), name.suffix(), [...name.found]], before)
})

test('a name in UTF-8 is read as the same name in text', () => {
  const fromText = new DomainName()
  const fromBytes = new DomainName()
  const slice = new TextSlice()
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 1500 }), fc.stringMatching(/^[A-Za-z0-9.-]{0,80}\.?$/))
  fc.assert(
    fc.property(text, (name) => {
      fromText.read(name)
      fromBytes.readUtf8(slice.of(name)!)
      assert.deepEqual([...fromBytes.found, fromBytes.given], [...fromText.found, fromText.given])
      assert.equal(fromBytes.text(), fromText.text())
    }),
    { examples: [['\ufeff'], ['\ufeffa.example.com'], [`é${'a'.repeat(1024)}`], [`${'a'.repeat(1100)}.`]] },
  )
})

test('the committed suffixes are those of tldts', async () => {
  const committed = readFileSync(new URL('../../nodes/feature/domain-suffixes.gen.ts', import.meta.url), 'utf8')
  assert.equal(committed, await generateSuffixes(), 'Run node nodes/feature/generate.ts.')
})
