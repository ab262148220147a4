import type { Columns } from '../columns.ts'
import type { Issue } from '../errors/issue.ts'
import type { Edge } from '../graph/graph.ts'
import type { DataType } from '../types/data-type.ts'
import type { Dict, Hash, TableName } from '../words.ts'
import type { WriteMode } from '../write-mode.ts'
import type { Ranges } from './table-format.ts'

/** One model's text as the reader gets it. */
export interface SqlModel {
  readonly name: TableName
  readonly sql: string
  readonly file: string
  /** Line and column (from 1) of the first character of `sql` in its file. */
  readonly start: { readonly line: number; readonly column: number }
  /** Types that its header declares for output columns: what is stored, and what its readers see. */
  readonly declared?: Dict<DataType>
  /** How its table is written: a history gives the table columns that the select does not have. */
  readonly write?: WriteMode
}

/** Everything that a select means. Hashes are over inlined expressions of its inputs' columns, not over their meaning. */
export interface SqlFacts {
  readonly reads: readonly TableName[]
  readonly params: readonly string[]
  readonly columns: Columns
  readonly rows: Hash
  readonly columnHashes: Dict<Hash>
  readonly needs: Needs
  /** The same edge by edge. Thousands of models have a million, so readers make them only when they are asked for. */
  readonly lineage: readonly Edge[]
  /** Columns of each input that the select touches. */
  readonly uses: Readonly<Record<TableName, readonly string[]>>
  /** Inputs whose rows meet (in a join, an `in`, an `except`), two by two; an input with itself where it is read twice. */
  readonly joins: readonly (readonly [TableName, TableName])[]
  /** Sets of inputs: the select may give rows as soon as all of one set have some. Empty: not known. */
  readonly broughtBy: readonly (readonly TableName[])[]
  /** Whether a row may be gone from what the select gives once its inputs have more rows: the newest of a key, what has no match. */
  readonly takesSome: boolean
  /** Where a row may go with none in its place once its inputs have more rows: of all that are equal in these columns of inputs
   * (`layer.table.column`) one stays; where there are none, any may go. */
  readonly drops: readonly (readonly string[])[]
  /** Output columns of which a row may get another value then: aggregates, windows, what an outer join looks up. */
  readonly unsteady: readonly string[]
  /** Constant bounds that the select's filters put on columns of its inputs, for pruning files. */
  readonly ranges: Readonly<Record<TableName, Ranges>>
  /** Inputs of which one column is bounded by both $from and $to (directly, through copies): the interval's own column. */
  readonly windows: Readonly<Record<TableName, string>>
  readonly issues: readonly Issue[]
}

/** What the rows and each output column hang on, in any way: places in the columns of `uses`, one table after the other. */
export interface Needs {
  readonly rows: readonly number[]
  readonly columns: Dict<readonly number[]>
}

/** Tables and what they show; a map, or what looks columns up when they are asked for. */
export interface KnownTables {
  get(table: TableName): Columns | undefined
  keys(): Iterable<TableName>
}

/** Reads a whole graph at a time, in a process that can be killed; compile() then stays pure. */
export interface SqlReader {
  readonly version: string
  /** Texts that `read` will be asked for: reading may begin while the caller still does other things. */
  ahead(texts: readonly string[]): void
  read(models: readonly SqlModel[], known: KnownTables): Promise<ReadonlyMap<TableName, SqlFacts>>
  close(): Promise<void>
}
