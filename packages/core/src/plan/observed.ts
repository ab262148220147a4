import type { Environment } from '../environment.ts'
import type { Issue } from '../errors/issue.ts'
import type { ColumnName } from '../graph/graph.ts'
import type { TableState } from '../ports/table-format.ts'
import type { Interval, Position } from '../progress.ts'
import type { Dict, Instant, TableName } from '../words.ts'

/** What a source holds that its table does not have yet. */
export interface SourceOffer {
  /** null: the source cannot tell before it is read. */
  readonly pending: { readonly items: number; readonly bytes: number } | null
  readonly position: Position
  /** What has landed and cannot be landed again. */
  readonly gone?: readonly string[]
}

/** Everything a plan looks at. It is all an argument, so that a plan needs no disk and is a table-driven test. */
export interface Observed {
  readonly now: Instant
  readonly environment: Environment
  /** As the environment shows them, its own or its base's. */
  readonly tables: ReadonlyMap<TableName, TableState>
  /** Names of tables that another program has made where this environment would put its own. */
  readonly taken?: ReadonlySet<TableName>
  /** By node. */
  readonly sources: ReadonlyMap<string, SourceOffer>
  /** From statistics: where the rows of a table begin and end in one column. */
  readonly extents: ReadonlyMap<ColumnName, Interval>
  /** By node: why nobody knows where the rows of its inputs lie, so that none of its intervals can be told. */
  readonly untimed: ReadonlyMap<string, readonly Issue[]>
  /** Where rows came to a column's table after one of its versions; absent: not known, so everywhere. */
  readonly changed: ReadonlyMap<`${ColumnName}@${string}`, readonly Interval[]>
  readonly pace: Dict<{ readonly bytesPerSecond: number; readonly runs: number }>
}
