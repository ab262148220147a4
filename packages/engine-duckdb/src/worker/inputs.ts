/**
 * The inputs of a query as views of the names that its text uses, so that the text itself reaches DuckDB unchanged.
 * Invariants:
 * - each query (the statement's own, and each view inside it) has a catalog of its own in which only its inputs exist:
 *   two views may read different versions of one table under the same name;
 * - rows that came as batches are a table there; everything else is a view and costs nothing until it is read;
 * - all of it is dropped when the statement is over, whether it went well or not.
 */
import { type BatchScan, type Columns, fail, type Query, type Scan } from '@millrace/core'
import { readStream } from '../arrow/read-stream.ts'
import { filesSql } from '../scan/files.ts'
import { refuseLongDecimals } from '../scan/long-decimals.ts'
import { rawSql } from '../scan/raw.ts'
import { identifier, subquery, tableIdentifier } from '../sql/quote.ts'
import { toDuckType } from '@millrace/sql/duckdb'
import { appendRecords } from './append.ts'
import type { Database } from './database.ts'

let catalogs = 0

/** Runs `work` with the query's inputs in place. */
export async function withInputs<T>(database: Database, query: Query, work: () => Promise<T>): Promise<T> {
  const attached: string[] = []
  try {
    const catalog = await attachInputs(database, query, attached)
    await database.run(`USE ${identifier(catalog)}`)
    return await work()
  } finally {
    await database.run('USE memory')
    for (const catalog of attached) await database.run(`DETACH DATABASE IF EXISTS ${identifier(catalog)}`)
  }
}

async function attachInputs(database: Database, query: Query, attached: string[]): Promise<string> {
  const catalog = `millrace_${++catalogs}`
  await database.run(`ATTACH ':memory:' AS ${identifier(catalog)}`)
  attached.push(catalog)
  const schemas = new Set<string>()
  for (const [name, scan] of Object.entries(query.inputs)) {
    const dot = name.indexOf('.')
    const schema = dot < 0 ? 'main' : name.slice(0, dot)
    if (!schemas.has(schema))
      await database.run(`CREATE SCHEMA IF NOT EXISTS ${identifier(catalog)}.${identifier(schema)}`)
    schemas.add(schema)
    await createInput(database, { catalog, name: dot < 0 ? `main.${name}` : name }, scan, attached)
  }
  return catalog
}

interface Target {
  readonly catalog: string
  readonly name: string
}

const qualified = (target: Target): string => `${identifier(target.catalog)}.${tableIdentifier(target.name)}`

async function createInput(database: Database, target: Target, scan: Scan, attached: string[]): Promise<void> {
  if (scan.via === 'batches') return createBatches(database, target, scan)
  if (scan.via === 'files') return database.run(`CREATE VIEW ${qualified(target)} AS ${filesSql(scan)}`)
  if (scan.via === 'raw' && scan.format === 'parquet')
    await refuseLongDecimals(
      database,
      scan.files.filter((file) => file.bytes > 0),
    )
  if (scan.via === 'raw') return database.run(`CREATE VIEW ${qualified(target)} AS ${rawSql(scan)}`)
  const { query } = scan
  if (Object.keys(query.params).length > 0)
    return fail('engine/query-failed', { message: `the view ${target.name} cannot have parameters` })
  const inner = await attachInputs(database, query, attached)
  // A view looks names up in the catalog that it lies in: it is made beside its own inputs and shown from there.
  const shown = `${identifier(inner)}.main."millrace view"`
  await database.run(`CREATE VIEW ${shown} AS SELECT * FROM ${subquery(query.sql)}`)
  const columns = scan.columns === undefined ? [] : await amongThose(database, shown, scan.columns)
  const list = columns.length === 0 ? '*' : columns.map(identifier).join(', ')
  await database.run(`CREATE VIEW ${qualified(target)} AS SELECT ${list} FROM ${shown}`)
}

/** Those of the columns that a view still gives: its inputs may have lost or renamed some since it was defined. */
async function amongThose(database: Database, view: string, columns: readonly string[]): Promise<readonly string[]> {
  const statement = await database.connection.prepare(`SELECT * FROM ${view}`)
  try {
    const names = Array.from({ length: statement.columnCount }, (_, i) => statement.columnName(i).toLowerCase())
    const given = new Set(names)
    return columns.filter((name) => given.has(name.toLowerCase()))
  } finally {
    statement.destroySync()
  }
}

async function createBatches(database: Database, target: Target, scan: BatchScan): Promise<void> {
  const columns = Object.entries(scan.columns).map(([name, spec]) => `${identifier(name)} ${toDuckType(spec.type)}`)
  await database.run(`CREATE TABLE ${qualified(target)} (${columns.join(', ')})`)
  const dot = target.name.indexOf('.')
  const appender = await database.connection.createAppender(
    target.name.slice(dot + 1),
    target.name.slice(0, dot),
    target.catalog,
  )
  const probe = await database.connection.run(`SELECT * FROM ${qualified(target)} LIMIT 0`)
  const types = probe.columnTypes()
  for (const bytes of scan.batches) {
    const stream = readStream(bytes)
    const order = orderOf(scan.columns, stream.columns)
    for (const batch of stream.batches) appendRecords(appender, types, batch, order)
  }
  appender.closeSync()
}

/** Where each declared column stands in a batch; a batch of other columns is refused. */
function orderOf(declared: Columns, given: Columns): readonly number[] {
  const names = Object.keys(given)
  const missing = Object.keys(declared).filter((name) => !names.includes(name))
  const unexpected = names.filter((name) => declared[name] === undefined)
  if (missing.length > 0 || unexpected.length > 0) return fail('engine/columns-differ', { missing, unexpected })
  for (const [name, spec] of Object.entries(declared)) {
    const [want, got] = [toDuckType(spec.type), toDuckType(given[name]?.type ?? 'string')]
    if (want !== got)
      return fail('engine/query-failed', { message: `column ${name} comes as ${got}, but ${want} is declared` })
  }
  return Object.keys(declared).map((name) => names.indexOf(name))
}
