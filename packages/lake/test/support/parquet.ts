import { randomUUID } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import {
  type ColumnStats,
  type DataFile,
  type Draft,
  type Field,
  type FieldType,
  type FilesScan,
  leavesOf,
  type Scalar,
  type Written,
} from '@millrace/core'
import { DuckDBInstance } from '@duckdb/node-api'

const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const connection = await instance.connect()

/** Runs SQL in a DuckDB of the tests' own and answers its rows as JSON values. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson()
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** What the engine does, in small: one Parquet file with field ids and statistics for each part. */
export async function writeRows(
  draft: Draft,
  ...parts: readonly { readonly sql: string; readonly partition?: readonly Scalar[] }[]
): Promise<Written> {
  const files: DataFile[] = []
  for (const part of parts) files.push(await writeFile(draft, part.sql, part.partition ?? []))
  return {
    files,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  }
}

async function writeFile(draft: Draft, sql: string, partition: readonly Scalar[]): Promise<DataFile> {
  const { fields, schemaId, specId } = draft.shape
  mkdirSync(draft.sink.prefix, { recursive: true })
  const path = `${draft.sink.prefix}/${randomUUID()}.parquet`
  const columns = fields.map(
    (field) => `cast(${quoted(field.name)} as ${duckType(field.type)}) as ${quoted(safe(field.name))}`,
  )
  const ids = fields.map((field) => `${quoted(safe(field.name))}: ${fieldIds(field)}`).join(', ')
  await connection.run(
    `copy (select ${columns.join(', ')} from (${sql})) to ${text(path)} (format parquet, field_ids {${ids}})`,
  )
  const stats = await statsOf(path, fields)
  const rows = Number((await query(`select count(*)::int as n from read_parquet(${text(path)})`))[0]?.['n'])
  return { path, rows, bytes: statSync(path).size, partition, spec: specId, schema: schemaId, stats, splits: [4] }
}

/** Iceberg's own rule for names in Parquet. */
const safe = (name: string): string =>
  name.replaceAll(/[^A-Za-z0-9_]/gu, (c) => `_x${c.codePointAt(0)?.toString(16).toUpperCase()}`)

async function statsOf(path: string, fields: readonly Field[]): Promise<Record<number, ColumnStats>> {
  const stats: Record<number, ColumnStats> = {}
  for (const { field, path: names, repeated } of leavesOf(fields)) {
    if (repeated || typeof field.type !== 'string') continue
    const column = names.map((name) => quoted(safe(name))).join('.')
    const real = field.type.startsWith('float')
    const value = real ? `case when isnan(${column}) then null else ${column} end` : column
    const shown = field.type.startsWith('fixed') || field.type === 'binary' ? 'hex' : ''
    const [row] = await query(
      `select ${shown}(min(${value}))::varchar as lo, ${shown}(max(${value}))::varchar as hi, count(*)::int as n,
         (count(*) - count(${column}))::int as nulls, ${real ? `count(*) filter (isnan(${column}))::int` : 'null'} as nans
       from read_parquet(${text(path)})`,
    )
    stats[field.id] = {
      values: Number(row?.['n']),
      nulls: Number(row?.['nulls']),
      ...(real ? { nans: Number(row?.['nans']) } : {}),
      min: row?.['lo'] as string | null,
      max: row?.['hi'] as string | null,
    }
  }
  return stats
}

function fieldIds(field: Field): string {
  const { type, id } = field
  if (typeof type === 'string') return String(id)
  if ('struct' in type)
    return `{__duckdb_field_id: ${id}, ${type.struct.map((one) => `${quoted(safe(one.name))}: ${fieldIds(one)}`).join(', ')}}`
  if ('list' in type) return `{__duckdb_field_id: ${id}, element: ${fieldIds(type.list)}}`
  return `{__duckdb_field_id: ${id}, key: ${fieldIds(type.map[0])}, value: ${fieldIds(type.map[1])}}`
}

function duckType(type: FieldType): string {
  if (typeof type === 'string') return duckTypes[type] ?? (type.startsWith('fixed') ? 'BLOB' : type)
  if ('struct' in type)
    return `STRUCT(${type.struct.map((one) => `${quoted(one.name)} ${duckType(one.type)}`).join(', ')})`
  if ('list' in type) return `${duckType(type.list.type)}[]`
  return `MAP(${duckType(type.map[0].type)}, ${duckType(type.map[1].type)})`
}

const duckTypes: Record<string, string> = {
  int32: 'INTEGER',
  int64: 'BIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
}

/** The rows of a scan, for tables that have had one schema only. */
export async function readScan(scan: FilesScan, order = '1'): Promise<Record<string, unknown>[]> {
  const paths = scan.groups.flatMap((group) => group.files.map((file) => text(file.path)))
  return paths.length === 0 ? [] : await query(`select * from read_parquet([${paths.join(', ')}]) order by ${order}`)
}
