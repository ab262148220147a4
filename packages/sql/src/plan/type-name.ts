import { literal, quoted } from '../text/quote.ts'
import type { DuckType } from './node.ts'

/** A serialised type as DuckDB writes it in SQL. */
export function typeName(type: DuckType): string {
  const info = type.type_info
  if (info?.alias !== undefined && info.alias !== '' && type.id !== 'ENUM') return info.alias
  const nested = nestedNames[type.id]
  if (nested !== undefined) return nested(type)
  return type.id.replace('TIMESTAMP_TZ', 'TIMESTAMP WITH TIME ZONE').replace('TIME_TZ', 'TIME WITH TIME ZONE')
}

const childName = (type: DuckType): string => typeName(type.type_info?.child_type ?? { id: 'NULL' })

const fieldNames = (type: DuckType): readonly string[] =>
  (type.type_info?.child_types ?? []).map((field) => `${quoted(field.first)} ${typeName(field.second)}`)

const nestedNames: Readonly<Record<string, (type: DuckType) => string>> = {
  DECIMAL: (type) => `DECIMAL(${type.type_info?.width},${type.type_info?.scale ?? 0})`,
  LIST: (type) => `${childName(type)}[]`,
  ARRAY: (type) => `${childName(type)}[${type.type_info?.size}]`,
  STRUCT: (type) => `STRUCT(${fieldNames(type).join(', ')})`,
  // The first field of a union is its tag.
  UNION: (type) => `UNION(${fieldNames(type).slice(1).join(', ')})`,
  MAP: (type) => {
    const entry = type.type_info?.child_type?.type_info?.child_types ?? []
    return `MAP(${entry.map((field) => typeName(field.second)).join(', ')})`
  },
  ENUM: (type) => `ENUM(${(type.type_info?.values ?? []).map(literal).join(', ')})`,
}
