import type { FieldType } from '@millrace/core'
import { toDuckType } from '@millrace/sql/duckdb'
import { identifier } from './quote.ts'

/**
 * The name of a field inside Parquet files: Iceberg's writers replace what Avro cannot say, and its readers expect it.
 */
export function fileName(name: string): string {
  const hex = (char: string): string => `_x${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}`
  return name
    .replace(/^[^A-Za-z_]/u, (char) => (/\d/.test(char) ? `_${char}` : hex(char)))
    .replaceAll(/[^A-Za-z0-9_]/gu, hex)
}

/** How names are spelled inside nested types: as users see them, or as they stand in files. */
export type Spelling = (name: string) => string
export const asWritten: Spelling = (name) => name

/** The DuckDB type of a field. */
export function fieldDuckType(type: FieldType, spelling: Spelling = asWritten): string {
  if (typeof type === 'string') return toDuckType(type)
  if ('list' in type) return `${fieldDuckType(type.list.type, spelling)}[]`
  if ('map' in type)
    return `MAP(${fieldDuckType(type.map[0].type, spelling)}, ${fieldDuckType(type.map[1].type, spelling)})`
  const fields = type.struct.map((one) => `${identifier(spelling(one.name))} ${fieldDuckType(one.type, spelling)}`)
  return `STRUCT(${fields.join(', ')})`
}

/** The type under which a field lies in a file: JSON is text there, because not every reader takes the annotation. */
export function fileDuckType(type: FieldType): string {
  if (type === 'json' || type === 'variant') return 'VARCHAR'
  if (typeof type === 'string') return toDuckType(type)
  if ('list' in type) return `${fileDuckType(type.list.type)}[]`
  if ('map' in type) return `MAP(${fileDuckType(type.map[0].type)}, ${fileDuckType(type.map[1].type)})`
  const fields = type.struct.map((one) => `${identifier(fileName(one.name))} ${fileDuckType(one.type)}`)
  return `STRUCT(${fields.join(', ')})`
}
