import type { DataType } from '@millrace/core'
import type { Field } from '../scan/raw.ts'
import { decimalOf } from '../arrow/column.ts'

/**
 * What the fields of a column usually look like. Whatever has these looks is surely not bent by DuckDB's cast; anything else
 * is judged as a text (`bend.ts`), which is a hundred times slower and seldom needed. 0: no text can be bent.
 */
const kinds = { number: 1, real: 2, date: 3, time: 4, moment: 5, nothing: 6 } as const

/** A kind, and how many digits may stand behind the point of a number or of a second, as the inner loop takes them. */
const look = (kind: keyof typeof kinds, digits = 0): number => kinds[kind] + 256 * digits

/** More digits than the inner loop takes for usual in any case. */
const anyDigits = 255

const plainLooks: Readonly<Record<string, number>> = {
  int8: look('number'),
  int16: look('number'),
  int32: look('number'),
  int64: look('number'),
  uint64: look('number'),
  float32: look('real', anyDigits),
  float64: look('real', anyDigits),
  date: look('date'),
  time: look('time'),
  timestamp: look('moment', 6),
  timestamptz: look('moment', 6),
  timestamp_ns: look('moment', 9),
  timestamptz_ns: look('moment', 9),
}

/** Nothing looks right where no value may stand. */
export function lookOfField(field: Field): number {
  if (field === 'empty') return look('nothing')
  return field === null ? 0 : lookOf(field.type)
}

export function lookOf(type: DataType): number {
  const decimal = decimalOf(type)
  if (decimal !== null) return look('number', decimal.scale)
  return typeof type === 'string' ? (plainLooks[type] ?? 0) : 0
}
