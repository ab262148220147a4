import type { TableRef } from '@millrace/core'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** The newest version of a table that shows these rows: its files are those that later versions are to be compared with,
 * because a new layout or a compaction since has put the same rows into other files. A fork's first version is the one that it
 * began as: those before are asked of the table that it was forked from. */
export async function showing({ format }: Lakehouse, ref: TableRef, data: string): Promise<TableRef> {
  for (let table: TableRef | null = ref; table !== null; table = await format.origin(table)) {
    const newest = (await format.versions(table)).find((one) => one.data === data)
    const then = newest === undefined ? null : await format.at(table, { version: newest.id })
    if (then !== null && (table === ref || (await format.isKept(then)))) return then
  }
  return await format.at(ref, { version: data })
}
