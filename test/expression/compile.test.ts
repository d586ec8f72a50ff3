import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileExpression } from '../../flows/expression/compile.ts'
import type { FieldScope } from '../../flows/expression/types.ts'
import { type Fields, field } from '../../nodes/contract/field.ts'
import { functions, metronFunctions } from '../../nodes/functions/index.ts'

const fields: Fields = {
  event_type: field.text(),
  src_port: field.integer(),
  flow_id: field.int64(),
  'dga.score': field.float64(),
  'lexical.entropy': field.float64(),
  'alert.signature_id': field.integer(),
  'tcp.syn': field.boolean(),
  'dns.rrname': field.text(),
  'dns.answers': field.list(),
  'dns.answers[0].rdata': field.text(),
  extra: field.map(),
  loose: field.any(),
}

function scopeOf(given: Fields): FieldScope {
  return {
    type: (path) => (Object.hasOwn(given, path) ? given[path] : undefined),
    paths: () => Object.keys(given),
    isOpen: (path) => path.startsWith('alert.'),
  }
}

const compile = (text: string, want: Parameters<typeof compileExpression>[3] = 'any') =>
  compileExpression(text, scopeOf(fields), functions, want)

/** The code with fields as `a_b`, or the problems. */
function code(text: string, want: Parameters<typeof compileExpression>[3] = 'any'): string | string[] {
  const { expression, problems } = compile(text, want)
  return (
    expression?.emit((path) => path.replace(/\W+/g, '_')) ??
    problems.map((one) => `${one.code} ${one.at.column} ${one.message} ${one.fix}`)
  )
}

test('comparisons of typed fields are plain JavaScript, with a look for null only where it matters', () => {
  assert.equal(code("event_type == 'dns'"), '(event_type === "dns")')
  assert.equal(code('dga.score > 0.9'), '(dga_score !== null && dga_score > 0.9)')
  assert.equal(code('src_port == 53 or src_port == 5353'), '((src_port === 53) || (src_port === 5353))')
  assert.equal(code('flow_id == 9007199254740993'), '(flow_id === 9007199254740993n)')
  assert.equal(code('flow_id == 1.0'), '(flow_id == 1)')
  assert.equal(code('dga.score != null'), '(dga_score !== null)')
  assert.equal(code('not tcp.syn'), '(!(tcp_syn === true))')
  assert.equal(code("event_type in ['dns', 'tls']"), '(event_type === "dns" || event_type === "tls")')
  assert.equal(code("'evil' in dns.rrname"), '(dns_rrname !== null && dns_rrname.includes("evil"))')
  assert.equal(code('exists(dns.rrname)'), '(dns_rrname !== null)')
})

test('arithmetic of doubles is plain, of integers exact', () => {
  assert.equal(code('dga.score * 2.0'), 'op_finite((dga_score === null ? null : dga_score * 2))')
  assert.equal(code('src_port / 2'), 'op_finite((src_port === null ? null : src_port / 2))')
  assert.equal(code('src_port + 1'), 'op_add(src_port, 1)')
})

test('conditionals and matches become conditional operators', () => {
  assert.equal(
    code("match { src_port == 53 => 'dns', dga.score > 0.5 => 'odd', default => null }", 'text'),
    '((src_port === 53) ? "dns" : (dga_score !== null && dga_score > 0.5) ? "odd" : null)',
  )
})

test('lambdas become arrow functions that use fuel', () => {
  assert.equal(
    code("FILTER(dns.answers, a -> a.rrtype == 'TXT')", 'list'),
    '(op_refuel(), op_wireList(fn_FILTER(dns_answers, ((p0 = null) => (op_step(), (op_member(p0, "rrtype") === "TXT"))))))',
  )
})

test('what the code uses is listed', () => {
  const { expression } = compile("TO_UPPER(dns.rrname) == 'A' and LENGTH(dns.rrname) + loose > 3", 'boolean')
  assert.deepEqual(expression?.reads, ['dns.rrname', 'loose'])
  assert.deepEqual(expression?.functions, ['TO_UPPER', 'LENGTH'])
  assert.deepEqual(expression?.operations, ['add', 'greater', 'refuel'])
  assert.equal(expression?.type.kind, 'boolean')
})

