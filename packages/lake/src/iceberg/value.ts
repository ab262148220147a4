import { decimalParts, type PrimitiveType, type Scalar } from '@millrace/core'
import { microsPerDay, floorDivide, parseMoment, parseTime, printDate, printTime, printTimestamp } from './calendar.ts'

/** A value as tables compare it: whole numbers, days, microseconds and unscaled decimals are bigints. */
export type Stored = bigint | number | string | boolean | Uint8Array

type Neutral = Scalar | Uint8Array

/** Brings a column's neutral value to the one that is compared and written; null where there is none (`infinity`, NULL, NaN). */
export function toStored(type: PrimitiveType, value: Neutral | undefined): Stored | null {
  if (value === null || value === undefined) return null
  if (type.startsWith('decimal')) return unscaled(type, value)
  if (type.startsWith('fixed')) return bytesOf(value)
  return parsers[type]?.(value) ?? null
}

const parsers: Readonly<Partial<Record<PrimitiveType, (value: Exclude<Neutral, null>) => Stored | null>>> = {
  boolean: (value) =>
    typeof value === 'boolean' ? value : ({ true: true, '1': true, false: false, '0': false }[String(value)] ?? null),
  int32: whole,
  int64: whole,
  float32: real,
  float64: real,
  string: (value) => (typeof value === 'string' ? value : null),
  binary: bytesOf,
  uuid: (value) => (typeof value === 'string' ? Buffer.from(value.replaceAll('-', ''), 'hex') : bytesOf(value)),
  date: (value) => (typeof value === 'string' ? dayOf(parseMoment(value)) : whole(value)),
  time: (value) => (typeof value === 'string' ? parseTime(value) : whole(value)),
  timestamp: (value) => (typeof value === 'string' ? parseMoment(value) : whole(value)),
  timestamptz: (value) => (typeof value === 'string' ? parseMoment(value) : whole(value)),
}

const dayOf = (micros: bigint | null): bigint | null => (micros === null ? null : floorDivide(micros, microsPerDay))

function whole(value: Exclude<Neutral, null>): bigint | null {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : null
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : null
}

const infinities: Readonly<Record<string, number>> = {
  inf: Infinity,
  infinity: Infinity,
  '-inf': -Infinity,
  '-infinity': -Infinity,
}

function real(value: Exclude<Neutral, null>): number | null {
  if (value instanceof Uint8Array || typeof value === 'boolean' || value === '') return null
  const number = typeof value === 'string' ? (infinities[value.toLowerCase()] ?? Number(value)) : Number(value)
  return Number.isNaN(number) ? null : number
}

function bytesOf(value: Exclude<Neutral, null>): Uint8Array | null {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' && /^(?:[0-9a-f]{2})*$/i.test(value) ? Buffer.from(value, 'hex') : null
}

/** A decimal as a whole number of its last digit's unit; null when it has more digits than the type. */
function unscaled(type: PrimitiveType, value: Exclude<Neutral, null>): bigint | null {
  const scale = decimalParts(type)?.scale ?? 0
  const match = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(String(value))
  if (match === null) return null
  const [, sign, digits = '', decimals = ''] = match
  if (/[1-9]/.test(decimals.slice(scale))) return null
  const magnitude = BigInt(digits + decimals.slice(0, scale).padEnd(scale, '0'))
  return sign === '-' ? -magnitude : magnitude
}

/** The value as engines and users meet it. */
export function toNeutral(type: PrimitiveType, stored: Stored): Scalar | Uint8Array {
  if (typeof stored === 'bigint')
    return type.startsWith('decimal') ? printDecimal(type, stored) : (printers[type]?.(stored) ?? stored)
  return type === 'uuid' && stored instanceof Uint8Array ? printUuid(stored) : stored
}

const printers: Readonly<Partial<Record<PrimitiveType, (value: bigint) => Scalar>>> = {
  int32: Number,
  date: (days) => printDate(Number(days)),
  time: printTime,
  timestamp: printTimestamp,
  timestamptz: (micros) => `${printTimestamp(micros)}+00`,
}

function printDecimal(type: PrimitiveType, value: bigint): string {
  const scale = decimalParts(type)?.scale ?? 0
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const sign = value < 0n ? '-' : ''
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function printUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Order as Iceberg has it: text by its UTF-8 bytes (JavaScript's own order differs beyond the basic plane). */
export function compareStored(one: Stored, other: Stored): number {
  if (typeof one === 'string' && typeof other === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(other))
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other)
  if (one === other) return 0
  return one < other ? -1 : 1
}
