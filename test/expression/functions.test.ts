import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { functions, metronFunctions } from '../../nodes/functions/index.ts'
import { fails, plain, tableTest } from './evaluation.ts'

const FOLDER = new URL('../../nodes/functions/', import.meta.url)

for (const library of [functions, metronFunctions]) {
  const dialect = library === functions ? 'stellar' : 'metron'
  test(`every function of the ${dialect} dialect is exported under its name by the file of its group`, async () => {
    for (const [name, one] of library) {
      assert.match(name, /^[A-Z][A-Z0-9_]*$/)
      const file = (await import(new URL(`${one.group}.ts`, FOLDER).href)) as Record<string, unknown>
      assert.equal(file[name], one, name)
    }
  })
}

test('every function is documented, with an example, and only last parameters may be left out', () => {
  for (const { name, help, parameters, returnsHelp, examples } of functions.values()) {
    for (const text of [help, returnsHelp, ...parameters.map((one) => one.help)])
      assert.match(text, /^.+\.$/, `${name}: ${text}`)
    assert.ok(examples.length > 0, name)
    const isOptional = parameters.map((one) => one.optional === true || one.rest === true)
    assert.deepEqual(isOptional, isOptional.toSorted(), name)
    assert.ok(
      parameters.slice(0, -1).every((one) => one.rest !== true),
      name,
    )
  }
})

test('every example gives its result', () => {
  for (const one of functions.values())
    for (const { expression, result } of one.examples)
      assert.deepEqual(plain('stellar', expression), result, expression)
})

test('no file of the library is forgotten', () => {
  const groups = new Set([...functions.values(), ...metronFunctions.values()].map((one) => one.group))
  const helpers = ['address', 'format', 'fuel', 'index', 'metron-operations', 'number', 'operations', 'values']
  const files = readdirSync(FOLDER).map((name) => name.replace(/\.ts$/, ''))
  assert.deepEqual(
    files.filter((name) => !groups.has(name) && !helpers.includes(name)),
    [],
  )
})

tableTest('texts are cut, filled and counted', 'stellar', [
  ["SUBSTRING('metron', 2, 9)", fails('outside')],
  ["SUBSTRING('metron', 3, 2)", fails('outside')],
  ["SUBSTRING('', 5)", ''],
  ['SUBSTRING(null, 0)', null],
  ["CHOP('a\\r\\n')", 'a'],
  ["CHOP('')", ''],
  ["CHOMP('a\\n\\n')", 'a\n'],
  ["SPLIT(null, ',')", { $list: [] }],
  ["SPLIT('a', '')", fails('empty')],
  ["COUNT_MATCHES('aaaa', 'aa')", { $int: '2' }],
  ["FILL_LEFT('abc', 'xy', 5)", 'xxabc'],
  ["FILL_LEFT('abc', '', 5)", fails('fill')],
  ["FILL_RIGHT(null, 'x', 5)", null],
  ["APPEND_IF_MISSING('a', 'b', 'a')", 'a'],
  ["JOIN(SET_INIT(['a', 'b']), '')", 'ab'],
  ['TO_UPPER(5)', '5'],
  ["STARTS_WITH(5, 'a')", fails('FLOW-0302')],
])

tableTest('FORMAT writes numbers as Java does', 'stellar', [
  ["FORMAT('%d', 1.0)", fails('does not take a double')],
  ["FORMAT('%s %s', 1.0, [1, null])", '1.0 [1, null]'],
  ["FORMAT('%2$s-%1$s', 'a', 'b')", 'b-a'],
  ["FORMAT('%,d|%+d|%05d|%-5d|', 1234567, 5, -42, 7)", '1,234,567|+5|-0042|7    |'],
  ["FORMAT('%x %X %o', 255, 255, 8)", 'ff FF 10'],
  ["FORMAT('%x', -1)", 'ffffffff'],
  ["FORMAT('%.2f %.0f %f', 2.345, 0.5, 1.0)", '2.35 1 1.000000'],
  ["FORMAT('%.3e', 12345.678)", '1.235e+04'],
  ["FORMAT('%5s|%-5s|%.2s', 'ab', 'ab', 'abc')", '   ab|ab   |ab'],
  ["FORMAT('100%%%n')", '100%\n'],
  ["FORMAT('%b %c', true, 'x')", 'true x'],
  ["FORMAT('%tF %<tT', 0)", '1970-01-01 00:00:00'],
  ["FORMAT('%s')", fails('no value')],
  ["FORMAT('%q', 1)", fails('not a pattern')],
  ["FORMAT('%999999999d', 1)", fails('wider')],
])

