import { childOf, type PlanNode } from './node.ts'

/** Sets of tables, none within another: a select may give rows as soon as all tables of one of them have some. */
export type BroughtBy = readonly (readonly string[])[]

/** A row needs nothing: it comes from the text itself, or from what the row beside it gives. */
const always: BroughtBy = [[]]

/** Beyond this many nobody asks any more which tables bring the rows: then nothing is said. */
const most = 64

/** Which tables bring the rows of a select, and which only meet them: of `a left join b` the rows are `a`'s.
 *
 * `in` and `exists` are taken to need both sides: whether they or their contrary are asked stands in a filter above. */
export function broughtBy(plan: PlanNode): BroughtBy {
  const found = broughtTo(plan, new Map())
  return found.length > most ? [] : found
}

function broughtTo(node: PlanNode, ctes: Map<number, BroughtBy>): BroughtBy {
  const { schema, table } = node.function_data ?? {}
  if (table !== undefined) return [[`${schema}.${table}`]]
  if (node.type === 'LOGICAL_CTE_REF') return ctes.get(node.cte_index ?? 0) ?? always
  const of = (child: number): BroughtBy => broughtTo(childOf(node, child), ctes)
  const count = node.children?.length ?? 0
  if (count === 0) return always
  if (node.type === 'LOGICAL_MATERIALIZED_CTE' || node.type === 'LOGICAL_RECURSIVE_CTE') {
    const definition = of(0)
    ctes.set(node.table_index ?? 0, definition)
    return node.type === 'LOGICAL_RECURSIVE_CTE' ? definition : of(1)
  }
  if (count === 1) return of(0)
  return sides(
    node,
    Array.from({ length: count }, (_, i) => of(i)),
  )
}

function sides({ type, join_type: join = 'INNER' }: PlanNode, all: readonly BroughtBy[]): BroughtBy {
  const [left = always, right = always] = all
  if (type === 'LOGICAL_UNION' || join === 'FULL') return either(all)
  if (type === 'LOGICAL_EXCEPT' || keepsLeft.has(join)) return left
  return keepsRight.has(join) ? right : all.reduce(both)
}

const keepsLeft: ReadonlySet<string> = new Set(['LEFT', 'ANTI', 'SINGLE'])
const keepsRight: ReadonlySet<string> = new Set(['RIGHT', 'RIGHT_ANTI'])

const either = (all: readonly BroughtBy[]): BroughtBy => smallest(all.flat())

function both(left: BroughtBy, right: BroughtBy): BroughtBy {
  if (left.length * right.length > most * most) return left
  return smallest(left.flatMap((one) => right.map((other) => [...new Set([...one, ...other])].toSorted())))
}

/** What holds more than another one needs says nothing new. */
function smallest(all: BroughtBy): BroughtBy {
  const sorted = all.toSorted((one, other) => one.length - other.length)
  const kept: (readonly string[])[] = []
  for (const one of sorted) if (!kept.some((less) => less.every((table) => one.includes(table)))) kept.push(one)
  return kept
}
