// What a query may name of a table. A view that waits for its run shows what its inputs still give: were the query bound to the
// columns of its definition, values would stand under the names of others.
import { type Columns, fail, type TableName } from '@millrace/core'
import type { DuckSqlReader } from '@millrace/sql'
import { type Lakehouse, stateOf } from '../workspace/lakehouse.ts'
import type { Pins } from './inputs.ts'

interface Asked {
  readonly lakehouse: Lakehouse
  readonly reader: DuckSqlReader
  readonly pins: Pins
}

export async function shownColumns(asked: Asked, table: TableName): Promise<Columns> {
  const { lakehouse, reader, pins } = asked
  const ref = pins.get(table)
  if (ref === undefined) return {}
  if (ref.format !== 'view') return (await stateOf(lakehouse, ref)).columns
  const view = await lakehouse.views.load(ref)
  const known = new Map<TableName, Columns>()
  let isWhole = true
  for (const read of view.reads) {
    const columns = await shownColumns(asked, read)
    const meant = view.inputs?.[read] ?? Object.keys(columns)
    const given = among(columns, meant)
    isWhole &&= Object.keys(given).length === meant.length
    known.set(read, given)
  }
  if (isWhole) return view.columns
  const facts = await reader.query(view.sql, known)
  if (facts.issues.length > 0) return fail('run/view-behind', { table })
  const shown = among(facts.columns, Object.keys(view.columns))
  return Object.keys(shown).length === 0 ? facts.columns : shown
}

/** The columns of these names, in their order. */
function among(columns: Columns, names: readonly string[]): Columns {
  const byName = new Map(Object.entries(columns).map((one) => [one[0].toLowerCase(), one]))
  const found = names.map((name) => byName.get(name.toLowerCase()))
  return Object.fromEntries(found.filter((one) => one !== undefined))
}
