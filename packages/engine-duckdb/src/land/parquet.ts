/**
 * Parquet files: values have types already, and rows have numbers. Where every value of a file's column is one of the table's,
 * the rows are copied as they are; otherwise each is tested on the way, and those that do not fit are set aside with the number
 * of their row. Rows written and rows set aside must come to what the files' own footers say.
 */
import {
  type ColumnSpec,
  type DataType,
  describeIssue,
  fail,
  formerNames,
  type Issue,
  MillraceError,
  type RawFile,
} from '@millrace/core'
import { fromDuckType } from '../types.ts'
import { refuseLongDecimals } from '../scan/long-decimals.ts'
import { localPath } from '../sql/local-path.ts'
import { identifier, literal, subquery } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'
import { copyRows } from '../worker/write.ts'
import { newFieldsOf } from '../scan/new-fields.ts'
import { type Landing, labelOf, nothing, type Part } from './landing.ts'
import { castValue, changeSql } from './parquet-cast.ts'
import { keptRaw, shownText } from './raw-text.ts'

interface FileColumn {
  readonly name: string
  readonly type: DataType
}

/** Files of the same columns and types are read together. */
interface Group {
  readonly columns: ReadonlyMap<string, FileColumn>
  readonly files: RawFile[]
}

/** A column of the table as a group of files gives it. */
interface Given {
  readonly name: string
  readonly select: string
  /** The value as text, for rejects. */
  readonly text: string
  readonly fault: string | null
  readonly type: string
}

export async function landParquet(landing: Landing, files: readonly RawFile[]): Promise<Part> {
  if (files.length === 0) return nothing
  const { database, sink, name, onProgress } = landing
  const groups = await groupsOf(landing, files)
  await refuseLongDecimals(database, files)
  const expected = await rowsIn(landing, files)
  const selects: string[] = []
  for (const group of groups) {
    const given = await givenColumns(landing, group)
    const values = given.map((one) => `${one.select} AS ${identifier(one.name)}`).join(', ')
    const fault = faultOf(given)
    const good = fault === null ? '' : ` WHERE (${fault}) IS NULL`
    selects.push(`SELECT ${values} FROM ${readParquet(group.files)}${good}`)
  }
  const written = await copyRows(database, subquery(selects.join('\nUNION ALL\n')), {}, sink, name, onProgress)
  if (written.rows === expected) return written
  for (const group of groups) await keepFaults(landing, group)
  const rejected = await landing.rejects.count()
  if (written.rows + rejected !== expected)
    throw new Error(`${files.length} Parquet files: ${expected} rows became ${written.rows} and ${rejected} rejects`)
  return written
}

const readParquet = (files: readonly RawFile[], more = ''): string =>
  `read_parquet([${files.map((file) => literal(localPath(file.path))).join(', ')}]${more})`

async function groupsOf(landing: Landing, files: readonly RawFile[]): Promise<readonly Group[]> {
  const groups = new Map<string, Group>()
  for (const file of files) {
    const columns = await columnsOf(landing, file)
    const key = JSON.stringify(columns)
    const group = groups.get(key)
    if (group === undefined)
      groups.set(key, { columns: new Map(columns.map((one) => [one.name.toLowerCase(), one])), files: [file] })
    else group.files.push(file)
  }
  return [...groups.values()]
}

const said = (one: Issue): string => describeIssue(one).message

async function columnsOf({ database }: Landing, file: RawFile): Promise<readonly FileColumn[]> {
  try {
    const probe = await database.connection.run(`SELECT * FROM ${readParquet([file])} LIMIT 0`)
    const types = probe.columnTypes()
    return probe.columnNames().flatMap((name, i) => {
      const type = types[i]
      return type === undefined ? [] : [{ name, type: fromDuckType(type).type }]
    })
  } catch (error) {
    if (error instanceof MillraceError)
      return fail('files/unreadable', { path: labelOf(file), problem: error.issues.map(said).join(' ') })
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    if (/No such file|No files found/.test(problem)) return fail('engine/input-vanished', { path: labelOf(file) })
    return fail('files/unreadable', { path: labelOf(file), problem })
  }
}

async function rowsIn({ database }: Landing, files: readonly RawFile[]): Promise<number> {
  const list = files.map((file) => literal(localPath(file.path))).join(', ')
  const [row] = await database.rows(`SELECT sum(num_rows)::DOUBLE AS n FROM parquet_file_metadata([${list}])`)
  return Number(row?.['n'] ?? 0)
}

