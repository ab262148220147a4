import type { Batch, Columns, DataType, Dict } from '@millrace/core'
import { parseDate, parseTime, parseTimestamp } from '../temporal.ts'
import { type ArrowColumn, childTypes, decimalOf, fixedWidthOf, layoutOf, noBytes } from './column.ts'
import { parseDecimal } from './decimal.ts'
import { writeStream } from './write-stream.ts'
import { KeyError, underNames } from './names.ts'
import { shownValue } from './shown-value.ts'

type Put = (view: DataView, at: number, value: unknown) => void

const wholeNumber = (value: unknown): bigint => {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value)
  throw new Error('is not a whole number')
}

/** An integer of `bits`; one that does not fit is refused instead of being cut. */
function whole(value: unknown, bits: number): bigint {
  const number = wholeNumber(value)
  if (BigInt.asIntN(bits, number) !== number) throw new Error(`does not fit ${bits} bits`)
  return number
}

const real = (value: unknown): number => {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  throw new Error('is not a number')
}

/** As files land: a float may be rounded, but no number becomes infinite. */
function float(value: unknown, bits: 32 | 64): number {
  const number = bits === 32 ? Math.fround(real(value)) : real(value)
  const isInfinite = value === Infinity || value === -Infinity
  if (Math.abs(number) === Infinity && !isInfinite) throw new Error(`does not fit a float of ${bits} bits`)
  return number
}

const endOfDay = 86_400_000_000n

/** The end of a day is no time of it: other readers of the tables take it for its start. */
function timeOfDay(value: unknown): bigint {
  const micros = parseTime(text(value))
  if (micros >= endOfDay) throw new Error('is not a time of day; the last one is 23:59:59.999999')
  return micros
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (!(value instanceof Date)) throw new Error('is not text')
  if (Number.isNaN(value.getTime())) throw new Error('is no moment')
  return value.toISOString()
}

/** Years that a column of nanoseconds does not reach, for one. */
function moment(value: unknown, digits: 6 | 9): bigint {
  const units = parseTimestamp(text(value), digits)
  if (BigInt.asIntN(64, units) !== units)
    throw new Error(`does not fit 64 bits of ${digits === 6 ? 'microseconds' : 'nanoseconds'}`)
  return units
}

function day(value: unknown): number {
  const days = parseDate(text(value).slice(0, value instanceof Date ? 10 : undefined))
  if ((days | 0) !== days) throw new Error('does not fit 32 bits of days')
  return days
}

function unsigned(value: unknown): bigint {
  const number = wholeNumber(value)
  if (BigInt.asUintN(64, number) !== number) throw new Error('does not fit 64 bits without a sign')
  return number
}

const puts: Readonly<Record<string, Put>> = {
  int8: (view, at, value) => view.setInt8(at, Number(whole(value, 8))),
  int16: (view, at, value) => view.setInt16(at, Number(whole(value, 16)), true),
  int32: (view, at, value) => view.setInt32(at, Number(whole(value, 32)), true),
  int64: (view, at, value) => view.setBigInt64(at, whole(value, 64), true),
  uint64: (view, at, value) => view.setBigUint64(at, unsigned(value), true),
  float32: (view, at, value) => view.setFloat32(at, float(value, 32), true),
  float64: (view, at, value) => view.setFloat64(at, float(value, 64), true),
  date: (view, at, value) => view.setInt32(at, day(value), true),
  time: (view, at, value) => view.setBigInt64(at, timeOfDay(value), true),
  timestamp: (view, at, value) => view.setBigInt64(at, moment(value, 6), true),
  timestamptz: (view, at, value) => view.setBigInt64(at, moment(value, 6), true),
  timestamp_ns: (view, at, value) => view.setBigInt64(at, moment(value, 9), true),
  timestamptz_ns: (view, at, value) => view.setBigInt64(at, moment(value, 9), true),
  uuid: (view, at, value) => {
    const hex = text(value).replaceAll('-', '')
    if (!/^[0-9a-f]{32}$/i.test(hex)) throw new Error('is not a uuid')
    view.setBigUint64(at, BigInt(`0x${hex.slice(0, 16)}`), false)
    view.setBigUint64(at + 8, BigInt(`0x${hex.slice(16)}`), false)
  },
}

