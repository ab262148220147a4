import type { Dict, Hash, Instant, TableName } from './words.ts'

/** Half open: `from` belongs to it, `to` does not. */
export interface Interval {
  readonly from: Instant
  readonly to: Instant
}

/** Partition -> offset, input -> snapshot id, endpoint -> cursor: one shape for everything that resumes. */
export type Position = Dict<string>

/** A piece of work. */
export type Slice =
  | { readonly all: true }
  | { readonly interval: Interval }
  | { readonly changes: { readonly after: Position; readonly upto: Position } }
  | { readonly keys: { readonly of: TableName; readonly where: string } }

/** An interval that holds its rows, the definition that filled it, and the input versions it was filled from. */
export interface Covered {
  readonly interval: Interval
  readonly by: Hash
  readonly of: Position
}

/** How far a table has got. It lives inside the table's own commit, so data and claim cannot disagree. */
export interface Progress {
  readonly covered: readonly Covered[]
  readonly position: Position
  /** The outside systems behind these rows: a sandbox's data must never be promoted to production. */
  readonly origin: Hash
  /** The commit that wrote all of the rows; those after it went on from there. Absent in what older versions wrote. */
  readonly begun?: string
  /** It holds rows that its inputs may not tell any more, whatever made it then; of a source, that each file was added to those before. */
  readonly gathered?: true
  /** Of tables that keep their rows, and from which it gathered its own: the commits with which they had begun when it began. */
  readonly grewFrom?: Dict<string>
  /** Per partition of a log: lateness is then a function of the log, not of timing. */
  readonly watermark?: Dict<Instant>
}
