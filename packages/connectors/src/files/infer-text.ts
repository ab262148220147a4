import { type DataType, losesDigits } from '@millrace/core'

// A leading plus is kept as a leading zero is: telephone numbers have one.
const whole = /^-?(?:0|[1-9]\d{0,37})$/
const integer = /^-?\d+$/
const short = /^-?(?:0|[1-9]\d{0,17})$/
const point = /^-?(?:0|[1-9]\d{0,14})\.\d{1,6}$/
const real = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const plain = /^-?(?:\d+\.?\d*|\.\d+)$/
const leadingZero = /^-?0\d/
const date = /^\d{4}-\d\d-\d\d$/
const moment = /^\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?$/
/** With seconds: without them a moment of a zone does not land. */
const zoned = /^\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-]\d\d(?::?\d\d)?)$/
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const truth = /^(?:true|false)$/i

/** Keys of 19 and more digits are common; a double would lose the last of them. */
function wholeType(values: readonly string[]): DataType {
  const fits = values.every((value) => short.test(value) || BigInt.asIntN(64, BigInt(value)) === BigInt(value))
  return fits ? 'int64' : 'decimal(38,0)'
}

/** The decimal that holds all values exactly, with room for larger ones; null where none has so many digits. */
function decimalType(values: readonly string[]): DataType | null {
  const parts = values.map((value) => value.replace(/^-/, '').split('.'))
  const digits = Math.max(...parts.map(([before = '']) => before.length))
  const scale = Math.max(...parts.map(([, behind = '']) => behind.length))
  if (digits + scale > 38) return null
  return `decimal(${digits + scale > 18 ? 38 : 18},${scale})`
}

/** Floats, unless they would lose digits that a decimal has; text where one is beyond them. */
function realType(values: readonly string[]): DataType {
  const long = values.some((value) => losesDigits(value.includes('.') ? value : `${value}.`))
  const exact = every(values, plain) && long ? decimalType(values) : null
  return exact ?? (values.every((value) => Number.isFinite(Number(value))) ? 'float64' : 'string')
}

/** The type of numbers that a file writes as numbers. A fraction is a float unless that would lose digits; what no number type
 * holds is text. */
export function numberType(values: readonly string[]): DataType {
  if (values.every((value) => Number.isSafeInteger(Number(value)) && !losesDigits(value))) return 'int64'
  if (every(values, whole)) return wholeType(values)
  return every(values, integer) ? 'string' : realType(values)
}

function dayType(values: readonly string[]): DataType {
  if (every(values, date)) return 'date'
  if (every(values, moment, date)) return 'timestamp'
  return every(values, zoned) ? 'timestamptz' : 'string'
}

/** 31 February is none. */
export function isDay(year: number, month: number, day: number): boolean {
  // The years of a cycle of 400 are alike, and those below 100 would mean 1900 and later.
  const at = new Date(Date.UTC(2000 + (year % 400), month - 1, day))
  return year > 0 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
}

const beginsWithDay = (text: string): boolean =>
  isDay(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)))

const every = (values: readonly string[], ...patterns: readonly RegExp[]): boolean =>
  values.every((value) => patterns.some((pattern) => pattern.test(value)))

/** The narrowest type that holds every text exactly; numbers with leading zeros are names of things, not numbers. */
export function textType(texts: readonly string[]): DataType {
  const values = texts.filter((text) => text !== '')
  if (values.length === 0) return 'string'
  if (every(values, truth)) return 'boolean'
  if (every(values, whole)) return wholeType(values)
  if (every(values, short, point)) return decimalType(values) ?? 'float64'
  if (every(values, real) && !values.some((value) => leadingZero.test(value))) return realType(values)
  if (every(values, moment, date, zoned) && values.every(beginsWithDay)) return dayType(values)
  return every(values, uuid) ? 'uuid' : 'string'
}
