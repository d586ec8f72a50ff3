import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { FLOW_LIMITS } from '../../flows/format/limits.ts'
import { applyParameters, type ParameterValue } from '../../flows/format/parameters.ts'
import { escapeTemplate, parseTemplate } from '../../flows/format/template.ts'
import { flowText, goodFlow } from './flows.ts'

const PARAMETERS = {
  text: { type: 'string', default: 'x' },
  count: { type: 'integer', default: 3 },
  ratio: { type: 'number', default: 0.5 },
  flag: { type: 'boolean', default: false },
}

function apply(option: unknown, given: Record<string, ParameterValue> = {}, parameters: object = PARAMETERS) {
  const flow = goodFlow(flowText({ parameters, nodes: { a: { type: 't.t', options: { option } } } }))
  const { options, secrets, problems } = applyParameters(flow, given)
  return { value: options.a!.option, secrets, problems }
}

suite('parameters', () => {
  const filled: [string, unknown, Record<string, ParameterValue>, unknown][] = [
    ['a text alone becomes the typed default', '${count}', {}, 3],
    ['a boolean keeps its type', '${flag}', {}, false],
    ['within a text the value is put in as text', 'a${count}b${text}', {}, 'a3bx'],
    ['a given value stands before the default', '${text}', { text: 'y' }, 'y'],
    ['a whole number may come as text', '${count}', { count: '-7' }, -7],
    ['a number may come as text with an exponent', '${ratio}', { ratio: '1.5e-3' }, 0.0015],
    ['a boolean may come as text', '${flag}', { flag: 'true' }, true],
    ['an escape gives the two characters', '$${text} $${', {}, '${text} ${'],
    ['other dollar signs stay', '$ $$ $x {a}', {}, '$ $$ $x {a}'],
    ['values in lists and objects are filled', ['${count}', { deep: ['${text}!'] }], {}, [3, { deep: ['x!'] }]],
    ['what is put in is not looked at again', '${text}', { text: '${count}' }, '${count}'],
    ['not within a text either', '<${text}>', { text: '${secret:KEY}${text}' }, '<${secret:KEY}${text}>'],
    ['other values stay', [1, null, true], {}, [1, null, true]],
  ]
  for (const [title, option, given, expected] of filled) {
    test(title, () => {
      const { value, problems, secrets } = apply(option, given)
      assert.deepEqual(problems, [])
      assert.deepEqual(secrets, [])
      assert.equal(JSON.stringify(value), JSON.stringify(expected))
    })
  }

  const wrong: [string, Record<string, ParameterValue>][] = [
    ['an unknown parameter', { cuont: 1 }],
    ['__proto__ as a parameter', JSON.parse('{"__proto__": "x"}')],
    ['a name that every object has', { constructor: 'x' }],
    ['a broken number for a whole one', { count: '1.5' }],
    ['a whole number too large', { count: '9007199254740993' }],
    ['an empty text for a number', { ratio: '' }],
    ['infinity', { ratio: '1e400' }],
    ['NaN', { ratio: Number.NaN }],
    ['hexadecimal', { count: '0x10' }],
    ['yes for true', { flag: 'yes' }],
    ['a number for a text', { text: 5 }],
  ]
  for (const [title, given] of wrong) {
    test(`refuses ${title}`, () => {
      assert.deepEqual(
        apply('x', given).problems.map(({ code }) => code),
        ['FLOW-0206'],
      )
    })
  }

  test('a parameter without a default needs a value, used or not', () => {
    const { problems } = apply('x', {}, { must: { type: 'string' } })
    assert.deepEqual(
      problems.map(({ code, message }) => [code, message]),
      [['FLOW-0206', 'Parameter must has no value.']],
    )
    assert.equal(apply('${must}', { must: 'y' }, { must: { type: 'string' } }).value, 'y')
  })

  test('a reference to no parameter names node and option, and the name that is like it', () => {
    const { problems } = apply(['x', 'a${cuont}'])
    assert.deepEqual(
      problems.map(({ node, option, fix }) => [node, option, fix]),
      [['a', 'option.1', 'Did you mean count?']],
    )
  })

  test('secrets stay in place and are listed', () => {
    const { value, secrets } = apply('https://${text}:${secret:API_KEY}@h/$${', { text: 'me' })
    assert.equal(value, 'https://me:${secret:API_KEY}@h/$${')
    assert.deepEqual(secrets, [{ node: 'a', option: 'option', name: 'API_KEY' }])
  })

  test('no parameter value adds a secret to a text, whatever it holds', () => {
    const hostile = fc.array(fc.constantFrom('$', '{', '}', '${', 'secret:', 'KEY', '${secret:KEY}', '$${'), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(hostile, hostile, (one, two) => {
        const parameters = { p: { type: 'string' }, q: { type: 'string' } }
        const given = { p: one.join(''), q: two.join('') }
        const { value, secrets, problems } = apply('${p}${q}{secret:KEY}${secret:MINE}${q}', given, parameters)
        assert.deepEqual(
          secrets.map(({ name }) => name),
          ['MINE'],
        )
        if (problems.length > 0) return
        const template = parseTemplate(value as string)
        const names = 'pieces' in template ? template.pieces.filter(({ kind }) => kind === 'secret') : undefined
        assert.deepEqual(names, [{ kind: 'secret', name: 'MINE' }])
      }),
      { numRuns: 2000 },
    )
  })

  test('a text that grows too long is a problem, not memory', () => {
    const { problems } = apply('${text}'.repeat(200), { text: 'x'.repeat(4096) })
    assert.deepEqual(
      problems.map(({ code, message }) => [code, message]),
      [['FLOW-0206', `With its parameters the text is longer than ${FLOW_LIMITS.filledText} characters.`]],
    )
  })

  test('any text survives escaping', () => {
    const pieces = fc.array(fc.constantFrom('$', '{', '${', '}', 'a', '$${'), { maxLength: 8 })
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('')
        const expected = text === '' ? [] : [{ kind: 'text', text }]
        assert.deepEqual(parseTemplate(escapeTemplate(text)), { pieces: expected })
      }),
    )
  })
})
