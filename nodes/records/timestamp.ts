/**
 * Timestamps in text: ISO 8601 as Suricata's EVE and most logs write it, to and from microseconds since 1970 UTC.
 *
 * This file must not know which fields hold timestamps.
 */

const DAY_US = 86400e6
/** Whole microseconds are exact in a double this far from 1970: from July 1684 to June 2255. */
const MOST_US = Number.MAX_SAFE_INTEGER

/** The last date read and its days: neighbouring records nearly always bear the same one. */
let knownDate = -1
let knownDay_us = 0

/** Length of a time as EVE writes it: `2026-01-31T23:59:59.000001+0000`. */
const EVE_BYTES = 31
const EVE_SECOND = 17
const EVE_FRACTION = 20
const EVE_OFFSET = 26
/** The last time in that form, and where its minute begins: records come many to a minute. */
const knownMinute = new Uint8Array(EVE_BYTES)
let knownMinute_us = Number.NaN

/** The time when it is written as EVE does, in the minute known; else a negative number. */
function inKnownMinute(bytes: Uint8Array, start: number): number {
  for (let i = 0; i < EVE_SECOND; i++) if (bytes[start + i] !== knownMinute[i]) return -1
  for (let i = EVE_OFFSET; i < EVE_BYTES; i++) if (bytes[start + i] !== knownMinute[i]) return -1
  const second = digits(bytes, start + EVE_SECOND, 2)
  const fraction_us = digits(bytes, start + EVE_FRACTION, 6)
  if (second < 0 || second > 60 || fraction_us < 0 || bytes[start + EVE_FRACTION - 1] !== 46) return -1
  return knownMinute_us + second * 1e6 + fraction_us
}

/**
 * Reads `YYYY-MM-DDTHH:MM:SS` with an optional fraction of any length (cut after microseconds) and an optional offset
 * (`Z`, `+02`, `+0200`, `+02:00`; UTC without one). A space may stand for the `T`, a comma for the point.
 *
 * @returns microseconds since 1970 UTC, a whole number, negative before; NaN when `bytes[start..end)` is none or too far
 *   from 1970 to be exact. Second 60 is the first of the next minute.
 * @source RFC 3339; ISO 8601
 */
export function readTimestamp(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 19) return Number.NaN
  const isEve = end - start === EVE_BYTES
  if (isEve) {
    const known_us = inKnownMinute(bytes, start)
    if (known_us >= 0) return known_us
  }
  const year = digits(bytes, start, 4)
  const month = digits(bytes, start + 5, 2)
  const day = digits(bytes, start + 8, 2)
  const hour = digits(bytes, start + 11, 2)
  const minute = digits(bytes, start + 14, 2)
  const second = digits(bytes, start + 17, 2)
  // A sum with a part that is no number is negative: each such part counts -100000 and none counts above 9999.
  if (year + month + day + hour + minute + second < 0) return Number.NaN
  const between = bytes[start + 10]
  if (bytes[start + 4] !== 45 || bytes[start + 7] !== 45 || (between !== 84 && between !== 116 && between !== 32)) {
    return Number.NaN
  }
  if (bytes[start + 13] !== 58 || bytes[start + 16] !== 58 || hour > 23 || minute > 59 || second > 60) return Number.NaN

  const date = (year * 100 + month) * 100 + day
  if (date !== knownDate) {
    if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return Number.NaN
    knownDay_us = daysSince1970(year, month, day) * DAY_US
    knownDate = date
  }

  let i = start + 19
  let fraction_us = 0
  if (i < end && (bytes[i] === 46 || bytes[i] === 44)) {
    i++
    let unit_us = 100000
    const first = i
    for (; i < end && isDigit(bytes[i]!); i++) {
      fraction_us += (bytes[i]! - 48) * Math.trunc(unit_us)
      unit_us /= 10
    }
    if (i === first) return Number.NaN
  }
  const offset_min = i === end ? 0 : readOffset(bytes, i, end)
  const ts_us = knownDay_us + ((hour * 60 + minute - offset_min) * 60 + second) * 1e6 + fraction_us
  if (!(ts_us >= -MOST_US && ts_us <= MOST_US)) return Number.NaN
  const minute_us = ts_us - second * 1e6 - fraction_us
  // Of the first minute ever known nothing may be said by a negative number, which stands for none.
  if (isEve && bytes[start + EVE_FRACTION - 1] === 46 && bytes[start + EVE_OFFSET - 1]! >= 48 && minute_us >= 0) {
    knownMinute.set(bytes.subarray(start, end))
    knownMinute_us = minute_us
  }
  return ts_us
}

/** Minutes east of UTC, or NaN. */
function readOffset(bytes: Uint8Array, i: number, end: number): number {
  const sign = bytes[i]
  const length = end - i
  if (length === 1) return sign === 90 || sign === 122 ? 0 : Number.NaN
  if ((sign !== 43 && sign !== 45) || (length !== 3 && length !== 5 && length !== 6)) return Number.NaN
  if (length === 6 && bytes[i + 3] !== 58) return Number.NaN
  const hours = digits(bytes, i + 1, 2)
  const minutes = length === 3 ? 0 : digits(bytes, end - 2, 2)
  if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59) return Number.NaN
  return (sign === 45 ? -1 : 1) * (hours * 60 + minutes)
}

/** The last second written and its text up to the point: records come many to a second, and more to a day. */
let knownSecond = Number.NaN
let knownText = ''
let knownDay = Number.NaN
let knownDayText = ''
const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'))
const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'))

/**
 * A time as EVE writes it: `2026-01-31T23:59:59.000001+0000`, always in UTC.
 * @param ts_us microseconds since 1970 UTC; a fraction is cut. What `readTimestamp` could not give is written as the
 *   beginning of 1970.
 */
export function timestampText(ts_us: number): string {
  const known_us = ts_us >= -MOST_US && ts_us <= MOST_US ? Math.floor(ts_us) : 0
  const second = Math.floor(known_us / 1e6)
  if (second !== knownSecond) {
    knownSecond = second
    const day = Math.floor(second / 86_400)
    if (day !== knownDay) {
      knownDay = day
      knownDayText = new Date(day * 86_400_000).toISOString().slice(0, 11)
    }
    const rest = second - day * 86_400
    const minute = Math.floor(rest / 60)
    const hour = Math.floor(minute / 60)
    knownText = `${knownDayText}${TWO_DIGITS[hour]}:${TWO_DIGITS[minute - hour * 60]}:${TWO_DIGITS[rest - minute * 60]}.`
  }
  const micro = known_us - second * 1e6
  const milli = Math.floor(micro / 1000)
  return `${knownText}${THREE_DIGITS[milli]}${THREE_DIGITS[micro - milli * 1000]}+0000`
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57

/** The number of `count` digits, or -100000. */
function digits(bytes: Uint8Array, i: number, count: number): number {
  let value = 0
  for (const end = i + count; i < end; i++) {
    const byte = bytes[i]!
    if (!isDigit(byte)) return -100000
    value = value * 10 + byte - 48
  }
  return value
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

// Dates are counted in years that begin in March, so that a leap day comes last; 400 years are 146097 days.

function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719468
}
