import { aggregate, pivot } from './aggregate.ts'
import { cteReference, materializedCte, recursiveCte } from './cte.ts'
import { delimGet, delimJoin } from './delim.ts'
import { filter, projection, unnest, window } from './rowwise.ts'
import { join, positionalJoin } from './join.ts'
import { distinct, limit, order, sample, topN } from './order.ts'
import type { PlanNode } from './node.ts'
import type { Column, Relation, Scan } from './relation.ts'
import { chunkGet, dummyScan, emptyResult, expressionGet, get } from './scan.ts'
import { setOperation } from './set-operation.ts'

/** What a walk over one plan carries along. */
export interface Walk {
  /** The relation of an operator and everything below it. */
  run(node: PlanNode): Relation
  /** By table index: what a CTE gives, and whether several places read it. */
  readonly ctes: Map<number, Relation>
  /** How often the plan reads each CTE. */
  readonly cteUses: ReadonlyMap<number, number>
  /** Columns that correlated subqueries see of the rows outside, the innermost last. */
  readonly outer: OuterColumns[]
  /** Tables that the plan reads. */
  readonly tables: Set<string>
  readonly scans: Scan[]
  /** What the windows go by, each. */
  readonly partitions: (readonly Column[])[]
  /** Where rows may go once there are more of others: of all that are equal in these columns one stays. */
  readonly drops: (readonly Column[])[]
  /** Whether rows come from anything but tables and what the text itself says. */
  odd: boolean
}

export interface OuterColumns {
  readonly columns: readonly Column[]
  readonly types: string
}

export type Operator = (node: PlanNode, walk: Walk) => Relation

const operators: Readonly<Record<string, Operator>> = {
  LOGICAL_GET: get,
  LOGICAL_DUMMY_SCAN: dummyScan,
  LOGICAL_EMPTY_RESULT: emptyResult,
  LOGICAL_CHUNK_GET: chunkGet,
  LOGICAL_EXPRESSION_GET: expressionGet,
  LOGICAL_PROJECTION: projection,
  LOGICAL_FILTER: filter,
  LOGICAL_WINDOW: window,
  LOGICAL_UNNEST: unnest,
  LOGICAL_AGGREGATE_AND_GROUP_BY: aggregate,
  LOGICAL_PIVOT: pivot,
  LOGICAL_DISTINCT: distinct,
  LOGICAL_ORDER_BY: order,
  LOGICAL_TOP_N: topN,
  LOGICAL_LIMIT: limit,
  LOGICAL_SAMPLE: sample,
  LOGICAL_UNION: setOperation,
  LOGICAL_EXCEPT: setOperation,
  LOGICAL_INTERSECT: setOperation,
  LOGICAL_COMPARISON_JOIN: join,
  LOGICAL_ANY_JOIN: join,
  LOGICAL_ASOF_JOIN: join,
  LOGICAL_CROSS_PRODUCT: join,
  LOGICAL_POSITIONAL_JOIN: positionalJoin,
  LOGICAL_DELIM_JOIN: delimJoin,
  LOGICAL_DELIM_GET: delimGet,
  LOGICAL_MATERIALIZED_CTE: materializedCte,
  LOGICAL_CTE_REF: cteReference,
  LOGICAL_RECURSIVE_CTE: recursiveCte,
}

/** Walks a bound plan from its leaves up. */
export function walkPlan(plan: PlanNode): { readonly relation: Relation; readonly walk: Walk } {
  const walk: Walk = {
    run(node) {
      const operator = operators[node.type]
      if (operator === undefined) throw new Error(`operator ${node.type}`)
      return operator(node, walk)
    },
    ctes: new Map(),
    cteUses: countCteUses(plan),
    outer: [],
    tables: new Set(),
    scans: [],
    partitions: [],
    drops: [],
    odd: false,
  }
  return { relation: walk.run(plan), walk }
}

function countCteUses(plan: PlanNode, uses: Map<number, number> = new Map()): ReadonlyMap<number, number> {
  if (plan.type === 'LOGICAL_CTE_REF') {
    const index = plan.cte_index ?? 0
    uses.set(index, (uses.get(index) ?? 0) + 1)
  }
  for (const child of plan.children ?? []) countCteUses(child, uses)
  return uses
}
