// A rollback makes what an environment showed at a publication current again. Invariants:
// 1. It is a new publication: nothing is forgotten, and a rollback can be rolled back.
// 2. Each table that is undone gets a commit on its own head, so that its readers and its history survive.
// 3. Only what the environment itself has written goes back; the tables of its base are the base's.
import { type Environment, type Move, type Publication, stable, type TableName, type TableRef } from '@millrace/core'
import { needEnvironment } from './need-environment.ts'
import { publicationOf } from '../read/query.ts'
import { type Lakehouse, stateOf } from '../workspace/lakehouse.ts'
import { publishMoves } from './publish-moves.ts'

export async function rollback(
  lakehouse: Lakehouse,
  to: string,
  only: readonly TableName[],
): Promise<Publication | null> {
  const { catalog, environment: name } = lakehouse
  const target = await publicationOf(lakehouse, to)
  const then = await catalog.resolve(name, target)
  const now = await catalog.resolve(name)
  const environment = await needEnvironment(catalog, name)
  const moves: Move[] = []
  for (const table of new Set([...now.keys(), ...then.keys()])) {
    if (only.length > 0 && !only.includes(table)) continue
    const before = then.get(table) ?? null
    const current = now.get(table) ?? null
    if (isBases(environment, table, current, before) || (await showsTheSame(lakehouse, current, before))) continue
    const from = environment.overlay[table]?.version ?? null
    moves.push({ table, from, to: await back(lakehouse, current, before), how: 'rollback' })
  }
  if (moves.length === 0) return null
  return await publishMoves(lakehouse, 'rollback', moves, { 'rolled-back-to': target })
}

function isBases(
  environment: Environment,
  table: TableName,
  current: TableRef | null,
  before: TableRef | null,
): boolean {
  return environment.overlay[table] === undefined && current !== null && current.uuid === before?.uuid
}

/** A table that went forth and back has another version than then, but the same rows by the same definition. */
async function showsTheSame(lakehouse: Lakehouse, current: TableRef | null, before: TableRef | null): Promise<boolean> {
  if (current?.version === before?.version) return true
  if (current === null || before === null || current.uuid !== before.uuid) return false
  const [now, then] = [await stateOf(lakehouse, current), await stateOf(lakehouse, before)]
  return now.data === then.data && stable([now.made, now.shape]) === stable([then.made, then.shape])
}

/** A table that did not exist then goes; one that was dropped since comes back; any other gets a commit on its head, also
 * one that was the base's then and has been forked since. */
async function back(lakehouse: Lakehouse, current: TableRef | null, before: TableRef | null): Promise<TableRef | null> {
  if (before === null) return null
  const same = current !== null && (current.uuid === before.uuid || current.forkOf?.uuid === before.uuid)
  if (!same || before.format === 'view') return before
  return (await lakehouse.format.revert(current, before, lakehouse.clock.now())).next
}
