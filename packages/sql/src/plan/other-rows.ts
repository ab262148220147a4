import type { PlanNode } from './node.ts'
import type { Column, Relation } from './relation.ts'
import type { Walk } from './walk.ts'

/** What a select asks of other rows than the one that it gives. */
export interface OtherRows {
  /** Tables whose rows meet, two by two; a table with itself where it is read twice. */
  readonly joins: readonly (readonly [string, string])[]
  /** Whether a row may be gone from what it gives once its tables have more rows. */
  readonly takesSome: boolean
  /** Where one may go with none in its place: of all that are equal in these columns one stays. */
  readonly drops: readonly (readonly string[])[]
  /** Of which output columns a row may get another value, by their place: aggregates, windows, what an outer join looks up. */
  readonly unsteady: readonly number[]
}

interface Found {
  /** By table index: the tables below a CTE. */
  readonly ctes: Map<number, Tables>
  readonly joins: Map<string, readonly [string, string]>
  /** Tables of an outer join that has nulls in their place where nothing of them matches. */
  readonly padded: Set<string>
  takesSome: boolean
}

type Tables = ReadonlySet<string>

/** The relation is that of the whole plan. */
export function otherRows(plan: PlanNode, { columns, influences }: Relation, walk: Pick<Walk, 'drops'>): OtherRows {
  const found: Found = { ctes: new Map(), joins: new Map(), padded: new Set(), takesSome: false }
  tablesBelow(plan, found)
  const { joins, padded } = found
  // `where c.id is null` behind a left join: such a row is gone as soon as something matches it.
  const filters = [...influences].flatMap(([column, kinds]) => (kinds.has('filter') ? [column] : []))
  const isPadded = (column: string): boolean => [...padded].some((table) => column.startsWith(`${table}.`))
  const takesUnmatched = filters.some(isPadded)
  const unsteady = columns.flatMap(({ from }, i) =>
    [...from].some(([column, by]) => by === 'aggregate' || by === 'window' || isPadded(column)) ? [i] : [],
  )
  const drops = takesUnmatched ? [[]] : walk.drops.map((by) => by.flatMap(copied))
  return { joins: [...joins.values()], takesSome: found.takesSome || takesUnmatched, drops, unsteady }
}

/** Of all that are equal in `id % 3` only one stays, whatever their ids. */
function copied({ from }: Column): readonly string[] {
  const [first, ...more] = from
  return first?.[1] === 'copy' && more.length === 0 ? [first[0]] : []
}

function tablesBelow(node: PlanNode, found: Found): Tables {
  if (node.type === 'LOGICAL_CTE_REF') return found.ctes.get(node.cte_index ?? 0) ?? new Set()
  if (node.type === 'LOGICAL_MATERIALIZED_CTE' || node.type === 'LOGICAL_RECURSIVE_CTE') return ofCte(node, found)
  const { schema, table } = node.function_data ?? {}
  const sides = (node.children ?? []).map((child) => tablesBelow(child, found))
  const all = new Set([...(table === undefined ? [] : [`${schema}.${table}`]), ...sides.flatMap((side) => [...side])])
  const [left = new Set<string>(), ...others] = sides
  const right = new Set(others.flatMap((side) => [...side]))
  if (meeting.has(node.type)) noteJoin(node, left, right, found)
  else if (all.size > 0 && chooses(node)) found.takesSome = true
  return all
}

/** What it gives is its second child's; a step of a recursive one reads what the steps before it gave. */
function ofCte(node: PlanNode, found: Found): Tables {
  const [definition, body] = node.children ?? []
  const below = definition === undefined ? new Set<string>() : tablesBelow(definition, found)
  found.ctes.set(node.table_index ?? 0, below)
  const given = body === undefined ? new Set<string>() : tablesBelow(body, found)
  if (node.type !== 'LOGICAL_RECURSIVE_CTE' || body === undefined) return given
  const all = new Set([...below, ...given])
  found.ctes.set(node.table_index ?? 0, all)
  tablesBelow(body, found)
  return all
}

function noteJoin({ type, join_type: join = 'INNER' }: PlanNode, left: Tables, right: Tables, found: Found): void {
  for (const a of left) {
    for (const b of right) {
      const pair = a < b ? ([a, b] as const) : ([b, a] as const)
      found.joins.set(pair.join(' '), pair)
    }
  }
  if (join === 'LEFT' || join === 'FULL') right.forEach((one) => found.padded.add(one))
  if (join === 'RIGHT' || join === 'FULL') left.forEach((one) => found.padded.add(one))
  const unmatching = type === 'LOGICAL_EXCEPT' || unmatchingJoins.has(join)
  if (unmatching && left.size > 0 && right.size > 0) found.takesSome = true
}

const meeting: ReadonlySet<string> = new Set([
  'LOGICAL_COMPARISON_JOIN',
  'LOGICAL_ANY_JOIN',
  'LOGICAL_ASOF_JOIN',
  'LOGICAL_CROSS_PRODUCT',
  'LOGICAL_POSITIONAL_JOIN',
  'LOGICAL_DELIM_JOIN',
  'LOGICAL_EXCEPT',
  'LOGICAL_INTERSECT',
])

/** MARK is `in` and `exists` or their contrary, SINGLE a subquery's one value. A join that pairs rows keeps its pairs, and one that
 * pads them its rows. */
const unmatchingJoins: ReadonlySet<string> = new Set(['ANTI', 'RIGHT_ANTI', 'MARK', 'SINGLE'])

const choosing: ReadonlySet<string> = new Set([
  'LOGICAL_AGGREGATE_AND_GROUP_BY',
  'LOGICAL_PIVOT',
  'LOGICAL_WINDOW',
  'LOGICAL_TOP_N',
  'LOGICAL_LIMIT',
  'LOGICAL_SAMPLE',
])

const chooses = ({ type, distinct_type: distinct }: PlanNode): boolean =>
  choosing.has(type) || distinct === 'DISTINCT_ON'
