import type { Finding } from './finding.ts'
import type { RowEdgeKind, ValueEdgeKind } from '@millrace/core'
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
  /** Columns of inputs that anything depends on, as `layer.table.column`. */
  readonly sources: readonly string[]
  /** Three numbers an edge: source, output column or -1 for the rows, kind. Thousands of models have a million edges. */
  readonly edges: readonly number[]
  readonly tables: readonly string[]
  readonly bounds: readonly TableBounds[]
  readonly findings: readonly Finding[]
}

export const nothingBound: BoundFacts = {
  columns: [],
  params: [],
  rows: '',
  hashes: [],
  sources: [],
  edges: [],
  tables: [],
  bounds: [],
  findings: [],
}

const valueKinds: readonly ValueEdgeKind[] = ['copy', 'derive', 'aggregate', 'window']
const rowKinds: readonly RowEdgeKind[] = ['filter', 'join', 'group', 'order', 'limit', 'unnest']

/** An edge to an output column, or to the rows where `to` is -1. */
export type StoredEdge =
  | { readonly from: string; readonly to: number; readonly by: ValueEdgeKind }
  | { readonly from: string; readonly to: number; readonly decides: RowEdgeKind }

/** Numbers for edges: kinds of values first, then kinds of influence. */
export function packEdges(edges: readonly StoredEdge[]): Pick<BoundFacts, 'sources' | 'edges'> {
  const places = new Map<string, number>()
  const packed = edges.flatMap((edge) => {
    const source = places.get(edge.from) ?? places.size
    places.set(edge.from, source)
    const kind = 'by' in edge ? valueKinds.indexOf(edge.by) : valueKinds.length + rowKinds.indexOf(edge.decides)
    return [source, edge.to, kind]
  })
  return { sources: [...places.keys()], edges: packed }
}

export function unpackEdges({ sources, edges }: Pick<BoundFacts, 'sources' | 'edges'>): readonly StoredEdge[] {
  const unpacked: StoredEdge[] = []
  for (let i = 0; i < edges.length; i += 3) {
    const [from, to, kind] = [sources[edges[i] ?? -1] ?? '', edges[i + 1] ?? -1, edges[i + 2] ?? 0]
    const by = valueKinds[kind]
    if (by !== undefined) unpacked.push({ from, to, by })
    else unpacked.push({ from, to, decides: rowKinds[kind - valueKinds.length] ?? 'filter' })
  }
  return unpacked
}
