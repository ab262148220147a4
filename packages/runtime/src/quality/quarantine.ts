// Rows that break a quarantine check leave the table and are kept with their reason in `<table>__rejects`. The model's
// rows are computed once into temporary files and read twice: a second computation might give other rows.
import type { Columns, Output, PlannedCheck, Query, TableName } from '@millrace/core'
import { planChecks, rejectColumns } from '@millrace/core'
import { quote } from '../read/inputs.ts'
import { breaks, literal, orphaned } from './predicates.ts'

/** The columns of every table of rejects: what the engine says of a bad record, and which run met it. */
export const rejectsColumns: Columns = {
  run: { type: 'string' },
  loaded_at: { type: 'timestamptz' },
  ...Object.fromEntries(Object.entries(rejectColumns).map(([name, { type }]) => [name, { type }])),
}

export function rejectsTable(table: TableName): TableName {
  return `${table}__rejects` as TableName
}

/** The checks whose broken rows are kept apart. */
export function quarantineChecks(output: Pick<Output, 'columns' | 'checks'>): readonly PlannedCheck[] {
  return planChecks(output).filter((check) => check.on === 'quarantine')
}

/** Splits `kept.rows` into those that keep every quarantine check and those that break one, with the first that they break. */
export function splitQueries(
  table: TableName,
  inputs: Query['inputs'],
  checks: readonly PlannedCheck[],
): { readonly good: Query; readonly bad: Query } {
  // A condition may name its table, where it looks at another one.
  const name = quote(table.slice(table.indexOf('.') + 1))
  const broken = checks.map((check) => `coalesce(${breaks(check) ?? orphaned(check, name)}, false)`)
  const reasons = checks.map((check, i) => `when ${broken[i]} then ${literal(check.name)}`).join(' ')
  const columns = checks.map((check, i) => `when ${broken[i]} then ${literal(check.column ?? '')}`).join(' ')
  const any = broken.join(' or ')
  return {
    good: { sql: `select * from kept.rows as ${name} where not (${any})`, inputs, params: {} },
    bad: {
      sql: `select null::varchar as file, null::bigint as line,
        case ${columns} end as "column", to_json(struct_pack(*columns(*)))::varchar as raw, case ${reasons} end as reason
        from kept.rows as ${name} where ${any}`,
      inputs,
      params: {},
    },
  }
}