function putOf(type: DataType): Put {
  const decimal = decimalOf(type)
  if (decimal !== null) return (view, at, value) => putDecimal(view, at, value, decimal)
  const width = fixedWidthOf(type)
  if (width !== null) return (view, at, value) => putFixed(view, at, value, width)
  const put = typeof type === 'string' ? puts[type] : undefined
  if (put === undefined) throw new Error(`has the unknown type ${JSON.stringify(type)}`)
  return put
}

function putDecimal(view: DataView, at: number, value: unknown, type: { precision: number; scale: number }): void {
  const written = typeof value === 'number' || typeof value === 'bigint' ? String(value) : text(value)
  const unscaled = parseDecimal(written, type.scale)
  const limit = 10n ** BigInt(type.precision)
  if (unscaled >= limit || unscaled <= -limit) throw new Error(`does not fit ${type.precision} digits`)
  view.setBigUint64(at, BigInt.asUintN(64, unscaled), true)
  view.setBigInt64(at + 8, unscaled >> 64n, true)
}

function putFixed(view: DataView, at: number, value: unknown, width: number): void {
  if (!(value instanceof Uint8Array) || value.length !== width) throw new Error(`is not ${width} bytes`)
  new Uint8Array(view.buffer, view.byteOffset).set(value, at)
}

function validityOf(values: readonly unknown[]): { readonly nulls: number; readonly validity: Uint8Array | null } {
  let nulls = 0
  const validity = new Uint8Array((values.length + 7) >> 3)
  values.forEach((value, row) => {
    if (value === null || value === undefined) nulls++
    else validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7))
  })
  return { nulls, validity: nulls === 0 ? null : validity }
}

function encodedBytes(value: unknown, type: DataType): Uint8Array {
  if (value === null || value === undefined) return noBytes
  if (type === 'json' || type === 'variant') return Buffer.from(JSON.stringify(value), 'utf8')
  if (type === 'binary') {
    if (value instanceof Uint8Array) return value
    throw new Error('is not bytes')
  }
  return Buffer.from(text(value), 'utf8')
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1)
  let end = 0
  lengths.forEach((length, row) => {
    end += length
    if (end > 0x7fffffff) throw new Error('the batch is larger than 2 GB; write it in smaller ones')
    offsets[row + 1] = end
  })
  return offsets
}

/** JSON `null` is a value of its own, yet as a cell it reads as missing: a null in a JSON column is NULL. */
function bytesColumn(type: DataType, values: readonly unknown[]): Pick<ArrowColumn, 'offsets' | 'values' | 'children'> {
  const encoded = values.map((value) => encodedBytes(value, type))
  return { offsets: offsetsOf(encoded.map((one) => one.length)), values: Buffer.concat(encoded), children: [] }
}

function fixedColumn(
  type: DataType,
  values: readonly unknown[],
  width: number,
): Pick<ArrowColumn, 'offsets' | 'values' | 'children'> {
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  const put = putOf(type)
  values.forEach((value, row) => {
    if (value !== null && value !== undefined) put(view, row * width, value)
  })
  return { offsets: null, values: bytes, children: [] }
}

function bitsColumn(values: readonly unknown[]): Pick<ArrowColumn, 'offsets' | 'values' | 'children'> {
  const bytes = new Uint8Array((values.length + 7) >> 3)
  values.forEach((value, row) => {
    if (value === true) bytes[row >> 3] = (bytes[row >> 3] ?? 0) | (1 << (row & 7))
    else if (value !== false && value !== null && value !== undefined) throw new Error('is not true or false')
  })
  return { offsets: null, values: bytes, children: [] }
}

const elementsOf = (value: unknown): readonly unknown[] => {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value
  throw new Error('is not a list')
}

const entriesOf = (value: unknown): readonly (readonly unknown[])[] => {
  if (value === null || value === undefined) return []
  if (value instanceof Map) return [...value.entries()]
  if (typeof value === 'object') return Object.entries(value)
  throw new Error('is not a map')
}

