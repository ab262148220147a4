import type { CheckResult, Graph, Output, Query, Session, TableName } from '@millrace/core'
import { planChecks } from '@millrace/core'
import { type Pins, scansOf } from '../read/inputs.ts'
import { never, readRows } from '../read/rows.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'
import { checkedTables } from './checked-tables.ts'
import { runCodeChecks } from './code-checks.ts'
import { plainRow } from './plain-row.ts'
import { type Measure, measures } from './scan.ts'

const sampleRows = 5

/** Runs all checks of a table in one pass over it. `pins` show the version that is to be judged. */
export async function runChecks(
  { lakehouse, graph }: { readonly lakehouse: Lakehouse; readonly graph: Graph },
  session: Session,
  pins: Pins,
  table: TableName,
  output: Pick<Output, 'columns' | 'checks'>,
): Promise<readonly CheckResult[]> {
  const checks = planChecks(output).filter((check) => check.on !== 'quarantine')
  if (checks.length === 0) return []
  const others = await checkedTables(lakehouse, graph, pins, table, output)
  const inputs = { ...others, ...(await scansOf(lakehouse, pins, [table])) }
  const asked = measures(table, checks)
  const columns = asked.map((one, i) => `${one.sql} as c${i}`)
  const sql = `select count(*) as total${columns.map((one) => `, ${one}`).join('')} from ${table}`
  const [counts = {}] = await readRows(session, { sql, inputs, params: {} })
  const rows = Number(counts['total'] ?? 0)
  const results: CheckResult[] = []
  for (const [i, one] of asked.entries()) {
    const failed = await failedOf(session, one, Number(counts[`c${i}`] ?? 0), inputs)
    const sample = failed === 0 ? [] : await sampleOf(session, { sql: one.query, inputs, params: {} })
    results.push(resultOf(one, failed, rows, sample))
  }
  return [
    ...results,
    ...(await runCodeChecks({ lakehouse, graph, session, pins, cancel: never }, table, output.columns, checks, rows)),
  ]
}

async function failedOf(session: Session, { count }: Measure, found: number, inputs: Query['inputs']): Promise<number> {
  if (found === 0 || count === undefined) return found
  const [counted] = await readRows(session, { sql: count, inputs, params: {} })
  return Number(counted?.['failed'] ?? found)
}

function resultOf(
  { check, query, of }: Measure,
  failed: number,
  rows: number,
  sample: CheckResult['sample'],
): CheckResult {
  return {
    check: check.name,
    on: check.on,
    failed,
    rows,
    sample,
    query: query.trim(),
    ...(of === undefined ? {} : { of }),
  }
}

async function sampleOf(session: Session, query: Query): Promise<CheckResult['sample']> {
  const rows = await readRows(session, {
    ...query,
    sql: `select * from (${query.sql}\n) as broken limit ${sampleRows}`,
  })
  return rows.map(plainRow)
}
