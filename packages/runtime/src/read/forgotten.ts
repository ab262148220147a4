import { fail, type TableName, type TableRef } from '@millrace/core'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** Whether a version can still be read: clean-up takes what is older than it is told to keep, but for the texts of views. */
export const isKept = async ({ format }: Pick<Lakehouse, 'format'>, ref: TableRef): Promise<boolean> =>
  ref.format === 'view' || (await format.isKept(ref))

/** Says of versions that were forgotten that they were: read, they would look like damaged tables. */
export async function refuseForgotten(
  lakehouse: Pick<Lakehouse, 'format'>,
  refs: ReadonlyMap<TableName, TableRef>,
  wanted: string,
): Promise<void> {
  for (const [table, ref] of refs) if (!(await isKept(lakehouse, ref))) fail('lake/forgotten', { table, wanted })
}
