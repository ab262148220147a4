import type { Columns } from '../columns.ts'
import type { ModelTest, ReadMode, TableSpec, Trigger } from '../definitions.ts'
import type { Fingerprint } from '../fingerprint.ts'
import type { Instant, Json, TableName } from '../words.ts'
import type { WriteMode } from '../write-mode.ts'

export type ColumnName = `${TableName}.${string}`
export type ValueEdgeKind = 'copy' | 'derive' | 'aggregate' | 'window'
export type RowEdgeKind = 'filter' | 'join' | 'group' | 'order' | 'limit' | 'unnest'

/** What a value is made of; what decides one column without being its value; what decides which rows there are. */
export type Edge =
  | { readonly from: ColumnName; readonly to: ColumnName; readonly by: ValueEdgeKind }
  | { readonly from: ColumnName; readonly to: ColumnName; readonly decides: RowEdgeKind }
  | { readonly from: ColumnName; readonly to: TableName; readonly by: RowEdgeKind }

export interface Output extends TableSpec {
  readonly write: WriteMode
  readonly columns: Columns
  readonly fingerprint: Fingerprint
  readonly tells: Tells
}

/** What a table, as it is now, still says of all that it ever showed. */
export interface Tells {
  /** Columns of which a value may stand in no row any more. */
  readonly forgets: readonly string[]
  /** Whether a row may have got other values, or be gone. */
  readonly overwrites: boolean
}

export interface Input {
  readonly table: TableName
  readonly mode: ReadMode
  readonly columns: readonly string[]
  /** The column that $from and $to bound, where the text bounds one. */
  readonly window?: string
}

/** What carries the work out: a registry key and plain data, not a switch. */
export type Work =
  | { readonly executor: 'engine'; readonly sql: string; readonly params: readonly string[] }
  | {
      readonly executor: 'connector'
      readonly connector: string
      readonly config: Json
      readonly maxRejects: number | null
    }
  | { readonly executor: 'code'; readonly module: string; readonly export: string }

/** The one model that everything below compile sees: nothing later asks for a definition's kind. */
export interface Node {
  readonly id: string
  readonly file: string
  readonly outputs: Readonly<Record<TableName, Output>>
  readonly inputs: readonly Input[]
  /** Tables that its checks look at besides its own. */
  readonly checkInputs: readonly TableName[]
  readonly work: Work
  /** never = it gathers what its inputs do not tell for ever: a rebuild would lose some, so the plan refuses. */
  readonly replay: 'pure' | 'from-inputs' | 'never'
  readonly trigger: Trigger
  readonly retry: { readonly times: number; readonly waitMs: number }
  readonly intervals?: {
    readonly grain: 'hour' | 'day' | 'month' | 'year'
    /** null: where the inputs' own rows begin. */
    readonly start: Instant | null
    readonly lookback: number
  }
  readonly forwardOnly: boolean
  readonly tests: readonly ModelTest[]
  readonly tags: readonly string[]
}

export interface Graph {
  readonly nodes: ReadonlyMap<string, Node>
  readonly producers: ReadonlyMap<TableName, string>
  /** Every edge between columns, made when it is asked for. */
  readonly lineage: () => readonly Edge[]
}
