import type { CheckResult, PlannedCheck, TableName } from '@millrace/core'
import { type CodeContext, runCode } from '../code/run-code.ts'
import { readRows } from '../read/rows.ts'
import { plainRow } from './plain-row.ts'

/** Checks written in TypeScript get the table's rows and answer with those that break them. */
export async function runCodeChecks(
  context: CodeContext,
  table: TableName,
  columns: Parameters<typeof runCode>[1]['columns'],
  checks: readonly PlannedCheck[],
  rows: number,
): Promise<readonly CheckResult[]> {
  const out: CheckResult[] = []
  for (const check of checks) {
    if (typeof check.rule !== 'object' || !('code' in check.rule)) continue
    const { module, export: name } = check.rule.code
    const sample: CheckResult['sample'][number][] = []
    const { rows: failed } = await runCode(
      context,
      { module, export: name, job: { kind: 'check', table }, columns },
      async (query) => {
        if (sample.length === 0)
          sample.push(...(await readRows(context.session, { ...query, sql: `${query.sql} limit 5` })).map(plainRow))
      },
    )
    out.push({ check: check.name, on: check.on, failed, rows, sample, query: `select * from ${table}` })
  }
  return out
}
