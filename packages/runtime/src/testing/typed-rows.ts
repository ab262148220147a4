import type { Columns, DataType, Json } from '@millrace/core'

type Cell = unknown

/** JSON rows as the cells of declared columns; a column that a row does not name is null. */
export function typedRows(
  columns: Columns,
  rows: readonly Readonly<Record<string, Json>>[],
): readonly Readonly<Record<string, Cell>>[] {
  return rows.map((row) => {
    const given = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]))
    return Object.fromEntries(
      Object.entries(columns).map(([name, { type }]) => [name, typed(given.get(name.toLowerCase()) ?? null, type)]),
    )
  })
}

function typed(value: Json, type: DataType): Cell {
  if (value === null) return null
  if (typeof type === 'string') return typedPlain(value, type)
  if ('list' in type) return (value as readonly Json[]).map((one) => typed(one, type.list))
  if ('map' in type)
    return new Map(
      Object.entries(value as object).map(([key, one]) => [typed(key, type.map[0]), typed(one as Json, type.map[1])]),
    )
  return typedRows(type.struct, [value as Readonly<Record<string, Json>>])[0]
}

function typedPlain(value: NonNullable<Json>, type: string): Cell {
  // A text of digits is exact where a number of JSON is not.
  if (type === 'int64' || type === 'uint64') return value
  if (/^(int|float)/.test(type)) return Number(value)
  if (type === 'boolean' || type === 'json' || type === 'variant') return value
  if (type === 'binary' || type.startsWith('fixed')) return Buffer.from(typeof value === 'string' ? value : '', 'hex')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
