import type { Columns, Dict, Instant, PublicationId, Query, RunId, Scalar, TableName, TableRef } from '@millrace/core'
import { fail, MillraceError, nearest, parseInstant } from '@millrace/core'
import type { DuckSqlReader } from '@millrace/sql'
import { needEnvironment } from '../environments/need-environment.ts'
import { type Lakehouse, statesOf } from '../workspace/lakehouse.ts'
import { refuseForgotten, withReadByViews } from './forgotten.ts'
import { type Pins, scansOf } from './inputs.ts'
import { shownColumns } from './shown-columns.ts'

export interface PreparedQuery {
  readonly query: Query
  readonly columns: Columns
  readonly names: readonly string[]
  readonly reads: readonly TableName[]
}

/** What an environment shows: now, at a time, at a publication, or with what a run staged (`run:ID`). */
export async function pinsAt(lakehouse: Lakehouse, asOf: string | undefined, option = 'as-of'): Promise<Pins> {
  const { catalog, environment } = lakehouse
  await needEnvironment(catalog, environment)
  // A table of ours comes before one of the same name that another program has made.
  if (asOf === undefined)
    return new Map([...(await catalog.foreign(environment)), ...(await catalog.resolve(environment))])
  if (asOf.startsWith('run:')) {
    const staged = await lakehouse.state.staged(await runOf(lakehouse, asOf.slice(4)))
    return new Map([
      ...(await catalog.resolve(environment)),
      ...staged.map((ref): [TableName, TableRef] => [ref.table, ref]),
    ])
  }
  const instant = parseInstant(asOf)
  // A day means its end: "as of the 31st" includes what was published on that day.
  const wholeDay = /^\d{4}-\d\d-\d\d$/.test(asOf) ? 86_400_000 - 1 : 0
  if (instant !== null) return await catalog.resolve(environment, (instant + wholeDay) as Instant)
  if (/^\d{4}-\d/.test(asOf))
    return fail('command/bad-value', { option, value: asOf, expected: 'a time that the calendar has' })
  if (!/^[\da-f-]+$/i.test(asOf)) return fail('command/bad-value', { option, value: asOf, expected: forms })
  return await catalog.resolve(environment, await publicationOf(lakehouse, asOf))
}

const forms =
  'a time such as 2026-01-31 or 2026-01-31T10:00Z, the id of a publication that `millrace table NAME` lists, or run:ID for what a run staged'

/** The publication whose id begins with these characters. */
export async function publicationOf(lakehouse: Lakehouse, prefix: string): Promise<PublicationId> {
  const [only, another] = await lakehouse.catalog.beginning(lakehouse.environment, prefix)
  if (only === undefined || another !== undefined) fail('lake/no-publication', { wanted: prefix })
  return only
}

async function runOf(lakehouse: Lakehouse, prefix: string): Promise<RunId> {
  const runs = await lakehouse.state.runs(1000)
  const found = runs.filter(({ id }) => id.startsWith(prefix) || id.endsWith(prefix))
  const [only] = found
  if (only === undefined || found.length > 1) fail('lake/no-publication', { wanted: `run:${prefix}` })
  return only.id
}

/** Binds a query that somebody typed and prunes the files that its conditions rule out. */
export async function prepareQuery(
  lakehouse: Lakehouse,
  reader: DuckSqlReader,
  sql: string,
  options: { readonly asOf?: string | undefined; readonly params?: Dict<Scalar> } = {},
): Promise<PreparedQuery> {
  const pins = await pinsAt(lakehouse, options.asOf)
  const named = namedTables(pins, sql)
  if (options.asOf !== undefined)
    await refuseForgotten(lakehouse, await withReadByViews(lakehouse, pins, named), options.asOf)
  const states = await statesOf(lakehouse, named)
  const known = new Map<TableName, Columns>()
  for (const [table, { ref, columns }] of states)
    known.set(table, ref.format === 'view' ? await shownColumns({ lakehouse, reader, pins }, table) : columns)
  const params = options.params ?? {}
  const facts = await reader.query(sql, known, params)
  if (facts.issues.length > 0) throw new MillraceError(facts.issues)
  const inputs = await scansOf(lakehouse, pins, facts.reads, facts.ranges)
  return { query: { sql, inputs, params }, columns: facts.columns, names: facts.names, reads: facts.reads }
}

/** The tables that the text may mean: with thousands of tables, binding against all of them would be slow. */
function namedTables(pins: Pins, sql: string): Pins {
  const text = sql.toLowerCase().replaceAll('"', '')
  const named = new Map([...pins].filter(([table]) => text.includes(table.toLowerCase())))
  return named.size > 0 ? named : new Map([...pins].filter(([, ref]) => ref.foreign !== true))
}

/** The reference of one table, or a coded error that names the nearest. */
export function tableRef(pins: Pins, name: string, environment: string): TableRef {
  const found = [...pins.values()].find((ref) => ref.table.toLowerCase() === name.toLowerCase())
  return found ?? fail('command/unknown-table', { name, environment }, { candidates: nearest(name, pins.keys()) })
}
