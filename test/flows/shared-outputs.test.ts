import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'
import fc from 'fast-check'
import type { ByteWriter } from '../../nodes/contract/capability.ts'
import type { FromCoordinator, ToCoordinator } from '../../runtime/engine/share.ts'
import { type OutputFiles, SharedOutputs } from '../../runtime/engine/shared-outputs.ts'

/** The coordinator's end of a port to a worker that is not there. */
class FakePort extends EventEmitter {
  readonly answers: FromCoordinator[] = []

  postMessage(message: FromCoordinator): void {
    this.answers.push(message)
  }
  close(): void {
    this.removeAllListeners()
  }
  say(message: ToCoordinator): void {
    this.emit('message', message)
  }
}

/** Writes into memory, and takes its time. */
class SlowWriter implements ByteWriter {
  readonly opened_bytes = 0
  text = ''
  isClosed = false

  write(bytes: Uint8Array, start: number, end: number): boolean {
    assert.ok(!this.isClosed, 'nothing is written after the end')
    this.text += Buffer.from(bytes.subarray(start, end)).toString()
    return true
  }
  drained = () => turn()
  synced = () => turn()
  async close() {
    this.isClosed = true
  }
}

const OUTPUTS = 2
const bytes = (text: string) => new Uint8Array(Buffer.from(text))

/** What a worker says from its start to its end: pieces named after their block, for each output. */
function wordsOf(worker: number, blocks: readonly number[], by: 'blocks' | 'key', pieces: number): ToCoordinator[] {
  const outputs = Array.from({ length: OUTPUTS }, (_, output) => output)
  return [
    ...outputs.map((output) => ({ say: 'opens', call: output, output, path: `${output}`, append: false }) as const),
    ...(worker === 0 ? outputs.map((output) => ({ say: 'bytes', output, bytes: bytes('head ') }) as const) : []),
    { say: 'begun' },
    ...blocks.flatMap((block) => [
      ...(by === 'blocks' ? [{ say: 'block', block } as const] : []),
      ...Array.from({ length: (block * 7) % (pieces + 1) }, (_, piece) => {
        const output = (block + piece) % OUTPUTS
        return { say: 'bytes', output, bytes: bytes(`${block}.${piece} `) } as const
      }),
    ]),
    { say: 'block', block: Number.POSITIVE_INFINITY },
    ...outputs.map((output) => ({ say: 'closes', call: OUTPUTS + output, output }) as const),
  ]
}

const plan = fc.record({
  by: fc.constantFrom('blocks' as const, 'key' as const),
  pieces: fc.integer({ min: 1, max: 4 }),
  /** Which of the workers takes each block. */
  owners: fc.array(fc.nat(3), { maxLength: 30 }),
  /** Whose word comes next; above 3 the coordinator gets a turn. */
  turns: fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }),
  /** A worker that dies after so many words. */
  death: fc.option(fc.record({ worker: fc.nat(3), words: fc.nat(30) })),
})

describe('the outputs of several workers', () => {
  it('are in the order of blocks, or of each worker, with the head first, whoever speaks when and whoever dies', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ by, pieces, owners, turns, death }) => {
        const writers: SlowWriter[] = []
        const files: OutputFiles = {
          reads: async () => undefined,
          write: async (path) => {
            writers[Number(path)] = new SlowWriter()
            return writers[Number(path)]!
          },
        }
        const outputs = new SharedOutputs(files, by)
        const ports = Array.from({ length: 4 }, () => new FakePort())
        for (const port of ports) outputs.add(port as unknown as MessagePort)
        const said: ToCoordinator[][] = ports.map(() => [])
        const words = ports.map((_, worker) => {
          const own = owners.flatMap((owner, block) => (owner === worker ? [block] : []))
          const all = wordsOf(worker, own, by, pieces)
          return death?.worker === worker ? all.slice(0, OUTPUTS + death.words) : all
        })
        for (let i = 0; words.some((left) => left.length > 0); i++) {
          const next = turns[i % turns.length]!
          if (next > 3) await turn()
          const speaking = words.findIndex((left, worker) => left.length > 0 && worker >= next % 4)
          const worker = speaking < 0 ? words.findIndex((left) => left.length > 0) : speaking
          const word = words[worker]!.shift()!
          said[worker]!.push(word)
          ports[worker]!.say(word)
        }
        if (death !== null) outputs.gone(death.worker)
        for (let i = 0; i < 200 && !writers.every(({ isClosed }) => isClosed); i++) await turn()
        for (const [output, { text, isClosed }] of writers.entries()) {
          assert.ok(isClosed)
          const given = said.map((spoken) =>
            spoken.flatMap((word) =>
              word.say === 'bytes' && word.output === output ? [Buffer.from(word.bytes).toString()] : [],
            ),
          )
          const written = text.split(/(?<= )/).filter((piece) => piece !== '')
          assert.deepEqual(written.toSorted(), given.flat().sort())
          if (written.includes('head ')) assert.equal(written[0], 'head ')
          for (const own of given)
            assert.deepEqual(
              written.filter((piece) => own.includes(piece)),
              own,
            )
          const blocks = written.filter((piece) => piece !== 'head ').map((piece) => Math.floor(Number(piece)))
          if (by === 'blocks')
            assert.deepEqual(
              blocks,
              blocks.toSorted((a, b) => a - b),
            )
        }
        for (const [worker, port] of ports.entries()) {
          if (worker === death?.worker) continue
          const sent = said[worker]!.reduce((sum, word) => sum + (word.say === 'bytes' ? word.bytes.length : 0), 0)
          const acknowledged = port.answers.reduce(
            (sum, answer) => sum + (answer.say === 'written' ? answer.bytes : 0),
            0,
          )
          assert.equal(acknowledged, sent)
          const closed = port.answers.filter((answer) => answer.say === 'answer' && answer.call >= OUTPUTS)
          assert.equal(closed.length, OUTPUTS)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
