import type { Issue, RunId, TableName } from '@millrace/core'
import { fail, issue, MillraceError } from '@millrace/core'
import { isAlive } from '../state/process.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'

export interface HeldLeases {
  /** Aborted as soon as one lease turns out to belong to somebody else. */
  readonly lost: AbortSignal
  readonly issues: () => readonly Issue[]
  /** false: not all are held any more. */
  readonly renew: () => Promise<boolean>
  /** Renews, or throws what `issues` says. Who was stopped for longer than a lease asks this before it moves a pointer or removes a file. */
  readonly confirm: () => Promise<void>
  readonly release: () => Promise<void>
}

export const leaseMs = 30_000

/** One run at a time writes a table of an environment. Leases are taken in the order of names, so two runs cannot wait
 * for each other. */
export async function holdLeases(
  lakehouse: Lakehouse,
  run: RunId,
  tables: readonly TableName[],
  options: { readonly wait?: boolean; readonly signal: AbortSignal },
): Promise<HeldLeases> {
  const held = new Map<string, { table: TableName; fence: number }>()
  const lostTables = new Set<TableName>()
  const lost = new AbortController()
  const request = (name: string) => ({ name, run, pid: process.pid, now: lakehouse.clock.now(), ms: leaseMs })
  const release = async (): Promise<void> => {
    clearInterval(timer)
    for (const [name, { fence }] of held) await lakehouse.state.release(name, fence)
  }
  const renew = async (): Promise<boolean> => {
    for (const [name, { table, fence }] of held) {
      if (!(await lakehouse.state.renew(request(name), fence))) lostTables.add(table)
    }
    if (lostTables.size > 0) lost.abort()
    return lostTables.size === 0
  }
  const issues = (): readonly Issue[] => {
    const [table] = lostTables
    return table === undefined ? [] : [issue('run/lease-lost', { table, more: lostTables.size - 1 })]
  }
  const confirm = async (): Promise<void> => {
    if (!(await renew())) throw new MillraceError(issues())
  }
  const timer = setInterval(() => void renew().catch(() => lost.abort()), leaseMs / 3)
  timer.unref()
  try {
    for (const table of tables.toSorted()) {
      const name = `${lakehouse.environment}/${table}`
      held.set(name, { table, fence: await claim(lakehouse, table, () => request(name), options) })
    }
  } catch (error) {
    await release()
    throw error
  }
  return {
    lost: lost.signal,
    issues,
    renew,
    confirm,
    release,
  }
}

async function claim(
  lakehouse: Lakehouse,
  table: TableName,
  request: () => Parameters<Lakehouse['state']['claim']>[0],
  options: { readonly wait?: boolean; readonly signal: AbortSignal },
): Promise<number> {
  for (;;) {
    options.signal.throwIfAborted()
    const result = await lakehouse.state.claim(request(), isAlive)
    if (result.held) return result.fence
    if (options.wait !== true) fail('run/busy', { table, run: result.by, pid: result.pid })
    await lakehouse.clock.sleep(200)
  }
}
