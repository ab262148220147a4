import type { ColumnSpec, DataType } from '@millrace/core'
import { decimalOf } from '../arrow/column.ts'
import type { CsvOptions } from '../scan/csv-options.ts'
import { identifier, literal } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'

/** What must hold of a record as a whole before its columns are looked at. */
export interface WholeTest {
  readonly holds: string
  readonly reason: string
}

/** A column on its way from text: what it becomes, and how a failure is told from a missing value. */
export interface CastColumn {
  readonly name: string
  readonly spec: ColumnSpec
  /** The text as SQL; null when the file has no such column. */
  readonly text: string | null
}

const isDate = (spec: ColumnSpec): boolean => spec.type === 'date'
const isMoment = (spec: ColumnSpec): boolean => typeof spec.type === 'string' && spec.type.startsWith('timestamp')
const hasPoint = (spec: ColumnSpec): boolean =>
  spec.type === 'float32' || spec.type === 'float64' || decimalOf(spec.type) !== null

/** The value of a text, NULL when it is none of the type: never an error. */
export function castText(text: string, spec: ColumnSpec, options: CsvOptions | null): string {
  const type = toDuckType(spec.type)
  if (spec.type === 'string') return text
  const json = `(CASE WHEN json_valid(${text}) THEN ${text} END)::JSON`
  if (spec.type === 'json' || spec.type === 'variant') return json
  if (typeof spec.type !== 'string') return `TRY_CAST(${json} AS ${type})`
  if (spec.type === 'binary') return `TRY_CAST(${text} AS BLOB)`
  const format = isDate(spec) ? options?.dateFormat : isMoment(spec) ? options?.timestampFormat : null
  if (format !== null && format !== undefined) return `try_strptime(${text}, ${literal(format)})::${type}`
  if (hasPoint(spec) && options !== null && options.decimal !== '.')
    return `TRY_CAST(replace(${text}, ${literal(options.decimal)}, '.') AS ${type})`
  return `TRY_CAST(${text} AS ${type})`
}

const valueOf = (column: CastColumn, options: CsvOptions | null): string =>
  column.text === null ? `NULL::${toDuckType(column.spec.type)}` : castText(column.text, column.spec, options)

/**
 * Whether a JSON value, read as a nested type, would lose something. DuckDB's TRY_CAST silently makes NULLs of parts that
 * do not fit, and its strict form refuses keys that are merely absent: so each part is looked at by itself.
 */
function jsonFault(json: string, type: DataType, depth: number): string {
  const item = `j${depth}`
  const kind = `json_type(${json})`
  const inside = (fault: string): string => `(${json} IS NOT NULL AND ${kind} <> 'NULL' AND (${fault}))`
  if (type === 'json' || type === 'variant') return 'false'
  if (typeof type === 'string')
    return inside(
      `${kind} IN ('OBJECT', 'ARRAY') OR TRY_CAST(json_extract_string(${json}, '$') AS ${toDuckType(type)}) IS NULL`,
    )
  if ('struct' in type) {
    const parts = Object.entries(type.struct).map(([name, spec]) =>
      jsonFault(`json_extract(${json}, ${literal(`$.${JSON.stringify(name)}`)})`, spec.type, depth),
    )
    return inside([`${kind} <> 'OBJECT'`, ...parts].join(' OR '))
  }
  const [path, whole, element] = 'list' in type ? ['$[*]', 'ARRAY', type.list] : ['$.*', 'OBJECT', type.map[1]]
  const each = `list_transform(json_extract(${json}, '${path}'), lambda ${item}: ${jsonFault(item, element, depth + 1)})`
  return inside(`${kind} <> '${whole}' OR coalesce(list_bool_or(${each}), false)`)
}

function faultOf(column: CastColumn, options: CsvOptions | null): string | null {
  const value = valueOf(column, options)
  if (typeof column.spec.type !== 'string' && column.text !== null) {
    const { text } = column
    const json = `(CASE WHEN json_valid(${text}) THEN ${text} END)::JSON`
    const broken = `(${text} IS NOT NULL AND NOT json_valid(${text})) OR coalesce(${jsonFault(json, column.spec.type, 0)}, false)`
    return column.spec.required === true ? `${value} IS NULL OR ${broken}` : broken
  }
  if (column.spec.required === true) return `${value} IS NULL`
  if (column.text === null || column.spec.type === 'string') return null
  return `${column.text} IS NOT NULL AND ${value} IS NULL`
}

/** Which column is the first at fault, by its number; NULL for a good row. */
export function faultSql(columns: readonly CastColumn[], options: CsvOptions | null, whole?: WholeTest): string {
  const cases = columns.flatMap((column, i) => {
    const fault = faultOf(column, options)
    return fault === null ? [] : [`WHEN ${fault} THEN ${i}`]
  })
  const first = whole === undefined ? [] : [`WHEN NOT coalesce(${whole.holds}, false) THEN -1`]
  const all = [...first, ...cases]
  return all.length === 0 ? 'NULL::INTEGER' : `CASE ${all.join(' ')} END`
}

export function valuesSql(columns: readonly CastColumn[], options: CsvOptions | null): string {
  return columns.map((column) => `${valueOf(column, options)} AS ${identifier(column.name)}`).join(', ')
}

/** Of the column at fault: its name, and why. */
export function faultColumns(columns: readonly CastColumn[], fault: string, whole?: WholeTest): string {
  const pick = (value: (column: CastColumn) => string, otherwise: string): string =>
    `CASE ${fault} ${columns.map((column, i) => `WHEN ${i} THEN ${value(column)}`).join(' ')} ELSE ${otherwise} END`
  const name = pick((column) => literal(column.name), 'NULL')
  const reason = pick(
    (column) => {
      const missing = literal('required: the column has no value')
      if (column.text === null) return missing
      const type = literal(`" is no ${toDuckType(column.spec.type)}`)
      return `CASE WHEN ${column.text} IS NULL THEN ${missing} ELSE 'cast: "' || left(${column.text}, 200) || ${type} END`
    },
    literal(whole?.reason ?? ''),
  )
  return `${name} AS "column", ${reason} AS reason`
}
