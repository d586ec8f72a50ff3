import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { FLOW_LIMITS } from '../../flows/format/limits.ts'
import { readFlow } from '../../flows/format/read.ts'
import { problemLine } from '../../nodes/contract/problem.ts'
import { flowText, goodFlow } from './flows.ts'

/** Codes of the problems of a text, in order. */
const codes = (text: string) => readFlow(text).problems.map(({ code }) => code)

suite('reading a flow', () => {
  test('gives the document with defaults filled in and wires in their one spelling, sorted', () => {
    const { flow, problems } = readFlow(`{
      "lacewing": 1, "name": "dga-eve", "title": "DGA",
      "parameters": { "input": { "type": "string", "default": "eve.json" } },
      "nodes": { "eve": { "type": "capture.eve", "options": { "path": "\${input}", "follow": false } }, "out": { "type": "sink.file" } },
      "wires": [ "eve.rejected->out", "  eve.out ->  out.in " ]
    }`)
    assert.deepEqual(problems, [])
    assert.equal(
      JSON.stringify(flow),
      JSON.stringify({
        lacewing: 1,
        name: 'dga-eve',
        title: 'DGA',
        parameters: { input: { type: 'string', default: 'eve.json' } },
        nodes: {
          eve: { type: 'capture.eve', options: { path: '${input}', follow: false } },
          out: { type: 'sink.file', options: {} },
        },
        wires: ['eve -> out', 'eve.rejected -> out'],
        view: { positions: {}, groups: [], notes: [] },
      }),
    )
  })

  test('reports all problems at once, each with its place', () => {
    const { flow, problems } = readFlow(`{
  "lacewing": 1,
  "nam": "x",
  "nodes": {
    "Bad": { "type": "rule.filter" },
    "a": { "typ": "rule.filter", "options": { "where": "\${", "limits": [1, 1e400] } }
  },
  "wires": ["a b", 7]
}`)
    assert.equal(flow, undefined)
    assert.deepEqual(
      problems.map(({ code, node, option, pointer, at }) => [code, node, option, pointer, at?.line, at?.column]),
      [
        ['FLOW-0105', 'a', 'limits.1', '/nodes/a/options/limits/1', 6, 76],
        ['FLOW-0105', undefined, undefined, '/nam', 3, 3],
        ['FLOW-0105', undefined, undefined, undefined, 1, 1],
        ['FLOW-0106', undefined, undefined, '/nodes', 5, 5],
        ['FLOW-0105', 'a', undefined, '/nodes/a/typ', 6, 12],
        ['FLOW-0105', 'a', undefined, '/nodes/a', 6, 10],
        ['FLOW-0106', 'a', 'where', '/nodes/a/options/where', 6, 56],
        ['FLOW-0107', undefined, undefined, '/wires/0', 8, 13],
        ['FLOW-0107', undefined, undefined, '/wires/1', 8, 20],
      ],
    )
  })

  test('says what is no JSON with line and column', () => {
    const { problems } = readFlow('{\n  "lacewing": 1,\n  "name": dga\n}')
    assert.equal(problems.length, 1)
    assert.equal(
      problemLine(problems[0]!),
      'FLOW-0101 error line 3, column 11: Here stands dga instead of a value. Put a value here.',
    )
  })

  test('takes a byte order mark, and counts columns without it', () => {
    assert.deepEqual(codes(`\ufeff${flowText()}`), [])
    assert.equal(readFlow('\ufeff{"lacewing": 2}').problems[0]?.at?.column, 14)
  })

  test('refuses a newer version with nothing but that', () => {
    const { problems } = readFlow('{"lacewing": 2, "shape": "of the future"}')
    assert.deepEqual(
      problems.map(({ code, message }) => [code, message]),
      [['FLOW-0103', 'The flow has format version 2; this Lacewing reads versions up to 1.']],
    )
  })

  const versions: [string, string][] = [
    ['missing', '{"name": "a"}'],
    ['a text', '{"lacewing": "1"}'],
    ['negative', '{"lacewing": -1}'],
    ['broken', '{"lacewing": 0.5}'],
    ['older than the first', '{"lacewing": 0}'],
    ['not in an object', '[1]'],
    ['not there at all', 'null'],
  ]
  for (const [what, text] of versions) {
    test(`a format version that is ${what} is one problem`, () => {
      assert.deepEqual(codes(text), ['FLOW-0105'])
    })
  }

  test('an older version is brought to the current one, step by step', () => {
    const old = '{"lacewing": 0, "called": "old", "boxes": {"a": {"type": "capture.eve"}}}'
    const { flow, problems } = readFlow(old, {
      0: ({ called, boxes }) => ({ name: called, nodes: boxes }),
    })
    assert.deepEqual(problems, [])
    assert.equal(flow?.name, 'old')
    assert.equal(flow?.lacewing, 1)
    assert.equal(flow?.nodes.a?.type, 'capture.eve')
  })

  test('a problem that a migrated document still has bears no place in the file', () => {
    const { problems } = readFlow('{"lacewing": 0}', { 0: () => ({ name: 'OLD', nodes: {} }) })
    assert.deepEqual(
      problems.map(({ code, pointer, at }) => [code, pointer, at]),
      [['FLOW-0106', '/name', undefined]],
    )
  })

  test('two nodes with one id are one problem that names both places', () => {
    const { problems } = readFlow(
      '{"lacewing": 1, "name": "x",\n"nodes": {\n "a": {"type": "sink.file"},\n "a": {"type": "sink.file"}}}',
    )
    assert.deepEqual(
      problems.map(({ code, node, message }) => [code, node, message]),
      [['FLOW-0104', 'a', 'Two nodes have the id "a": at line 3, column 2 and at line 4, column 2.']],
    )
  })

  test('a key that stands twice anywhere is a problem, in options and in the document itself', () => {
    assert.deepEqual(codes('{"lacewing": 1, "name": "x", "name": "y", "nodes": {}}'), ['FLOW-0104'])
    const twice = '{"lacewing": 1, "name": "x", "nodes": {"a": {"type": "t.t", "options": {"p": {"q": 1, "q": 1}}}}}'
    assert.deepEqual(
      readFlow(twice).problems.map(({ code, node, option }) => [code, node, option]),
      [['FLOW-0104', 'a', 'p.q']],
    )
  })

  test('an unknown key comes with the known name that is like it', () => {
    const fixes = (over: Record<string, unknown>) => readFlow(flowText(over)).problems.map(({ fix }) => fix)
    assert.deepEqual(fixes({ wire: [] }), ['Did you mean "wires"?'])
    assert.deepEqual(fixes({ nodes: { a: { type: 'sink.file', option: {} } } }), ['Did you mean "options"?'])
    assert.deepEqual(fixes({ nothingLikeIt: 1 }), [
      'Keys here are lacewing, name, title, description, parameters, nodes, wires, view.',
    ])
  })

  test('names that objects have anyway are ordinary node ids', () => {
    const names = ['constructor', 'prototype', 'in', 'out', 'rejected', 'valueof']
    const flow = goodFlow(flowText({ nodes: Object.fromEntries(names.map((name) => [name, { type: 'sink.file' }])) }))
    assert.deepEqual(Object.keys(flow.nodes), names)
    assert.equal(flow.nodes.toString, undefined)
    assert.equal(goodFlow(flowText()).nodes.constructor, undefined)
  })

  test('__proto__, constructor and toString are data wherever keys are free, and change no object', () => {
    const evil = '{"__proto__": {"x": 1}, "constructor": {"prototype": {"x": 1}}, "toString": 1}'
    const flow = goodFlow(
      `{"lacewing": 1, "name": "x", "nodes": {"a": {"type": "t.t", "options": {"__proto__": ${evil}, "deep": [${evil}]}}}}`,
    )
    const { options } = flow.nodes.a!
    assert.deepEqual(Object.keys(options), ['__proto__', 'deep'])
    assert.deepEqual(Object.keys(Object.values(options)[0] as object), ['__proto__', 'constructor', 'toString'])
    assert.equal(Object.getPrototypeOf(options), null)
    assert.equal(({} as { x?: unknown }).x, undefined)
    assert.equal(typeof {}.toString, 'function')
  })

  test('__proto__ is refused where names are checked: as a node id, parameter, key and position', () => {
    assert.deepEqual(codes('{"lacewing": 1, "name": "x", "nodes": {"__proto__": {"type": "t.t"}}}'), ['FLOW-0106'])
    assert.deepEqual(codes('{"lacewing": 1, "name": "x", "nodes": {}, "__proto__": {"nodes": {}}}'), ['FLOW-0105'])
    assert.deepEqual(
      codes('{"lacewing": 1, "name": "x", "nodes": {}, "parameters": {"__proto__": {"type": "string"}}}'),
      ['FLOW-0106'],
    )
    assert.deepEqual(codes('{"lacewing": 1, "name": "x", "nodes": {}, "view": {"positions": {"__proto__": [0, 0]}}}'), [
      'FLOW-0106',
    ])
    assert.equal(({} as { nodes?: unknown }).nodes, undefined)
  })

  const names: [string, string][] = [
    ['a path', '../../etc/cron.d/x'],
    ['a device name in capitals', 'CON'],
    ['NUL', 'a\0b'],
    ['4 KB', 'a'.repeat(4096)],
    ['65 characters', 'a'.repeat(65)],
    ['a turned reading direction', 'a\u202egnp.exe'],
    ['an emoji', 'a😀'],
    ['a line feed at the end', 'a\n'],
    ['nothing', ''],
    ['a digit first', '1a'],
    ['a point', 'a.b'],
    ['a script', '<img src=x onerror=alert(1)>'],
  ]
  for (const [what, name] of names) {
    test(`a name with ${what} is refused as flow name, node id and parameter, and shown harmlessly`, () => {
      for (const over of [
        { name },
        { nodes: { [name]: { type: 'sink.file' } } },
        { parameters: { [name]: { type: 'string' } } },
      ]) {
        const { problems } = readFlow(flowText(over))
        assert.deepEqual(
          problems.map(({ code }) => code),
          ['FLOW-0106'],
        )
        const line = problemLine(problems[0]!)
        assert.doesNotMatch(line, /[\0-\x1f\x7f-\x9f\u2028-\u202e]/)
        assert.ok(line.length < 400, line)
      }
    })
  }

  test('a name of 64 characters is allowed', () => {
    assert.deepEqual(codes(flowText({ name: 'a'.repeat(64) })), [])
  })

  test('titles are one line without characters that can not be seen', () => {
    assert.deepEqual(codes(flowText({ title: 'Ünïcode 流れ' })), [])
    for (const title of ['a\u0000', 'a\nb', 'a\u202eb', '\u001b[2J', 'x'.repeat(201), 7]) {
      assert.deepEqual(codes(flowText({ title })), ['FLOW-0105'])
    }
  })

  test('numbers that lose their value are refused in options', () => {
    const nodes = (number: string) =>
      `{"lacewing": 1, "name": "x", "nodes": {"a": {"type": "t.t", "options": {"n": ${number}}}}}`
    for (const number of ['1e400', '-1e400', '9007199254740993', '-9007199254740992']) {
      assert.deepEqual(codes(nodes(number)), ['FLOW-0105'], number)
    }
    for (const number of ['NaN', 'Infinity', '-Infinity', '0x10', '1_000']) {
      assert.deepEqual(codes(nodes(number)), ['FLOW-0101'], number)
    }
    for (const [number, value] of [
      ['-0', 0] as const,
      ['9007199254740991', 2 ** 53 - 1] as const,
      ['1e300', 1e300] as const,
    ]) {
      assert.equal(goodFlow(nodes(number)).nodes.a!.options.n, value)
    }
  })

  test('references in options must be written right; elsewhere they are text', () => {
    const withText = (text: string) => flowText({ nodes: { a: { type: 't.t', options: { deep: [{ p: text }] } } } })
    for (const good of ['${x}', 'a${x}b${secret:API_KEY}', '$${anything', '$', '$$', 'a$b{c}', '$x']) {
      assert.deepEqual(codes(withText(good)), [], good)
    }
    for (const bad of [
      '${',
      '${}',
      '${X}',
      '${a b}',
      '${secret:}',
      '${secret:a b}',
      '${secret}}${',
      '${env:HOME}',
      '$${ok}${',
    ]) {
      assert.deepEqual(
        readFlow(withText(bad)).problems.map(({ code, option }) => [code, option]),
        [['FLOW-0106', 'deep.0.p']],
        bad,
      )
    }
    assert.deepEqual(codes(flowText({ description: '${' })), [])
  })

  test('parts of the wrong shape are reported, never thrown', () => {
    const values = [null, true, 7, 'text', [], {}, [[]], { a: 1 }]
    const keys = ['name', 'title', 'description', 'parameters', 'nodes', 'wires', 'view']
    for (const key of keys) {
      for (const value of values) {
        const { flow, problems } = readFlow(flowText({ [key]: value }))
        assert.equal(flow === undefined, problems.length > 0, `${key} ${JSON.stringify(value)}`)
      }
    }
    for (const key of ['positions', 'groups', 'notes']) {
      for (const value of values) readFlow(flowText({ view: { [key]: value } }))
    }
  })

  test('a parameter has a type, and a default of that type', () => {
    const of = (parameter: unknown) => codes(flowText({ parameters: { p: parameter } }))
    assert.deepEqual(of({ type: 'integer', default: 5 }), [])
    assert.deepEqual(of({ type: 'number', default: 0.5, help: 'Half.' }), [])
    for (const bad of [
      {},
      { type: 'text' },
      { type: 'integer', default: 0.5 },
      { type: 'integer', default: '5' },
      { type: 'string', default: 5 },
      { type: 'boolean', default: null },
      { type: 'boolean', default: [true] },
      { type: 'string', defalt: '' },
    ]) {
      assert.deepEqual(of(bad), ['FLOW-0105'], JSON.stringify(bad))
    }
  })

  test('positions are near pairs of numbers', () => {
    const of = (position: unknown) => codes(flowText({ view: { positions: { a: position } } }))
    assert.deepEqual(of([-10.5, 20]), [])
    for (const bad of [[], [1], [1, 2, 3], ['1', 2], [1e7, 0], null, { x: 1, y: 2 }]) {
      assert.deepEqual(of(bad), ['FLOW-0105'], JSON.stringify(bad))
    }
  })

  test('as many nodes and wires as allowed are read, one more is refused', () => {
    const nodes = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`n${i}`, { type: 't.t' }]))
    assert.deepEqual(codes(flowText({ nodes: nodes(FLOW_LIMITS.nodes) })), [])
    assert.deepEqual(codes(flowText({ nodes: nodes(FLOW_LIMITS.nodes + 1) })), ['FLOW-0102'])
    const wires = (n: number) => Array.from({ length: n }, (_, i) => `n${i} -> n${i + 1}`)
    assert.deepEqual(codes(flowText({ wires: wires(FLOW_LIMITS.wires) })), [])
    assert.deepEqual(codes(flowText({ wires: wires(FLOW_LIMITS.wires + 1) })), ['FLOW-0102'])
  })

  test('a thousand problems are reported as a hundred and a word about the rest', () => {
    const { problems } = readFlow(flowText({ wires: Array.from({ length: 1000 }, () => 'no wire') }))
    assert.equal(problems.length, FLOW_LIMITS.problems + 1)
    assert.match(problems.at(-1)!.message, /more problems/)
    const twice = `{"lacewing": 1, ${'"a": 1, '.repeat(1000)} "b": 1}`
    assert.ok(codes(twice).length <= FLOW_LIMITS.problems + 1)
  })
})
