import type { ColumnSpec, DataType } from '@millrace/core'
import { decimalOf } from '../arrow/column.ts'
import type { CsvOptions } from '../scan/csv-options.ts'
import type { NewFields } from '../scan/new-fields.ts'
import { identifier, literal } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'
import { shownText } from './raw-text.ts'
import { bendSql, pointed } from './bend-sql.ts'

/** What must hold of a record as a whole before its columns are looked at. */
export interface WholeTest {
  readonly holds: string
  /** As SQL, too. */
  readonly reason: string
}

/** A column on its way from text: what it becomes, and how a failure is told from a missing value. */
export interface CastColumn {
  readonly name: string
  readonly spec: ColumnSpec
  /** The text as SQL; null when the file has no such column. */
  readonly text: string | null
  /** Fields of a struct that its type does not have are left out only where that was asked for. */
  readonly newFields: NewFields
}

/** Of two values of a name one would be lost. */
export const nameTwice = 'json: a name stands twice'

const isDate = (spec: ColumnSpec): boolean => spec.type === 'date'
const isMoment = (spec: ColumnSpec): boolean => typeof spec.type === 'string' && spec.type.startsWith('timestamp')
const hasPoint = (spec: ColumnSpec): boolean =>
  spec.type === 'float32' || spec.type === 'float64' || decimalOf(spec.type) !== null

/** The value of a text, NULL when it is none of the type: never an error. */
export function castText(text: string, spec: ColumnSpec, options: CsvOptions | null): string {
  const type = toDuckType(spec.type)
  if (spec.type === 'string') return text
  const json = validJson(text)
  if (spec.type === 'json' || spec.type === 'variant') return json
  if (typeof spec.type !== 'string') {
    // JSON that lies deeper stands there as a text of its own (`exact-json.ts`).
    const read = toDuckType(withTexts(spec.type))
    return read === type ? `TRY_CAST(${json} AS ${type})` : `TRY_CAST(TRY_CAST(${json} AS ${read}) AS ${type})`
  }
  if (spec.type === 'binary') return `TRY_CAST(${text} AS BLOB)`
  const parsed = formatted(text, spec, options)
  if (parsed !== null) return `(${parsed})::${type}`
  return `TRY_CAST(${hasPoint(spec) ? withPoint(text, options) : text} AS ${type})`
}

/** A type with texts in place of JSON. */
function withTexts(type: DataType): DataType {
  if (typeof type === 'string') return type === 'json' || type === 'variant' ? 'string' : type
  if ('list' in type) return { list: withTexts(type.list) }
  if ('map' in type) return { map: [type.map[0], withTexts(type.map[1])] }
  const fields = Object.entries(type.struct).map(
    ([name, spec]) => [name, { ...spec, type: withTexts(spec.type) }] as const,
  )
  return { struct: Object.fromEntries(fields) }
}

/** Where decimals have another mark, a point is none: it may be meant for thousands. DuckDB's reader refuses it too. */
const withPoint = (text: string, options: CsvOptions | null): string =>
  options === null || options.decimal === '.'
    ? text
    : `CASE WHEN NOT contains(${text}, '.') THEN ${pointed(text, options)} END`

/** The source's own format of a column, if it has one. */
export const formatOf = (spec: ColumnSpec, options: CsvOptions | null): string | null =>
  (isDate(spec) ? options?.dateFormat : isMoment(spec) ? options?.timestampFormat : null) ?? null

/** The moment that a text says in the source's own format. Whatever that is, DuckDB takes `epoch` and `infinity`, for 1900. */
function formatted(text: string, spec: ColumnSpec, options: CsvOptions | null): string | null {
  const format = formatOf(spec, options)
  return format === null
    ? null
    : `CASE WHEN regexp_matches(${text}, '[0-9]') THEN try_strptime(${text}, ${literal(format)}) END`
}

/** Whether a text that converts changes by it; null where that cannot be. */
function bendOf(text: string, spec: ColumnSpec, options: CsvOptions | null): string | null {
  const value = castText(text, spec, options)
  const parsed = formatted(text, spec, options)
  return parsed === null ? bendSql(text, value, spec.type, options) : `(${parsed}) <> ${value}`
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
  if (typeof type === 'string') {
    const text = `json_extract_string(${json}, '$')`
    const value = castText(text, { type }, null)
    const bend = bendSql(text, value, type, null)
    const tests = [`${kind} IN ('OBJECT', 'ARRAY')`, `${value} IS NULL`, ...(bend === null ? [] : [bend])]
    return inside(tests.join(' OR '))
  }
  if ('struct' in type) {
    const parts = Object.entries(type.struct).map(([name, spec]) =>
      jsonFault(`json_extract(${json}, ${pathOf(name)})`, spec.type, depth),
    )
    return inside([`${kind} <> 'OBJECT'`, ...parts].join(' OR '))
  }
  const [path, whole, element] = 'list' in type ? ['$[*]', 'ARRAY', type.list] : ['$.*', 'OBJECT', type.map[1]]
  const each = `list_transform(json_extract(${json}, '${path}'), lambda ${item}: ${jsonFault(item, element, depth + 1)})`
  return inside(`${kind} <> '${whole}' OR coalesce(list_bool_or(${each}), false)`)
}

