import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withSecrets } from '../../runtime/engine/secrets.ts'

describe('secrets', () => {
  const options = { list: ['${secret:A}', '${secret:B}'], path: 'x-${secret:A}', plain: '${secret:B}' }
  const secrets = { A: 'hidden', B: 'other' }

  it('are put into the options and the entries of lists that are named, and into no other', () => {
    assert.deepEqual(withSecrets(options, ['list.0', 'path'], secrets), {
      list: ['hidden', '${secret:B}'],
      path: 'x-hidden',
      plain: '${secret:B}',
    })
  })

  it('that are not known are refused by name, those of the prototype too', () => {
    assert.throws(() => withSecrets(options, ['plain'], { A: 'hidden' }), /The secret B is not known/)
    assert.throws(() => withSecrets({ path: '${secret:toString}' }, ['path'], secrets), /The secret toString/)
  })
})
