import { isDamage, type TableRef } from '@millrace/core'
import { toPath } from '../store/location.ts'
import { forkMetadataKey, forkSnapshotKey } from './fork.ts'
import { openTable, readMetadata, type Surroundings } from './table-files.ts'
import { versionAt } from './version.ts'

/** The version that a fork began as, of the table that it is a fork of. Clean-up may have taken it, or it may be damaged: a fork of a
 * fork names only where itself began. */
export async function originOf(around: Surroundings, ref: TableRef): Promise<TableRef | null> {
  const { properties } = (await openTable(around, ref)).metadata
  const [file, snapshot] = [properties[forkMetadataKey], BigInt(properties[forkSnapshotKey] ?? -1)]
  if (file === undefined) return null
  try {
    const { location, 'table-uuid': uuid } = await readMetadata(around, file)
    const version = snapshot < 0n ? file : versionAt(file, snapshot)
    return { table: ref.table, uuid, format: ref.format, location: toPath(location), version }
  } catch (error) {
    if (isDamage(error)) return null
    throw error
  }
}
