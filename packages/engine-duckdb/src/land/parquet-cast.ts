/**
 * Values of one type as another, and the test that tells whether they are still the same. The rule is that of texts (what a
 * type cannot hold exactly is a reject, floats may round), but here the value has a type already: it must come back from the
 * cast as it went in. Nested values are tested part by part, since DuckDB's TRY_CAST makes NULLs of parts that do not fit.
 */
import { type Columns, type DataType, isDated } from '@millrace/core'
import { decimalOf, fixedWidthOf } from '../arrow/column.ts'
import { literal } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'
import type { NewFields } from '../scan/new-fields.ts'
import { castText } from './cast-sql.ts'
import { bendSql } from './bend-sql.ts'

/** The value as its column takes it; NULL where it does not fit. */
export function castValue(value: string, from: DataType, to: DataType): string {
  if (to === 'json' || to === 'variant')
    return from === 'string' ? castText(value, { type: to }, null) : `to_json(${value})`
  if (from === 'string') return castText(value, { type: to }, null)
  return `TRY_CAST(${value} AS ${toDuckType(to)})`
}

const wholeDigits: Readonly<Record<string, number>> = { int8: 3, int16: 5, int32: 10, int64: 19, uint64: 20 }
const widens: Readonly<Record<string, readonly string[]>> = {
  int8: ['int16', 'int32', 'int64'],
  int16: ['int32', 'int64'],
  int32: ['int64'],
  float32: ['float64'],
  date: ['timestamp', 'timestamptz'],
  timestamp: ['timestamptz'],
}

const isFloat = (type: DataType): boolean => type === 'float32' || type === 'float64'

/** Whether every value of one plain type is one of the other. */
function holdsAll(from: string, to: string): boolean {
  if (from === to || to === 'string' || widens[from]?.includes(to) === true) return true
  const [source, target] = [decimalOf(from as DataType), decimalOf(to as DataType)]
  if (isFloat(to as DataType)) return source !== null || wholeDigits[from] !== undefined
  if (target === null) return false
  const digits = source === null ? wholeDigits[from] : source.precision - source.scale
  return digits !== undefined && digits <= target.precision - target.scale && (source?.scale ?? 0) <= target.scale
}

export interface Change {
  readonly newFields: NewFields
  /** How many lists and maps lie around. */
  readonly depth?: number
}

/** A test that is true where a value changes or does not fit; null where neither can happen. */
export function changeSql(value: string, from: DataType, to: DataType, change: Change): string | null {
  if (to === 'json' || to === 'variant')
    return from === 'string' ? `(${value} IS NOT NULL AND NOT json_valid(${value}))` : null
  if (typeof from === 'string' && typeof to === 'string') return plainChange(value, from, to)
  if (typeof from === 'string' || typeof to === 'string') return to === 'string' ? null : `${value} IS NOT NULL`
  if ('struct' in from && 'struct' in to) return structChange(value, from.struct, to.struct, change)
  if ('list' in from && 'list' in to) return itemChange(value, from.list, to.list, change)
  if ('map' in from && 'map' in to) {
    const keys = itemChange(`map_keys(${value})`, from.map[0], to.map[0], change)
    const values = itemChange(`map_values(${value})`, from.map[1], to.map[1], change)
    return keys === null || values === null ? (keys ?? values) : `(${keys} OR ${values})`
  }
  return `${value} IS NOT NULL`
}

function plainChange(value: string, from: string, to: string): string | null {
  const change = finiteChange(value, from, to)
  // As in texts: `infinity` is a date to DuckDB alone.
  if (!isDated(from) || !isDated(to)) return change
  return change === null ? `isinf(${value})` : `(isinf(${value}) OR ${change})`
}

function finiteChange(value: string, from: string, to: string): string | null {
  if (holdsAll(from, to)) return null
  const cast = castValue(value, from as DataType, to as DataType)
  const missing = `(${value} IS NOT NULL AND ${cast} IS NULL)`
  if (from === 'string') {
    const bend = bendSql(value, cast, to as DataType, null)
    return bend === null ? missing : `(${missing} OR coalesce(${bend}, false))`
  }
  const width = fixedWidthOf(to as DataType)
  if (width !== null) return `(${missing} OR coalesce(octet_length(${cast}) <> ${width}, false))`
  // A double that is too large for a float is NULL already; one that is rounded is as good as ever.
  if (isFloat(from as DataType) && isFloat(to as DataType)) return missing
  return `(${missing} OR coalesce(TRY_CAST(${cast} AS ${toDuckType(from as DataType)}) <> ${value}, false))`
}

/** Parts that the file does not have are NULL; what lies in those that the table does not have would be lost. */
function structChange(value: string, from: Columns, to: Columns, change: Change): string | null {
  const targets = new Set(Object.keys(to).map((name) => name.toLowerCase()))
  const more = change.newFields === 'ignore' ? [] : Object.keys(from).filter((name) => !targets.has(name.toLowerCase()))
  const lost = more.map((name) => `struct_extract(${value}, ${literal(name)}) IS NOT NULL`)
  const sources = new Map(Object.entries(from).map(([name, spec]) => [name.toLowerCase(), { name, spec }]))
  const parts = Object.entries(to).flatMap(([name, spec]) => {
    const source = sources.get(name.toLowerCase())
    if (source === undefined) return []
    return changeSql(`struct_extract(${value}, ${literal(source.name)})`, source.spec.type, spec.type, change) ?? []
  })
  parts.push(...lost)
  return parts.length === 0 ? null : `(${parts.join(' OR ')})`
}

function itemChange(list: string, from: DataType, to: DataType, change: Change): string | null {
  const { depth = 0 } = change
  const item = `p${depth}`
  const changed = changeSql(item, from, to, { ...change, depth: depth + 1 })
  if (changed === null) return null
  return `coalesce(list_bool_or(list_transform(${list}, lambda ${item}: ${changed})), false)`
}
