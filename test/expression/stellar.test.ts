import assert from 'node:assert/strict'
import { test } from 'node:test'
import { double, fails, int, list, long, plain, tableTest, typed } from './evaluation.ts'

const t = true
const f = false
const answers = { dns: { rrname: 'a.example', answers: [{ rdata: '192.0.2.1', ttl: 60 }, { rdata: '192.0.2.2' }] } }

tableTest('operators group as in any ordinary language', 'stellar', [
  ['f and t or t', t, { t, f }],
  ['t or f and f', t, { t, f }],
  ['not f and t', t, { t, f }],
  ['not t == f', t, { t, f }],
  ['not 1 in [2]', t],
  ['true == not false', t],
  ['8 / 2 * 4', double('16.0')],
  ['2 + 3 * 4 % 5', int(4)],
  ['1-1', int(0)],
  ['n-1', int(4), { n: 5 }],
  ['-n + 1', int(-4), { n: 5 }],
  ['- -5', int(5)],
  ['2 * -3', int(-6)],
  ['1 < 2 == true', t],
  ['true == 1 < 2', t],
  ["'a' in 'abc' == true", t],
  ['1 + 2 in [3]', t],
  ['f ? 1 : f ? 2 : 3', int(3), { f }],
])

tableTest('spacing and case of words are free where nothing is lost', 'stellar', [
  ["'a' not   in ['b']", t],
  ["'a' NOT\nIN ['b']", t],
  ['t AND NOT f', t, { t, f }],
  ['t ? n:2', int(5), { t, n: 5 }],
  ["MAP_GET('k', {k:1})", int(1), { k: 'k' }],
  ['LENGTH(MAP([1], x -> x in [1]))', int(1)],
  ['IS_EMPTY(match { t => [], default => [1] })', t, { t }],
  ['match { t => match { f => 1, default => 2 }, default => 3 }', int(2), { t, f }],
])

tableTest('integers are exact at any size, and divide into doubles', 'stellar', [
  ['9007199254740993', long('9007199254740993')],
  ['9007199254740992 + 1', long('9007199254740993')],
  ['9007199254740991 + 1 - 1', long('9007199254740991')],
  ['3037000500 * 3037000500', long('9223372037000250000')],
  ['-9007199254740993 % 10', int(-3)],
  ['7 / 2', double('3.5')],
  ['8 / 2', double('4.0')],
  ['1 / 0', double('Infinity')],
  ['5 % 0', fails("'%'")],
  ['5.0 % 0', double('NaN')],
  ['0 * -5', int(0)],
])

tableTest('the source text decides between integer and double', 'stellar', [
  ['8.0', double('8.0')],
  ['8', int(8)],
  ['8L', int(8)],
  ['8d', double('8.0')],
  ['2.5 + 2.5', double('5.0')],
  ['v + 1', double('3.0'), { v: { $double: '2' } }],
  ['if t then 1 else 2.0', int(1), { t }],
  ['if f then 1 else 2.0', double('2.0'), { f }],
  ['[1, 1.0]', list(int(1), double('1.0'))],
  ['MAX([1, 2.0])', double('2.0')],
  ['GET([1.0], 0) + 1', double('2.0')],
  ['x', long('9223372036854775807'), { x: { $long: '9223372036854775807' } }],
])

tableTest('null takes part by fixed rules', 'stellar', [
  ['x + 1', null],
  ['x * 2.0', null],
  ['-x', null],
  ['1 / x', null],
  ["x + 'a'", null],
  ['x < 1', f],
  ['x >= 1', f],
  ['x == null', t],
  ['x != null', f],
  ['x == y', t],
  ['x == 1', f],
  ['x != 1', t],
  ['x and t', f, { t }],
  ['x or t', t, { t }],
  ['not x', t],
  ['if x then 1 else 2', int(2)],
  ["'a' in x", f],
  ["'a' not in x", t],
  ['null in [null]', t],
])

tableTest('kinds do not mix', 'stellar', [
  ["'a' + 'b'", 'ab'],
  ["'a' + 1", fails('FLOW-0302')],
  ['s + 1', fails("'+'"), { s: 'a' }],
  ['s - 1', fails("'-'"), { s: 'a' }],
  ['1 < 2 < 3', fails('FLOW-0302')],
  ["1 == '1'", f],
  ['1 == 1.0', t],
  ['[1] == [1.0]', t],
  ['1.0 in [1]', t],
  ["{'a': [1]} == {'a': [1.0]}", t],
  ['1 and t', fails('A condition must be'), { t }],
  ['s and t', fails('A condition must be'), { s: 'x', t }],
  ['if l then 1 else 2', fails('A condition must be'), { l: [] }],
  ['1 in 1', fails("'in'")],
  ['x in n', fails("'in'"), { n: 1 }],
  ['s < 1', fails("can't order"), { s: 'a' }],
])

