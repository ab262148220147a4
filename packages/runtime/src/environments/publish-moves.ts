import { issue, MillraceError, type Move, type Publication, type PublicationId } from '@millrace/core'
import type { HeldLeases } from '../execute/leases.ts'
import { hash, type Lakehouse, newId } from '../workspace/lakehouse.ts'

/** Publishes moves that no run makes: a promotion, a rollback, clean-up. Recorded as an intent first, as a run's are; not under
 * leases that were lost, for clean-up may have taken what was staged. */
export async function publishMoves(
  lakehouse: Lakehouse,
  what: string,
  moves: readonly Move[],
  { note, confirm }: { readonly note?: Publication['note']; readonly confirm?: HeldLeases['confirm'] | undefined } = {},
): Promise<Publication> {
  const { catalog, environment, state, clock } = lakehouse
  const publication: Publication = {
    id: hash(`${what} ${newId()}`) as string as PublicationId,
    environment,
    parent: (await catalog.environment(environment))?.head ?? null,
    at: clock.now(),
    run: null,
    moves,
    ...(note === undefined ? {} : { note }),
  }
  await confirm?.()
  await state.intend(publication)
  const result = await catalog.publish(publication, confirm)
  await state.settle(publication.id, result.status === 'done' ? 'done' : 'never')
  if (result.status === 'stale') throw new MillraceError(result.tables.map((table) => issue('lake/moved', { table })))
  return publication
}
