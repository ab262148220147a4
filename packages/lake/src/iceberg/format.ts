import { type ObjectStore, type TableFormat, type TableName, type TableRef, tellDamage } from '@millrace/core'
import { advanceTable } from './advance.ts'
import { draftTable } from './draft.ts'
import { expireSnapshots } from './expire.ts'
import { forkRef } from './fork.ts'
import { isKept } from './kept.ts'
import { loadPosition } from './position-file.ts'
import { offerFiles } from './offer.ts'
import { reachableFiles } from './reachable.ts'
import { originOf } from './origin.ts'
import { rebaseStaged } from './rebase.ts'
import { revertTable } from './revert.ts'
import { stageChange } from './stage.ts'
import { stateOf, versionsOf } from './state.ts'
import { caches, type Failpoint, openTable, type Surroundings } from './table-files.ts'
import { versionOfTable } from './travel.ts'

export interface IcebergOptions {
  readonly store: ObjectStore
  /** A text that was never used before, such as a uuid: it names files and new tables. */
  readonly newId: () => string
  /** Called before and after each file of a commit; tests stop it there. */
  readonly failpoint?: Failpoint
}

/** Iceberg v2 tables: metadata, statistics, snapshots and commits; rows are an engine's business. */
export function icebergFormat(options: IcebergOptions): TableFormat {
  const around: Surroundings = {
    store: options.store,
    newId: options.newId,
    failpoint: options.failpoint ?? (() => {}),
    ...caches(),
  }
  return {
    name: 'iceberg',
    load: (ref) => toldOf(ref.table, async () => stateOf(around, await openTable(around, ref))),
    position: (file, table) => toldOf(table, () => loadPosition(around, file)),
    versions: (ref) => toldOf(ref.table, async () => versionsOf((await openTable(around, ref)).metadata)),
    at: (ref, when) =>
      toldOf(ref.table, async () => versionOfTable((await openTable(around, ref)).metadata, ref, when)),
    offer: (ref, ranges) =>
      toldOf(ref.table, async () => offerFiles(around, ref.table, await openTable(around, ref), ranges)),
    draft: (table, base, location, spec, draftOptions) =>
      toldOf(table, async () =>
        draftTable(table, base === null ? null : await openTable(around, base), location, spec, draftOptions ?? {}),
      ),
    stage: (draft, change) => toldOf(draft.table, () => stageChange(around, draft, change)),
    rebase: (staged, onto) => toldOf(onto.table, () => rebaseStaged(around, staged, onto)),
    fork: async (ref, scope, location) => forkRef(ref, scope, location),
    origin: (ref) => toldOf(ref.table, () => originOf(around, ref)),
    advance: (target, source, at, wentOn) =>
      toldOf(target.table, () => advanceTable(around, target, source, at, wentOn)),
    revert: (head, to, at) => toldOf(head.table, () => revertTable(around, head, to, at)),
    expire: (head, keep) => toldOf(head.table, () => expireSnapshots(around, head, keep)),
    isKept: (ref) => toldOf(ref.table, () => isKept(around, ref)),
    reachable: (family, told = new Set()) => filesOf(around, family, told),
  }
}

async function* filesOf(around: Surroundings, family: readonly TableRef[], told: Set<string>): AsyncGenerator<string> {
  const seen = new Set<string>()
  for (const ref of family) {
    const files = reachableFiles(around, ref, { seen, told })
    for (;;) {
      const next = await toldOf(ref.table, () => files.next())
      if (next.done === true) break
      yield next.value
    }
  }
}

/** What is damaged is told with the table that it is of: the advice names it. */
const toldOf = async <T>(table: TableName, work: () => Promise<T>): Promise<T> => await tellDamage({ table }, work)
