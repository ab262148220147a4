/** A type as DuckDB serialises it. */
export interface DuckType {
  readonly id: string
  readonly type_info?: {
    readonly alias?: string
    readonly width?: number
    readonly scale?: number
    readonly size?: number
    readonly child_type?: DuckType
    readonly child_types?: readonly { readonly first: string; readonly second: DuckType }[]
    readonly values?: readonly string[]
  }
}

/** A bound expression: its class says which of these are there. What is 0, false or empty is left out. */
export interface Expression {
  readonly expression_class: string
  readonly type: string
  readonly index?: number
  readonly binding?: { readonly table_index?: number; readonly column_index?: number }
  readonly left?: Expression
  readonly right?: Expression
  readonly child?: Expression
  readonly children?: readonly Expression[]
  /** Of a window. */
  readonly partitions?: readonly Expression[]
  readonly value?: { readonly type: DuckType; readonly is_null?: boolean; readonly value?: unknown }
  readonly return_type?: DuckType
  readonly identifier?: string
  readonly try_cast?: boolean
}

export interface Order {
  readonly type: string
  readonly null_order: string
  readonly expression: Expression
}

export interface LimitValue {
  readonly expression?: Expression
  readonly [key: string]: unknown
}

/** One operator of a bound plan: its type says which of these are there. What is as usual is left out: 0, false, empty. */
export interface PlanNode {
  readonly type: string
  readonly name?: string
  readonly children?: readonly PlanNode[]
  readonly expressions?: readonly Expression[]
  readonly table_index?: number
  readonly cte_index?: number
  readonly column_indexes?: readonly { readonly index?: number; readonly child_indexes?: unknown }[]
  readonly projection_ids?: readonly number[]
  readonly projected_input?: readonly number[]
  readonly projection_map?: readonly number[]
  readonly names?: readonly string[]
  readonly returned_types?: readonly DuckType[]
  readonly return_types?: readonly unknown[]
  readonly bindings?: readonly unknown[]
  readonly chunk_types?: readonly DuckType[]
  readonly collection?: unknown
  readonly expr_types?: readonly DuckType[]
  readonly function_data?: { readonly schema?: string; readonly table?: string }
  readonly parameters?: unknown
  readonly named_parameters?: unknown
  readonly table_filters?: unknown
  readonly groups?: readonly Expression[]
  readonly groupings_index?: unknown
  readonly grouping_sets?: readonly (readonly number[])[]
  readonly grouping_functions?: readonly (readonly number[])[]
  readonly distinct_type?: string
  readonly distinct_targets?: readonly Expression[]
  readonly order_by?: { readonly orders?: readonly Order[] }
  readonly orders?: readonly Order[]
  readonly limit_val?: LimitValue
  readonly offset_val?: LimitValue
  readonly limit?: number
  readonly offset?: number
  readonly sample_options?: unknown
  readonly bound_pivot?: {
    readonly group_count?: number | string
    readonly types: readonly unknown[]
    readonly pivot_values: unknown
  }
  /** Left out where it is true. */
  readonly setop_all?: boolean
  readonly union_all?: boolean
  readonly key_targets?: unknown
  readonly join_type?: string
  readonly conditions?: readonly {
    readonly comparison: string
    readonly left: Expression
    readonly right: Expression
  }[]
  readonly condition?: Expression
  readonly predicate?: Expression
  readonly left_projection_map?: readonly number[]
  readonly right_projection_map?: readonly number[]
  readonly delim_flipped?: boolean
  readonly duplicate_eliminated_columns?: readonly Expression[]
  readonly mark_types?: readonly DuckType[]
}

/** The first child, which every operator that asks for it has. */
export function childOf(node: PlanNode, at = 0): PlanNode {
  const child = node.children?.[at]
  if (child === undefined) throw new Error(`${node.type} has no child ${at}`)
  return child
}
