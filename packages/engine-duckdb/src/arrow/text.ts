/**
 * Rows as text, straight from a batch: what a screen and a file get. Any reader takes this JSON, and nothing is lost in it:
 * whole numbers beyond 2^53, decimals, NaN and the infinities are strings, bytes are hexadecimal. A `json` value stays as written.
 */
import type { Batch, DataType } from '@millrace/core'
import { type ArrowColumn, isThere } from './column.ts'
import { readStream } from './read-stream.ts'
import { safeNumber } from './decimal.ts'
import { plainGetter, viewOf } from './rows.ts'

/** Text of the value of a row that has one. */
type Text = (row: number) => string

/** How a value stands in a cell, and in JSON. */
interface Texts {
  /** Null: the value says that there is none. */
  readonly cell: (row: number) => string | null
  readonly json: Text
  /** No cell has a character that means something in CSV. */
  readonly bare: boolean
}

const asItIs = (text: string): string => text
const quoted = (text: string): string => `"${text}"`

/** Fewer digits are never beyond 2^53. */
const safeDigits = 15
const wholeJson = (text: string): string =>
  text.length <= safeDigits || Number.isSafeInteger(Number(text)) ? text : quoted(text)

const realText = (value: number): string => (value === 0 && Object.is(value, -0) ? '-0' : `${value}`)
const notFinite: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity'])
const realJson = (text: string): string => (notFinite.has(text) ? quoted(text) : text)

/** The fewest digits that name the same number of 32 bits: read as one of 64, 0.1 would be 0.10000000149011612. */
function singleText(value: number): string {
  // No number of digits has the sign of -0.
  if (value === 0) return realText(value)
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return realText(short)
  }
  return realText(value)
}

/** How the text of a type's values stands in JSON; the others are quoted as they are. */
const jsonOf: Readonly<Record<string, (text: string) => string>> = {
  boolean: asItIs,
  int8: asItIs,
  int16: asItIs,
  int32: asItIs,
  int64: wholeJson,
  uint64: wholeJson,
  float32: realJson,
  float64: realJson,
  string: JSON.stringify,
}

function textOf(column: ArrowColumn, type: DataType & string): Text {
  const value = plainGetter(column, type)
  if (type === 'int64') {
    const view = viewOf(column.values)
    return (row) => `${safeNumber(view, row * 8) ?? view.getBigInt64(row * 8, true)}`
  }
  if (type === 'float32') return (row) => singleText(Number(value(row)))
  if (type === 'float64') return (row) => realText(Number(value(row)))
  return (row) => {
    const one = value(row)
    if (one instanceof Uint8Array) return Buffer.from(one).toString('hex')
    return typeof one === 'object' ? JSON.stringify(one) : String(one)
  }
}

/** Without the spaces and lines between its parts: a record of JSON Lines is one line. */
function tightJson(text: string): string {
  try {
    JSON.parse(text)
  } catch {
    return JSON.stringify(text)
  }
  return /\s/.test(text) ? text.replaceAll(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, '$1') : text
}

/** A cell has the document itself: without its quotes a text could not be told from a number, nor JSON's null from no value. */
function jsonTextsOf(column: ArrowColumn): Texts {
  const read = textOf(column, 'string')
  const json: Text = (row) => tightJson(read(row))
  return { cell: json, json, bare: false }
}

function plainTexts(column: ArrowColumn, type: DataType & string): Texts {
  if (type === 'json' || type === 'variant') return jsonTextsOf(column)
  const cell = textOf(column, type)
  const json = jsonOf[type] ?? quoted
  return { cell, json: (row) => json(cell(row)), bare: type !== 'string' && type !== 'binary' }
}

function nestedTexts(column: ArrowColumn, type: Exclude<DataType, string>): Texts {
  const json = nestedJson(column, type)
  return { cell: json, json, bare: false }
}

function nestedJson(column: ArrowColumn, type: Exclude<DataType, string>): Text {
  const children = column.children.map(textsIn)
  const [first, second] = children
  if ('struct' in type) {
    const heads = headsOf(Object.keys(type.struct))
    return (row) => objectText(heads, (i) => children[i]?.json(row) ?? 'null')
  }
  const offsets = column.offsets ?? new Int32Array(1)
  const join = (row: number, text: Text): string => {
    const [from, to] = [offsets[row] ?? 0, offsets[row + 1] ?? 0]
    return Array.from({ length: to - from }, (_, i) => text(from + i)).join(',')
  }
  if ('list' in type) return (row) => `[${join(row, (at) => first?.json(at) ?? 'null')}]`
  const entry: Text = (at) => `${JSON.stringify(first?.cell(at) ?? 'null')}:${second?.json(at) ?? 'null'}`
  return (row) => `{${join(row, entry)}}`
}