test('an indexed path reads the list, unless the scope knows the path itself', () => {
  assert.deepEqual(compile("dns.answers[1].rdata == 'x'").expression?.reads, ['dns.answers'])
  assert.deepEqual(compile("dns.answers[0].rdata == 'x'").expression?.reads, ['dns.answers[0].rdata'])
  assert.equal(code("dns.answers[0].rdata == 'x'"), '(dns_answers_0_rdata === "x")')
  assert.equal(code('extra.a.b'), '(op_refuel(), op_wireAny(op_member(op_member(extra, "a"), "b")))')
})

test('the type of the result follows from the parts', () => {
  const kind = (text: string) => compile(text).expression?.type.kind
  assert.equal(kind('src_port'), 'integer')
  assert.equal(kind('src_port + 1'), 'int64')
  assert.equal(kind('src_port * 1.5'), 'float64')
  assert.equal(kind('src_port / 2'), 'float64')
  assert.equal(kind("dns.rrname + '.'"), 'text')
  assert.equal(kind('if tcp.syn then 1 else flow_id'), 'int64')
  assert.equal(kind('if tcp.syn then 1 else 2.5'), 'float64')
  assert.equal(kind('LENGTH(dns.rrname)'), 'integer')
  assert.equal(kind('STRING_ENTROPY(dns.rrname)'), 'float64')
  assert.equal(kind('loose'), 'any')
  assert.equal(kind('[1]'), 'list')
  assert.equal(kind('null'), 'any')
})

test('unknown fields and functions are named with the closest known ones', () => {
  assert.deepEqual(code('lexical.entrop > 3'), [
    "FLOW-0207 1 There is no field 'lexical.entrop' here. Did you mean lexical.entropy?",
  ])
  assert.deepEqual(code('1 + TO_UPER(event_type)'), [
    "FLOW-0303 5 There is no function 'TO_UPER'. Did you mean TO_UPPER?",
  ])
})

test('a field under an open prefix is only a warning', () => {
  const { expression, problems } = compile('alert.signature_di == 1')
  assert.ok(expression)
  assert.deepEqual(
    problems.map(({ code, severity, fix }) => [code, severity, fix]),
    [['FLOW-0211', 'warning', 'Did you mean alert.signature_id?']],
  )
})

test('mistakes of types are found before anything runs', () => {
  const first = (text: string, want: Parameters<typeof compileExpression>[3] = 'any') =>
    compile(text, want).problems.map(({ code, at }) => `${code} ${at.start}-${at.end}`)
  assert.deepEqual(first('1 < 2 < 3'), ['FLOW-0302 0-9'])
  assert.deepEqual(first("src_port + 'a'"), ['FLOW-0302 0-8'])
  assert.deepEqual(first('event_type and tcp.syn'), ['FLOW-0302 0-10'])
  assert.deepEqual(first("LENGTH('a', 1)"), ['FLOW-0303 0-14'])
  assert.deepEqual(first('MAP([1], 2)'), ['FLOW-0302 9-10'])
  assert.deepEqual(first('event_type', 'boolean'), ['FLOW-0302 0-10'])
  assert.deepEqual(first('x -> x'), ['FLOW-0302 0-6'])
  assert.deepEqual(first('event_type == 1'), ['FLOW-0302 0-15'])
  assert.equal(compile('event_type == 1').problems[0]?.severity, 'warning')
  assert.equal(first('noo + noo2 + noo3').length, 3)
})

test('a kind that shows only when the record comes is checked then', () => {
  assert.equal(code('loose', 'boolean'), 'op_wireBoolean(loose)')
  assert.equal(code('loose', 'float64'), 'op_wireDouble(loose)')
  assert.equal(code('src_port + 1', 'integer'), 'op_wireInteger(op_add(src_port, 1))')
  assert.equal(code('loose and tcp.syn'), '(op_truth(loose) && (tcp_syn === true))')
})

test('Metron expressions compile for flows too, with their own rules', () => {
  const { expression } = compileExpression(
    'a.b == 1 or f',
    scopeOf({ 'a.b': field.any(), f: field.any() }),
    metronFunctions,
    'boolean',
    'metron',
  )
  assert.equal(
    expression?.emit((path) => path.replace(/\W/g, '_')),
    '(op_refuel(), op_metronOr(() => op_metronEqual(op_metronField(a_b), 1), () => op_metronField(f)))',
  )
  const { problems } = compileExpression('NOPE(x)', scopeOf({}), metronFunctions, 'any', 'metron')
  assert.deepEqual(
    problems.map((one) => one.code),
    ['FLOW-0303', 'FLOW-0207'],
  )
})
