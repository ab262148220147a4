/**
 * A column that somebody else wrote, as one of a declared type. Only what is exact is taken: the same type, whole numbers and
 * decimals in others that hold them, moments in another unit, `float32` in `float64`, text that is JSON, a column of nothing
 * but nulls. Values are looked at, too: bytes that no text of their type has would be in the table for good.
 */
import { isUtf8 } from 'node:buffer'
import { type DataType, printType } from '@millrace/core'
import { columnOf } from './build.ts'
import { type ArrowColumn, decimalOf, isThere } from './column.ts'
import { decimalText, unscaledAt } from './decimal.ts'
import { nothing } from './read-schema.ts'
import { type Cell, getter, viewOf } from './rows.ts'
import { shownValue } from './shown-value.ts'

export type Take = (column: ArrowColumn) => ArrowColumn

/** Where a value was to go. */
interface Target {
  readonly path: string
  readonly type: DataType
}

/** A value that the declared type cannot hold; the row counts from 0. */
export class TakeError extends Error {
  readonly row: number
  readonly target: Target
  readonly value: string
  readonly problem: string

  constructor(row: number, target: Target, value: string, problem: string) {
    super(`row ${row}: a value of column ${target.path}: ${value} ${problem}`)
    this.row = row
    this.target = target
    this.value = value
    this.problem = problem
  }
}

/** Does the work, and tells a value by the row that its place belongs to. */
export function inRow<T>(rowOf: (place: number) => number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof TakeError)) throw error
    throw new TakeError(rowOf(error.row), error.target, error.value, error.problem)
  }
}

/** Types that differ, where: what a message says of them. */
export interface Mismatch {
  readonly path: string
  readonly problem: string
  readonly fix: string
}

const wholes: ReadonlySet<DataType> = new Set(['int8', 'int16', 'int32', 'int64', 'uint64'])
const isWhole = (type: DataType): boolean => wholes.has(type)
const isDecimal = (type: DataType): boolean => decimalOf(type) !== null
const isJson = (type: DataType): boolean => type === 'json' || type === 'variant'
const isBytes = (type: DataType): boolean => typeof type === 'string' && (type === 'binary' || type.startsWith('fixed'))
const isMoment = (type: DataType): boolean => type === 'timestamp' || type === 'timestamp_ns'
const isZoned = (type: DataType): boolean => type === 'timestamptz' || type === 'timestamptz_ns'

/** Pairs of types whose values go over one by one, as those of a row do. */
const exactly: readonly (readonly [given: (type: DataType) => boolean, declared: (type: DataType) => boolean])[] = [
  [isWhole, isWhole],
  [isWhole, isDecimal],
  [isDecimal, isDecimal],
  [isBytes, isBytes],
  [isMoment, isMoment],
  [isZoned, isZoned],
  [(given) => given === 'float32', (declared) => declared === 'float64'],
]

/** How a column of one type is taken as another; null when it is not, which `found` then tells. */
export function takeOf(given: DataType, declared: DataType, path: string, found: Mismatch[]): Take | null {
  if (given === nothing) return ({ length }) => nullsOf(declared, length)
  if (typeof declared !== 'string') return nestedTake(given, declared, path, found)
  const target = { path, type: declared }
  if (given === declared) return (column) => checked(column, target)
  if (given === 'string' && isJson(declared)) return (column) => checked({ ...column, type: declared }, target)
  if (exactly.some(([from, to]) => from(given) && to(declared))) return (column) => oneByOne(column, target)
  return differs(given, declared, path, found)
}

const nullsOf = (type: DataType, length: number): ArrowColumn =>
  columnOf(
    type,
    Array.from({ length }, () => null),
  )

function differs(given: DataType, declared: DataType, path: string, found: Mismatch[]): null {
  found.push({
    path,
    problem: `column ${path} is of type ${printType(given)}, and its table declares ${printType(declared)}`,
    fix: `Cast the column to ${printType(declared)} where the stream is written, or change the type that the table declares.`,
  })
  return null
}

