import { wordSet } from '../text/words.ts'
import type { ValueEdgeKind } from '@millrace/core'
import { hashOf, hashOfData, meaningless } from './hash.ts'
import type { Expression, PlanNode } from './node.ts'
import { type Column, columnAt, mergeInfluences, mergeSources, type Relation } from './relation.ts'

/** Columns by `table_index.column_index`: below lateral table functions references name these instead of positions. */
export type Bindings = ReadonlyMap<string, Column>

const kinds: Readonly<Record<string, ValueEdgeKind>> = { BOUND_AGGREGATE: 'aggregate', BOUND_WINDOW: 'window' }

/** Evaluates an expression over the columns of its input: sources, influences and hash instead of a value. */
export function evaluate(expression: Expression, columns: readonly Column[], bindings?: Bindings): Column {
  if (expression.expression_class === 'BOUND_REF') return columnAt(columns, expression.index ?? -1)
  if (expression.expression_class === 'BOUND_COLUMN_REF') return boundColumn(expression, bindings)
  const used: Column[] = []
  const visit = (inner: Expression): string => {
    const column = evaluate(inner, columns, bindings)
    used.push(column)
    return column.hash
  }
  const hash = hashOfExpression(expression, visit)
  const kind = kinds[expression.expression_class] ?? 'derive'
  return {
    from: mergeSources(kind, ...used.map((one) => one.from)),
    decides: mergeInfluences(...used.map((one) => one.decides)),
    hash,
  }
}

export const evaluateAll = (
  expressions: readonly Expression[] | undefined,
  relation: Relation,
  bindings?: Bindings,
): readonly Column[] => (expressions ?? []).map((one) => evaluate(one, relation.columns, bindings))

function boundColumn(expression: Expression, bindings: Bindings | undefined): Column {
  const key = `${expression.binding?.table_index}.${expression.binding?.column_index}`
  const column = bindings?.get(key)
  if (column === undefined) throw new Error(`binding ${key}`)
  return column
}

/** The columns of an operator's child by the child's own table index. */
export function bindingsOf(child: PlanNode, relation: Relation): Bindings {
  if (child.table_index === undefined) return new Map()
  return new Map(relation.columns.map((column, i) => [`${child.table_index}.${i}`, column]))
}

type Visit = (expression: Expression) => string

function hashOfExpression(expression: Expression, visit: Visit): string {
  const { left, right } = expression
  if (expression.expression_class === 'BOUND_COMPARISON' && left !== undefined && right !== undefined) {
    return hashOfComparison(expression.type, visit(left), visit(right))
  }
  if (expression.expression_class === 'BOUND_CONJUNCTION') {
    return hashOf(expression.type, ...(expression.children ?? []).map(visit).toSorted())
  }
  return hashOf(...hashOfFields(expression, visit))
}

function hashOfFields(record: object, visit: Visit): readonly string[] {
  const fields = Object.entries(record).filter(([key]) => !meaningless.has(key))
  return fields
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}:${hashOfField(key, value, visit)}`)
}

/**
 * The trap: inside a lambda (it is in `function_data`) references count the lambda's own parameters and captures. The
 * captures also stand as children of the function, so there it is enough to hash the data as it is.
 */
const hashOfField = (key: string, value: unknown, visit: Visit): string =>
  key === 'function_data' ? hashOfData(value) : hashOfValue(value, visit)

function hashOfValue(value: unknown, visit: Visit): string {
  if (Array.isArray(value)) return hashOf('[', ...value.map((one) => hashOfValue(one, visit)))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return isExpression(value) ? visit(value) : hashOf('{', ...hashOfFields(value, visit))
}

const isExpression = (value: object): value is Expression => 'expression_class' in value

const flipped: Readonly<Record<string, string>> = {
  COMPARE_GREATERTHAN: 'COMPARE_LESSTHAN',
  COMPARE_GREATERTHANOREQUALTO: 'COMPARE_LESSTHANOREQUALTO',
}

const symmetric: ReadonlySet<string> = wordSet(
  'COMPARE_EQUAL COMPARE_NOTEQUAL COMPARE_DISTINCT_FROM COMPARE_NOT_DISTINCT_FROM',
)

/** `a < b` and `b > a` are one. */
export function hashOfComparison(type: string, left: string, right: string): string {
  const turned = flipped[type]
  if (turned !== undefined) return hashOf('cmp', turned, right, left)
  const [first, second] = symmetric.has(type) && left > right ? [right, left] : [left, right]
  return hashOf('cmp', type, first, second)
}
