import type { Field, FileGroup, FilesScan } from '@millrace/core'
import { fail } from '@millrace/core'
import { existsSync } from 'node:fs'
import { fieldDuckType, fileDuckType, fileName } from '../sql/field-type.ts'
import { localPath } from '../sql/local-path.ts'
import { identifier, literal } from '../sql/quote.ts'
import { hasFieldIds } from '../write/footer.ts'
import { reshape } from './reshape.ts'

const fileAlias = '__millrace_file'

const paths = (group: FileGroup): string => `[${group.files.map((file) => literal(localPath(file.path))).join(', ')}]`

/** Reads the columns by the ids in the files, in the types the files were written with. Told the schema, DuckDB opens no file to
 * plan, and would take each for a thousand rows: how many there are decides which side of a join it holds in memory. */
function byId(group: FileGroup, fields: readonly Field[], named: string): string {
  const schema = fields.map(
    (field) =>
      `${field.id}: {name: ${literal(identifierOf(field))}, type: ${literal(fileDuckType(field.type))}, default_value: NULL}`,
  )
  return `read_parquet(${paths(group)}, schema = MAP {${schema.join(', ')}}${estimate(group)}${named})`
}

/** Other writers may not know how many rows a file has, and say -1: no number is better than one that DuckDB refuses. */
function estimate({ files }: FileGroup): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  return files.every((file) => file.rows >= 0) && Number.isSafeInteger(rows) ? `, explicit_cardinality = ${rows}` : ''
}

/** Files of writers that set no ids (they would read as all NULL): columns are found by their names. */
function byName(group: FileGroup, named: string): string {
  return `read_parquet(${paths(group)}, union_by_name = true${named})`
}

const identifierOf = (field: Field): string => `c${field.id}`

function selectGroup(scan: FilesScan, group: FileGroup): string {
  const sources = new Map(group.fields.map((field) => [field.id, field]))
  const first = group.files[0]
  const ids = first === undefined || hasFieldIds(existing(first.path))
  const used = scan.fields.flatMap((field) => sources.get(field.id) ?? [])
  const columns = scan.fields.map((field) => {
    const source = sources.get(field.id)
    if (source === undefined) return `NULL::${fieldDuckType(field.type)} AS ${identifier(field.name)}`
    const name = identifier(ids ? identifierOf(source) : fileName(source.name))
    return `${reshape(name, source.type, field.type)} AS ${identifier(field.name)}`
  })
  if (scan.fileColumn !== undefined) columns.push(`${fileColumn(group)} AS ${identifier(scan.fileColumn)}`)
  const named = scan.fileColumn === undefined ? '' : `, filename = ${literal(fileAlias)}`
  // A table whose read columns are all younger than the file has no column to ask it for: its rows still count.
  const from = ids && used.length > 0 ? byId(group, used, named) : byName(group, named)
  return `SELECT ${columns.join(', ')} FROM ${from}`
}

/** DuckDB gives plain paths; a table that knows its files by URL gets its own spelling back. */
function fileColumn(group: FileGroup): string {
  const first = group.files[0]?.path ?? ''
  return first.startsWith('file://') ? `'file://' || ${identifier(fileAlias)}` : identifier(fileAlias)
}

function existing(path: string): string {
  const local = localPath(path)
  return existsSync(local) ? local : fail('engine/input-vanished', { path })
}

function emptySelect(scan: FilesScan): string {
  const columns = scan.fields.map((field) => `NULL::${fieldDuckType(field.type)} AS ${identifier(field.name)}`)
  if (scan.fileColumn !== undefined) columns.push(`NULL::VARCHAR AS ${identifier(scan.fileColumn)}`)
  return `SELECT ${columns.join(', ')} WHERE false`
}

/** The select that shows a table's files as the table: one read per schema, all in the types of now. */
export function filesSql(scan: FilesScan): string {
  const groups = scan.groups.filter((group) => group.files.length > 0)
  if (groups.length === 0) return emptySelect(scan)
  return groups.map((group) => selectGroup(scan, group)).join('\nUNION ALL\n')
}