function oneByOne(column: ArrowColumn, target: Target): ArrowColumn {
  const get = getter(column)
  const values = Array.from({ length: column.length }, (_, row) => get(row))
  try {
    return columnOf(target.type, values)
  } catch (error) {
    throw takeError(values, target, error)
  }
}

function takeError(values: readonly Cell[], target: Target, cause: unknown): unknown {
  for (const [row, value] of values.entries()) {
    try {
      columnOf(target.type, [value])
    } catch (error) {
      const shown = shownValue(value)
      const said = error instanceof Error ? error.message : String(error)
      return new TakeError(row, target, shown, said.startsWith(`${shown} `) ? said.slice(shown.length + 1) : said)
    }
  }
  return cause
}

function checked(column: ArrowColumn, target: Target): ArrowColumn {
  const { type } = target
  if (type === 'string' || isJson(type)) checkText(column, target)
  if (isJson(type)) checkJson(column, target)
  if (type === 'time') checkTimes(column, target)
  if (isDecimal(type)) checkDecimals(column, target)
  return column
}

function eachRow(column: ArrowColumn, check: (row: number) => void): void {
  for (let row = 0; row < column.length; row++) if (isThere(column.validity, row)) check(row)
}

const textAt = ({ values, offsets }: ArrowColumn, row: number): Uint8Array =>
  values.subarray(offsets?.[row] ?? 0, offsets?.[row + 1] ?? 0)

const isInside = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

/** All texts at once, which is fast; one by one only where that says no, for what lies behind a null may be anything. */
function checkText(column: ArrowColumn, target: Target): void {
  const { values } = column
  const offsets = column.offsets ?? new Int32Array(1)
  const all = values.subarray(offsets[0] ?? 0, offsets[column.length] ?? 0)
  if (isUtf8(all) && !offsets.some((offset) => isInside(values[offset]))) return
  eachRow(column, (row) => {
    const text = textAt(column, row)
    if (!isUtf8(text))
      throw new TakeError(row, target, shownValue(Buffer.from(text).toString()), 'is not text in UTF-8')
  })
}

function checkJson(column: ArrowColumn, target: Target): void {
  eachRow(column, (row) => {
    const text = Buffer.from(textAt(column, row)).toString()
    try {
      JSON.parse(text)
    } catch {
      throw new TakeError(row, target, shownValue(text), 'is not JSON')
    }
  })
}

const endOfDay = 86_400_000_000n

function checkTimes(column: ArrowColumn, target: Target): void {
  const view = viewOf(column.values)
  eachRow(column, (row) => {
    const micros = view.getBigInt64(row * 8, true)
    if (micros < 0n || micros >= endOfDay)
      throw new TakeError(row, target, `${micros} µs`, 'is not a time of day; the last one is 23:59:59.999999')
  })
}

function checkDecimals(column: ArrowColumn, target: Target): void {
  const { precision, scale } = decimalOf(target.type) ?? { precision: 38, scale: 0 }
  const limit = 10n ** BigInt(precision)
  const view = viewOf(column.values)
  eachRow(column, (row) => {
    const unscaled = unscaledAt(view, row * 16)
    if (unscaled >= limit || unscaled <= -limit)
      throw new TakeError(row, target, decimalText(unscaled, scale), `does not fit ${precision} digits`)
  })
}

type Nested = Exclude<DataType, string>

