import type { Columns } from '../columns.ts'
import type { TableSpec } from '../definitions.ts'
import type { TableRef } from '../environment.ts'
import type { Issue } from '../errors/issue.ts'
import type { Field, TableShape } from '../fields.ts'
import type { Fingerprint } from '../fingerprint.ts'
import type { Position, Progress } from '../progress.ts'
import type { Dict, Instant, Scalar, TableName } from '../words.ts'
import type { DataFile, FilesScan, FilesSink, Written } from './scan.ts'

/** What is known of one version of a table without opening its files. */
export interface TableState {
  readonly ref: TableRef
  readonly shape: TableShape
  readonly columns: Columns
  /** null: written by a foreign program since, or never by a definition. */
  readonly made: Fingerprint | null
  readonly progress: Progress
  /** Where a position lies that is too long for notes; a state that was kept has it there alone. */
  readonly positionFile?: string
  /** Identifies the rows, whatever the metadata says of them: it survives promotion, new notes and new layouts. */
  readonly data: string
  readonly rows: number
  readonly bytes: number
  readonly files: number
  readonly at: Instant
}

export interface Version {
  readonly id: string
  readonly at: Instant
  readonly operation: string
  readonly rows: number
  readonly added: number
  readonly removed: number
  /** As a state's `data`: versions of equal data show the same rows, in other files or under other notes. */
  readonly data: string
  readonly summary: Dict<string>
}

/** Inclusive bounds per column name; a file whose statistics exclude them need not be read. */
export type Ranges = Dict<{ readonly min?: Scalar; readonly max?: Scalar; readonly in?: readonly Scalar[] }>

/** What is about to be written: a new table, or the next state of one. */
export interface Draft {
  readonly table: TableName
  readonly base: TableRef | null
  readonly shape: TableShape
  readonly sink: FilesSink
}

export interface TableChange {
  /** The commit's identity: a second try finds what the first one finished. */
  readonly id: string
  readonly add: Written
  readonly remove: 'none' | 'all' | readonly DataFile[]
  readonly made: Fingerprint
  readonly progress: Progress
  readonly operation: 'append' | 'overwrite' | 'replace' | 'delete'
  readonly at: Instant
  /** The rows stay what they were: only notes or layout change. */
  readonly sameRows?: boolean
  readonly summary?: Dict<string>
}

/** Written at its final path, with no catalog pointer: invisible until published. */
export interface Staged {
  readonly base: TableRef | null
  readonly next: TableRef
  readonly id: string
}

/** squash: the target had moved on, and took the net change as one version. */
export type Advanced = Staged & { readonly how: 'fast-forward' | 'squash' }

/** What becomes of rows that the target's own runs have made since the fork began: the fork's take the place of all of them, or
 * come to them. Only who knows what both were computed from can say so; unsaid, the promotion is refused. */
export type WentOn = 'replace' | 'add'

/** A version stays that is one of the newest, or not older, or whose rows (its `data`) somebody goes on from. */
export interface KeepVersions {
  readonly versions: number
  readonly newerThan: Instant
  readonly read?: ReadonlySet<string>
}

export interface TableFormat {
  readonly name: string
  load(ref: TableRef): Promise<TableState>
  /** The position in a state's `positionFile`. */
  position(file: string, table: TableName): Promise<Position>
  versions(ref: TableRef): Promise<readonly Version[]>
  /** The table as it was: at a snapshot's id or the last one at or before an instant. */
  at(ref: TableRef, when: { readonly version: string } | { readonly instant: Instant }): Promise<TableRef>
  offer(ref: TableRef, ranges?: Ranges): Promise<FilesScan>
  /** Columns meet those of the base by name, `was` and id; refuses what readers could not survive. */
  draft(
    table: TableName,
    base: TableRef | null,
    location: string,
    spec: TableSpec & { readonly columns: Columns },
    /** `rewritten`: this commit replaces every row, so a column whose type stands in the way gets a new field id. */
    options?: { readonly rewritten?: boolean },
  ): Promise<Draft>
  stage(draft: Draft, change: TableChange): Promise<Staged>
  /** Moves a staged change onto a newer head: appends move along, overwrites validate, else the task runs again. */
  rebase(staged: Staged, onto: TableRef): Promise<Staged | Issue>
  /** The fork that a scope would make of its base's table: own uuid and location, the same files; nothing is written. */
  fork(
    ref: TableRef,
    scope: { readonly name: string; readonly generation: number },
    location: string,
  ): Promise<TableRef>
  /** What a fork began as, which still knows the versions before; null: it is no fork, or that is gone. */
  origin(ref: TableRef): Promise<TableRef | null>
  /** Promotion as one commit on the target: its uuid, history and readers survive. */
  advance(target: TableRef, source: TableRef, at: Instant, wentOn?: WentOn): Promise<Advanced | Issue>
  /** A commit on the head that makes the state of an earlier version current again. */
  revert(head: TableRef, to: TableRef, at: Instant): Promise<Staged>
  /** Forgets versions beyond what is kept; null: there are none. Files are left to clean-up. */
  expire(head: TableRef, keep: KeepVersions): Promise<Staged | null>
  /** Whether the files that tell what a version shows are still there: clean-up takes those of forgotten ones. */
  isKept(ref: TableRef): Promise<boolean>
  /** Every file that these versions refer to: clean-up works family by family. What `told` has was told whole by an earlier call
   * with it, and is not told again; files may still come more than once. */
  reachable(family: readonly TableRef[], told?: Set<string>): AsyncIterable<string>
}

export type { Field }
