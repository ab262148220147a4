import type { ColumnSpec, DataType } from '@millrace/core'
import { quoted } from './text/quote.ts'

const toDuck: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int8: 'TINYINT',
  int16: 'SMALLINT',
  int32: 'INTEGER',
  int64: 'BIGINT',
  uint64: 'UBIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
  uuid: 'UUID',
  json: 'JSON',
  // DuckDB's VARIANT cannot be written to Parquet in a form that every reader of the lake knows: kept as JSON text.
  variant: 'JSON',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  timestamp_ns: 'TIMESTAMP_NS',
  // DuckDB has no zoned type of nanoseconds, and its zoned one would cut them off.
  timestamptz_ns: 'TIMESTAMP_NS',
}

/** The DuckDB type that holds a neutral one.
 *
 * ```ts
 * import { toDuckType } from '@millrace/sql'
 * toDuckType({ list: 'int64' }) //=> 'BIGINT[]'
 * ```
 */
export function toDuckType(type: DataType): string {
  if (typeof type === 'string') {
    if (type.startsWith('decimal')) return type.toUpperCase()
    return type.startsWith('fixed') ? 'BLOB' : (toDuck[type] ?? 'VARCHAR')
  }
  if ('list' in type) return `${toDuckType(type.list)}[]`
  if ('map' in type) return `MAP(${toDuckType(type.map[0])}, ${toDuckType(type.map[1])})`
  const fields = Object.entries(type.struct).map(([name, field]) => `${quoted(name)} ${toDuckType(field.type)}`)
  return `STRUCT(${fields.join(', ')})`
}

/**
 * What a table stores for a DuckDB type. Small unsigned integers widen without loss; 128-bit integers (every `sum` of
 * integers is one) become decimal(38,0), which refuses a value too large instead of bending it.
 */
const fromDuck: Readonly<Record<string, DataType>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'int8',
  SMALLINT: 'int16',
  INTEGER: 'int32',
  BIGINT: 'int64',
  UTINYINT: 'int16',
  USMALLINT: 'int32',
  UINTEGER: 'int64',
  UBIGINT: 'uint64',
  HUGEINT: 'decimal(38,0)',
  UHUGEINT: 'decimal(38,0)',
  FLOAT: 'float32',
  DOUBLE: 'float64',
  VARCHAR: 'string',
  BLOB: 'binary',
  UUID: 'uuid',
  JSON: 'json',
  VARIANT: 'variant',
  DATE: 'date',
  TIME: 'time',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp_ns',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  TIMESTAMPTZ: 'timestamptz',
}

const known = new Map<string, DataType | null>()

/** The neutral type of a DuckDB type's text, or null where no table can store it (intervals, unions, bits, ...).
 *
 * ```ts
 * import { fromDuckType } from '@millrace/sql'
 * fromDuckType('STRUCT(a HUGEINT)') //=> { struct: { a: { type: 'decimal(38,0)' } } }
 * ```
 */
export function fromDuckType(text: string): DataType | null {
  const before = known.get(text)
  if (before !== undefined) return before
  const type = readType(text.trim())
  known.set(text, type)
  return type
}

function readType(text: string): DataType | null {
  const element = /^(.+)\[\d*\]$/s.exec(text)?.[1]
  if (element !== undefined) {
    const type = fromDuckType(element)
    return type === null ? null : { list: type }
  }
  const open = text.indexOf('(')
  if (open < 0) return fromDuck[text.toUpperCase()] ?? null
  const name = text.slice(0, open).toUpperCase()
  return parametric[name]?.(splitTop(text.slice(open + 1, -1))) ?? null
}

const parametric: Readonly<Record<string, (args: readonly string[]) => DataType | null>> = {
  DECIMAL: ([width, scale]) => `decimal(${Number(width)},${Number(scale ?? 0)})`,
  NUMERIC: ([width, scale]) => `decimal(${Number(width)},${Number(scale ?? 0)})`,
  ENUM: () => 'string',
  MAP([key, value]) {
    const types = [fromDuckType(key ?? ''), fromDuckType(value ?? '')] as const
    return types[0] === null || types[1] === null ? null : { map: [types[0], types[1]] }
  },
  STRUCT(args) {
    const fields = args.map((arg): readonly [string, DataType | null] => {
      const { name, type } = fieldOf(arg)
      return [name, fromDuckType(type)]
    })
    if (!haveOwnNames(fields.map(([name]) => name))) return null
    const stored = fields.flatMap(([name, type]): (readonly [string, ColumnSpec])[] =>
      type === null ? [] : [[name, { type }]],
    )
    return stored.length < fields.length ? null : { struct: Object.fromEntries(stored) }
  },
}

function fieldOf(text: string): { readonly name: string; readonly type: string } {
  const [, inQuotes, bare, type] = /^(?:"((?:[^"]|"")*)"|(\S+))\s+(.+)$/s.exec(text) ?? []
  return { name: inQuotes?.replaceAll('""', '"') ?? bare ?? '', type: type ?? '' }
}

/** Values of a struct are kept by the names of its fields, which are alike where they differ in case alone. */
const haveOwnNames = (names: readonly string[]): boolean =>
  !names.includes('') && new Set(names.map((name) => name.toLowerCase())).size === names.length

/** Whether a DuckDB type's text has a struct, at any depth, whose fields cannot be told apart by their names. */
export function hasUnnamedFields(text: string): boolean {
  const element = /^(.+)\[\d*\]$/s.exec(text)?.[1]
  if (element !== undefined) return hasUnnamedFields(element)
  const open = text.indexOf('(')
  const name = text.slice(0, Math.max(open, 0)).toUpperCase()
  if (name !== 'STRUCT' && name !== 'MAP') return false
  const args = splitTop(text.slice(open + 1, -1))
  if (name === 'MAP') return args.some(hasUnnamedFields)
  const fields = args.map(fieldOf)
  return !haveOwnNames(fields.map((field) => field.name)) || fields.some((field) => hasUnnamedFields(field.type))
}

/** Splits at the commas that stand in no bracket and no quotes. */
function splitTop(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (const { 0: mark, index } of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[(),]/g)) {
    if (mark === '(') depth++
    else if (mark === ')') depth--
    else if (mark === ',' && depth === 0) {
      parts.push(text.slice(start, index).trim())
      start = index + 1
    }
  }
  return [...parts, text.slice(start).trim()]
}
