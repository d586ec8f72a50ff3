import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CreditWindow, mergeSampleFrames } from '../../runtime/protocol/credit.ts'

test('a peer that never acknowledges costs its credit and one message a key', () => {
  let sent = 0
  const window = new CreditWindow<number>(8, () => sent++)
  for (let i = 0; i < 100_000; i++) window.offer(`key ${i % 16}`, i)
  assert.equal(sent, 8)
  assert.equal(window.waiting, 16)
})

test('a peer that falls behind gets the newest of each key when it catches up', () => {
  const acks: (() => void)[] = []
  const sent: string[] = []
  const window = new CreditWindow<string>(1, (message, acknowledged) => {
    sent.push(message)
    acks.push(acknowledged)
  })
  for (const message of ['a1', 'a2', 'b1', 'a3', 'b2']) window.offer(message[0]!, message)
  for (let i = 0; i < acks.length; i++) acks[i]!()
  assert.deepEqual(sent, ['a1', 'a3', 'b2'])
})

test('an acknowledgement counts once, however often it comes', () => {
  let acknowledge = () => {}
  let sent = 0
  const window = new CreditWindow<number>(1, (_, acknowledged) => {
    sent++
    acknowledge = acknowledged
  })
  window.offer('a', 1)
  const first = acknowledge
  first()
  first()
  first()
  window.offer('a', 2)
  window.offer('b', 3)
  assert.equal(sent, 2)
})

test('samples sent and samples missed add up to samples offered, whatever the pace', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(5), fc.constant('ack' as const)), { maxLength: 200 }), (steps) => {
      const acks: (() => void)[] = []
      let seen = 0
      const window = new CreditWindow<{ samples: number[]; missed: number }>(
        2,
        (frame, acknowledged) => {
          seen += frame.samples.length + frame.missed
          acks.push(acknowledged)
        },
        mergeSampleFrames,
      )
      let offered = 0
      for (const step of steps) {
        if (step === 'ack') acks.shift()?.()
        else {
          window.offer('tap', { samples: Array.from({ length: step }, () => 0), missed: 1 })
          offered += step + 1
        }
      }
      for (let ack = acks.shift(); ack !== undefined; ack = acks.shift()) ack()
      assert.equal(seen, offered)
    }),
  )
})
