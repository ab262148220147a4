// A relation is what an operator of a plan gives: columns, and what decides which rows there are.
//
// A column has   from      what its value is computed from: 'layer.table.column' -> the strongest kind on the way
//                decides   what decides it without being its value (the filter of a subquery)
//                hash      of its inlined expression over leaves `table.column`; no aliases, places or projections
//                origin    the scan that it copies unchanged, while a filter on it may still be moved down to that scan
// A relation has rows      hash of what decides which rows there are
//                influences the same as columns
// Neighbouring filters and inner joins fold into one sorted set of `predicates` over `base`, so that their order is no matter.
import type { RowEdgeKind, ValueEdgeKind } from '@millrace/core'
import { hashOf } from './hash.ts'

export type Sources = ReadonlyMap<string, ValueEdgeKind>
export type Influences = ReadonlyMap<string, ReadonlySet<RowEdgeKind>>

/** One scan of a table in the plan. */
export interface Scan {
  readonly table: string
  readonly bounds: ScanBound[]
}

/** A filter on a scanned column that holds for every row which leaves the plan. */
export interface ScanBound {
  readonly column: string
  readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'in'
  readonly values: readonly BoundValue[]
}

export type BoundValue = { readonly constant: string | number | boolean | bigint } | { readonly param: string }

export interface Origin {
  readonly scan: Scan
  readonly column: string
}

export interface Column {
  readonly from: Sources
  readonly decides: Influences
  readonly hash: string
  readonly origin?: Origin | undefined
}

export interface Relation {
  readonly columns: readonly Column[]
  readonly rows: string
  readonly influences: Influences
  readonly base?: string | undefined
  readonly predicates: readonly string[]
}

const rank: Readonly<Record<ValueEdgeKind, number>> = { copy: 0, derive: 1, window: 2, aggregate: 3 }

export const stronger = (a: ValueEdgeKind, b: ValueEdgeKind): ValueEdgeKind => (rank[a] >= rank[b] ? a : b)

/** Joins sources; each is at least of this kind, and the strongest kind of a source wins. */
export function mergeSources(kind: ValueEdgeKind, ...all: readonly Sources[]): Sources {
  const merged = new Map<string, ValueEdgeKind>()
  for (const sources of all) addSources(merged, kind, sources)
  return merged
}

export function addSources(merged: Map<string, ValueEdgeKind>, kind: ValueEdgeKind, sources: Sources): void {
  for (const [name, own] of sources) {
    const now = stronger(own, kind)
    const before = merged.get(name)
    if (before === undefined || rank[before] < rank[now]) merged.set(name, now)
  }
}

/** Sources of rows that follow each other. A side of constants names none, so that the others alone are no copy of the whole. */
export function unionSources(sides: readonly Sources[]): Sources {
  return mergeSources(sides.some((one) => one.size === 0) ? 'derive' : 'copy', ...sides)
}

const nothing: Influences = new Map()
export const noSources: Sources = new Map()

export function mergeInfluences(...all: readonly Influences[]): Influences {
  const some = all.filter((one) => one.size > 0)
  if (some.length <= 1) return some[0] ?? nothing
  const merged = new Map<string, Set<RowEdgeKind>>()
  for (const influences of some) {
    for (const [name, kinds] of influences) {
      const into = merged.get(name)
      if (into === undefined) merged.set(name, new Set(kinds))
      else for (const kind of kinds) into.add(kind)
    }
  }
  return merged
}

/** Columns as reasons: what they are made of influences rows in this way. */
export function influencesOf(columns: readonly Column[], kind: RowEdgeKind): Influences {
  return mergeInfluences(
    ...columns.map((one) => new Map([...one.from.keys()].map((name) => [name, new Set([kind])]))),
    ...columns.map((one) => one.decides),
  )
}

export const plainColumn = (hash: string): Column => ({ from: noSources, decides: nothing, hash })

/** Rows of literals: no column comes from anywhere. */
export function constantRelation(width: number, hash: string): Relation {
  const columns = Array.from({ length: width }, (_, i) => plainColumn(hashOf(hash, i)))
  return { columns, rows: hash, influences: nothing, predicates: [] }
}

/** Adds predicates to a relation; they fold with those that are already there. */
export function filtered(relation: Relation, predicates: readonly Column[], influences: Influences): Relation {
  const base = relation.base ?? relation.rows
  const all = [...new Set([...relation.predicates, ...predicates.map((one) => one.hash)])].toSorted()
  return { ...relation, base, predicates: all, rows: hashOf('filter', base, ...all), influences }
}

/** Ends the folding: later filters act on other rows than the earlier ones did. */
export const sealed = (relation: Relation): Relation => ({ ...relation, predicates: [], base: undefined })

/** The same columns, of which no filter may be moved down any more. */
export const withoutOrigins = (columns: readonly Column[]): readonly Column[] =>
  columns.map((one) => (one.origin === undefined ? one : { ...one, origin: undefined }))

/** Columns of one side of a join: a self join must tell them apart. */
export const ofSide = (side: 'L' | 'R', columns: readonly Column[]): readonly Column[] =>
  columns.map(({ from, decides, hash, origin }) => ({ from, decides, hash: side + hash, origin }))

/** The columns at these positions; all when no positions are given. */
export function pick(columns: readonly Column[], positions: readonly number[] | undefined): readonly Column[] {
  if (positions === undefined || positions.length === 0) return columns
  return positions.map((at) => columnAt(columns, at))
}

export function columnAt(columns: readonly Column[], at: number): Column {
  const column = columns[at]
  if (column === undefined) throw new Error(`column ${at} of ${columns.length}`)
  return column
}
