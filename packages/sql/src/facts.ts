import type { Finding } from './finding.ts'
import type { BroughtBy } from './plan/brought-by.ts'
import type { OtherRows } from './plan/other-rows.ts'
import type { RowEdgeKind, ValueEdgeKind } from '@millrace/core'
import { type BoundValue, type Column, type Influences, noSources, type ScanBound } from './plan/relation.ts'

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
  /** Columns of inputs that anything depends on, as `layer.table.column`, in order. */
  readonly sources: readonly string[]
  /** Places of sources that each output column hangs on, and last the rows. */
  readonly needs: readonly (readonly number[])[]
  /** Three numbers an edge: source, output column or -1 for the rows, kind. One text, because it is seldom looked into. */
  readonly edges: string
  readonly tables: readonly string[]
  readonly joins: OtherRows['joins']
  readonly broughtBy: BroughtBy
  readonly takesSome: boolean
  readonly drops: OtherRows['drops']
  readonly unsteady: OtherRows['unsteady']
  /** Some rows come from a function or from DuckDB itself. */
  readonly odd?: boolean
  readonly bounds: readonly TableBounds[]
  readonly findings: readonly Finding[]
}

export const nothingBound: BoundFacts = {
  columns: [],
  params: [],
  rows: '',
  hashes: [],
  sources: [],
  needs: [],
  edges: '',
  tables: [],
  joins: [],
  broughtBy: [],
  takesSome: false,
  drops: [],
  unsteady: [],
  bounds: [],
  findings: [],
}

const valueKinds: readonly ValueEdgeKind[] = ['copy', 'derive', 'aggregate', 'window']
const rowKinds: readonly RowEdgeKind[] = ['filter', 'join', 'group', 'order', 'limit', 'unnest']

/** An edge to an output column, or to the rows where `to` is -1. */
export type StoredEdge =
  | { readonly from: string; readonly to: number; readonly by: ValueEdgeKind }
  | { readonly from: string; readonly to: number; readonly decides: RowEdgeKind }

/** What an output column comes from, and what decides it; the rows come from nothing. */
type Hanging = Pick<Column, 'from' | 'decides'>

/** Sources in order, what hangs on them, and the edges as numbers: kinds of values first, then kinds of influence. */
export function packEdges(
  columns: readonly Hanging[],
  rows: Influences,
): Pick<BoundFacts, 'sources' | 'needs' | 'edges'> {
  const hanging = [...columns, { from: noSources, decides: rows }]
  const found = new Set<string>()
  for (const { from, decides } of hanging) {
    from.forEach((_, source) => found.add(source))
    decides.forEach((_, source) => found.add(source))
  }
  // Columns of one table begin alike, so in this order they follow each other.
  const sources = [...found].toSorted()
  const places = new Map(sources.map((source, at) => [source, at]))
  const packed: number[] = []
  const needs = hanging.map(({ from, decides }, i) => {
    const to = i < columns.length ? i : -1
    const own = new Set<number>()
    const add = (source: string, kind: number): void => {
      const at = places.get(source) ?? -1
      own.add(at)
      packed.push(at, to, kind)
    }
    from.forEach((by, source) => add(source, valueKinds.indexOf(by)))
    decides.forEach((kinds, source) => {
      for (const kind of kinds) add(source, valueKinds.length + rowKinds.indexOf(kind))
    })
    return own.size < 2 ? [...own] : [...own].toSorted((a, b) => a - b)
  })
  return { sources, needs, edges: packed.join(' ') }
}

export function unpackEdges({ sources, edges }: Pick<BoundFacts, 'sources' | 'edges'>): readonly StoredEdge[] {
  const numbers = edges === '' ? [] : edges.split(' ').map(Number)
  const unpacked: StoredEdge[] = []
  for (let i = 0; i < numbers.length; i += 3) {
    const [from, to, kind] = [sources[numbers[i] ?? -1] ?? '', numbers[i + 1] ?? -1, numbers[i + 2] ?? 0]
    const by = valueKinds[kind]
    if (by !== undefined) unpacked.push({ from, to, by })
    else unpacked.push({ from, to, decides: rowKinds[kind - valueKinds.length] ?? 'filter' })
  }
  return unpacked
}
