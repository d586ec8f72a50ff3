/** Numbers as people read them: short on the canvas, full with separators in panels and names. */

const MINUS = '\u2212'
const UNITS: readonly [divisor: number, suffix: string][] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** At most three significant digits and one decimal: `565`, `4.9k`, `84.3k`, `1.2M`. Zero is `0`. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return ''
  const size = Math.abs(value)
  const sign = value < 0 ? MINUS : ''
  for (const [divisor, suffix] of UNITS) {
    // 999.95k would round to 1000k: it is 1M.
    if (size >= divisor * 0.99995 || (suffix === 'k' && size >= 999.5))
      return sign + oneDecimal(size / divisor) + suffix
  }
  return sign + oneDecimal(size)
}

function oneDecimal(size: number): string {
  const text = size.toFixed(size >= 99.95 ? 0 : 1)
  return text.endsWith('.0') ? text.slice(0, -2) : text
}

/** A rate in the unit of time that keeps the figure at 1 or more: `4.9k` `/s`, `1.5` `/h`. */
export function shortRate(per_s: number): { readonly figure: string; readonly unit: '/s' | '/min' | '/h' | '/d' } {
  const { value, unit } = unitOfTime(per_s)
  const letters = { second: '/s', minute: '/min', hour: '/h', day: '/d' } as const
  return { figure: shortNumber(value), unit: letters[unit] }
}

function unitOfTime(per_s: number): { value: number; unit: 'second' | 'minute' | 'hour' | 'day' } {
  if (per_s === 0 || per_s >= 0.995) return { value: per_s, unit: 'second' }
  if (per_s * 60 >= 0.995) return { value: per_s * 60, unit: 'minute' }
  if (per_s * 3600 >= 0.995) return { value: per_s * 3600, unit: 'hour' }
  return { value: per_s * 86_400, unit: 'day' }
}

/** As a screen reader says it: `1,250 records per second`, `1.5 records per hour`. */
export function spokenRate(per_s: number, what = 'records'): string {
  const { value, unit } = unitOfTime(per_s)
  const figure = value >= 10 || unit === 'second' ? fullNumber(Math.round(value)) : oneDecimal(value)
  return `${figure} ${figure === '1' ? what.replace(/s$/, '') : what} per ${unit}`
}

/** All digits with separators: `4,871`. */
export function fullNumber(value: number): string {
  if (!Number.isFinite(value)) return ''
  const text = Math.abs(value).toLocaleString('en-US', { maximumFractionDigits: 3 })
  return value < 0 ? MINUS + text : text
}

/** A share of 1: `98.7 %`, `2 %`. */
export function share(ratio: number): string {
  return Number.isFinite(ratio) ? `${oneDecimal(ratio * 100)} %` : ''
}

/** `3.4 GB`, `512 B`; decimal units. */
export function bytes(count: number): string {
  const text = shortNumber(count)
  const suffix = /[kMGT]$/.exec(text)?.[0] ?? ''
  return text === '' ? '' : `${text.slice(0, text.length - suffix.length)} ${suffix}B`
}

/** A length of time with one unit: `0.9 µs`, `12.4 ms`, `4 min`, `3 h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return ''
  if (seconds < 0.000_999_95) return `${oneDecimal(seconds * 1e6)} µs`
  if (seconds < 0.999_95) return `${oneDecimal(seconds * 1e3)} ms`
  if (seconds < 59.95) return `${oneDecimal(seconds)} s`
  if (seconds < 3570) return `${Math.round(seconds / 60)} min`
  if (seconds < 84_600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** `14:07:31` in UTC. */
export function clockTime(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(11, 19)
}
