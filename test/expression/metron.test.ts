import assert from 'node:assert/strict'
import { test } from 'node:test'
import { double, fails, float, int, list, long, plain, tableTest, typed } from './evaluation.ts'

const t = true
const f = false

tableTest('numbers have the type that their text says', 'metron', [
  ['7', int(7)],
  ['7L', long(7)],
  ['7l', long(7)],
  ['2.5', double('2.5')],
  ['5.', double('5.0')],
  ['.5', double('0.5')],
  ['5.e2', double('500.0')],
  ['1e3', double('1000.0')],
  ['1d', double('1.0')],
  ['1.5f', float('1.5')],
  ['1F', float('1.0')],
  ['-.5f', float('-0.5')],
  ['-.5', fails('Syntax error')],
  ['-0.5', double('-0.5')],
  ['-7', int(-7)],
  ['007', fails('Syntax error')],
  ['2147483648', fails('32 bits')],
  ['-2147483648', int(-2147483648)],
  ['9223372036854775807L', long('9223372036854775807')],
  ['9223372036854775808L', fails('64 bits')],
  ['NaN', double('NaN')],
  ['nan', null],
])

tableTest('a minus is glued to a number', 'metron', [
  ['1-1', fails('Syntax error')],
  ['1 -1', fails('Syntax error')],
  ['n-1', fails('Syntax error'), { n: 1 }],
  ['1 - 1', int(0)],
  ['n - 1', int(0), { n: 1 }],
  ['3 - -1', int(4)],
  ['-n', fails('Syntax error'), { n: 1 }],
  ['(-n)', fails('Syntax error'), { n: 1 }],
  ['- 5', fails('Syntax error')],
])

tableTest('words, names and signs are split as by Metron', 'metron', [
  ['source:type', 'bro', { 'source:type': 'bro' }],
  ['a.b', int(1), { 'a.b': 1 }],
  ['$x', int(1), { $x: 1 }],
  ['t ? n : 2', int(5), { t, n: 5 }],
  ['t ? n:2', fails('Syntax error'), { t, n: 5 }],
  ['t?1:2', int(1), { t }],
  ['{n:1}', fails('Syntax error'), { n: 1 }],
  ["{'a':n}", { $map: [['a', int(5)]] }, { n: 5 }],
  ['index', int(1), { index: 1 }],
  ['android and nullx', t, { android: t, nullx: t }],
  ['true1', int(3), { true1: 3 }],
  ['If', int(1), { If: 1 }],
  ['True', int(1), { True: 1 }],
  ['x % 2', fails("no '%'"), { x: 1 }],
  ['!x', fails('Syntax error'), { x: t }],
  ['x := 1', fails('Syntax error')],
  ["'a' not in ['b']", t],
  ["'a' NOT IN ['b']", t],
  ["'a' not  in ['b']", fails('Syntax error')],
  ["'a' Not In ['b']", fails('Syntax error')],
  ['1 // all of it', int(1)],
  ['// only', fails('Syntax error')],
  ['// first\n1', int(1)],
])

tableTest('texts know few escapes', 'metron', [
  ["'a\\\\b\\n\\r\\t'", 'a\\b\n\r\t'],
  ["'it\\'s'", "it's"],
  ['"say \\"x\\""', 'say "x"'],
  ["'\\\"'", fails('escape')],
  ["'\\d'", fails('escape')],
  ["'\\u0041'", fails('escape')],
  ["'a\nb'", 'a\nb'],
  ["'é€😀'", 'é€😀'],
  ["'open", fails('not closed')],
])

tableTest('and and or have one level and group to the right', 'metron', [
  ['f and t or t', f, { t, f }],
  ['t or f and f', t, { t, f }],
  ['t and f or t and t', t, { t, f }],
  ['(f and t) or t', t, { t, f }],
  ['t && f || t', t, { t, f }],
  ['1 < 2 and 2 < 1', f],
])

tableTest('not needs parentheses and binds like an operand', 'metron', [
  ['not(f)', t, { f }],
  ['not (f)', t, { f }],
  ['not f', fails("'not' needs parentheses"), { f }],
  ['not(f) == t', t, { t, f }],
  ['not(f ? t : f)', fails('Syntax error'), { t, f }],
])

