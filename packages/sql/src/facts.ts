import type { Finding } from './finding.ts'
import type { BoundValue, ScanBound } from './plan/relation.ts'

/** A bound as plain JSON: 64-bit constants are text marked `big`. */
export interface StoredBound {
  readonly column: string
  readonly operator: ScanBound['operator']
  readonly values: readonly StoredValue[]
}

export type StoredValue =
  | { readonly constant: string | number | boolean }
  | { readonly big: string }
  | { readonly param: string }

/** Bounds of one scan of a table; a table that is scanned twice has two lists. */
export interface TableBounds {
  readonly table: string
  readonly bounds: readonly StoredBound[]
}

export function storeBound(bound: ScanBound): StoredBound {
  return { ...bound, values: bound.values.map(storeValue) }
}

function storeValue(value: BoundValue): StoredValue {
  if ('param' in value) return value
  return typeof value.constant === 'bigint' ? { big: String(value.constant) } : { constant: value.constant }
}

/** What binding a text against its inputs gave: plain data, free of places in files, so that it can be cached. */
export interface BoundFacts {
  /** Output name and DuckDB type. */
  readonly columns: readonly (readonly [name: string, type: string])[]
  /** Output names as written, where DuckDB had to rename some: two may be alike. */
  readonly written?: readonly string[]
  readonly params: readonly (readonly [name: string, type: string])[]
  readonly rows: string
  readonly hashes: readonly string[]
  /** `from`, index of the output column or -1 for the rows, kind, and whether it decides instead of giving a value. */
  readonly edges: readonly (readonly [from: string, to: number, kind: string, decides: 0 | 1])[]
  readonly tables: readonly string[]
  readonly bounds: readonly TableBounds[]
  readonly findings: readonly Finding[]
}

export const nothingBound: BoundFacts = {
  columns: [],
  params: [],
  rows: '',
  hashes: [],
  edges: [],
  tables: [],
  bounds: [],
  findings: [],
}
