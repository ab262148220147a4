import type { Breach } from './guard.ts'
import { type AstNode, contains, firstLocation, isNode, nodeOf, nodesOf, textOf } from './node.ts'

/** Refuses output columns without a name of their own. In a union the first select names the columns. */
export function unnamedOutputs(statement: AstNode): readonly Breach[] {
  let select = nodeOf(statement, 'node')
  while (select !== null && isNode(select['left'])) select = select['left']
  if (select === null || nodeOf(select, 'from_table')?.['type'] === 'EXPRESSION_LIST') return []
  return nodesOf(select, 'select_list').flatMap((column, i) =>
    isNamed(column)
      ? []
      : [{ code: 'sql/unnamed-column' as const, params: { position: i + 1 }, at: firstLocation(column) }],
  )
}

function isNamed(column: AstNode): boolean {
  if (textOf(column, 'alias') !== '' || column['type'] === 'COLUMN_REF') return true
  // unnest of a struct names columns after its fields, columns('...') after the columns that fit.
  if (textOf(column, 'function_name') === 'unnest') return true
  return contains(column, (node) => node['type'] === 'STAR')
}