tableTest('a product is tighter than a quotient', 'metron', [
  ['8 / 2 * 4', int(1)],
  ['12 / 2 * 3', int(2)],
  ['2 * 3 / 4', int(1)],
  ['8 / 4 / 2', int(1)],
  ['1 + 2 - 3 + 4', int(4)],
  ['2 + 3 * 4', int(14)],
])

tableTest('comparisons chain to the left', 'metron', [
  ['1 < 2 == true', t],
  ['1 < 2 < 3', fails('')],
  ['true == 1 < 2', fails('')],
])

tableTest('in takes a following comparison into its right side', 'metron', [
  ["'a' in 'abc' == true", f],
  ['1 + 2 in [3]', t],
  ["('a') in 'abc'", fails('Syntax error')],
  ["'a' in 'abc' and 'b' in 'abc'", t],
  ['LENGTH(1 in [1])', fails('Syntax error')],
  ['IS_EMPTY((1 in [1]))', f],
  ['[1 in [1]]', fails('Syntax error')],
  ["{'a': 1 in [1]}", { $map: [['a', t]] }],
  ['MAP([1], x -> x in [1])', list(t)],
])

tableTest('operands of arithmetic are only numbers, names and calls', 'metron', [
  ["'a' + 'b'", fails('Syntax error')],
  ['null + 1', fails('Syntax error')],
  ["'5' * 2", fails('Syntax error')],
  ['true + 1', fails('Syntax error')],
  ['[1] + 1', fails('Syntax error')],
  ['(t ? 1 : 2) + 1', int(2), { t }],
  ['(1 == 1) + 1', fails('Syntax error')],
  ['s + 1', fails('cannot be cast'), { s: 'x' }],
  ['LENGTH([1]) + 1', int(2)],
])

tableTest('conditionals nest, need else and swallow whole values', 'metron', [
  ['if t then 1 else 2 + 5', int(1), { t }],
  ['if f then 1 else 2 + 5', int(7), { f }],
  ['if t then 1', fails('Syntax error'), { t }],
  ['IF t THEN IF f THEN 1 ELSE 2 ELSE 3', int(2), { t, f }],
  ['f ? 1 : f ? 2 : 3', int(3), { f }],
  ['[if t then 1 else 2]', list(int(1)), { t }],
  ['1 == if t then 1 else 2', fails('Syntax error'), { t }],
])

tableTest('trailing commas and half matches are refused', 'metron', [
  ['[1,]', fails('Syntax error')],
  ["{'a':1,}", fails('Syntax error')],
  ['LENGTH([1],)', fails('Syntax error')],
  ['match { default => 1 }', fails('Syntax error')],
  ['match { t => 1 }', fails('Syntax error'), { t }],
  ['match { default => 1, t => 2 }', fails('Syntax error'), { t }],
  ['IS_EMPTY(match { t => 1, default => 2 })', fails('Syntax error'), { t }],
  ['match { t => match { t => 1, default => 2 }, default => 3 }', fails('match'), { t }],
  ['a[0]', fails('Syntax error'), { a: [1] }],
])

tableTest('integers wrap and divide as in Java', 'metron', [
  ['2147483647 + 1', int(-2147483648)],
  ['9223372036854775807L + 1', long('-9223372036854775808')],
  ['100000 * 100000', int(1410065408)],
  ['7 / 2', int(3)],
  ['-7 / 2', int(-3)],
  ['7 / 0', fails('/ by zero')],
  ['7L / 0', fails('/ by zero')],
  ['7.0 / 0', double('Infinity')],
  ['0.0 / 0', double('NaN')],
])

tableTest('arithmetic promotes to the wider type', 'metron', [
  ['1 + 2L', long(3)],
  ['1 + 2.0f', float('3.0')],
  ['1L + 2.0f', float('3.0')],
  ['1.0f + 2.0', double('3.0')],
  ['0.1f + 0.2f', float('0.3')],
  ['n + 1', int(1), { n: null }],
  ['x * 2.0', double('0.0')],
])

tableTest('numbers are equal across types, but not inside collections', 'metron', [
  ['1 == 1.0', t],
  ['7L == 7', t],
  ['0.1f == 0.1', f],
  ['NaN == NaN', f],
  ['-0.0 == 0', t],
  ['[1] == [1.0]', f],
  ['[1, 2] == [1, 2]', t],
  ["{'a':1} == {'a':1}", t],
  ["1 == '1'", f],
  ["1 != '1'", t],
  ['null == null', t],
  ['null != null', f],
  ['x == null', t],
  ['1 == null', f],
])

