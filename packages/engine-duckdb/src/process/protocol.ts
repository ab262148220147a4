import type { Columns, ExportTarget, FilesSink, Issue, Query, RawScan, WriteProgress } from '@millrace/core'
import type { SessionLimits } from '../session-limits.ts'

/** What a worker is asked to do; statements come one after another. */
export type Statement =
  | { readonly run: 'describe'; readonly query: Query }
  | { readonly run: 'read'; readonly query: Query }
  | { readonly run: 'write'; readonly query: Query; readonly sink: FilesSink; readonly name: string }
  | { readonly run: 'land'; readonly scan: RawScan; readonly sink: FilesSink; readonly name: string }
  | { readonly run: 'export'; readonly query: Query; readonly target: ExportTarget }

export type ToWorker =
  | { readonly say: 'do'; readonly id: number; readonly statement: Statement; readonly limits: SessionLimits }
  | { readonly say: 'stop'; readonly id: number }

export type FromWorker =
  | { readonly say: 'columns'; readonly id: number; readonly columns: Columns }
  | { readonly say: 'progress'; readonly id: number; readonly now: WriteProgress }
  | { readonly say: 'done'; readonly id: number; readonly value: unknown }
  | { readonly say: 'failed'; readonly id: number; readonly issues: readonly Issue[] }
