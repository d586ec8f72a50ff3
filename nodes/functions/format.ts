/** Java's Formatter, as far as FORMAT needs it. Local names are English, the time zone is UTC. */

import { ExpressionError } from '../contract/function.ts'
import { spendText } from './fuel.ts'
import { type AnyNumber, isNumber, TaggedNumber, tagOf, toDouble, untag } from './number.ts'
import { kindOf, textOf } from './values.ts'

const PATTERN = /%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([tT]?[a-zA-Z%])|%/g
const MAX_WIDTH = 65_536

interface Spec {
  readonly all: string
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly conversion: string
}

/** Fills values into a pattern. @throws ExpressionError for a pattern or value that does not fit. */
export function format(pattern: string, values: readonly unknown[]): string {
  let next = 0
  let last = -1
  let length = pattern.length
  return pattern.replace(PATTERN, (all, position, same, flags, width, precision, conversion) => {
    if (conversion === undefined) throw new ExpressionError(`FORMAT: '%' without a pattern; write %% for the sign.`)
    const spec: Spec = {
      all,
      flags,
      width: Number(width ?? 0),
      precision: precision === undefined ? undefined : Number(precision),
      conversion,
    }
    if (spec.width > MAX_WIDTH || (spec.precision ?? 0) > MAX_WIDTH)
      throw new ExpressionError(`FORMAT: '${all.slice(0, 20)}' is wider than ${MAX_WIDTH} characters.`)
    let text: string
    if (conversion === '%') text = pad('%', spec)
    else if (conversion === 'n') text = '\n'
    else {
      last = same !== undefined ? last : position === undefined ? next++ : Number(position) - 1
      if (last < 0 || last >= values.length) throw new ExpressionError(`FORMAT: there is no value for '${all}'.`)
      text = write(values[last], spec)
    }
    length += text.length
    spendText(length)
    return text
  })
}

function write(value: unknown, spec: Spec): string {
  const { conversion } = spec
  const lower = conversion.toLowerCase()
  const text = lower[0] === 't' ? date(value, spec) : convert(value, lower, spec)
  return pad(conversion === lower ? text : text.toUpperCase(), spec)
}

function convert(value: unknown, conversion: string, spec: Spec): string {
  switch (conversion) {
    case 's':
      return cut(textOf(value), spec.precision)
    case 'b':
      return cut(String(typeof value === 'boolean' ? value : value !== null), spec.precision)
    case 'c':
      return value === null ? 'null' : character(value, spec)
    case 'd':
      return value === null ? 'null' : signed(integer(value, spec), spec)
    case 'x':
    case 'o':
      return value === null ? 'null' : unsigned(value, conversion === 'x' ? 16 : 8, spec)
    case 'f':
    case 'e':
    case 'g':
      return value === null ? 'null' : real(value, conversion, spec)
    default:
      throw new ExpressionError(`FORMAT: '${spec.all}' is not a pattern.`)
  }
}

const cut = (text: string, precision: number | undefined) => (precision === undefined ? text : text.slice(0, precision))

function pad(text: string, { width, flags }: Spec): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width)
}

function misfit(value: unknown, spec: Spec): never {
  throw new ExpressionError(`FORMAT: '${spec.all}' does not take ${kindOf(value)}.`)
}

function integer(value: unknown, spec: Spec): bigint {
  if (!isNumber(value)) return misfit(value, spec)
  const tag = tagOf(value)
  return tag === 'int' || tag === 'long' ? BigInt(untag(value)) : misfit(value, spec)
}

function character(value: unknown, spec: Spec): string {
  if (typeof value === 'string' && [...value].length === 1) return value
  const code = Number(integer(value, spec))
  return code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : misfit(value, spec)
}

/** Digits with sign, grouping and leading zeros as the flags say. */
function decorate(digits: string, isNegative: boolean, { flags, width }: Spec): string {
  const [whole, fraction] = digits.split('.')
  const grouped = flags.includes(',') ? whole!.replace(/\B(?=(?:\d{3})+$)/g, ',') : whole!
  let body = fraction === undefined ? grouped : `${grouped}.${fraction}`
  const before = isNegative
    ? flags.includes('(')
      ? '('
      : '-'
    : flags.includes('+')
      ? '+'
      : flags.includes(' ')
        ? ' '
        : ''
  const after = isNegative && flags.includes('(') ? ')' : ''
  if (flags.includes('0')) body = body.padStart(width - before.length - after.length, '0')
  return before + body + after
}

function signed(value: bigint, spec: Spec): string {
  return decorate(String(value < 0n ? -value : value), value < 0n, spec)
}

/** Hexadecimal and octal: negative values in two's complement of their type. */
function unsigned(value: unknown, radix: 16 | 8, spec: Spec): string {
  const whole = integer(value, spec)
  const bits = value instanceof TaggedNumber || BigInt.asIntN(32, whole) !== whole ? 64 : 32
  const digits = (whole < 0n ? BigInt.asUintN(bits, whole) : whole).toString(radix)
  const prefix = spec.flags.includes('#') ? (radix === 16 ? '0x' : '0') : ''
  return prefix + (spec.flags.includes('0') ? digits.padStart(spec.width - prefix.length, '0') : digits)
}

