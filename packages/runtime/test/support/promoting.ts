import { type Issue, MillraceError, type TableName } from '@millrace/core'
import { promote, withLeases, type Workspace } from '@millrace/runtime'

/** What moved, and how, as texts. */
export async function promoted(
  { lakehouse, graph }: Workspace,
  from: string,
  to: string,
  only: readonly TableName[] = [],
  allow: readonly TableName[] = [],
): Promise<readonly string[]> {
  const done = await withLeases({ ...lakehouse, environment: to }, 'promote', only, () =>
    promote(lakehouse, graph, from, only, { allow }),
  )
  return done.moves.map((move) => `${move.table}: ${move.how}`).toSorted()
}

/** The codes of a refusal. */
export async function refusal(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => null,
    (one: unknown) => one,
  )
  if (!(error instanceof MillraceError)) throw new Error(`refused expected, got ${String(error)}`)
  return error.issues.map((one: Issue) => one.code).toSorted()
}
