import type { Columns } from '../columns.ts'
import type { Field, PartitionField, TableShape } from '../fields.ts'
import type { Dict, Scalar, TableName } from '../words.ts'

/** Bounds in the column's neutral value: bigint for int64, text for decimals, dates and times, and so on. */
export interface ColumnStats {
  readonly values?: number
  readonly nulls?: number
  readonly nans?: number
  readonly bytes?: number
  readonly min?: Scalar | Uint8Array
  readonly max?: Scalar | Uint8Array
  /** A date or a moment among them is `infinity` or `-infinity`, which has no bound. */
  readonly endless?: true
}

export interface DataFile {
  /** Absolute path or URL. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  /** In the order of the partition spec `spec`. Days count from the epoch as Iceberg's do; text for other times. */
  readonly partition: readonly Scalar[]
  readonly spec: number
  /** The schema it was written with. */
  readonly schema: number
  /** By field id, leaves only. */
  readonly stats: Readonly<Record<number, ColumnStats>>
  /** Where its row groups begin. */
  readonly splits?: readonly number[]
}

/** Files of one schema; an engine reads each group in the file's own types and casts outside. */
export interface FileGroup {
  readonly fields: readonly Field[]
  readonly files: readonly DataFile[]
}

/** What a format offers of a table's version. */
export interface FilesScan {
  readonly via: 'files'
  /** Whose files they are; absent where they are no table's. */
  readonly table?: TableName
  /** What the reader sees, whatever the files were written with. */
  readonly fields: readonly Field[]
  readonly groups: readonly FileGroup[]
  /** Adds a column of this name that holds each row's file path, so that a rewrite can find the files it touches. */
  readonly fileColumn?: string
  /** Before pruning, for plans and progress. */
  readonly total: { readonly files: number; readonly rows: number; readonly bytes: number }
}

/** Raw files as they landed, read by the engine itself; every bad record comes back with its reason. */
export interface RawScan {
  readonly via: 'raw'
  readonly format: 'csv' | 'json' | 'parquet'
  readonly columns: Columns
  readonly files: readonly RawFile[]
  readonly options: Dict<string | number | boolean | null>
}

export interface RawFile {
  readonly path: string
  readonly bytes: number
  /** The names in the file's own header, in its order; empty where the format carries names itself. */
  readonly header: readonly string[]
  /** What people know it by, such as its path from the project's folder; rejects and messages name it so. */
  readonly label?: string
}

/** Another select, for views. */
export interface QueryScan {
  readonly via: 'query'
  readonly query: Query
  /** What the reader sees of it, in this order, without those that it does not give; all where nothing is said or left. */
  readonly columns?: readonly string[]
}

/** Literal rows: seeds, unit tests, TypeScript sources. Each batch is an Arrow IPC stream. */
export interface BatchScan {
  readonly via: 'batches'
  readonly columns: Columns
  readonly batches: readonly Uint8Array[]
}

export type Scan = FilesScan | RawScan | QueryScan | BatchScan

/** One select over named inputs; `sql` names tables as `layer.name`. */
export interface Query {
  readonly sql: string
  readonly inputs: Readonly<Record<string, Scan>>
  readonly params: Dict<Scalar>
}

/** Where an engine writes data files: unique names under `prefix`, never over an existing file. */
export interface FilesSink {
  readonly via: 'files'
  readonly prefix: string
  readonly shape: TableShape
  /** A rough size at which a file is closed and the next begins. */
  readonly targetBytes: number
}

export interface Written {
  readonly files: readonly DataFile[]
  readonly rows: number
  readonly bytes: number
}

export type { Field, PartitionField, TableShape }
