import type { Cancel, Query, Session } from '@millrace/core'
import { rowsOf } from '@millrace/engine-duckdb'

export type Row = Readonly<Record<string, unknown>>

export const never: Cancel = { aborted: false, throwIfAborted: () => {} }

/** All rows of a query that gives few. */
export async function readRows(session: Session, query: Query, cancel: Cancel = never): Promise<readonly Row[]> {
  const out: Row[] = []
  for await (const batch of session.read(query, cancel)) out.push(...rowsOf(batch))
  return out
}
