import type { Columns, ColumnSpec, Query } from '@millrace/core'
import { identifier, subquery } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'
import { type CoreType, fromDuckType, isKeyOrder, keyOrder } from '../types.ts'
import { prepare } from './bind.ts'
import type { Database } from './database.ts'

export interface Described {
  readonly columns: Columns
  /** The query, or one around it that has its columns in their order and casts what DuckDB holds in a layout of its own. */
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
  const asIs = types.every((type) => type.exact) && isKeyOrder(names)
  return { columns, sql: asIs ? query.sql : castSql(query.sql, names, types) }
}

/** The columns as an object has them: names that are whole numbers come first there. */
function castSql(sql: string, names: readonly string[], types: readonly CoreType[]): string {
  const casts = keyOrder(names).map((name) => {
    const at = names.indexOf(name)
    const type = types[at]
    const value = type?.exact === false ? `CAST(#${at + 1} AS ${toDuckType(type.type)})` : `#${at + 1}`
    return `${value} AS ${identifier(name)}`
  })
  return `SELECT ${casts.join(', ')} FROM ${subquery(sql)}`
}
