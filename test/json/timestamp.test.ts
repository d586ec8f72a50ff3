import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readTimestamp, timestampText } from '../../nodes/records/timestamp.ts'

const read = (text: string): number => {
  const bytes = new TextEncoder().encode(`xx${text}9`)
  return readTimestamp(bytes, 2, bytes.length - 1)
}
describe('a timestamp', () => {
  const second_us = Date.UTC(2026, 0, 31, 23, 59, 58) * 1000
  const times: [string, number][] = [
    ['2026-01-31T23:59:58.123456+0000', second_us + 123456],
    ['2026-01-31T23:59:58.123456Z', second_us + 123456],
    ['2026-01-31T23:59:58', second_us],
    ['2026-01-31 23:59:58,5', second_us + 500000],
    ['2026-01-31T23:59:58.000001999Z', second_us + 1],
    ['2026-01-31T23:59:58.1-0130', second_us + 100000 + 90 * 60e6],
    ['2026-02-01T01:59:58+02:00', second_us],
    ['2026-02-01T01:59:58+02', second_us],
    ['1970-01-01T00:00:00.000000+0000', 0],
    ['1969-12-31T23:59:59.999999+0000', -1],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1) * 1000],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29) * 1000],
    ['2106-02-07T06:28:16Z', 2 ** 32 * 1e6],
  ]
  for (const [text, ts_us] of times) it(`${text} is read to the microsecond`, () => assert.equal(read(text), ts_us))

  const others = [
    ...['', '2026-01-31', '2026-01-31T23:59', '2026-1-31T23:59:58', '2026-01-31T23:59:58.', '2026-01-31T23:59:58.Z'],
    ...[
      '2026-13-31T23:59:58',
      '2026-00-31T23:59:58',
      '2026-01-32T23:59:58',
      '2026-01-00T23:59:58',
      '2023-02-29T00:00:00',
    ],
    ...[
      '1900-02-29T00:00:00',
      '2026-01-31T24:59:58',
      '2026-01-31T23:60:58',
      '2026-01-31T23:59:61',
      '2026-01-31x23:59:58',
    ],
    ...['2026-01-31T23:59:58+', '2026-01-31T23:59:58+1', '2026-01-31T23:59:58+0:00', '2026-01-31T23:59:58+25:00'],
    ...[
      '2026-01-31T23:59:58+02-00',
      '2026-01-31T23:59:58 UTC',
      '2026/01/31T23:59:58',
      '20a6-01-31T23:59:58',
      '-026-01-31T23:59:58',
    ],
  ]
  for (const text of others) it(`'${text}' is none`, () => assert.ok(Number.isNaN(read(text))))

  it('says nothing of the one read before it', () => {
    const two = (n: number) => String(n).padStart(2, '0')
    const minute = fc.constantFrom('2026-01-31T23:59:', '2026-01-31T23:58:', '1970-01-01T00:00:', '1969-12-31T23:59:')
    // All but the last are 31 bytes long.
    const rest = fc.constantFrom(
      '123456+0000',
      '123456+0130',
      '123457-0130',
      '12345+01:00',
      '1234567+02',
      '1234567890Z',
      '5Z',
    )
    const point = fc.constantFrom('.', '.', '.', ',')
    const record = fc.tuple(minute, fc.nat({ max: 62 }), point, rest)
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), (records) => {
        for (const [day, second, mark, end] of records) {
          const [, digits, sign, hours, minutes] = /^(\d+)(?:Z|([+-])(\d\d):?(\d\d)?)$/.exec(end)!
          const east_min = sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes ?? 0))
          const fraction_us = Number(digits!.slice(0, 6).padEnd(6, '0'))
          const expected = Date.parse(`${day}00Z`) * 1000 + second * 1e6 - east_min * 60e6 + fraction_us
          assert.equal(read(`${day}${two(second)}${mark}${end}`), second > 60 ? Number.NaN : expected)
        }
      }),
    )
  })

  it('is the same after writing and reading, and what Date says', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9007199254740, max: 9007199254739 }), fc.nat({ max: 999 }), (ms, us) => {
        const ts_us = ms * 1000 + us
        const text = timestampText(ts_us)
        assert.equal(text.slice(0, 23), new Date(ms).toISOString().slice(0, 23))
        assert.equal(read(text), ts_us)
      }),
    )
  })

  it('is written as Suricata writes it', () => {
    assert.equal(timestampText(1_795_324_316_123_456), '2026-11-22T05:11:56.123456+0000')
    assert.equal(timestampText(1_795_324_316_000_007), '2026-11-22T05:11:56.000007+0000')
    assert.equal(timestampText(0), '1970-01-01T00:00:00.000000+0000')
    assert.equal(timestampText(Number.MAX_SAFE_INTEGER), '2255-06-05T23:47:34.740991+0000')
  })

  it('that is no time is written as the beginning of 1970', () => {
    for (const ts_us of [Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300]) {
      assert.equal(timestampText(ts_us), '1970-01-01T00:00:00.000000+0000')
    }
  })
})
