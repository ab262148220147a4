import {
  type ColumnSpec,
  type Columns,
  type Definition,
  type Dict,
  type SqlFacts,
  type TableName,
  type TableSpec,
  withHistory,
  withTypes,
} from '@millrace/core'
import type { DraftColumn, DraftDefinition, DraftSpec } from './draft.ts'

/** Gives columns that say no type the type of the query. */
export function finishColumns(definition: DraftDefinition, facts: ReadonlyMap<TableName, SqlFacts>): Definition {
  const tables = Object.entries(definition.tables).map(([table, spec]) => {
    const name = table as TableName
    return [name, finishSpec(spec, facts.get(name)?.columns ?? {})] as const
  })
  return { ...definition, tables: Object.fromEntries(tables) }
}

function finishSpec({ columns, ...spec }: DraftSpec, found: Columns): TableSpec {
  return columns === undefined
    ? spec
    : { ...spec, columns: finish(columns, withHistory(spec.write, withTypes(found, columns))) }
}

function finish(columns: Dict<DraftColumn>, found: Columns): Columns {
  const types = new Map(Object.entries(found).map(([name, { type }]) => [name.toLowerCase(), type]))
  const finished = Object.entries(columns).map(([name, { type, ...said }]): readonly [string, ColumnSpec] => {
    // A column that the query does not have is reported by name in compile; its type is never used.
    return [name, { ...said, type: type ?? types.get(name.toLowerCase()) ?? 'string' }]
  })
  return Object.fromEntries(finished)
}
