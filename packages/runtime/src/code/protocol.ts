import type { Columns, Json } from '@millrace/core'

/** What the process that runs a project's functions is told, once. */
export interface CodeRequest {
  readonly module: string
  readonly export: string
  readonly job:
    | {
        readonly kind: 'model'
        readonly interval: { readonly from: number; readonly to: number } | null
        readonly params: Json
      }
    | { readonly kind: 'source'; readonly after: string | null }
    | { readonly kind: 'check'; readonly table: string }
  /** Of the rows that it gives. */
  readonly columns: Columns
}

/** From the process: rows wanted, rows given, a position reached, the end. */
export type CodeReply =
  | { readonly want: string }
  | { readonly rows: Uint8Array; readonly count: number }
  | { readonly position: string }
  | { readonly done: true; readonly env: readonly string[] }
  | { readonly failed: CodeFailure }

/** To the process: the next rows of a table (null: no more), or leave to give more rows. */
export type CodeAnswer = { readonly batch: Uint8Array | null; readonly of: Columns } | { readonly go: true }

/** Why a function failed: with an error of its own, or with what it gave. */
export interface CodeFailure {
  readonly message: string
  readonly stack: string
  readonly record?: { readonly record: number; readonly received: string; readonly expected: string }
  readonly key?: { readonly row: number; readonly key: string; readonly problem: string }
  /** What is wrong with the Arrow of a record. */
  readonly arrow?: {
    readonly record: number
    readonly problems: readonly { readonly problem: string; readonly fix: string }[]
  }
  readonly value?: {
    readonly row: number
    /** The record of Arrow that the row is in; the row counts from its first one then. */
    readonly record?: number
    readonly column: string
    readonly type: string
    readonly value: string
    readonly problem: string
  }
}
