import type { Graph, Node } from '../graph/graph.ts'
import type { TableState } from '../ports/table-format.ts'
import type { Progress } from '../progress.ts'
import type { Dict, TableName } from '../words.ts'
import { writeKind, type WriteMode } from '../write-mode.ts'

type States = ReadonlyMap<TableName, TableState>

/** Whether a table holds rows that its inputs may not tell any more: it was made so, or one of those that keep their rows was itself
 * begun anew since, and may have fewer. */
export function holdsMore(progress: Progress | undefined, tables: States): boolean {
  if (progress?.gathered === true) return true
  const { grewFrom = {} } = progress ?? {}
  return Object.entries(grewFrom).some(([table, begun]) => tables.get(table as TableName)?.progress.begun !== begun)
}

/** The tables below a node that keep their rows, however far down, and the commit with which each began. */
export function grownFrom({ nodes, producers }: Graph, node: Node, tables: States): Dict<string> {
  const found = new Map<TableName, string>()
  const seen = new Set<string>()
  const visit = ({ inputs }: Node): void => {
    for (const { table } of inputs) {
      const producer = nodes.get(producers.get(table) ?? '')
      if (producer === undefined) continue
      const begun = tables.get(table)?.progress.begun
      if (keepsRows(producer, table)) {
        if (begun !== undefined) found.set(table, begun)
      } else if (!seen.has(producer.id)) {
        seen.add(producer.id)
        visit(producer)
      }
    }
  }
  visit(node)
  return Object.fromEntries(found)
}

function keepsRows({ work, outputs }: Node, table: TableName): boolean {
  const { write = 'view' } = outputs[table] ?? {}
  return work.executor === 'connector' ? write === 'append' : gathers(write)
}

/** Whether rows stay that a later run does not compute. */
export const gathers = (write: WriteMode): boolean => ['append', 'merge', 'history'].includes(writeKind(write))
