import assert from 'node:assert/strict'
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import eve from '../../nodes/capture/eve.ts'
import type { Clock, Position } from '../../nodes/contract/capability.ts'
import { NodeMistakes } from '../../nodes/contract/node.ts'
import type { Reading, Source } from '../../nodes/contract/operator.ts'
import { readOptions } from '../../nodes/contract/option.ts'
import { Desk } from '../../nodes/kernels/desk.ts'
import { SystemClock } from '../../runtime/io/clock.ts'
import { DiskFiles } from '../../runtime/io/files.ts'
import { TextBatch, temporaryFolder, until } from './fakes.ts'

type Given = Readonly<Record<string, unknown>>

const openSource = async (
  folder: string,
  given: Given,
  from?: Position,
  stdin?: Readable,
  reading?: Reading,
  clock: Clock = new SystemClock(),
): Promise<Source> => {
  const { options, mistakes } = readOptions(eve.options, { path: 'eve.json', ...given })
  assert.deepEqual(mistakes, [])
  const files = new DiskFiles({ folder, poll_ms: 5, grace_ms: 30, ...(stdin === undefined ? {} : { stdin }) })
  return await eve.open(options as never, { files, clock }, from, reading)
}

/** All records of a source that ends. */
const readAll = async (folder: string, given: Given = {}, capacity = 1024, stdin?: Readable): Promise<TextBatch> => {
  const source = await openSource(folder, given, undefined, stdin)
  const batch = new TextBatch(capacity)
  while (await source.read(batch.next()));
  await source.close()
  return batch
}

/** A clock that goes on only while somebody sleeps by it. */
class SleepClock implements Clock {
  #now_ms = 0
  now_ms(): number {
    return this.#now_ms
  }
  async sleep(ms: number): Promise<void> {
    this.#now_ms += ms
  }
}

/** Of 30 records a hundredth of a second apart the last is due after 290 ms; a replay looks every 20 ms. */
const isPaced = (clock: Clock): boolean => clock.now_ms() >= 290 && clock.now_ms() < 310

/** Reads a followed file in the background. */
const follow = async (t: TestContext, folder: string, given: Given = {}, from?: Position) => {
  const source = await openSource(folder, { follow: true, ...given }, from)
  const batch = new TextBatch(3)
  const reading = (async () => {
    while (await source.read(batch.next()));
  })()
  let isClosed = false
  const stop = async () => {
    if (isClosed) return
    isClosed = true
    await source.close()
    await reading
  }
  t.after(stop)
  return { texts: batch.texts, position: () => source.position?.(), stop }
}

