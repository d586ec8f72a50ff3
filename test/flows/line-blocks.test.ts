import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ByteReader } from '../../nodes/contract/capability.ts'
import { LineBlocks } from '../../runtime/engine/line-blocks.ts'
import type { Blocks } from '../../runtime/engine/share.ts'

/** A file in memory that gives at most `piece` bytes at once. */
function readerOf(bytes: Uint8Array, piece: number, isSeekable: boolean): ByteReader {
  let at = 0
  return {
    read(into, offset) {
      const count = Math.max(0, Math.min(into.length - offset, bytes.length - at, piece))
      into.set(bytes.subarray(at, at + count), offset)
      at += count
      return count
    },
    position: () => ({}),
    startsFile: false,
    progress: () => ({ done_bytes: at, total_bytes: bytes.length }),
    close: async () => undefined,
    ...(isSeekable
      ? {
          seek: (place: number) => {
            at = place
          },
        }
      : {}),
  }
}

/** What each of `workers` reads, by block, when they read in turns as `turns` says. */
async function readShared(
  bytes: Uint8Array,
  given: { workers: number; block_bytes: number; piece: number; room: number; isSeekable: boolean; turns: number[] },
): Promise<Map<number, string>[]> {
  let next = 0
  const workers = Array.from({ length: given.workers }, () => {
    const read = new Map<number, string>()
    let block = -1
    const blocks: Blocks = {
      block_bytes: given.block_bytes,
      block_records: 1,
      next: () => {
        block = next++
        return block
      },
      agreeOnSize: (found) => found,
    }
    const reader = new LineBlocks(readerOf(bytes, given.piece, given.isSeekable), blocks)
    const into = new Uint8Array(given.room)
    const step = async () => {
      const count = await reader.read(into, 0)
      const text = new TextDecoder('latin1').decode(into.subarray(0, count))
      if (count > 0) read.set(block, (read.get(block) ?? '') + text)
      return count > 0
    }
    return { read, step }
  })
  let reading = workers
  for (let turn = 0; reading.length > 0; turn++) {
    const worker = reading[given.turns[turn % given.turns.length]! % reading.length]!
    if (!(await worker.step())) reading = reading.filter((one) => one !== worker)
  }
  return workers.map(({ read }) => read)
}

const input = fc
  .array(fc.constantFrom('a', 'bc', '\n', '\n', '\r\n', 'defghij'), { maxLength: 60 })
  .map((parts) => new TextEncoder().encode(parts.join('')))

describe('an input divided at lines', () => {
  it('is given once, in whole lines, each in the block it begins in, at every size of blocks and pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        input,
        fc.record({
          workers: fc.integer({ min: 1, max: 7 }),
          block_bytes: fc.integer({ min: 1, max: 40 }),
          piece: fc.integer({ min: 1, max: 50 }),
          room: fc.integer({ min: 1, max: 50 }),
          isSeekable: fc.boolean(),
          turns: fc.array(fc.nat(6), { minLength: 1, maxLength: 10 }),
        }),
        async (bytes, given) => {
          const text = new TextDecoder('latin1').decode(bytes)
          const byBlock = new Map<number, string>()
          for (const read of await readShared(bytes, given)) {
            const [first] = read.keys()
            for (const [block, lines] of read) {
              // A worker that does not begin at the start of the input is given an empty line first.
              const isLater = block === first && block > 0
              if (isLater) assert.equal(lines[0], '\n')
              byBlock.set(block, isLater ? lines.slice(1) : lines)
            }
          }
          const expected = new Map<number, string>()
          let at = 0
          for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
            const block = Math.floor(at / given.block_bytes)
            expected.set(block, (expected.get(block) ?? '') + line)
            at += line.length
          }
          const filled = [...byBlock].filter(([, lines]) => lines !== '').sort(([a], [b]) => a - b)
          assert.deepEqual(filled, [...expected])
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('is not read again and again where one line spans many blocks', async () => {
    const bytes = new TextEncoder().encode(`${'x'.repeat(20_000)}\ny\n`)
    let passed_bytes = 0
    const whole = readerOf(bytes, 64, true)
    const counted: ByteReader = {
      ...whole,
      read: (into, offset) => {
        const count = whole.read(into, offset) as number
        passed_bytes += count
        return count
      },
      progress: whole.progress,
    }
    let next = 0
    const reader = new LineBlocks(counted, {
      block_bytes: 100,
      block_records: 1,
      next: () => next++,
      agreeOnSize: (found) => found,
    })
    const into = new Uint8Array(512)
    while ((await reader.read(into, 0)) > 0);
    assert.ok(passed_bytes <= 2 * bytes.length, `${passed_bytes} bytes were read of ${bytes.length}`)
  })
})
