import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type ByteReader, InputError } from '../../nodes/contract/capability.ts'
import { SystemClock } from '../../runtime/io/clock.ts'
import { DiskFiles } from '../../runtime/io/files.ts'
import { temporaryFolder } from './fakes.ts'

const ONCE = { follow: false, compression: 'auto' } as const

const textOf = async (reader: ByteReader): Promise<string> => {
  const parts: Buffer[] = []
  const into = Buffer.alloc(1000)
  for (;;) {
    const count = await reader.read(into, 7)
    if (count === 0) break
    parts.push(Buffer.from(into.subarray(7, 7 + count)))
  }
  await reader.close()
  return Buffer.concat(parts).toString()
}
const fails = (work: Promise<unknown>, message: RegExp) =>
  assert.rejects(work, (error) => error instanceof InputError && message.test(error.message))

describe('reading files', () => {
  it('looks for a relative path in the folder of the flow, then among the samples', async (t) => {
    const folder = temporaryFolder(t)
    const samples = temporaryFolder(t)
    writeFileSync(path.join(folder, 'a'), 'own a')
    writeFileSync(path.join(samples, 'a'), 'sample a')
    writeFileSync(path.join(samples, 'b'), 'sample b')
    const files = new DiskFiles({ folder, samples: [samples] })
    assert.equal(await textOf(await files.read('a', ONCE)), 'own a')
    assert.equal(await textOf(await files.read('b', ONCE)), 'sample b')
    assert.equal(await textOf(await files.read(path.join(samples, 'a'), ONCE)), 'sample a')
  })

  it('says what is wrong with a path and how to mend it', async (t) => {
    const folder = temporaryFolder(t)
    mkdirSync(path.join(folder, 'sub'))
    writeFileSync(path.join(folder, 'file'), '')
    const files = new DiskFiles({ folder })
    await fails(files.read('nothing', ONCE), /'nothing' could not be read: there is no such file\. Check the path/)
    await fails(files.read('sub', ONCE), /it is a folder\. Name a file/)
    await fails(files.read('file/x', ONCE), /'file\/x' could not be read/)
    if (process.getuid?.() !== 0) {
      chmodSync(path.join(folder, 'file'), 0)
      await fails(files.read('file', ONCE), /this user may not/)
    }
  })

  it('reads all members of a gzip file and knows how far it is', async (t) => {
    const folder = temporaryFolder(t)
    const text = 'line\n'.repeat(100_000)
    writeFileSync(path.join(folder, 'a'), Buffer.concat([gzipSync(text), gzipSync(text)]))
    const reader = await new DiskFiles({ folder }).read('a', ONCE)
    assert.equal(await textOf(reader), text + text)
    const { done_bytes, total_bytes } = reader.progress()
    assert.equal(done_bytes, total_bytes)
  })

  it('gives what a cut or damaged gzip file holds, then says so', async (t) => {
    const folder = temporaryFolder(t)
    const noise = Array.from({ length: 20_000 }, (_, i) => `line ${Math.imul(i, 2654435761)}\n`).join('')
    const whole = gzipSync(noise)
    const damaged = Buffer.from(whole)
    damaged.fill(0xff, whole.length - 2000, whole.length - 1500)
    for (const [bytes, message] of [
      [whole.subarray(0, whole.length - 1000), /ends too early/],
      [damaged, /is damaged/],
    ] as const) {
      writeFileSync(path.join(folder, 'a'), bytes)
      const reader = await new DiskFiles({ folder }).read('a', ONCE)
      const into = Buffer.alloc(1 << 20)
      let length = 0
      const readOn = async () => {
        for (;;) length += await reader.read(into, length)
      }
      await fails(readOn(), message)
      assert.ok(length > noise.length / 2)
      assert.equal(noise.startsWith(into.toString('utf8', 0, length - 100)), true)
      await reader.close()
    }
  })

  it('stops at a compressed file that expands like an attack, in little memory', async (t) => {
    const folder = temporaryFolder(t)
    const bomb = Buffer.concat(Array(64).fill(gzipSync(Buffer.alloc(16 << 20))))
    writeFileSync(path.join(folder, 'bomb'), bomb)
    globalThis.gc?.()
    const before = process.memoryUsage().rss
    const files = new DiskFiles({ folder })
    await fails(files.read('bomb', ONCE).then(textOf), /more than 400 times as many/)
    assert.ok(process.memoryUsage().rss - before < 240 << 20)
    const limits = { ratio: 2000, after_bytes: 0, max_bytes: 1 << 20 }
    await fails(new DiskFiles({ folder, limits }).read('bomb', ONCE).then(textOf), /larger than 1048576 bytes/)
  })

  it('reads a named pipe until its writer closes it', async (t) => {
    const folder = temporaryFolder(t)
    const pipe = path.join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const text = 'line\n'.repeat(100_000)
    const reading = new DiskFiles({ folder }).read('pipe', ONCE).then(textOf)
    const [read] = await Promise.all([reading, writeFile(pipe, text)])
    assert.equal(read, text)
  })

  it('reads what is added to a followed file when the system tells of it, long before it would look', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'a')
    writeFileSync(file, 'one\n')
    const reader = await new DiskFiles({ folder, poll_ms: 1e6 }).read('a', { follow: true, compression: 'none' })
    t.after(() => reader.close())
    const into = new Uint8Array(100)
    assert.equal(await reader.read(into, 0), 4)
    for (let i = 0; i < 20; i++) {
      const more = reader.read(into, 0)
      await wait(i % 3)
      appendFileSync(file, 'more\n')
      assert.equal(await more, 5)
    }
  })

  it('refuses to follow a compressed file', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(path.join(folder, 'a'), gzipSync('x'))
    await fails(new DiskFiles({ folder }).read('a', { follow: true, compression: 'auto' }), /cannot be followed/)
  })
})

