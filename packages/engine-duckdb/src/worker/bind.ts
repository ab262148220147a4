import type { Dict, Scalar } from '@millrace/core'
import { type DuckDBPreparedStatement, VARCHAR } from '@duckdb/node-api'
import type { Database } from './database.ts'

function bindOne(statement: DuckDBPreparedStatement, index: number, value: Scalar): void {
  if (value === null) statement.bindNull(index)
  else if (typeof value === 'boolean') statement.bindBoolean(index, value)
  else if (typeof value === 'bigint') statement.bindBigInt(index, value)
  else if (typeof value === 'string') statement.bindValue(index, value, VARCHAR)
  else if (Number.isSafeInteger(value)) statement.bindBigInt(index, BigInt(value))
  else statement.bindDouble(index, value)
}

/** A statement with its named parameters bound; text takes the type that its place asks for. */
export async function prepare(database: Database, sql: string, params: Dict<Scalar>): Promise<DuckDBPreparedStatement> {
  const statement = await database.connection.prepare(sql)
  for (let index = 1; index <= statement.parameterCount; index++) {
    const value = params[statement.parameterName(index)]
    if (value !== undefined) bindOne(statement, index, value)
  }
  return statement
}
