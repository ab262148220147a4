import type { Dict, Instant, PublicationId, RunId, TableName } from './words.ts'

/** One uuid is one location and one linear history; environments share files, never a metadata tree. */
export interface TableRef {
  readonly table: TableName
  readonly uuid: string
  readonly format: string
  /** A folder, as an absolute path or URL; empty for views. */
  readonly location: string
  /** What identifies this state of the table: for Iceberg the location of its metadata file, for a view a hash. */
  readonly version: string
  /** Made by another program: only reading it tells its uuid. */
  readonly foreign?: true
  readonly forkOf?: { readonly uuid: string; readonly version: string }
}

/** A base and an overlay of the tables written here: creating one is O(1), the diff to the base is the overlay. */
export interface Environment {
  readonly name: string
  readonly base?: { readonly environment: string; readonly at: PublicationId | 'latest' }
  /** null: dropped here. */
  readonly overlay: Readonly<Record<TableName, TableRef | null>>
  readonly head: PublicationId | null
  /** Counts lives and discarded forks; a fork's uuid hashes it, so that no uuid gets two histories. */
  readonly generation: number
}

export type MoveKind = 'run' | 'fast-forward' | 'squash' | 'rollback' | 'drop' | 'foreign' | 'maintenance'

export interface Move {
  readonly table: TableName
  /** The version this move expects to find; null: no table of its own there yet. */
  readonly from: string | null
  readonly to: TableRef | null
  readonly how: MoveKind
  /** The environment's own row, or its tombstone, goes, and its base's table shows again; with `to: null`. */
  readonly uncovers?: true
  /** Of a promotion: the environment's own row of the table, which goes in the same step if it still has this version. */
  readonly source?: { readonly environment: string; readonly version: string }
}

/** The atomic step that makes tables visible together; the log of these is history. */
export interface Publication {
  readonly id: PublicationId
  readonly environment: string
  readonly parent: PublicationId | null
  readonly at: Instant
  readonly run: RunId | null
  readonly moves: readonly Move[]
  readonly note?: Dict<string>
}
