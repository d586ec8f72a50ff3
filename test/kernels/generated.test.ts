import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { Desk } from '../../nodes/kernels/desk.ts'
import { generateKernels } from '../../nodes/kernels/generate.ts'

suite('kernels', () => {
  test('the committed kernels are what their sources give', async () => {
    for (const [name, text] of await generateKernels()) {
      const committed = readFileSync(new URL(`../../nodes/kernels/${name}`, import.meta.url), 'utf8')
      assert.equal(text, committed, `Run npm run kernels: ${name} is not what its source gives.`)
    }
  })

  test('a desk gives zeroed places that neither overlap nor move', () => {
    const desk = new Desk()
    const first = desk.reserve(100)
    desk.bytes[first + 99] = 7
    const second = desk.reserve(1 << 20)
    assert.ok(first > 0 && second >= first + 100 && second % 16 === 0)
    assert.equal(desk.bytes[first + 99], 7)
    assert.ok(desk.bytes.length >= second + (1 << 20) + 16)
    assert.equal(desk.bytes[second], 0)
  })
})
