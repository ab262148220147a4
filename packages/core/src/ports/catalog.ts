import type { Environment, Publication, TableRef } from '../environment.ts'
import type { Instant, PublicationId, TableName } from '../words.ts'
import type { TableState } from './table-format.ts'

export type PublishResult =
  | { readonly status: 'done' }
  | { readonly status: 'stale'; readonly tables: readonly TableName[] }

export interface Catalog {
  environments(): Promise<readonly Environment[]>
  environment(name: string): Promise<Environment | null>
  createEnvironment(environment: {
    readonly name: string
    readonly base?: { readonly environment: string; readonly at: PublicationId | 'latest' }
    /** One in which nothing was published yet, and which none stands on, may be put on another base. */
    readonly rebases?: true
  }): Promise<Environment>
  dropEnvironment(name: string): Promise<void>
  /** Every table that an environment shows, its own and its base's, now or as it stood. */
  resolve(environment: string, at?: PublicationId | Instant): Promise<ReadonlyMap<TableName, TableRef>>
  /** Tables that other programs made in this catalog and nobody published: to be read, and no part of any plan. */
  foreign(environment: string): Promise<ReadonlyMap<TableName, TableRef>>
  /** Idempotent by id: compares every `from`, moves all tables in one transaction or none. `confirm` is asked within it, before
   * anything moves; what it throws ends it. */
  publish(publication: Publication, confirm?: () => Promise<void>): Promise<PublishResult>
  /** No publication is between its confirmation and its end now. */
  quiesce(): Promise<void>
  find(id: PublicationId): Promise<Publication | null>
  /** The publications of an environment whose ids begin so: two at most, which tells that the beginning is not enough. */
  beginning(environment: string, prefix: string): Promise<readonly PublicationId[]>
  log(environment: string, limit?: number): Promise<readonly Publication[]>
  /** States kept by the version they describe, so that a plan of 2,000 tables reads no 2,000 files; long positions are not kept. */
  states(versions: readonly string[]): Promise<ReadonlyMap<string, TableState>>
  /** All in one transaction: each costs a write to the disk. They can be read again from the tables. */
  keepStates(states: readonly TableState[]): Promise<void>
  /** Forgets the states of all versions but these. */
  keepOnlyStatesOf(versions: ReadonlySet<string>): Promise<void>
  close(): Promise<void>
}