function structsOf(names: readonly string[], values: readonly unknown[]): readonly Dict<unknown>[] {
  const fields = underNames(names, 'field')
  return values.map((value) => {
    if (value === null || value === undefined) return {}
    if (typeof value !== 'object' || Array.isArray(value)) throw new Error('is not an object')
    return fields(value as Dict<unknown>)
  })
}

function nestedColumn(
  type: Exclude<DataType, string>,
  values: readonly unknown[],
): Pick<ArrowColumn, 'offsets' | 'values' | 'children'> {
  const kinds = childTypes(type)
  if ('struct' in type) {
    const names = Object.keys(type.struct)
    const structs = structsOf(names, values)
    const children = names.map((name, i) =>
      columnOf(
        kinds[i] ?? 'string',
        structs.map((one) => one[name]),
      ),
    )
    return { offsets: null, values: noBytes, children }
  }
  if ('list' in type) {
    const lists = values.map(elementsOf)
    const children = [columnOf(type.list, lists.flat(1))]
    return { offsets: offsetsOf(lists.map((list) => list.length)), values: noBytes, children }
  }
  const maps = values.map(entriesOf)
  const children = [0, 1].map((side) =>
    columnOf(
      kinds[side] ?? 'string',
      maps.flatMap((map) => map.map((pair) => pair[side])),
    ),
  )
  return { offsets: offsetsOf(maps.map((map) => map.length)), values: noBytes, children }
}

/** One column of neutral values in Arrow's layout. */
export function columnOf(type: DataType, values: readonly unknown[]): ArrowColumn {
  const layout = layoutOf(type)
  const body =
    typeof type !== 'string'
      ? nestedColumn(type, values)
      : layout === 'bits'
        ? bitsColumn(values)
        : typeof layout === 'object'
          ? fixedColumn(type, values, layout.width)
          : bytesColumn(type, values)
  return { type, length: values.length, ...validityOf(values), ...body }
}

/** A value that its column cannot hold; the row counts from 0. */
export class ValueError extends Error {
  readonly row: number
  readonly column: string
  readonly value: string
  readonly problem: string

  constructor(at: { readonly row: number; readonly column: string; readonly value: unknown }, cause: unknown) {
    const value = shownValue(at.value)
    const said = cause instanceof Error ? cause.message : String(cause)
    const problem = said.startsWith(`${value} `) ? said.slice(value.length + 1) : said
    super(`a value of column ${at.column}: ${value} ${problem}`, { cause })
    this.row = at.row
    this.column = at.column
    this.value = value
    this.problem = problem
  }
}

/** The first of the values that makes a column of them fail. */
function valueError(column: string, type: DataType, values: readonly unknown[], cause: unknown): ValueError {
  for (const [row, value] of values.entries()) {
    try {
      columnOf(type, [value])
    } catch (error) {
      return new ValueError({ row, column, value }, error)
    }
  }
  throw cause
}

/** A key of a row that no column has; the row counts from 0. */
export class RowKeyError extends Error {
  readonly row: number
  readonly key: string
  readonly problem: string

  constructor(row: number, { key, problem, message }: KeyError) {
    super(`row ${row} ${message}`)
    this.row = row
    this.key = key
    this.problem = problem
  }
}

function rowsUnder(columns: Columns, rows: readonly Dict<unknown>[]): readonly Dict<unknown>[] {
  const named = underNames(Object.keys(columns), 'column')
  return rows.map((row, i) => {
    try {
      return named(row)
    } catch (error) {
      throw error instanceof KeyError ? new RowKeyError(i, error) : error
    }
  })
}

/** Rows of neutral values as one batch; a value that does not fit its column's type is refused by name, and so is one of no column.
 *
 * ```ts
 * import { batchOf } from '@millrace/engine-duckdb'
 * batchOf({ id: { type: 'int64' } }, [{ id: 7n }]).rows //=> 1
 * ```
 */
export function batchOf(columns: Columns, rows: readonly Dict<unknown>[]): Batch {
  const named = rowsUnder(columns, rows)
  const built = Object.entries(columns).map(([name, { type }]) => {
    const values = named.map((row) => row[name])
    try {
      return columnOf(type, values)
    } catch (error) {
      throw valueError(name, type, values, error)
    }
  })
  return { columns, rows: rows.length, arrow: writeStream(columns, [{ rows: rows.length, columns: built }]) }
}