/** Whether a JSON value has fields that its type has not, in a struct at any depth; null where that cannot be. */
function newFieldSql(json: string, type: DataType, depth = 0): string | null {
  if (typeof type === 'string') return null
  const item = `k${depth}`
  if ('struct' in type) {
    const names = Object.keys(type.struct).map(literal).join(', ')
    const own = `coalesce(list_bool_or(list_transform(json_keys(${json}), lambda ${item}: ${item} NOT IN (${names}))), false)`
    const inner = Object.entries(type.struct).flatMap(
      ([name, spec]) => newFieldSql(`json_extract(${json}, ${pathOf(name)})`, spec.type, depth + 1) ?? [],
    )
    return `(${[own, ...inner].join(' OR ')})`
  }
  const [path, element] = 'list' in type ? ['$[*]', type.list] : ['$.*', type.map[1]]
  const inner = newFieldSql(item, element, depth + 1)
  return inner === null
    ? null
    : `coalesce(list_bool_or(list_transform(json_extract(${json}, '${path}'), lambda ${item}: ${inner})), false)`
}

/** Whether a name stands twice in an object of a JSON value, at any depth that its type knows; null where that cannot be. */
function twiceSql(json: string, type: DataType, depth = 0): string | null {
  if (typeof type === 'string') return null
  const item = `d${depth}`
  const isTwice = (keys: string): string => `coalesce(len(${keys}) <> len(list_distinct(${keys})), false)`
  if ('struct' in type) {
    const names = Object.keys(type.struct).map(literal).join(', ')
    const own = isTwice(`list_filter(json_keys(${json}), lambda ${item}: ${item} IN (${names}))`)
    const inner = Object.entries(type.struct).flatMap(
      ([name, spec]) => twiceSql(`json_extract(${json}, ${pathOf(name)})`, spec.type, depth + 1) ?? [],
    )
    return `(${[own, ...inner].join(' OR ')})`
  }
  const [path, own, element] =
    'list' in type ? ['$[*]', [], type.list] : ['$.*', [isTwice(`json_keys(${json})`)], type.map[1]]
  const inner = twiceSql(item, element, depth + 1)
  const each = `coalesce(list_bool_or(list_transform(json_extract(${json}, '${path}'), lambda ${item}: ${inner})), false)`
  const all = inner === null ? own : [...own, each]
  return all.length === 0 ? null : `(${all.join(' OR ')})`
}

const pathOf = (name: string): string => literal(`$.${JSON.stringify(name)}`)

const validJson = (text: string): string => `(CASE WHEN json_valid(${text}) THEN ${text} END)::JSON`

function newFieldFault({ text, spec, newFields }: CastColumn): string | null {
  return text === null || newFields === 'ignore' ? null : newFieldSql(validJson(text), spec.type)
}

function faultOf(column: CastColumn, options: CsvOptions | null): string | null {
  const value = valueOf(column, options)
  if (typeof column.spec.type !== 'string' && column.text !== null) {
    const { text } = column
    const added = newFieldFault(column)
    const unfit = `coalesce(${jsonFault(validJson(text), column.spec.type, 0)}, false)`
    const lost = [added, twiceSql(validJson(text), column.spec.type)].filter((one) => one !== null)
    const broken = [`(${text} IS NOT NULL AND NOT json_valid(${text}))`, unfit, ...lost].join(' OR ')
    return column.spec.required === true ? `${value} IS NULL OR ${broken}` : broken
  }
  const bend = column.text === null ? null : bendOf(column.text, column.spec, options)
  const bent = bend === null ? '' : ` OR coalesce(${bend}, false)`
  if (column.spec.required === true) return `${value} IS NULL${bent}`
  if (column.text === null || column.spec.type === 'string') return null
  return `${column.text} IS NOT NULL AND (${value} IS NULL${bent})`
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
export function faultColumns(
  columns: readonly CastColumn[],
  fault: string,
  options: CsvOptions | null,
  whole?: WholeTest,
): string {
  const pick = (value: (column: CastColumn) => string, otherwise: string): string =>
    `CASE ${fault} ${columns.map((column, i) => `WHEN ${i} THEN ${value(column)}`).join(' ')} ELSE ${otherwise} END`
  const name = pick((column) => literal(column.name), 'NULL')
  const reason = pick((column) => {
    const missing = literal('required: the column has no value')
    if (column.text === null) return missing
    const type = toDuckType(column.spec.type)
    const shown = `left(${column.text}, ${shownText})`
    const value = castText(column.text, column.spec, options)
    const unfit = `'cast: "' || ${shown} || ${literal(`" is no ${type}`)}`
    const bent = `'inexact: "' || ${shown} || '" would become ' || ${value}::VARCHAR || ${literal(` as ${type}`)}`
    const nested = typeof column.spec.type !== 'string'
    const added = newFieldFault(column)
    const more = `'fields: "' || ${shown} || ${literal(`" has some that ${type} has not`)}`
    const endless = /^(DATE|TIMESTAMP)/.test(type) ? ` OR isinf(${value})` : ''
    if (nested) {
      const twice = twiceSql(validJson(column.text), column.spec.type)
      const whenTwice = twice === null ? '' : ` WHEN ${twice} THEN ${literal(nameTwice)}`
      const whenAdded = added === null ? '' : ` WHEN ${added} THEN ${more}`
      return `CASE WHEN ${column.text} IS NULL THEN ${missing}${whenTwice}${whenAdded} ELSE ${unfit} END`
    }
    const why = `CASE WHEN ${value} IS NULL${endless} THEN ${unfit} ELSE ${bent} END`
    return `CASE WHEN ${column.text} IS NULL THEN ${missing} ELSE ${why} END`
  }, whole?.reason ?? `''`)
  return `${name} AS "column", ${reason} AS reason`
}