tableTest('order is for numbers, texts and booleans', 'metron', [
  ['1 < 2.5', t],
  ['null < 1', f],
  ['null >= null', f],
  ["'a' < 'b'", t],
  ["'Z' < 'a'", t],
  ['false < true', t],
  ["1 < '1'", fails('')],
  ['[1] < [2]', fails('')],
])

tableTest('the container decides what in means', 'metron', [
  ["'b' in 'abc'", t],
  ["1 in 'a1'", f],
  ['1 in [1.0]', f],
  ['1L in [1]', f],
  ['null in [null]', t],
  ["'a' in {'a': null}", t],
  ["'a' in null", f],
  ["'a' not in null", t],
  ['1 in 1', t],
  ["true in IN_SUBNET('10.0.0.1', '10.0.0.0/8')", t],
])

tableTest('conditions and final conversions differ', 'metron', [
  ['1 && t', t, { t }],
  ['5 && t', f, { t }],
  ["'abc' || f", f, { f }],
  ["'true' && t", t, { t }],
  ["'Yes' && 'ON'", t],
  ["'no' || 'off'", f],
  ["['true'] && t", t, { t }],
  ['[] && t', f, { t }],
  ['x and t', f, { t }],
  ['not(x)', t],
  ["not('false')", t],
  ['if x then 1 else 2', int(2)],
  ['if [] then 1 else 2', int(2)],
  ['if {} then 1 else 2', int(2)],
  ["if 'x' then 1 else 2", fails('Invalid parse')],
  ['if 1 then 1 else 2', fails('Invalid parse')],
  ['if [1] then 1 else 2', fails('Invalid parse')],
])

tableTest('what is not needed is not evaluated', 'metron', [
  ['f and THROWS()', f, { f }],
  ['t or THROWS()', t, { t }],
  ['if t then 1 else THROWS()', int(1), { t }],
  ['match { t => 1, THROWS() => 2, default => 3 }', int(1), { t }],
  ['[THROWS()]', fails("Unable to resolve function named 'THROWS'")],
])

tableTest('lambdas capture, shadow and forgive', 'metron', [
  ['MAP([1, 2], x -> x + y)', list(int(11), int(12)), { y: 10 }],
  ['MAP([1, 2], (x) -> x + 1)', list(int(2), int(3))],
  ['MAP([1], () -> 7)', list(int(7))],
  ['MAP([1], (x, y) -> y)', list(null)],
  ['MAP([null], x -> x)', list(null), { x: 5 }],
  ['MAP([1], x -> MAP([2], y -> x + y))', list(list(int(3)))],
  ['REDUCE([1, 2, 3], (a, b) -> a + b, 0)', int(6)],
])

tableTest('a match gives its first true clause', 'metron', [
  ["match { x < 0 => 'low', x < 10 => 'mid', default => 'high' }", 'mid', { x: 5 }],
  ["match { x < 0 => 'low', default => 'high' }", 'high', { x: 5 }],
  ['match { x => 1, default => 2 }', int(2)],
  ['match { t => () -> 5, default => 2 }', int(5), { t }],
  ['match { t => if f then 1 else 2, default => 3 }', int(2), { t, f }],
  ['match { f ? t : f => 1, default => 3 }', int(3), { t, f }],
])

tableTest('collections keep the first of equal keys and change in place', 'metron', [
  ["{'a': 1, 'a': 2}", { $map: [['a', int(1)]] }],
  ['{ 1 + 1 : 2 }', { $map: [[int(2), int(2)]] }],
  ["{ y < 50 : 'a' }", { $map: [[t, 'a']] }, { y: 1 }],
  ['SET_INIT([1, 1.0, 1])', { $set: [int(1), double('1.0')] }],
  ["MAP_GET('a', {'a': 2L})", long(2)],
])

test('a setup changes collections of variables in place', () => {
  const answer = typed('metron', 'l', { variables: { l: [1] }, setup: ['LIST_ADD(l, 2)', 'LIST_ADD(l, 3)'] })
  assert.deepEqual(answer, list(int(1), int(2), int(3)))
})

