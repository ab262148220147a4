import type { Output } from '../graph/graph.ts'
import type { TableName } from '../words.ts'
import { planChecks, type PlannedCheck } from './plan-checks.ts'

/** The tables that a table's checks name. Their SQL is not bound here: a name that stands in it is enough to wait for. */
export function tablesChecked(
  output: Pick<Output, 'columns' | 'checks'>,
  known: Iterable<TableName>,
): readonly TableName[] {
  return tablesNamed(planChecks(output), known)
}

/** Those that these checks name. */
export function tablesNamed(checks: readonly PlannedCheck[], known: Iterable<TableName>): readonly TableName[] {
  const text = checks.map(textOf).join(' ').toLowerCase()
  if (text.trim() === '') return []
  const words = new Set(
    (text.match(/[\p{L}\p{N}_"]+\.[\p{L}\p{N}_"]+/gu) ?? []).map((word) => word.replaceAll('"', '')),
  )
  return [...known].filter((table) => words.has(table.toLowerCase()))
}

function textOf({ rule, where }: PlannedCheck): string {
  const parts = [where ?? '']
  if (typeof rule === 'object') {
    if ('refers' in rule) parts.push(rule.refers.split('.').slice(0, 2).join('.'))
    if ('sql' in rule) parts.push(rule.sql)
    if ('expression' in rule) parts.push(rule.expression)
  }
  return parts.join(' ')
}
