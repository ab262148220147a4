import type { TableName, Instant, PublicationId, RunId, Json } from './words.ts'
import type { Issue } from './errors/issue.ts'

export type EventBody =
  | { readonly type: 'run.started'; readonly environment: string; readonly tasks: number; readonly command: string }
  | { readonly type: 'run.ended'; readonly status: RunStatus; readonly ms: number; readonly issues: readonly Issue[] }
  | { readonly type: 'task.queued' | 'task.started' | 'task.waiting'; readonly task: string; readonly attempt: number }
  | {
      readonly type: 'task.progress'
      readonly task: string
      readonly rows: number
      readonly bytes: number
      readonly fraction?: number
    }
  | {
      readonly type: 'task.ended'
      readonly task: string
      readonly attempt: number
      readonly status: 'ok' | 'failed' | 'skipped' | 'retry'
      readonly rows: number
      readonly bytes: number
      readonly ms: number
      readonly issues: readonly Issue[]
    }
  /** Records of a load, or rows of a model, that are kept apart with their reasons; `known` of them were there before. */
  | {
      readonly type: 'rows.rejected'
      readonly table: TableName
      readonly kept: TableName
      readonly rows: number
      readonly known: number
    }
  | { readonly type: 'check.ended'; readonly table: TableName; readonly result: CheckResult }
  | {
      readonly type: 'publish.intended' | 'publish.done' | 'publish.refused'
      readonly publication: PublicationId
      readonly tables: readonly TableName[]
    }

export type RunStatus = 'ok' | 'failed' | 'cancelled'

/** What a check found. `query` finds the rows again; `sample` holds a few of them. */
export interface CheckResult {
  readonly check: string
  readonly on: 'block' | 'warn' | 'quarantine'
  readonly failed: number
  readonly rows: number
  /** What broke it: without this `failed` of the table's `rows`; the table by itself; or rows that a select of the user's `found`. */
  readonly of?: 'table' | 'found'
  readonly sample: readonly Readonly<Record<string, Json>>[]
  readonly query: string
}

/** One record of a run; every screen and command reads the same ones. */
export type Event = EventBody & { readonly id: string; readonly at: Instant; readonly run: RunId }
