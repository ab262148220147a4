import type { Check, Contract } from './checks/check.ts'
import type { Columns } from './columns.ts'
import type { Place } from './errors/issue.ts'
import type { CodeRef, Dict, Json, Secret, TableName } from './words.ts'
import type { WriteMode } from './write-mode.ts'

export type Trigger =
  | { readonly cron: string; readonly zone?: string; readonly catchUp?: boolean }
  | { readonly after: readonly TableName[] }
  | { readonly manual: true }

interface Common {
  readonly name: string
  readonly note?: string
  readonly owner?: string
  readonly tags?: readonly string[]
  readonly when?: Trigger
  readonly retry?: { readonly times: number; readonly wait: string }
}

/** What is said of one table. */
export interface TableSpec {
  readonly write: WriteMode
  /** Absent: taken from the query. Declared: enforced. */
  readonly columns?: Columns
  readonly note?: string
  readonly format?: 'iceberg'
  readonly compression?: 'zstd' | 'snappy' | 'gzip' | 'uncompressed'
  /** `country`, `day(ordered_at)`, `bucket(16, order_id)`, `truncate(4, sku)`. */
  readonly partition?: readonly string[]
  readonly sort?: readonly string[]
  readonly checks?: readonly Check[]
  readonly contract?: Contract
  readonly keep?: { readonly versions?: number; readonly history?: string }
}

export type Outputs = Readonly<Record<TableName, TableSpec>>

/** Where a definition was written, for messages. */
export interface Origin {
  readonly file: string
  readonly text?: string
  /** Where the value behind these keys stands, for files that tell it; list items are counted from 0. */
  readonly find?: (keys: readonly string[]) => Place | null
}

export interface SourceDefinition extends Common {
  readonly kind: 'source'
  readonly connector: string
  readonly config: Dict<Json | Secret>
  readonly tables: Readonly<Record<TableName, TableSpec & { readonly from?: string }>>
  /** Stops the run with nothing published when more records than this are bad. */
  readonly maxRejects?: number
}

export type ReadMode = 'all' | 'interval' | 'changes'

export interface SqlBody {
  readonly sql: string
  /** Offset of the select in its file, so that positions in messages are the file's own. */
  readonly offset: number
}

export interface TsBody {
  readonly code: CodeRef
  readonly reads: readonly TableName[]
}

/** Rows given, rows expected: a unit test of a model, kept beside it. */
export interface ModelTest {
  readonly name: string
  readonly given: Readonly<Record<TableName, readonly Dict<Json>[]>>
  readonly params?: Dict<Json>
  readonly expect: readonly Dict<Json>[]
  readonly ordered?: boolean
}

export interface ModelDefinition extends Common {
  readonly kind: 'model'
  readonly tables: Outputs
  readonly body: SqlBody | TsBody
  readonly reads?: Dict<ReadMode>
  /** First moment that intervals cover. */
  readonly start?: string
  readonly grain?: 'hour' | 'day' | 'month' | 'year'
  /** So many intervals before a new one, and behind one that got late rows, are computed again, too. */
  readonly lookback?: number
  readonly forwardOnly?: boolean
  readonly tests?: readonly ModelTest[]
}

export type Definition = SourceDefinition | ModelDefinition

export interface EnvironmentConfig {
  /** The environment whose tables are seen where this one has none of its own. */
  readonly base?: string
  readonly protected?: boolean
  readonly lake?: string
  readonly state?: Secret
  readonly engine?: string
  readonly engineMemory?: string
}

export interface Project {
  readonly name: string
  readonly environments: Dict<EnvironmentConfig>
  readonly definitions: readonly Definition[]
  readonly origins: Dict<Origin>
}
