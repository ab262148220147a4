import type {
  Cancel,
  Decided,
  Graph,
  Instant,
  MoveKind,
  Node,
  Output,
  Query,
  RunId,
  Session,
  TableName,
  TableRef,
  TableState,
  WriteProgress,
} from '@millrace/core'
import type { Pins } from '../read/inputs.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** What a task works with. */
export interface TaskContext {
  readonly lakehouse: Lakehouse
  readonly graph: Graph
  readonly node: Node
  readonly decision: Decided
  readonly run: RunId
  readonly startedAt: Instant
  readonly session: Session
  readonly cancel: Cancel
  /** What this run has staged so far, over what was published when it began. */
  readonly pins: Pins
  readonly states: ReadonlyMap<TableName, TableState>
  readonly progress: (now: WriteProgress) => void
  /** What the table must not have; it goes to its table of rejects. */
  readonly rejected: Rejected[]
}

export interface Rejected {
  readonly query: Query
  readonly rows: number
}

/** A table version that nobody sees yet. */
export interface StagedTable {
  readonly table: TableName
  /** The version that the publication expects to find; null: no own table there yet. */
  readonly from: string | null
  readonly next: TableRef
  readonly how: MoveKind
  readonly output: Output | null
  /** Rows kept out of the table, published with it. */
  readonly rejects?: boolean
}

/** The one output of a node that makes one table. */
export function soleOutput(node: Node): readonly [TableName, Output] {
  const [entry] = Object.entries(node.outputs) as [TableName, Output][]
  if (entry === undefined) throw new Error(`${node.id} makes no table`)
  return entry
}
