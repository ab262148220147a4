import type { Advanced, Instant, Issue, TableRef, WentOn } from '@millrace/core'
import { putMetadata } from './commit.ts'
import { forkMetadataKey, forkSnapshotKey, forkUuidKey } from './fork.ts'
import {
  ancestry,
  currentSnapshot,
  type IcebergSchema,
  type Snapshot,
  snapshotOf,
  type TableMetadata,
} from './metadata.ts'
import { nextMoment, withSnapshots } from './metadata-change.ts'
import { commitOf } from './notes.ts'
import { advanceId, diverged, withShapeOf } from './promotion.ts'
import { sameSchema } from './schema.ts'
import { isRenumbered } from './shape-numbers.ts'
import { squashOnto } from './squash.ts'
import { type OpenTable, openTable, readMetadata, type Surroundings } from './table-files.ts'
import { seenText } from './table-types.ts'

/*
 * Promotion: the target's own table moves to where a fork of it stands, in one commit.
 *
 * - The target keeps uuid, location and history; the fork's snapshots become its own, and no file but metadata is written.
 * - Fast-forward only when the target stands exactly where the fork began: head, schema, spec, order and all counters.
 *   A snapshot with a sequence number that is not above the target's last one would be refused by other programs.
 * - Times are stamped anew: with the fork's times "as of" a moment before the promotion would show promoted rows, and
 *   with a slow clock the snapshot log would run backwards, which makes a table unreadable for Spark.
 * - Ids of schemas, specs and orders are the target's. Manifests and lists keep the fork's numbers, so a number that means
 *   something else in the target forbids the fast-forward; a squash writes them anew.
 * - A target that only went on (same schema and counters of ids) takes the fork's net change as one snapshot: a squash.
 * - A target whose own runs went on is refused, unless the caller knows what becomes of their rows (`WentOn`).
 * - The fork may have begun on a table between that was promoted since: its snapshots are the target's then, or one of the
 *   target's says that it has taken over the net change up to there.
 * - Anything else is an issue: the plan runs again in the target.
 */
export async function advanceTable(
  around: Surroundings,
  target: TableRef,
  source: TableRef,
  at: Instant,
  wentOn?: WentOn,
): Promise<Advanced | Issue> {
  const [into, fork] = [await openTable(around, target), await openTable(around, source)]
  const origin = fork.metadata.properties[forkMetadataKey]
  const began = origin === undefined ? null : await readMetadata(around, origin)
  if (began === null || !(await isCopyOf(around, fork.metadata, into)))
    return diverged(target, 'it is not a copy of this table')
  const problem = differences(into.metadata, began)
  const renumbered = isRenumbered(withShapeOf(into.metadata, fork.metadata).numbers)
  if (problem === null && !renumbered) return await fastForward(around, into, fork, at)
  if (problem === null || problem === 'its rows changed')
    return await squashOnto(around, into, { fork, began, at, wentOn })
  return diverged(target, problem)
}

/** Whether a fork began on the line of a table. Where the table between was promoted since, what was its line is another table's
 * now: the ids of snapshots still tell it, what a squash says that it has taken over, and what the table between was forked from. */
async function isCopyOf(around: Surroundings, fork: TableMetadata, into: OpenTable): Promise<boolean> {
  const { ref, metadata } = into
  const of = fork.properties[forkUuidKey]
  // A target that nobody has written yet is a copy of the same table.
  if (of === ref.uuid || of === ref.forkOf?.uuid) return true
  const start = fork.properties[forkSnapshotKey]
  const origin = metadata.properties[forkMetadataKey]
  const below = origin === undefined ? null : await readMetadata(around, origin)
  const line = [
    ...ancestry(metadata, currentSnapshot(metadata)),
    ...(below === null ? [] : ancestry(below, snapshotOf(below, BigInt(metadata.properties[forkSnapshotKey] ?? -1)))),
  ]
  if (line.some((one) => String(one['snapshot-id']) === start || commitOf(one) === advanceId(start))) return true
  const between = fork.properties[forkMetadataKey]
  const began = between === undefined ? null : await readMetadata(around, between)
  return began?.properties[forkUuidKey] !== undefined && (await isCopyOf(around, began, into))
}

const counters = [
  ['current-schema-id', 'its columns changed'],
  ['last-column-id', 'its columns changed'],
  ['default-spec-id', 'its partitioning changed'],
  ['last-partition-id', 'its partitioning changed'],
  ['default-sort-order-id', 'its sorting changed'],
  ['current-snapshot-id', 'its rows changed'],
  ['last-sequence-number', 'its rows changed'],
] as const

/** Why the target no longer stands where the fork began; null: it does. Shape first, since rows can be squashed. */
function differences(target: TableMetadata, began: TableMetadata): string | null {
  const known = (one: IcebergSchema): boolean =>
    began.schemas.some((other) => other['schema-id'] === one['schema-id'] && sameSchema(other, one))
  const isSame = target.schemas.length === began.schemas.length && target.schemas.every(known)
  if (!isSame || seenText(target) !== seenText(began)) return 'its columns changed'
  return counters.find(([key]) => target[key] !== began[key])?.[1] ?? null
}

async function fastForward(around: Surroundings, into: OpenTable, fork: OpenTable, at: Instant): Promise<Advanced> {
  const shaped = withShapeOf(into.metadata, fork.metadata)
  const known = new Set(into.metadata.snapshots.map((one) => one['snapshot-id']))
  const fresh = fork.metadata.snapshots.filter((one) => !known.has(one['snapshot-id'])).toSorted(bySequence)
  const snapshots = restamp(fresh, shaped.numbers.schemas, nextMoment(into.metadata, at))
  const next = await putMetadata(around, into, withSnapshots(shaped.metadata, snapshots))
  return { base: into.ref, next, id: advanceId(fork.head?.['snapshot-id']), how: 'fast-forward' }
}

const bySequence = (one: Snapshot, other: Snapshot): number => one['sequence-number'] - other['sequence-number']

/** The last one is the moment of the promotion; those before it need times of their own, in order. */
function restamp(
  snapshots: readonly Snapshot[],
  schemaIds: ReadonlyMap<number, number>,
  at: number,
): readonly Snapshot[] {
  return snapshots.map((one, index) => {
    const schema = one['schema-id'] ?? 0
    return { ...one, 'timestamp-ms': at + index, 'schema-id': schemaIds.get(schema) ?? schema }
  })
}
