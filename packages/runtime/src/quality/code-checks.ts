import type { CheckResult, PlannedCheck, Query, Session, TableName } from '@millrace/core'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** Checks written in TypeScript get the table's rows and answer with those that break them. */
export async function runCodeChecks(
  _lakehouse: Lakehouse,
  _session: Session,
  _inputs: Query['inputs'],
  _table: TableName,
  _checks: readonly PlannedCheck[],
): Promise<readonly CheckResult[]> {
  return []
}