function textsIn(column: ArrowColumn): Texts {
  const { type, validity } = column
  const all = typeof type === 'string' ? plainTexts(column, type) : nestedTexts(column, type)
  if (validity === null) return all
  const { cell, json, bare } = all
  return {
    bare,
    cell: (row) => (isThere(validity, row) ? cell(row) : null),
    json: (row) => (isThere(validity, row) ? json(row) : 'null'),
  }
}

const headsOf = (names: readonly string[]): readonly string[] =>
  names.map((name, i) => `${i === 0 ? '' : ','}${JSON.stringify(name)}:`)

function objectText(heads: readonly string[], valueAt: (place: number) => string): string {
  let text = '{'
  for (let i = 0; i < heads.length; i++) text += `${heads[i] ?? ''}${valueAt(i)}`
  return `${text}}`
}

const wholeName = /^(?:0|[1-9]\d*)$/

/** The columns in the order of the names: an object has names that are whole numbers first, whatever order they came in. */
function inOrder<T>(columns: readonly T[], keys: readonly string[], names: readonly string[]): readonly T[] {
  if (!keys.some((key) => wholeName.test(key))) return columns
  return names.flatMap((name) => columns[keys.indexOf(name)] ?? [])
}

/** Column by column: each loop then calls one function only, which is faster than row by row. */
function rowTexts<Part, T>(
  batch: Batch,
  names: readonly string[],
  part: (texts: Texts) => (row: number) => Part,
  whole: (parts: readonly (readonly Part[])[], row: number) => T,
): T[] {
  const stream = readStream(batch.arrow)
  const keys = Object.keys(stream.columns)
  return stream.batches.flatMap(({ rows, columns }) => {
    const parts = inOrder(columns, keys, names).map((column) => eachOf(rows, part(textsIn(column))))
    return eachOf(rows, (row) => whole(parts, row))
  })
}

function eachOf<T>(count: number, of: (row: number) => T): T[] {
  const all: T[] = []
  for (let row = 0; row < count; row++) all.push(of(row))
  return all
}

/** The rows of a batch as cells: text, or null where there is no value. The names are those of the columns, in their order.
 *
 * ```ts
 * import { batchOf, cellTexts } from '@millrace/engine-duckdb'
 * cellTexts(batchOf({ id: { type: 'int64' }, at: { type: 'date' } }, [{ id: 7n }]), ['id', 'at']) //=> [['7', null]]
 * ```
 */
export function cellTexts(batch: Batch, names: readonly string[]): readonly (readonly (string | null)[])[] {
  return rowTexts(
    batch,
    names,
    (texts) => texts.cell,
    (columns, row) => columns.map((cells) => cells[row] ?? null),
  )
}

/** Each row of a batch as a line of CSV, without its end. The names are those of the columns, in their order.
 *
 * ```ts
 * import { batchOf, csvTexts } from '@millrace/engine-duckdb'
 * csvTexts(batchOf({ id: { type: 'int64' }, note: { type: 'string' } }, [{ id: 7n, note: 'a, b' }]), ['id', 'note']) //=> ['7,"a, b"']
 * ```
 */
export function csvTexts(batch: Batch, names: readonly string[]): readonly string[] {
  return rowTexts(
    batch,
    names,
    ({ cell, bare }) => (bare ? (row) => cell(row) ?? '' : (row) => csvCell(cell(row))),
    csvLine,
  )
}

function csvLine(columns: readonly (readonly string[])[], row: number): string {
  let text = columns[0]?.[row] ?? ''
  for (let i = 1; i < columns.length; i++) text += `,${columns[i]?.[row] ?? ''}`
  return text
}

/** A text as it stands in a line of CSV: an empty one is quoted, so that it can be told from a missing value. */
export function csvCell(text: string | null): string {
  if (text === null) return ''
  return text === '' || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Each row of a batch as the text of a JSON object. The names are those of the columns, in their order.
 *
 * ```ts
 * import { batchOf, jsonTexts } from '@millrace/engine-duckdb'
 * jsonTexts(batchOf({ id: { type: 'int64' } }, [{ id: 7n }]), ['id']) //=> ['{"id":7}']
 * ```
 */
export function jsonTexts(batch: Batch, names: readonly string[]): readonly string[] {
  const heads = headsOf(names)
  return rowTexts(
    batch,
    names,
    (texts) => texts.json,
    (columns, row) => {
      let text = '{'
      for (let i = 0; i < columns.length; i++) text += (heads[i] ?? '') + (columns[i]?.[row] ?? 'null')
      return `${text}}`
    },
  )
}
