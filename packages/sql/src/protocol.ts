import type { Outline } from './ast/outline.ts'
import type { ToBind } from './bind/bind-all.ts'
import type { InputTable } from './bind/tables.ts'
import type { BoundFacts } from './facts.ts'

/**
 * A process reads several requests at one time: while DuckDB plans the texts of some, JavaScript reads the plans of another.
 * Two processes instead would make every table twice and compile every function twice. More requests than connections, so
 * that DuckDB need not wait for the next one.
 */
export const requestsAtOnce = 4
export const connections = 2

/** What the reader asks of its worker process. */
export type Request =
  | { readonly id: number; readonly ask: 'outline'; readonly texts: readonly string[]; readonly single: boolean }
  | {
      readonly id: number
      readonly ask: 'bind'
      readonly texts: readonly ToBind[]
      readonly tables: readonly InputTable[]
      readonly single: boolean
    }

/** `ready` comes once, when texts can be read. `at` is sent before each text when they are read singly: after a hang or a crash it tells which one it was. */
export type Reply =
  | { readonly ready: true }
  | { readonly id: number; readonly outlines: readonly Outline[] }
  | { readonly id: number; readonly bound: readonly BoundFacts[] }
  | { readonly id: number; readonly at: number }
  | { readonly id: number; readonly failed: string }
