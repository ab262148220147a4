import type { TableName } from '@millrace/core'
import type { Outline } from '../ast/outline.ts'
import type { InputTable } from '../bind/tables.ts'
import type { BoundFacts } from '../facts.ts'
import type { LineCache } from '../line-cache.ts'
import type { BindTask } from '../worker-pool.ts'
import { bindKey, outlineKey } from './keys.ts'

/** Whatever reads texts: processes, or nothing but a scratch database in tests. */
export interface Binder {
  /** How many batches it can bind at one time. */
  readonly width: number
  outline(texts: readonly string[]): Promise<readonly Outline[]>
  bind(tasks: readonly BindTask[]): Promise<readonly BoundFacts[]>
}

/** What texts say by themselves, from the cache where it is there. */
export async function outlinesOf(
  texts: readonly string[],
  binder: Binder,
  cache: LineCache,
): Promise<readonly Outline[]> {
  const keys = texts.map(outlineKey)
  const missing = new Map(keys.flatMap((key, i) => (cache.get(key) === undefined ? [[key, texts[i] ?? '']] : [])))
  const made = await binder.outline([...missing.values()])
  for (const [i, key] of [...missing.keys()].entries()) keep(cache, key, made[i])
  return keys.map((key) => cache.get(key) as Outline)
}

/** What texts mean over inputs of these shapes, from the cache where it is there. */
export async function boundFacts(
  texts: readonly { readonly sql: string; readonly reads: readonly TableName[]; readonly params: readonly string[] }[],
  inputOf: (table: TableName) => InputTable,
  binder: Binder,
  cache: LineCache,
): Promise<readonly BoundFacts[]> {
  const tasks = texts.map((one): BindTask => ({ ...one, tables: one.reads.map(inputOf) }))
  const keys = tasks.map((one) =>
    bindKey(
      one.sql,
      one.tables.map((table) => table.made),
    ),
  )
  const missing = new Map<string, BindTask>()
  for (const [i, key] of keys.entries()) {
    const task = tasks[i]
    if (task !== undefined && cache.get(key) === undefined) missing.set(key, task)
  }
  const made = await binder.bind([...missing.values()])
  for (const [i, key] of [...missing.keys()].entries()) keep(cache, key, made[i])
  return keys.map((key) => cache.get(key) as BoundFacts)
}

const transient: ReadonlySet<string> = new Set(['sql/deadline', 'sql/reader-lost'])

/** What a busy machine may have caused never reaches the disk: the next process tries again. */
function keep(cache: LineCache, key: string, value: Outline | BoundFacts | undefined): void {
  if (value === undefined) throw new Error('fewer results than texts')
  cache.put(key, value, { lasting: !value.findings.some((one) => transient.has(one.code)) })
}
