import { fail, type TableName, type TableRef } from '@millrace/core'
import type { Lakehouse } from '../workspace/lakehouse.ts'

type Formats = Pick<Lakehouse, 'format' | 'views'>

/** Whether a version can still be read: clean-up takes what is older than it is told to keep, texts of views too. */
export const isKept = async ({ format, views }: Formats, ref: TableRef): Promise<boolean> =>
  ref.format === 'view' ? await views.isKept(ref) : await format.isKept(ref)

/** These tables and those that views among them read, at any depth. */
export async function withReadByViews(
  { views }: Formats,
  pins: ReadonlyMap<TableName, TableRef>,
  refs: ReadonlyMap<TableName, TableRef>,
): Promise<ReadonlyMap<TableName, TableRef>> {
  const all = new Map(refs)
  // What is added while it is gone through is gone through too.
  for (const ref of all.values()) {
    if (ref.format !== 'view' || !(await views.isKept(ref))) continue
    for (const table of (await views.load(ref)).reads) {
      const read = pins.get(table)
      if (read !== undefined) all.set(table, read)
    }
  }
  return all
}

/** Says of versions that were forgotten that they were: read, they would look like damaged tables. */
export async function refuseForgotten(
  lakehouse: Formats,
  refs: ReadonlyMap<TableName, TableRef>,
  wanted: string,
): Promise<void> {
  for (const [table, ref] of refs) if (!(await isKept(lakehouse, ref))) fail('lake/forgotten', { table, wanted })
}
