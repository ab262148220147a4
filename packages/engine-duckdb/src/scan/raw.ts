import type { ColumnSpec, RawFile, RawScan } from '@millrace/core'
import { localPath } from '../sql/local-path.ts'
import { identifier, literal } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'
import { type CsvOptions, csvOptions } from './csv-options.ts'
import { newFieldsOf } from './new-fields.ts'

/** Files that have the same names in the same order can be read in one go. */
export interface HeaderGroup {
  readonly header: readonly string[]
  readonly files: readonly RawFile[]
}

export function headerGroups(files: readonly RawFile[]): readonly HeaderGroup[] {
  const groups = new Map<string, { header: readonly string[]; files: RawFile[] }>()
  for (const file of files) {
    const key = JSON.stringify(file.header)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { header: file.header, files: [file] })
    else group.files.push(file)
  }
  return [...groups.values()]
}

export interface Rejects {
  readonly table: string
  readonly scan: string
}

/** Columns inside a reader are named by their place: a header may hold any text. */
export const place = (index: number): string => `c${index}`

/** For each column of a scan its place in a header, -1 when the file does not have it. */
export function placesOf(scan: RawScan, header: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (const [i, name] of header.entries()) if (!places.has(name.toLowerCase())) places.set(name.toLowerCase(), i)
  return new Map(Object.keys(scan.columns).map((name) => [name, places.get(name.toLowerCase()) ?? -1]))
}

/** What a field of a file becomes: a column; `empty` where it has no name, so that no value may stand there; null where nobody
 * wants it. */
export type Field = ColumnSpec | 'empty' | null

export function fieldsOf(scan: RawScan, header: readonly string[]): readonly Field[] {
  const places = placesOf(scan, header)
  const byPlace = new Map(Object.entries(scan.columns).map(([name, spec]) => [places.get(name), spec]))
  const unnamed = newFieldsOf(scan) === 'ignore' ? null : 'empty'
  return header.map((name, i) => byPlace.get(i) ?? (name === '' ? unnamed : null))
}

const pathList = (files: readonly RawFile[]): string =>
  `[${files.map((file) => literal(localPath(file.path))).join(', ')}]`

/** DuckDB's CSV reader knows no JSON inside fields, and turns a moment that is none (31 February) into NULL where the type
 * has a time zone, without a word: these are read as text and cast outside, where a failure is one. */
const readAsText = (spec: ColumnSpec): boolean =>
  typeof spec.type !== 'string' ||
  ['json', 'variant', 'binary', 'timestamptz', 'timestamptz_ns'].includes(spec.type) ||
  spec.type.startsWith('fixed')

const readAs = (field: Field): string =>
  field === null || field === 'empty' || readAsText(field) ? 'VARCHAR' : toDuckType(field.type)

/** The longest record that DuckDB's reader takes; its buffers grow with it. */
export const fastRecordBytes: number = 2 << 20

function readCsv(scan: RawScan, group: HeaderGroup, options: CsvOptions, rejects: Rejects | null): string {
  const types = fieldsOf(scan, group.header).map((field, i) => `${literal(place(i))}: ${literal(readAs(field))}`)
  const settings = [
    `columns = {${types.join(', ')}}`,
    'auto_detect = false',
    `header = ${options.header}`,
    `delim = ${literal(options.delimiter)}`,
    `quote = ${literal(options.quote)}`,
    `escape = ${literal(options.escape)}`,
    `nullstr = ${literal(options.nullText)}`,
    'allow_quoted_nulls = false',
    'null_padding = false',
    'strict_mode = true',
    `decimal_separator = ${literal(options.decimal)}`,
    `max_line_size = ${Math.min(options.maxRecordBytes, fastRecordBytes)}`,
    ...(options.dateFormat === null ? [] : [`dateformat = ${literal(options.dateFormat)}`]),
    ...(options.timestampFormat === null ? [] : [`timestampformat = ${literal(options.timestampFormat)}`]),
    ...(rejects === null
      ? []
      : [
          'store_rejects = true',
          `rejects_table = ${literal(rejects.table)}`,
          `rejects_scan = ${literal(rejects.scan)}`,
        ]),
  ]
  return `read_csv(${pathList(group.files)}, ${settings.join(', ')})`
}

function readJson(scan: RawScan, files: readonly RawFile[]): string {
  const types = Object.entries(scan.columns).map(
    ([name, spec]) => `${literal(name)}: ${literal(toDuckType(spec.type))}`,
  )
  const format = scan.options['layout'] === 'array' ? 'array' : 'newline_delimited'
  return `read_json(${pathList(files)}, columns = {${types.join(', ')}}, format = '${format}', maximum_object_size = ${64 << 20})`
}

/** A column of a scan as the group's files give it. */
function columnSql(name: string, spec: ColumnSpec, at: number, options: CsvOptions): string {
  const type = toDuckType(spec.type)
  if (at < 0) return `NULL::${type} AS ${identifier(name)}`
  const value = identifier(place(at))
  const nested = typeof spec.type !== 'string'
  const moment = typeof spec.type === 'string' && spec.type.startsWith('timestamptz')
  if (moment && options.timestampFormat !== null)
    return `CAST(strptime(${value}, ${literal(options.timestampFormat)}) AS ${type}) AS ${identifier(name)}`
  const cast = nested
    ? `CAST(CAST(${value} AS JSON) AS ${type})`
    : readAsText(spec)
      ? `CAST(${value} AS ${type})`
      : value
  return `${cast} AS ${identifier(name)}`
}

export function csvSelect(scan: RawScan, group: HeaderGroup, rejects: Rejects | null): string {
  const places = placesOf(scan, group.header)
  const options = csvOptions(scan)
  const columns = Object.entries(scan.columns).map(([name, spec]) =>
    columnSql(name, spec, places.get(name) ?? -1, options),
  )
  return `SELECT ${columns.join(', ')} FROM ${readCsv(scan, group, options, rejects)}`
}

/** Without declared columns: all that the files have. */
function parquetSelect(scan: RawScan): string {
  if (Object.keys(scan.columns).length === 0)
    return `SELECT * FROM read_parquet(${pathList(scan.files)}, union_by_name = true)`
  const columns = Object.entries(scan.columns).map(
    ([name, spec]) => `CAST(${identifier(name)} AS ${toDuckType(spec.type)}) AS ${identifier(name)}`,
  )
  return `SELECT ${columns.join(', ')} FROM read_parquet(${pathList(scan.files)}, union_by_name = true)`
}

export function emptySelect(scan: RawScan): string {
  const columns = Object.entries(scan.columns).map(
    ([name, spec]) => `NULL::${toDuckType(spec.type)} AS ${identifier(name)}`,
  )
  return `SELECT ${columns.join(', ')} WHERE false`
}

export function jsonSelect(scan: RawScan, files: readonly RawFile[]): string {
  return `SELECT ${Object.keys(scan.columns).map(identifier).join(', ')} FROM ${readJson(scan, files)}`
}

/** A select over raw files that fails at the first bad record; `land` is the way that keeps them. */
export function rawSql(scan: RawScan): string {
  const files = scan.files.filter((file) => file.bytes > 0)
  if (files.length === 0) return emptySelect(scan)
  if (scan.format === 'parquet') return parquetSelect({ ...scan, files })
  if (scan.format === 'json') return jsonSelect(scan, files)
  return headerGroups(files)
    .map((group) => csvSelect(scan, group, null))
    .join('\nUNION ALL\n')
}