tableTest('regular expressions match whole texts and run in linear time', 'stellar', [
  ["REGEXP_MATCH('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '(a+)+b')", false],
  ["REGEXP_MATCH('x', '(?=x)x')", fails("can't be used")],
  ["REGEXP_MATCH('x', '(')", fails("can't be used")],
  ["REGEXP_MATCH('x', 'a{5000}')", fails("can't be used")],
  ["REGEXP_MATCH('a', [null, 'b', 'a'])", true],
  ["REGEXP_GROUP_VAL('ab', '(a)(b)', 3)", null],
  ["REGEXP_GROUP_VAL('ab', '(a)(b)', 1.0)", null],
  ["REGEXP_GROUP_VAL('ab', 'x', 0)", 'ab'],
  ["REGEXP_REPLACE('', 'a', 'b')", null],
  ["REGEXP_REPLACE('abc', 'b', '')", 'abc'],
  ["REGEXP_REPLACE('abc', '(b)', '[$1]')", 'a[b]c'],
  ["REGEXP_REPLACE('abc', '(b)', '$9')", fails("can't be put in")],
])

tableTest('conversions give null for what does not fit', 'stellar', [
  ["TO_INTEGER('1e3')", null],
  ['TO_INTEGER(true)', { $int: '1' }],
  ['TO_INTEGER([5.9, 1])', { $int: '5' }],
  ['TO_INTEGER(null)', null],
  ["TO_DOUBLE('1e3')", { $double: '1000.0' }],
  ["TO_DOUBLE(' .5 ')", { $double: '0.5' }],
  ["TO_LONG('9223372036854775808')", null],
  ['TO_LONG(-1.9)', { $int: '-1' }],
])

tableTest('collections are read with care', 'stellar', [
  ['GET([1], -1)', fails('negative')],
  ['GET([1], 1.0)', fails('integer')],
  ['GET(null, 0)', fails('null')],
  ['GET_FIRST([])', null],
  ['GET_LAST(null)', fails('null')],
  ["MAP('ab', x -> x + x)", { $list: ['aa', 'bb'] }],
  ["MAP({'a': 1}, x -> x)", fails('must be a list')],
  ['MAP(null, x -> x)', null],
  ['FILTER([1, 2], x -> 1)', { $list: [] }],
  ['REDUCE([1], (a, b) -> a, null)', null],
  ['MAX(null)', fails('null')],
  ["MAX(['a', 1])", fails('no order')],
  ["MIN([1, '2'])", { $int: '1' }],
  ['MAX([true, 1])', fails('no order')],
  ["MAP_GET('a', {'a': null}, 5)", { $int: '5' }],
  ["MAP_GET('a', null)", null],
  ['MAP_MERGE([null])', null],
  ['MAP_MERGE([])', { $map: [] }],
  ["SET_INIT({'a': 1})", fails('must be a list')],
  ['SET_ADD([1], 1)', fails('must be a set')],
  ['ZIP()', { $list: [] }],
  ['IT_ENTROPY(null)', null],
  ['IT_ENTROPY([1])', fails('FLOW-0302')],
])

tableTest('domain names and URLs are taken apart', 'stellar', [
  ["DOMAIN_TO_TLD('WWW.Example.COM')", 'com'],
  ["DOMAIN_TO_TLD('a.b.nosuchtld')", 'nosuchtld'],
  ["DOMAIN_TO_TLD('no spaces.com!')", 'com!'],
  ["DOMAIN_REMOVE_TLD('localhost')", ''],
  ["DOMAIN_REMOVE_TLD('1.2.3.4')", null],
  ["DOMAIN_REMOVE_SUBDOMAINS('a.b.co.jp')", 'b.co.jp'],
  ["DOMAIN_REMOVE_SUBDOMAINS('co.uk.co.uk')", 'uk.co.uk'],
  ["DOMAIN_REMOVE_SUBDOMAINS('x..y')", null],
  ['DOMAIN_REMOVE_SUBDOMAINS(5)', fails('FLOW-0302')],
  ["URL_TO_HOST('https://me:pw@host.example:8443/a?b@c')", 'host.example'],
  ["URL_TO_HOST('http://[::1]:80/')", '[::1]'],
  ["URL_TO_HOST('foo://x/')", null],
  ["URL_TO_PORT('ftp://x')", { $int: '21' }],
  ["URL_TO_PORT('http://x:99999999/')", null],
  ["URL_TO_PATH('http://x')", ''],
  ["URL_TO_PATH('http://x/a#b?c')", '/a'],
  ["URL_TO_PROTOCOL('x')", null],
  ["IS_URL('http://192.0.2.1/')", true],
  ["IS_URL('http://nosuch/')", false],
  ["IS_EMAIL('a@b@example.com')", false],
  ["IS_DOMAIN('')", false],
])
