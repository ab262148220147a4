import type { Columns } from '../columns.ts'
import type { Edge, Graph, Output } from './graph.ts'
import type { DataType } from '../types/data-type.ts'
import type { Dict, TableName } from '../words.ts'
import { keyColumns, type WriteMode } from '../write-mode.ts'

/** Columns that a table with `history` of type 2 has beside its own: when each version held, its surrogate key, and when a
 * member last said the same: what is not later than that is late. */
export const historyNames = {
  from: 'valid_from',
  to: 'valid_to',
  current: 'is_current',
  key: 'version_key',
  confirmed: 'valid_seen',
} as const

/** The columns of a table without those that its write adds: what its definition gives. */
export function withoutHistory(write: WriteMode, columns: Columns): Columns {
  if (typeof write === 'string' || !('history' in write) || write.type !== 2) return columns
  const added = new Set<string>(Object.values(historyNames))
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !added.has(name)))
}

/** Columns of a query with the types that are declared for them. */
export function withTypes(columns: Columns, said: Dict<{ readonly type?: DataType }> = {}): Columns {
  const types = new Map(Object.entries(said).map(([name, { type }]) => [name.toLowerCase(), type]))
  if (types.size === 0) return columns
  const other = Object.entries(columns).flatMap(([name, spec]) => {
    const type = types.get(name.toLowerCase()) ?? spec.type
    return type === spec.type ? [] : [[name, { ...spec, type }] as const]
  })
  return other.length === 0 ? columns : { ...columns, ...Object.fromEntries(other) }
}

/** The columns of a table, with those that its write adds. */
export function withHistory(write: WriteMode, columns: Columns): Columns {
  if (typeof write === 'string' || !('history' in write) || write.type !== 2) return columns
  const changedAt = Object.entries(columns).find(([name]) => name.toLowerCase() === write.changedAt?.toLowerCase())
  const type = changedAt?.[1].type ?? 'timestamptz'
  return {
    ...columns,
    [historyNames.from]: { type },
    [historyNames.to]: { type },
    [historyNames.current]: { type: 'boolean' },
    [historyNames.key]: { type: 'string' },
    [historyNames.confirmed]: { type },
  }
}

/** How every column comes from others: as the definitions say, and within the tables that keep a history. */
export function columnLineage({ nodes, lineage }: Pick<Graph, 'nodes' | 'lineage'>): readonly Edge[] {
  const outputs = [...nodes.values()].flatMap((node) => Object.entries(node.outputs))
  return [...lineage(), ...outputs.flatMap(([table, output]) => historyEdges(table as TableName, output))]
}

/** When a version held comes from the versions beside it; without `changedAt` it is the time of the run. */
function historyEdges(table: TableName, { write, columns }: Pick<Output, 'write' | 'columns'>): readonly Edge[] {
  if (typeof write === 'string' || !('history' in write) || write.type !== 2) return []
  const names = new Map(Object.keys(columns).map((name) => [name.toLowerCase(), name]))
  const edge = (from: string, to: string): Edge => ({
    from: `${table}.${names.get(from.toLowerCase()) ?? from}`,
    to: `${table}.${to}`,
    by: 'window',
  })
  const times = [historyNames.from, historyNames.to, historyNames.current, historyNames.confirmed]
  const { changedAt } = write
  const held = changedAt === undefined ? [] : times.map((to) => edge(changedAt, to))
  return [...held, ...[...keyColumns(write.history), historyNames.from].map((from) => edge(from, historyNames.key))]
}