async function givenColumns(landing: Landing, group: Group): Promise<readonly Given[]> {
  const given: Given[] = []
  const former = new Map([...formerNames(landing.scan.columns)].map(([was, name]) => [name, was]))
  for (const [name, spec] of Object.entries(landing.scan.columns)) {
    const source = group.columns.get(name.toLowerCase()) ?? group.columns.get(former.get(name) ?? '')
    given.push(source === undefined ? missing(name, spec) : await givenColumn(landing, name, spec, source))
  }
  return given
}

function missing(name: string, spec: ColumnSpec): Given {
  const type = toDuckType(spec.type)
  return { name, type, select: `NULL::${type}`, text: 'NULL::VARCHAR', fault: spec.required === true ? 'true' : null }
}

async function givenColumn(landing: Landing, name: string, spec: ColumnSpec, source: FileColumn): Promise<Given> {
  const type = toDuckType(spec.type)
  // Small unsigned numbers and the like are read as the core's next larger type.
  const value = `CAST(${identifier(source.name)} AS ${toDuckType(source.type)})`
  const change = changeSql(value, source.type, spec.type, { newFields: newFieldsOf(landing.scan) })
  const unfit = change !== null && !(await canCast(landing, source.type, spec.type)) ? `${value} IS NOT NULL` : change
  const faults = [...(spec.required === true ? [`${value} IS NULL`] : []), ...(unfit === null ? [] : [unfit])]
  const select = unfit === change ? castValue(value, source.type, spec.type) : `NULL::${type}`
  return { name, type, select, text: `${value}::VARCHAR`, fault: faults.length === 0 ? null : faults.join(' OR ') }
}

/** Some types have no cast between them at all, not even one that yields NULL. */
async function canCast({ database, scan }: Landing, from: DataType, to: DataType): Promise<boolean> {
  const value = `NULL::${toDuckType(from)}`
  const change = changeSql(value, from, to, { newFields: newFieldsOf(scan) })
  try {
    await database.run(`SELECT ${castValue(value, from, to)}, ${change ?? 'NULL'}`)
    return true
  } catch {
    return false
  }
}

/** Which column is the first at fault; null where none can be. */
function faultOf(given: readonly Given[]): string | null {
  const cases = given.flatMap((one, i) => (one.fault === null ? [] : [`WHEN ${one.fault} THEN ${i}`]))
  return cases.length === 0 ? null : `CASE ${cases.join(' ')} END`
}

async function keepFaults(landing: Landing, group: Group): Promise<void> {
  const given = await givenColumns(landing, group)
  const fault = faultOf(given)
  if (fault === null) return
  const pick = (value: (one: Given) => string): string =>
    `CASE __millrace_fault ${given.map((one, i) => `WHEN ${i} THEN ${value(one)}`).join(' ')} END`
  const labels = group.files.map((file) => `(${literal(localPath(file.path))}, ${literal(labelOf(file))})`)
  const read = readParquet(group.files, `, file_row_number = true, filename = ${literal(fileAlias)}`)
  await landing.database.run(`
    INSERT INTO ${landing.rejects.table} BY NAME
    SELECT label AS file, line, "column", left(record, ${keptRaw}) AS raw,
      CASE WHEN bad IS NULL THEN 'required: the column has no value'
      ELSE 'cast: ' || left(bad, ${shownText}) || ' is no ' || type END AS reason
    FROM (
      SELECT __millrace_label AS label, file_row_number + 1 AS line, ${pick((one) => literal(one.name))} AS "column",
        ${recordSql([...group.columns.values()])} AS record, ${pick((one) => one.text)} AS bad, ${pick((one) => literal(one.type))} AS type
      FROM (SELECT *, ${fault} AS __millrace_fault FROM ${read})
      JOIN (VALUES ${labels.join(', ')}) AS names(__millrace_path, __millrace_label) ON __millrace_path = ${fileAlias}
      WHERE __millrace_fault IS NOT NULL)`)
}

/** A row as a JSON object, as files of JSON have their records; what JSON has no number for is text. */
function recordSql(columns: readonly FileColumn[]): string {
  const parts = columns.map(({ name, type }) => {
    const value = `CAST(${identifier(name)} AS ${toDuckType(type)})`
    return `${literal(name)}, ${asJson.has(type) || typeof type !== 'string' ? `to_json(${value})` : `to_json(${value}::VARCHAR)`}`
  })
  return `json_object(${parts.join(', ')})::VARCHAR`
}

const asJson: ReadonlySet<DataType> = new Set([
  'boolean',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint64',
  'json',
  'variant',
])

/** Names that stand beside those of a file's own columns. */
const fileAlias = '__millrace_file'
