import type { Cancel, Instant } from '../words.ts'

/** Nothing else may read time: tests and simulations replace it. */
export interface Clock {
  now(): Instant
  sleep(ms: number, cancel?: Cancel): Promise<void>
}