function nestedTake(given: DataType, declared: Nested, path: string, found: Mismatch[]): Take | null {
  if (typeof given === 'string') return differs(given, declared, path, found)
  if ('list' in declared && 'list' in given)
    return within([takeOf(given.list, declared.list, `${path}.element`, found)], declared)
  if ('map' in declared && 'map' in given) {
    const key = takeOf(given.map[0], declared.map[0], `${path}.key`, found)
    const value = takeOf(given.map[1], declared.map[1], `${path}.value`, found)
    const take = within([key, value], declared)
    return take === null ? null : (column) => withKeys(take(column), { path, type: declared })
  }
  if (!('struct' in declared && 'struct' in given)) return differs(given, declared, path, found)
  const take = takesOf(given.struct, declared.struct, `${path}.`, found)
  return take === null
    ? null
    : (column) => ({ ...column, type: declared, children: take(column.children, column.length) })
}

function within(takes: readonly (Take | null)[], declared: Nested): Take | null {
  if (takes.includes(null)) return null
  return (column) => {
    const { offsets } = column
    const rowOf = (place: number): number => offsets?.findLastIndex((offset) => offset <= place) ?? 0
    const children = column.children.map((child, i) => inRow(rowOf, () => takes[i]?.(child) ?? child))
    return { ...column, type: declared, children }
  }
}

/** A key of a map is there, and there once: of two, one value would be lost to whoever looks it up. */
function withKeys(column: ArrowColumn, target: Target): ArrowColumn {
  const [keys] = column.children
  if (keys === undefined) return column
  const get = getter(keys)
  eachRow(column, (row) => {
    const seen = new Set<string>()
    for (let at = column.offsets?.[row] ?? 0; at < (column.offsets?.[row + 1] ?? 0); at++) {
      const key = get(at)
      const text = key instanceof Uint8Array ? Buffer.from(key).toString('hex') : shownValue(key)
      if (key === null) throw new TakeError(row, target, 'null', 'is no key of a map')
      if (seen.has(text)) throw new TakeError(row, target, text, 'is a key of one map twice')
      seen.add(text)
    }
  })
  return column
}

type Fields = Readonly<Record<string, { readonly type: DataType; readonly required?: boolean }>>

/** The columns of a stream, or the fields of a struct, in the order of those that are declared: found under their names, whatever
 * their case, and null where there is none. */
export function takesOf(
  given: Fields,
  declared: Fields,
  prefix: string,
  found: Mismatch[],
): ((columns: readonly ArrowColumn[], length: number) => readonly ArrowColumn[]) | null {
  const before = found.length
  const places = placesOf(Object.keys(given), Object.keys(declared), prefix, found)
  const takes = Object.entries(declared).map(([name, { type, required }]) => {
    const at = places.get(name)
    if (at === undefined) {
      if (required === true)
        found.push({
          path: prefix + name,
          problem: `column ${prefix}${name} is missing, and its table requires it`,
          fix: 'Write the column, or drop `required` from its definition.',
        })
      return (_: unknown, length: number) => nullsOf(type, length)
    }
    const take = takeOf(Object.values(given)[at]?.type ?? nothing, type, prefix + name, found)
    return (columns: readonly ArrowColumn[], length: number) => {
      const column = columns[at]
      return take === null || column === undefined ? nullsOf(type, length) : take(column)
    }
  })
  if (found.length > before) return null
  return (columns, length) => takes.map((take) => take(columns, length))
}

const folded = (name: string): string => name.toLowerCase()

function placesOf(
  given: readonly string[],
  declared: readonly string[],
  prefix: string,
  found: Mismatch[],
): ReadonlyMap<string, number> {
  const names = new Map(declared.map((name) => [folded(name), name]))
  const places = new Map<string, number>()
  given.forEach((name, at) => {
    const path = prefix + name
    const own = names.get(folded(name))
    if (own === undefined)
      found.push({
        path,
        problem: `it has a column ${JSON.stringify(path)} that its table does not have`,
        fix: 'Declare the column, or leave it out of the stream.',
      })
    else if (places.has(own))
      found.push({
        path,
        problem: `it has a column ${JSON.stringify(path)} and another that differs from it in case alone`,
        fix: 'Rename one of the two, or leave it out.',
      })
    else places.set(own, at)
  })
  return places
}
