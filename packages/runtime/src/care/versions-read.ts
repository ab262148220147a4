import type { Progress, TableName } from '@millrace/core'
import { type Lakehouse, statesOf } from '../workspace/lakehouse.ts'

/** Which rows (a state's `data`) of each table others have read and go on from: forgotten, they could only begin anew. */
export type VersionsRead = ReadonlyMap<TableName, ReadonlySet<string>>

/** Asks every environment: a table of a branch may have read a version of prod's table. */
export async function versionsRead(lakehouse: Lakehouse): Promise<VersionsRead> {
  const read = new Map<TableName, Set<string>>()
  for (const { name } of await lakehouse.catalog.environments()) {
    const states = await statesOf(lakehouse, await lakehouse.catalog.resolve(name))
    for (const { progress } of states.values()) note(read, progress, states)
  }
  return read
}

/** A source's position names files and not tables: very many, and no versions. */
function note(
  read: Map<TableName, Set<string>>,
  { position, covered }: Progress,
  tables: ReadonlyMap<string, unknown>,
): void {
  for (const of of [position, ...covered.map((one) => one.of)]) {
    for (const [name, data] of Object.entries(of)) {
      if (!tables.has(name) || data === '') continue
      const table = name as TableName
      read.set(table, (read.get(table) ?? new Set()).add(data))
    }
  }
}