function real(value: unknown, conversion: 'f' | 'e' | 'g', spec: Spec): string {
  if (!isNumber(value)) return misfit(value, spec)
  const number = toDouble(value as AnyNumber)
  if (!Number.isFinite(number)) return String(number)
  const precision = spec.precision ?? 6
  const size = Math.abs(number)
  const isNegative = number < 0 || Object.is(number, -0)
  if (conversion === 'f') return decorate(fixed(size, precision), isNegative, spec)
  if (conversion === 'g') {
    const digits = Math.max(precision, 1)
    if (size === 0 || (size >= 1e-4 && size < 10 ** digits)) {
      const before = size === 0 ? 1 : Math.floor(Math.log10(size)) + 1
      return decorate(fixed(size, Math.max(digits - before, 0)), isNegative, spec)
    }
    return decorateExponent(size.toExponential(Math.min(digits - 1, 100)), isNegative, spec)
  }
  return decorateExponent(size.toExponential(Math.min(precision, 100)), isNegative, spec)
}

function decorateExponent(text: string, isNegative: boolean, spec: Spec): string {
  const [mantissa, exponent] = text.split('e')
  const sign = exponent!.startsWith('-') ? '-' : '+'
  const digits = exponent!.replace(/^[+-]/, '').padStart(2, '0')
  return decorate(`${mantissa}e${sign}${digits}`, isNegative, { ...spec, flags: spec.flags.replace(',', '') })
}

/** Decimal digits rounded half up on the shortest decimal that reads back as the number, as Java does. */
function fixed(size: number, precision: number): string {
  const [mantissa, exponentText] = size.toExponential().split('e')
  const digits = mantissa!.replace('.', '')
  const exponent = Number(exponentText)
  // The number is digits * 10^(exponent - digits.length + 1).
  const shift = exponent - digits.length + 1 + precision
  let scaled = BigInt(digits)
  if (shift >= 0) scaled *= 10n ** BigInt(shift)
  else if (-shift > digits.length) scaled = 0n
  else {
    const unit = 10n ** BigInt(-shift)
    scaled = (scaled + unit / 2n) / unit
  }
  const text = String(scaled).padStart(precision + 1, '0')
  return precision === 0 ? text : `${text.slice(0, -precision)}.${text.slice(-precision)}`
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** Parts of a moment given as milliseconds since 1970. */
function date(value: unknown, spec: Spec): string {
  if (value === null) return 'null'
  const moment = new Date(Number(integer(value, spec)))
  if (Number.isNaN(moment.getTime())) return misfit(value, spec)
  const two = (number: number) => String(number).padStart(2, '0')
  const clock = `${two(moment.getUTCHours())}:${two(moment.getUTCMinutes())}`
  const year = String(moment.getUTCFullYear()).padStart(4, '0')
  const month = two(moment.getUTCMonth() + 1)
  const day = two(moment.getUTCDate())
  switch (spec.conversion[1]) {
    case 'Y':
      return year
    case 'y':
      return year.slice(-2)
    case 'm':
      return month
    case 'd':
      return day
    case 'e':
      return String(moment.getUTCDate())
    case 'H':
      return two(moment.getUTCHours())
    case 'I':
      return two(((moment.getUTCHours() + 11) % 12) + 1)
    case 'M':
      return two(moment.getUTCMinutes())
    case 'S':
      return two(moment.getUTCSeconds())
    case 'L':
      return String(moment.getUTCMilliseconds()).padStart(3, '0')
    case 'p':
      return moment.getUTCHours() < 12 ? 'am' : 'pm'
    case 's':
      return String(Math.floor(moment.getTime() / 1000))
    case 'Q':
      return String(moment.getTime())
    case 'B':
      return MONTHS[moment.getUTCMonth()]!
    case 'b':
    case 'h':
      return MONTHS[moment.getUTCMonth()]!.slice(0, 3)
    case 'A':
      return DAYS[moment.getUTCDay()]!
    case 'a':
      return DAYS[moment.getUTCDay()]!.slice(0, 3)
    case 'j': {
      const start = Date.UTC(moment.getUTCFullYear(), 0, 1)
      return String(Math.floor((moment.getTime() - start) / 86_400_000) + 1).padStart(3, '0')
    }
    case 'Z':
      return 'UTC'
    case 'z':
      return '+0000'
    case 'R':
      return clock
    case 'T':
      return `${clock}:${two(moment.getUTCSeconds())}`
    case 'D':
      return `${month}/${day}/${year.slice(-2)}`
    case 'F':
      return `${year}-${month}-${day}`
    default:
      throw new ExpressionError(`FORMAT: '${spec.all}' is not a pattern.`)
  }
}