describe('capture.eve', () => {
  it('gives each line once, whatever the line ends, the batch and the compression', async (t) => {
    const folder = temporaryFolder(t)
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '"', ' ', '\0', '\u2028', '{'), maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n'))),
        line,
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (lines, last, hasBom, capacity, isGzip) => {
          const text = `${hasBom ? '\ufeff' : ''}${lines.flat().join('')}${last}`
          writeFileSync(path.join(folder, 'eve.json'), isGzip ? gzipSync(text) : text)
          const { texts } = await readAll(folder, {}, capacity)
          const all = [...lines.map(([one, end]) => (end === '\n' ? one : `${one}\r`)), last]
          assert.deepEqual(
            texts,
            all.filter((one) => /[^ \r]/.test(one)),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('skips a line over the cap without holding it, and goes on at the next', async (t) => {
    const folder = temporaryFolder(t)
    const long = Buffer.alloc(100 << 20, 'x')
    writeFileSync(
      path.join(folder, 'eve.json'),
      Buffer.concat([Buffer.from('{"a":1}\n'), long, Buffer.from('\n{"a":2}')]),
    )
    globalThis.gc?.()
    const before = process.memoryUsage().rss
    const { texts, rejects } = await readAll(folder)
    assert.ok(process.memoryUsage().rss - before < 40 << 20)
    assert.deepEqual(texts, ['{"a":1}', '{"a":2}'])
    assert.deepEqual(
      rejects.map(({ reason, excerpt }) => [reason, excerpt.length]),
      [['LINE_TOO_LONG', 1024]],
    )
  })

  it('takes a line of exactly the cap and rejects one byte more', async (t) => {
    const folder = temporaryFolder(t)
    const lines = [1024, 1025, 70_000, 1024].map((length) => 'y'.repeat(length))
    writeFileSync(path.join(folder, 'eve.json'), lines.join('\n'))
    const { texts, rejects } = await readAll(folder, { max_line_bytes: 1024 })
    assert.deepEqual(texts, [lines[0], lines[3]])
    assert.equal(rejects.length, 2)
  })

  it('reads standard input, compressed or not, even when it comes byte by byte', async () => {
    for (const bytes of [Buffer.from('{"a":1}\n{"a":2}'), gzipSync('{"a":1}\n{"a":2}')]) {
      const stdin = Readable.from([...bytes].map((byte) => Buffer.from([byte])))
      const { texts } = await readAll('/', { path: '-' }, 1024, stdin)
      assert.deepEqual(texts, ['{"a":1}', '{"a":2}'])
    }
  })

  it('replays in a loop, and ends a loop over an empty file', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(path.join(folder, 'eve.json'), '1\n2\n3')
    const source = await openSource(folder, { repeat: true })
    const batch = new TextBatch(2)
    while (batch.texts.length < 9) assert.equal(await source.read(batch.next()), true)
    await source.close()
    assert.deepEqual(batch.texts.slice(0, 9).join(''), '123123123')
    writeFileSync(path.join(folder, 'eve.json'), '\n\n')
    assert.deepEqual((await readAll(folder, { repeat: true })).texts, [])
  })

  it('paces a replay', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(path.join(folder, 'eve.json'), 'x\n'.repeat(30))
    const clock = new SleepClock()
    const source = await openSource(folder, { rate_per_s: 100 }, undefined, undefined, undefined, clock)
    const batch = new TextBatch()
    while (await source.read(batch.next()));
    await source.close()
    assert.equal(batch.texts.length, 30)
    assert.ok(isPaced(clock), `${clock.now_ms()} ms`)
  })

  it('paces lines that need no reading like all others, and stands behind them', async (t) => {
    const folder = temporaryFolder(t)
    const lines = Array.from({ length: 30 }, (_, i) => (i === 20 ? '{"a":"dns"}\n' : '{"a":"tls"}\n'))
    writeFileSync(path.join(folder, 'eve.json'), lines.join(''))
    const reading = { desk: new Desk(), screen: [['"dns"']] }
    const clock = new SleepClock()
    const source = await openSource(folder, { rate_per_s: 100 }, undefined, undefined, reading, clock)
    const batch = new TextBatch()
    while (await source.read(batch.next())) {
      const given = batch.texts.length + batch.skipped
      assert.equal(source.position?.()?.offset, lines.slice(0, given).join('').length)
    }
    await source.close()
    assert.deepEqual([batch.texts, batch.skipped], [['{"a":"dns"}'], 29])
    assert.ok(isPaced(clock), `${clock.now_ms()} ms`)
  })

  it('gives no half line when it is closed while it waits for the rest', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(path.join(folder, 'eve.json'), '1\n{"half":')
    const { texts, position, stop } = await follow(t, folder)
    await until(() => texts.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await stop()
    assert.deepEqual(texts, ['1'])
    assert.equal(position()?.offset, 2)
  })

  it('goes on just after the records given, from any position', async (t) => {
    const folder = temporaryFolder(t)
    const lines = Array.from({ length: 20 }, (_, i) => `{"number":${i}}`)
    for (const bytes of [Buffer.from(`\ufeff${lines.join('\r\n')}`), gzipSync(lines.join('\n'))]) {
      writeFileSync(path.join(folder, 'eve.json'), bytes)
      for (let stopAt = 1; stopAt < 20; stopAt += 3) {
        const first = await openSource(folder, {})
        const batch = new TextBatch(stopAt)
        await first.read(batch)
        const position = JSON.parse(JSON.stringify(first.position?.())) as Position
        await first.close()
        const second = await openSource(folder, {}, position)
        while (await second.read(batch.next()));
        await second.close()
        assert.deepEqual(
          batch.texts.map((text) => text.trim()),
          lines,
        )
      }
    }
  })

  it('waits for more at the end of a followed file, and for the rest of a half line', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'eve.json')
    writeFileSync(file, '1\n2')
    const { texts, stop } = await follow(t, folder)
    await until(() => texts.length === 1)
    appendFileSync(file, '2\n')
    await until(() => texts.length === 2)
    appendFileSync(file, '3\n')
    await until(() => texts.length === 3)
    assert.deepEqual(texts, ['1', '22', '3'])
    await stop()
  })

  it('loses and repeats nothing when the file is renamed, again and again, with late writes to the old one', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'eve.json')
    writeFileSync(file, '0\n')
    const { texts } = await follow(t, folder)
    for (let i = 1; i < 6; i++) {
      await until(() => texts.length === i * 3 - 2)
      renameSync(file, `${file}.${i}`)
      appendFileSync(`${file}.${i}`, `late ${i}\nhalf ${i}`)
      writeFileSync(file, `${i}\n`)
    }
    await until(() => texts.length === 16)
    const expected = [1, 2, 3, 4, 5].flatMap((i) => [`late ${i}`, `half ${i}`, `${i}`])
    assert.deepEqual(texts, ['0', ...expected])
  })

  it('follows a file that is deleted and made anew', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'eve.json')
    writeFileSync(file, 'a\n')
    const { texts } = await follow(t, folder)
    await until(() => texts.length === 1)
    renameSync(file, path.join(folder, 'elsewhere'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    writeFileSync(file, 'b\n')
    await until(() => texts.length === 2)
    assert.deepEqual(texts, ['a', 'b'])
  })

  it('reads what a copy holds when the file was emptied in place', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'eve.json')
    writeFileSync(file, '{"n":1}\n')
    const { texts } = await follow(t, folder)
    await until(() => texts.length === 1)
    // The copy got a line that the reader had no time to see.
    writeFileSync(`${file}.1`, '{"n":1}\n{"n":2}\n')
    truncateSync(file)
    await until(() => texts.length === 2)
    appendFileSync(file, '{"m":3}\n')
    await until(() => texts.length === 3)
    // Emptied and at once as long as before: only its first bytes tell.
    writeFileSync(file, '{"m":4}\n')
    await until(() => texts.length === 4)
    assert.deepEqual(texts, ['{"n":1}', '{"n":2}', '{"m":3}', '{"m":4}'])
  })

  /** Times of files must differ for their order to be known. */
  const tick = () => new Promise((resolve) => setTimeout(resolve, 20))
  const rotations: [string, (file: string) => void | Promise<void>][] = [
    ['in the same file', (file) => appendFileSync(file, '3\n4\n5\n')],
    [
      'in files that were renamed meanwhile',
      async (file) => {
        appendFileSync(file, '3\n')
        renameSync(file, `${file}.2`)
        await tick()
        writeFileSync(`${file}.1`, '4\n')
        await tick()
        writeFileSync(file, '5\n')
      },
    ],
    [
      'in a copy of the file, which was emptied',
      (file) => {
        writeFileSync(`${file}-20260131`, '1\n2\n3\n4\n')
        writeFileSync(file, '5\n')
      },
    ],
  ]
  for (const [where, rotate] of rotations) {
    it(`goes on ${where} after a restart`, async (t) => {
      const folder = temporaryFolder(t)
      const file = path.join(folder, 'eve.json')
      writeFileSync(file, '1\n2\n')
      writeFileSync(path.join(folder, 'eve.json.state'), 'not a log\n')
      const before = await follow(t, folder)
      await until(() => before.texts.length === 2)
      const position = before.position()
      await before.stop()
      await tick()
      await rotate(file)
      const after = await follow(t, folder, {}, position)
      await until(() => after.texts.length >= 3)
      assert.deepEqual(after.texts, ['3', '4', '5'])
    })
  }

  it('starts over in a file that has nothing to do with the one before', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'eve.json')
    writeFileSync(file, 'old 1\nold 2\n')
    const before = await follow(t, folder)
    await until(() => before.texts.length === 2)
    const position = before.position()
    await before.stop()
    writeFileSync(file, 'new 1\nnew 2\nnew 3\n')
    const after = await follow(t, folder, {}, position)
    await until(() => after.texts.length === 3)
    assert.deepEqual(after.texts, ['new 1', 'new 2', 'new 3'])
  })

  it('ends a waiting read when it is closed', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(path.join(folder, 'eve.json'), '')
    const { stop } = await follow(t, folder)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await stop()
    const source = await openSource('/', { path: '-' }, undefined, new Readable({ read() {} }))
    const waiting = source.read(new TextBatch())
    await source.close()
    assert.equal(await waiting, false)
  })

  it('knows the fields that the flow declares, and says which declaration is wrong', () => {
    const emits = (fields: string[]) => eve.emits(readOptions(eve.options, { path: 'x', fields }).options as never)
    const { reader, fields, open } = emits(['custom.tenant: text', ' src_port :float64'])
    assert.equal(reader, 'json')
    assert.equal(fields['custom.tenant']?.kind, 'text')
    assert.equal(fields.src_port?.kind, 'float64')
    assert.ok(open?.includes('dns'))
    for (const entry of ['custom', 'a: bytes', 'a b: text', ': text']) assert.throws(() => emits([entry]), NodeMistakes)
  })
})
