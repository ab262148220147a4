import { type Columns, type Node, type TableName, withHistory, withoutHistory } from '@millrace/core'

/**
 * The columns that models see of a table while their SQL is read, where the table's node tells them. null where it does not: a
 * header may say another type for a column that a history adds.
 */
export function seenColumns(node: Node, table: TableName): Columns | null {
  const output = node.outputs[table]
  if (output === undefined) return null
  const { write } = output
  if (typeof write === 'string' || !('history' in write) || write.type !== 2) return output.columns
  const { columns } = output
  return typesOf(withHistory(write, withoutHistory(write, columns))) === typesOf(columns) ? columns : null
}

const typesOf = (columns: Columns): string =>
  JSON.stringify(Object.entries(columns).map(([name, { type }]) => [name, type]))
