import { setTimeout as delay } from 'node:timers/promises'
import { fail } from '@millrace/core'

/** How long an operation waits for another process's lock, and on what. */
export interface Patience {
  readonly path: string
  readonly waitMs: number
}

const busy = 5
const locked = 6
const full = 13
const firstPauseMs = 2
const longestPauseMs = 50

/** Runs `work` again while SQLite answers "busy", giving the event loop its turns, until the deadline.
 *
 * Safe for whatever meets the lock before it has done anything: opening, `begin immediate`, a statement outside of a
 * transaction. Inside one the write lock is already held, so nothing there is ever repeated.
 */
export async function withPatience<T>(patience: Patience, work: () => T | Promise<T>): Promise<T> {
  const started = performance.now()
  let pauseMs = firstPauseMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (plainCode(error) === full) fail('engine/disk-full', { message: `${patience.path} has no room to grow.` })
      if (!isBusy(error)) throw error
      const waitedMs = performance.now() - started
      if (waitedMs >= patience.waitMs)
        fail('database/busy', { path: patience.path, seconds: Math.round(waitedMs / 1000) })
    }
    await delay(pauseMs + Math.random() * pauseMs)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }
}

function isBusy(error: unknown): boolean {
  const plain = plainCode(error)
  return plain === busy || plain === locked
}

/** SQLite's code of an error. Extended ones (a recovery, a snapshot) keep the plain one in their low byte. */
export function plainCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  return error.errcode & 0xff
}
