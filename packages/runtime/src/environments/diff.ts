import {
  compare,
  type Environment,
  fail,
  type TableName,
  type TableRef,
  type TableState,
  tellDamage,
} from '@millrace/core'
import { needEnvironment } from './need-environment.ts'
import { type Lakehouse, stateOf } from '../workspace/lakehouse.ts'

export interface TableDifference {
  readonly table: TableName
  readonly change: 'new' | 'changed' | 'dropped'
  readonly rows: { readonly here: number | null; readonly base: number | null }
  /** Files that only one of the two has. */
  readonly files: { readonly added: number; readonly removed: number }
  /** Whether the definition differs, or only the data. */
  readonly definition: readonly string[]
}

/** What an environment has that its base has not: its overlay, no more. */
export async function diffEnvironment(lakehouse: Lakehouse, name: string): Promise<readonly TableDifference[]> {
  const { environment, base } = await withBase(lakehouse, name)
  const below = await lakehouse.catalog.resolve(base.environment, base.at === 'latest' ? undefined : base.at)
  const out: TableDifference[] = []
  for (const [table, ref] of Object.entries(environment.overlay) as [TableName, TableRef | null][]) {
    out.push(await difference(lakehouse, base.environment, { table, own: ref, below: below.get(table) ?? null }))
  }
  return out.toSorted((a, b) => (a.table < b.table ? -1 : 1))
}

export async function withBase(
  lakehouse: Lakehouse,
  name: string,
): Promise<{ readonly environment: Environment; readonly base: NonNullable<Environment['base']> }> {
  const environment = await needEnvironment(lakehouse.catalog, name)
  const base = environment.base ?? fail('env/no-base', { name })
  return { environment, base }
}

async function difference(
  lakehouse: Lakehouse,
  baseName: string,
  { table, own, below }: { readonly table: TableName; readonly own: TableRef | null; readonly below: TableRef | null },
): Promise<TableDifference> {
  const [here, mine] = await partOf(lakehouse, own)
  const [base, theirs] = await tellDamage({ environment: baseName }, () => partOf(lakehouse, below))
  const definition =
    here?.made === null || here === null || base === null ? [] : compare(base.made, here.made).map((one) => one.change)
  return {
    table,
    change: own === null ? 'dropped' : below === null ? 'new' : 'changed',
    rows: { here: here?.rows ?? null, base: base?.rows ?? null },
    files: {
      added: [...mine].filter((one) => !theirs.has(one)).length,
      removed: [...theirs].filter((one) => !mine.has(one)).length,
    },
    definition,
  }
}

async function partOf(lakehouse: Lakehouse, ref: TableRef | null): Promise<[TableState | null, ReadonlySet<string>]> {
  return await Promise.all([stateOrNull(lakehouse, ref), pathsOf(lakehouse, ref)])
}

async function stateOrNull(lakehouse: Lakehouse, ref: TableRef | null): Promise<TableState | null> {
  return ref === null ? null : await stateOf(lakehouse, ref)
}

async function pathsOf(lakehouse: Lakehouse, ref: TableRef | null): Promise<ReadonlySet<string>> {
  if (ref === null || ref.format === 'view') return new Set()
  const scan = await lakehouse.format.offer(ref)
  return new Set(scan.groups.flatMap((group) => group.files.map((file) => file.path)))
}
