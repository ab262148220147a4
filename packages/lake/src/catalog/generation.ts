import type { CatalogDb } from './overlay.ts'

/** Counts an environment's lives and discarded forks. */
export async function bumpGeneration(db: CatalogDb, environment: string): Promise<void> {
  await db
    .insertInto('generation')
    .values({ environment, number: 1 })
    .onConflict((conflict) =>
      conflict.column('environment').doUpdateSet((old) => ({ number: old('generation.number', '+', 1) })),
    )
    .execute()
}

export async function generationOf(db: CatalogDb, environment: string): Promise<number> {
  const row = await db
    .selectFrom('generation')
    .select('number')
    .where('environment', '=', environment)
    .executeTakeFirst()
  return row?.number ?? 0
}
