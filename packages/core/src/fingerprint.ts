import type { Dict, Hash } from './words.ts'

/** Hashes of meaning, not of text; per column, so that a consumer is touched only by what it reads. */
export interface Fingerprint {
  /** Filters, joins, grain, parameters, write key, and `rows` of the inputs. */
  readonly rows: Hash
  /** Each column's expression over the hashes of the columns it reads. */
  readonly columns: Dict<Hash>
  /** Partitioning, sort, format, compression: rewritten without computing anew. */
  readonly layout: Hash
  /** Checks, contract, owner, notes: no data work at all. */
  readonly promise: Hash
  /** The binder's version: when only it moved and the text did not, the table is restamped instead of rebuilt. */
  readonly reader: string
  readonly text: Hash
}
