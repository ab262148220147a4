// A rollback makes what an environment showed at a publication current again. Invariants:
// 1. It is a new publication: nothing is forgotten, and a rollback can be rolled back.
// 2. Each table that is undone gets a commit on its own head, so that its readers and its history survive. This also leads
//    behind the point where it was forked: the base's rows of that time are the same files.
// 3. Only what the environment itself has done goes back; the tables of its base are the base's. A table of the base that was
//    dropped or covered by another one here shows again, as the base has it now.
import {
  type DataFile,
  type Environment,
  isDamage,
  type Move,
  type Publication,
  stable,
  type TableName,
  type TableRef,
} from '@millrace/core'
import type { HeldLeases } from '../execute/leases.ts'
import { needEnvironment } from './need-environment.ts'
import { brokenFile } from '../read/broken-file.ts'
import { refuseForgotten } from '../read/forgotten.ts'
import { publicationOf } from '../read/query.ts'
import { type Lakehouse, stateOf } from '../workspace/lakehouse.ts'
import { publishMoves } from './publish-moves.ts'

type Tables = ReadonlyMap<TableName, TableRef>

export async function rollback(
  lakehouse: Lakehouse,
  to: string,
  only: readonly TableName[],
  leases?: HeldLeases,
): Promise<Publication | null> {
  const { catalog, environment: name } = lakehouse
  const target = await publicationOf(lakehouse, to)
  const environment = await needEnvironment(catalog, name)
  const then = await catalog.resolve(name, target)
  const now = await catalog.resolve(name)
  const below = await baseThen(lakehouse, environment, target)
  const moves: Move[] = []
  const changed = [...then].filter(([table, ref]) => concerns(only, table) && now.get(table)?.version !== ref.version)
  await refuseForgotten(lakehouse, new Map(changed), to)
  for (const table of new Set([...now.keys(), ...then.keys()])) {
    if (!concerns(only, table)) continue
    const before = then.get(table) ?? null
    const current = now.get(table) ?? null
    const wasBases = environment.base !== undefined && below.get(table)?.uuid === before?.uuid
    // Only the base has done anything.
    if (wasBases && environment.overlay[table] === undefined) continue
    if (await showsTheSame(lakehouse, current, before)) continue
    const from = environment.overlay[table]?.version ?? null
    moves.push({ table, from, ...(await back(lakehouse, current, before, wasBases)), how: 'rollback' })
  }
  if (moves.length === 0) return null
  return await publishMoves(lakehouse, 'rollback', moves, {
    note: { 'rolled-back-to': target },
    confirm: leases?.confirm,
  })
}

const concerns = (only: readonly TableName[], table: TableName): boolean => only.length === 0 || only.includes(table)

/** What the base showed at a publication. */
async function baseThen({ catalog }: Lakehouse, { base }: Environment, at: Publication['id']): Promise<Tables> {
  if (base === undefined) return new Map()
  return await catalog.resolve(base.environment, base.at === 'latest' ? at : base.at)
}

/** A table that went forth and back has another version than then, but the same rows by the same definition. */
async function showsTheSame(lakehouse: Lakehouse, current: TableRef | null, before: TableRef | null): Promise<boolean> {
  if (current?.version === before?.version) return true
  if (current === null || before === null || current.uuid !== before.uuid) return false
  const then = await stateOf(lakehouse, before)
  const now = await stateOf(lakehouse, current).catch((error: unknown) => {
    // What is damaged may be what is to be taken back.
    if (isDamage(error)) return null
    throw error
  })
  if (now === null || now.data !== then.data || stable([now.made, now.shape]) !== stable([then.made, then.shape]))
    return false
  return current.format === 'view' || !(await mends(lakehouse, current, before))
}

/** Whether what a version needs is damaged, and an earlier one does without it. The catalog still tells its state. */
async function mends({ format }: Lakehouse, current: TableRef, before: TableRef): Promise<boolean> {
  try {
    await format.load(current)
    const [now, then] = [await filesIn(format, current), await filesIn(format, before)]
    const paths = new Set(then.map(({ path }) => path))
    return brokenFile(now.filter(({ path }) => !paths.has(path))) !== null
  } catch (error) {
    return isDamage(error)
  }
}

const filesIn = async (format: Lakehouse['format'], ref: TableRef): Promise<readonly DataFile[]> =>
  (await format.offer(ref)).groups.flatMap(({ files }) => files)

/** A table that did not exist then goes; one that was dropped since comes back; any other gets a commit on its head. */
async function back(
  lakehouse: Lakehouse,
  current: TableRef | null,
  before: TableRef | null,
  wasBases: boolean,
): Promise<Pick<Move, 'to' | 'uncovers'>> {
  const uncovered = { to: null, uncovers: true } as const
  if (before === null) return wasBases ? uncovered : { to: null }
  if (before.format === 'view') return wasBases && current === null ? uncovered : { to: before }
  const forked = wasBases && current?.forkOf !== undefined
  if (current !== null && (current.uuid === before.uuid || forked))
    return { to: (await lakehouse.format.revert(current, before, lakehouse.clock.now())).next }
  return wasBases ? uncovered : { to: before }
}