describe('writing files', () => {
  it('neither empties a file that the same flow reads nor lets two nodes write over each other', async (t) => {
    const folder = temporaryFolder(t)
    const files = new DiskFiles({ folder })
    writeFileSync(path.join(folder, 'input'), 'precious')
    const reader = await files.read('input', ONCE)
    await fails(
      files.write('./input', { append: false }),
      /'\.\/input' could not be written: it is also read by another/,
    )
    assert.equal(await textOf(reader), 'precious')
    const writer = await files.write('output', { append: false })
    await fails(files.write('output', { append: true }), /also written by another node/)
    await fails(files.read('output', ONCE), /also written by another node/)
    await writer.close()
    await (await files.write('output', { append: true })).close()
  })

  it('empties the file or goes on after its end, and says how long it was', async (t) => {
    const folder = temporaryFolder(t)
    const files = new DiskFiles({ folder })
    for (const [append, opened, result] of [
      [false, 0, 'xyz'],
      [true, 3, 'xyzxyz'],
      [false, 0, 'xyz'],
    ] as const) {
      const writer = await files.write('a', { append })
      assert.equal(writer.opened_bytes, opened)
      assert.equal(writer.write(Buffer.from('-xyz-'), 1, 4), false)
      await writer.synced()
      assert.equal(readFileSync(path.join(folder, 'a'), 'utf8'), result)
      await writer.close()
    }
  })

  it('keeps the order of many small and some large pieces', async (t) => {
    const folder = temporaryFolder(t)
    const writer = await new DiskFiles({ folder }).write('a', { append: false })
    const parts: Buffer[] = []
    for (let i = 0; i < 300; i++) {
      const part = Buffer.alloc(i % 50 === 0 ? 3_000_000 : i * 10, i)
      parts.push(part)
      if (writer.write(part, 0, part.length)) await writer.drained()
    }
    await writer.close()
    assert.deepEqual(readFileSync(path.join(folder, 'a')), Buffer.concat(parts))
  })

  it('writes at once what comes after a quiet moment, and the rest when asked', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'a')
    const writer = await new DiskFiles({ folder }).write('a', { append: false })
    writer.write(Buffer.from('a\n'), 0, 2)
    assert.equal(readFileSync(file, 'utf8'), 'a\n')
    for (let i = 0; i < 100; i++) writer.write(Buffer.from('b\n'), 0, 2)
    await writer.drained()
    assert.equal(readFileSync(file, 'utf8'), `a\n${'b\n'.repeat(100)}`)
    writer.write(Buffer.from('c\n'), 0, 2)
    await writer.close()
    assert.ok(readFileSync(file, 'utf8').endsWith('b\nc\n'))
  })

  it('says that the disk is full, holds nothing more in memory, and says it again', async () => {
    const writer = await new DiskFiles({ folder: '/' }).write('/dev/full', { append: false })
    const bytes = Buffer.alloc(1 << 20)
    writer.write(bytes, 0, bytes.length)
    await fails(writer.drained(), /'\/dev\/full' could not be written: the disk is full\. Free some space/)
    for (let i = 0; i < 1000; i++) assert.equal(writer.write(bytes, 0, bytes.length), true)
    await fails(writer.synced(), /the disk is full/)
    await fails(writer.close(), /the disk is full/)
  })

  it('names the folder that is not there', async (t) => {
    const folder = temporaryFolder(t)
    mkdirSync(path.join(folder, 'sub'))
    const files = new DiskFiles({ folder })
    await fails(files.write('x/y.json', { append: false }), new RegExp(`no folder '${folder}/x'\\. Make it`))
    await fails(files.write('sub', { append: false }), /it is a folder/)
  })

  it('writes to standard output, and says when its reader has gone', async () => {
    const stdout = new PassThrough()
    const writer = await new DiskFiles({ folder: '/', stdout }).write('-', { append: false })
    writer.write(Buffer.from('abc'), 0, 3)
    await writer.close()
    assert.equal(String(stdout.read()), 'abc')
    const gone = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    })
    const other = await new DiskFiles({ folder: '/', stdout: gone }).write('-', { append: false })
    other.write(Buffer.from('abc'), 0, 3)
    await fails(other.drained(), /Standard output could not be written: the program that was reading it has gone/)
  })
})

describe('the clock', () => {
  it('ends every sleep when it is closed', async () => {
    const clock = new SystemClock()
    const before_ms = clock.now_ms()
    const sleeping = clock.sleep(60_000)
    clock.close()
    await Promise.all([sleeping, clock.sleep(60_000)])
    assert.ok(clock.now_ms() - before_ms < 1000)
  })
})
