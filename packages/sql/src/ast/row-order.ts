import { wordSet } from '../text/words.ts'
import type { Around, Breach } from './guard.ts'
import { type AstNode, locationOf, nodeOf, nodesOf, textOf } from './node.ts'

/** Aggregates whose value follows the order in which rows arrive. */
export const orderedAggregates: ReadonlySet<string> = wordSet(
  'first last any_value arbitrary list array_agg string_agg group_concat listagg',
)

/** Where the order of a list is thrown away again. */
const unordering: ReadonlySet<string> = wordSet(`
  list_sort array_sort list_reverse_sort array_reverse_sort len length array_length list_sum list_min
  list_max list_unique array_unique list_contains array_contains list_has
`)

const orderedWindows: ReadonlySet<string> = wordSet(`
  WINDOW_ROW_NUMBER WINDOW_NTILE WINDOW_LAG WINDOW_LEAD WINDOW_FIRST_VALUE WINDOW_LAST_VALUE
  WINDOW_NTH_VALUE WINDOW_FILL
`)

/** Refuses results that depend on the order of rows where the text defines none. */
export function rowOrder(node: AstNode, around: Around): Breach | null {
  if (node['class'] === 'WINDOW') return orderOfWindow(node)
  if (node['class'] === 'FUNCTION') return orderOfAggregate(node, around)
  if (node['ref_type'] === 'POSITIONAL') return positionalJoin()
  return around.onlyExistence ? null : orderOfModifiers(node)
}

const breach = (what: string, remedy: string, at: number | null, keyword?: string): Breach => ({
  code: 'sql/row-order',
  params: { what, remedy },
  at,
  ...(keyword === undefined ? {} : { keyword }),
})

function orderOfWindow(node: AstNode): Breach | null {
  if (nodesOf(node, 'orders').length > 0 || nodesOf(node, 'arg_orders').length > 0) return null
  const name = textOf(node, 'function_name').toLowerCase()
  const byRows = [textOf(node, 'start'), textOf(node, 'end')].some((edge) => edge.endsWith('_ROWS'))
  if (!orderedWindows.has(textOf(node, 'type')) && !orderedAggregates.has(name) && !byRows) return null
  const remedy = `Add an order to the window: ${name}(...) over (... order by column).`
  return breach(`${name}(...) over (...)`, remedy, locationOf(node))
}

function orderOfAggregate(node: AstNode, around: Around): Breach | null {
  const name = textOf(node, 'function_name').toLowerCase()
  if (!orderedAggregates.has(name) || unordering.has(around.inside)) return null
  if (nodesOf(nodeOf(node, 'order_bys') ?? {}, 'orders').length > 0) return null
  const instead = name === 'any_value' || name === 'arbitrary' ? ', or take min(...) or max(...)' : ''
  return breach(`${name}(...)`, `Say the order: ${name}(x order by column)${instead}.`, locationOf(node))
}

function positionalJoin(): Breach {
  return breach('A positional join', 'Join on a column.', null, 'positional')
}

function orderOfModifiers(node: AstNode): Breach | null {
  // Asked of every node of a tree, of which few have any.
  if (node['modifiers'] === undefined) return null
  const modifiers = nodesOf(node, 'modifiers')
  const find = (type: string): AstNode | undefined => modifiers.find((one) => one['type'] === type)
  if (find('ORDER_MODIFIER') !== undefined) return null
  const distinct = find('DISTINCT_MODIFIER')
  if (distinct !== undefined && nodesOf(distinct, 'distinct_on_targets').length > 0) {
    return breach('distinct on (...)', 'Add an `order by` that says which row is kept.', null, 'distinct')
  }
  const limit = find('LIMIT_MODIFIER') ?? find('LIMIT_PERCENT_MODIFIER')
  if (limit === undefined) return null
  const at = locationOf(nodeOf(limit, 'limit') ?? nodeOf(limit, 'offset') ?? {})
  return breach('limit', 'Add an `order by` that says which rows are kept.', at, 'limit')
}
