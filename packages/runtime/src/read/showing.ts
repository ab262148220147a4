import type { TableRef } from '@millrace/core'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** The newest version of a table that shows these rows: its files are those that later versions are to be compared with,
 * because a new layout or a compaction since has put the same rows into other files. */
export async function showing({ format }: Lakehouse, ref: TableRef, data: string): Promise<TableRef> {
  const newest = (await format.versions(ref)).find((one) => one.data === data)
  return await format.at(ref, { version: newest?.id ?? data })
}