tableTest('paths reach into lists and maps', 'stellar', [
  ['dns.rrname', 'a.example', answers],
  ['dns.answers[0].rdata', '192.0.2.1', answers],
  ['dns.answers[1].ttl', null, answers],
  ['dns.answers[9].rdata', null, answers],
  ['dns.answers[-1]', null, answers],
  ['exists(dns.answers[0].rdata)', t, answers],
  ['exists(dns.answers[9])', f, answers],
  ['dns.nothing.deeper', null, answers],
  ['MAP(dns.answers, a -> a.rdata)', list('192.0.2.1', '192.0.2.2'), answers],
  ["dns.answers['x']", fails('integer'), answers],
  ["m['k'].z", int(1), { m: { k: { z: 1 } } }],
  ['a.b', int(1), { 'a.b': 1, a: { b: 2 } }],
  ['`my-node.score` > 0.5', t, { 'my-node.score': 0.7 }],
  ['`odd name`', int(3), { 'odd name': 3 }],
])

tableTest('fields named like parts of JavaScript are just names', 'stellar', [
  ['constructor', null],
  ['__proto__', null],
  ['a.constructor', null, { a: {} }],
  ['a.__proto__.polluted', null, { a: {} }],
  ['toString', null],
  ['`hasOwnProperty`', null],
  ["MAP_GET('__proto__', a)", null, { a: {} }],
])

test('functions leave the collections of their arguments as they are', () => {
  const variables = { l: [1], m: { a: 1 } }
  const setup = ['LIST_ADD(l, 2)', "MAP_PUT('b', 2, m)"]
  assert.deepEqual(plain('stellar', '[l, m]', { variables, setup }), [[1], { a: 1 }])
})

test('comments and blank text are as in Metron', () => {
  assert.equal(plain('stellar', ''), null)
  assert.equal(plain('stellar', '1 // one'), 1)
  assert.equal(plain('stellar', '//\n1'), 1)
  assert.match((plain('stellar', '// one') as { error: string }).error, /only a comment/)
})

test('a missing field is null, or an error where asked for', () => {
  assert.equal(typed('stellar', 'a.b'), null)
  const { error } = typed('stellar', 'a.b', { missing: 'error', variables: { a: {} } }) as { error: string }
  assert.match(error, /a\.b is not defined/)
  assert.equal(typed('stellar', 'a.b', { missing: 'error', variables: { a: { b: null } } }), null)
})

test('a predicate that is null is false', () => {
  assert.equal(plain('stellar', 'x', { mode: 'predicate' }), false)
})

test('validation in the stellar dialect is the static checks, and runs nothing', () => {
  assert.equal(plain('stellar', 'GET(l, 0) > 1', { mode: 'validate' }), true)
  assert.match((plain('stellar', 'true or NOT_THERE()', { mode: 'validate' }) as { error: string }).error, /NOT_THERE/)
})

tableTest('networks of both address families include their edges', 'stellar', [
  ["IN_SUBNET('10.0.0.0', '10.0.0.0/8')", t],
  ["IN_SUBNET('10.255.255.255', '10.0.0.0/8')", t],
  ["IN_SUBNET('11.0.0.0', '10.0.0.0/8')", f],
  ["IN_SUBNET('10.0.0.1', '10.0.0.1/32')", t],
  ["IN_SUBNET('10.0.0.1', '0.0.0.0/0')", t],
  ["IN_SUBNET('2001:db8::1', '2001:db8::/32')", t],
  ["IN_SUBNET('2001:db9::1', '2001:db8::/32')", f],
  ["IN_SUBNET('10.0.0.1', '2001:db8::/32', '10.0.0.0/24')", t],
  ["IN_SUBNET(x, '10.0.0.0/8')", f],
  ["IN_SUBNET('10.0.0', '10.0.0.0/8')", fails('not an IP address')],
  ["IN_SUBNET('010.0.0.1', '10.0.0.0/8')", fails('not an IP address')],
  ["IN_SUBNET('10.0.0.1', '10.0.0.0/33')", fails('not a network')],
  ["IS_IP('::ffff:192.0.2.1', 'IPV6')", t],
  ["IS_IP('1::2::3')", f],
  ["IS_IP('1:2:3:4:5:6:7:8:9')", f],
])
