import type { Columns, ColumnSpec, Query } from '@millrace/core'
import { identifier, subquery } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'
import { type CoreType, fromDuckType } from '../types.ts'
import { prepare } from './bind.ts'
import type { Database } from './database.ts'

export interface Described {
  readonly columns: Columns
  /** The query, or one around it that casts what DuckDB holds in a layout of its own. */
  readonly sql: string
}

/** What a query yields. A run without rows is asked, because parameters get their types only when they have values. */
export async function describeQuery(database: Database, query: Query): Promise<Described> {
  const statement = await prepare(database, `SELECT * FROM ${subquery(query.sql)} LIMIT 0`, query.params)
  const result = await statement.run()
  const names = result.deduplicatedColumnNames()
  const types = result.columnTypes().map(fromDuckType)
  statement.destroySync()
  const columns: Columns = Object.fromEntries(
    names.map((name, i): readonly [string, ColumnSpec] => [name, { type: types[i]?.type ?? 'string' }]),
  )
  return { columns, sql: types.every((type) => type.exact) ? query.sql : castSql(query.sql, names, types) }
}

function castSql(sql: string, names: readonly string[], types: readonly CoreType[]): string {
  const casts = types.map((type, i) => {
    const value = type.exact ? `#${i + 1}` : `CAST(#${i + 1} AS ${toDuckType(type.type)})`
    return `${value} AS ${identifier(names[i] ?? '')}`
  })
  return `SELECT ${casts.join(', ')} FROM ${subquery(sql)}`
}
