import { wordSet } from '../text/words.ts'
import type { ValueEdgeKind } from '@millrace/core'
import { type Fields, hashOf, meaningless, textOfData } from './hash.ts'
import type { Expression, PlanNode } from './node.ts'
import {
  addSources,
  type Column,
  columnAt,
  type Influences,
  mergeInfluences,
  type Relation,
  stronger,
} from './relation.ts'

const kinds: Readonly<Record<string, ValueEdgeKind>> = { BOUND_AGGREGATE: 'aggregate', BOUND_WINDOW: 'window' }

/** Evaluates an expression over the columns of its input: sources, influences and hash instead of a value. */
export function evaluate(expression: Expression, columns: readonly Column[], below?: PlanNode): Column {
  return columnOf(expression, columns, below) ?? new Evaluation(columns, below).run(expression)
}

export const evaluateAll = (
  expressions: readonly Expression[] | undefined,
  relation: Relation,
  below?: PlanNode,
): readonly Column[] => (expressions ?? []).map((one) => evaluate(one, relation.columns, below))

/** The column that an expression does nothing but name. */
function columnOf(expression: Expression, columns: readonly Column[], below: PlanNode | undefined): Column | null {
  if (expression.expression_class === 'BOUND_REF') return columnAt(columns, expression.index ?? 0)
  return expression.expression_class === 'BOUND_COLUMN_REF' ? boundColumn(expression, columns, below) : null
}

/** Below lateral table functions references name columns by the table index of the operator below, and not by position alone. */
function boundColumn(expression: Expression, columns: readonly Column[], below: PlanNode | undefined): Column {
  const { table_index: table = 0, column_index: column = 0 } = expression.binding ?? {}
  if (below === undefined || !numbered.has(below.type) || (below.table_index ?? 0) !== table)
    throw new Error(`binding ${table}.${column}`)
  return columnAt(columns, column)
}

/** Operators that number their columns by a table index. */
const numbered: ReadonlySet<string> = wordSet('LOGICAL_GET LOGICAL_PROJECTION LOGICAL_CTE_REF LOGICAL_DELIM_GET')

/** One expression on its way to a column. It becomes one text with hashes of columns in it: hashing each part costs more than all else. */
class Evaluation {
  readonly #columns: readonly Column[]
  readonly #below: PlanNode | undefined
  readonly #from = new Map<string, ValueEdgeKind>()
  readonly #decides = new Set<Influences>()

  constructor(columns: readonly Column[], below: PlanNode | undefined) {
    this.#columns = columns
    this.#below = below
  }

  run(expression: Expression): Column {
    const hash = hashOf(this.#text(expression, 'derive'))
    return { from: this.#from, decides: mergeInfluences(...this.#decides), hash }
  }

  /** `kind` is the strongest on the way from the outermost expression to this one. */
  #text(expression: Expression, kind: ValueEdgeKind): string {
    const column = columnOf(expression, this.#columns, this.#below)
    if (column !== null) {
      addSources(this.#from, kind, column.from)
      this.#decides.add(column.decides)
      return `@${column.hash}`
    }
    const inner = stronger(kind, kinds[expression.expression_class] ?? 'derive')
    const { left, right } = expression
    if (expression.expression_class === 'BOUND_COMPARISON' && left !== undefined && right !== undefined) {
      return comparison(expression.type, this.#hash(left, inner), this.#hash(right, inner))
    }
    if (expression.expression_class === 'BOUND_CONJUNCTION') {
      const parts = (expression.children ?? []).map((one) => this.#hash(one, inner))
      return `${expression.type}(${parts.toSorted().join()})`
    }
    return `(${this.#fields(expression, inner)})`
  }

  /** What `evaluate` gives as the hash of a part: joins compare the same parts as columns. */
  #hash(expression: Expression, kind: ValueEdgeKind): string {
    const text = this.#text(expression, kind)
    return text.startsWith('@') ? text.slice(1) : hashOf(text)
  }

  /**
   * The trap: inside a lambda (it is in `function_data`) references count the lambda's own parameters and captures. The
   * captures also stand as children of the function, so there it is enough to take the data as it is.
   */
  #fields(record: object, kind: ValueEdgeKind): string {
    let text = ''
    for (const key in record) {
      if (meaningless.has(key)) continue
      const value = (record as Fields)[key]
      text += `${key}=${key === 'function_data' ? textOfData(value) : this.#value(value, kind)};`
    }
    return text
  }

  #value(value: unknown, kind: ValueEdgeKind): string {
    if (typeof value !== 'object' || value === null) return textOfData(value)
    if (Array.isArray(value)) return `[${value.map((one) => this.#value(one, kind)).join()}]`
    return isExpression(value) ? this.#text(value, kind) : `{${this.#fields(value, kind)}}`
  }
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
function comparison(type: string, left: string, right: string): string {
  const turned = flipped[type]
  if (turned !== undefined) return `${turned}(${right},${left})`
  const swapped = symmetric.has(type) && left > right
  return swapped ? `${type}(${right},${left})` : `${type}(${left},${right})`
}

export const hashOfComparison = (type: string, left: string, right: string): string =>
  hashOf(comparison(type, left, right))