test('whole numbers of variables are ints or longs by size, others doubles by their text', () => {
  assert.deepEqual(typed('metron', 'x', { variables: { x: 7 } }), int(7))
  assert.deepEqual(typed('metron', 'x', { variables: { x: 3000000000 } }), long(3000000000))
  assert.deepEqual(typed('metron', 'x', { variables: { x: { $double: '7' } } }), double('7.0'))
  assert.deepEqual(typed('metron', 'x / 2', { variables: { x: { $long: '7' } } }), long(3))
})

test('a missing variable is null, or an error where asked for, but never in a lambda or exists', () => {
  assert.equal(typed('metron', 'x'), null)
  const strict = { missing: 'error' }
  assert.match((typed('metron', 'x', strict) as { error: string }).error, /variable: x is not defined.*x=missing/)
  assert.deepEqual(typed('metron', 'MAP([1], y -> x)', strict), list(null))
  assert.equal(typed('metron', 'exists(x)', strict), false)
  assert.equal(typed('metron', 'exists(x)', { ...strict, variables: { x: 0 } }), true)
})

test('errors name the expression, the cause and the variables', () => {
  const { error } = typed('metron', 'a + s', { variables: { s: 'x' } }) as { error: string }
  assert.equal(
    error,
    'Unable to parse: a + s due to: text cannot be cast to a number with relevant variables a=missing,s=x',
  )
  assert.match((typed('metron', '1 +') as { error: string }).error, /^Unable to parse: 1 \+ due to: Syntax error @ 1:3/)
})

test('predicates must give a boolean, and blank ones are true', () => {
  assert.equal(plain('metron', '1 == 1', { mode: 'predicate' }), true)
  assert.equal(plain('metron', '  ', { mode: 'predicate' }), true)
  assert.equal(plain('metron', null, { mode: 'predicate' }), true)
  assert.match(
    (plain('metron', '5', { mode: 'predicate' }) as { error: string }).error,
    /does not return a boolean value/,
  )
})

test('validation evaluates with every variable null', () => {
  assert.equal(plain('metron', 'x == 1', { mode: 'validate', variables: { x: 1 } }), true)
  assert.equal(plain('metron', '', { mode: 'validate' }), true)
  assert.ok('error' in (plain('metron', 'GET(l, 0)', { mode: 'validate' }) as object))
  assert.equal(plain('metron', 'x and NOT_THERE()', { mode: 'validate' }), true)
})

test('blank text is null', () => {
  assert.equal(plain('metron', ' \n'), null)
  assert.equal(plain('metron', null), null)
})

test('the underscore is a map of all variables', () => {
  assert.deepEqual(plain('metron', "MAP_GET('a', _)", { variables: { a: 5 } }), 5)
})

tableTest('functions check their arguments as in Metron', 'metron', [
  ['ABS()', double('NaN')],
  ['ABS(null)', double('NaN')],
  ["ABS('x')", fails('must be a number')],
  ["STARTS_WITH('a')", fails('missing argument')],
  ["COUNT_MATCHES('a', 'a', 'a')", fails('expects two')],
  ["REGEXP_GROUP_VAL('a', 'a')", fails('expects three')],
  ['REDUCE([1], (a, b) -> a)', null],
  ['LENGTH()', int(0)],
  ['MAP_MERGE()', null],
  ["TO_UPPER('a', 1)", 'A'],
  ['DOMAIN_TO_TLD(null)', 'null'],
  ["TO_LONG('7')", long(7)],
  ["TO_FLOAT('2.7')", float('2.7')],
  ["TO_INTEGER('2147483648')", null],
  ['ROUND(2.5)', double('3.0')],
  ['MAX([1, 3L, 2.0])', long(3)],
  ["IN_SUBNET('10.0.0.0', '10.0.0.0/8')", f],
  ["IN_SUBNET('10.255.255.255', '10.0.0.0/8')", f],
  ["IN_SUBNET('10.0.0.1', '10.0.0.1/32')", f],
  ["IN_SUBNET('10.0.0.1', null, '10.0.0.0/8')", t],
  ["IN_SUBNET('::1', '::/0')", fails('Could not parse')],
  ['TO_STRING(1L + 1e8)', '1.00000001E8'],
])
