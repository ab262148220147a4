import { type CheckRule, parseDuration, type PlannedCheck, type Scalar } from '@millrace/core'
import { toDuckType } from '@millrace/sql'
import { parseType } from '@millrace/core'
import { quote } from '../read/inputs.ts'

/** A literal in SQL; text stays text, so a date compares as the column's own type would read it. */
export function literal(value: Scalar): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  return String(value)
}

/** A condition that somebody wrote, in parentheses; a comment at its end would swallow the one that closes. */
export const enclosed = (condition: string): string => `(${condition}${condition.includes('--') ? '\n' : ''})`

/** SQL that is true for a row that breaks the check; null for checks that no single row can break. A missing value only
 * breaks `not_null`. */
export function breaks(check: PlannedCheck): string | null {
  const broken = brokenRow(check.rule, check.column)
  if (broken === null) return null
  return check.where === null ? `(${broken})` : `(${enclosed(check.where)} and (${broken}))`
}

/** SQL that is true for a row of `own` whose value is not in the column that the check refers to; null for other checks. */
export function orphaned({ rule, column, where }: PlannedCheck, own: string): string | null {
  if (column === null || typeof rule !== 'object' || !('refers' in rule)) return null
  const [layer = '', name = '', target = ''] = rule.refers.split('.')
  const value = `${own}.${quote(column)}`
  // A name that no table of a project has.
  const there = `select 1 from ${quote(layer)}.${quote(name)} as millrace_other where millrace_other.${quote(target)} = ${value}`
  const broken = `${value} is not null and not exists (${there})`
  return where === null ? `(${broken})` : `(${enclosed(where)} and ${broken})`
}

function brokenRow(rule: CheckRule, column: string | null): string | null {
  if (typeof rule === 'object' && 'expression' in rule) return `not ${enclosed(rule.expression)}`
  if (column === null) return null
  const name = quote(column)
  if (rule === 'not_null') return `${name} is null`
  if (typeof rule === 'string') return null
  if ('min' in rule) return `${name} < ${literal(rule.min)}`
  if ('max' in rule) return `${name} > ${literal(rule.max)}`
  if ('in' in rule) return notIn(name, rule.in)
  if ('match' in rule) return `not regexp_full_match(${name}::varchar, ${literal(rule.match)})`
  if ('type' in rule) return typeBroken(name, rule.type)
  return null
}

/** Compared with NULL nothing is ever false: a missing value keeps the promise anyway, so NULL in the list says nothing. */
function notIn(name: string, values: readonly Scalar[]): string {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? `${name} is not null` : `${name} not in (${known.map(literal).join(', ')})`
}

function typeBroken(name: string, text: string): string {
  const type = parseType(text)
  return `${name} is not null and try_cast(${name} as ${type === null ? 'varchar' : toDuckType(type)}) is null`
}

/** The key that must not occur twice; null for other checks. */
export function uniqueKey(check: PlannedCheck): readonly string[] | null {
  if (check.rule === 'unique') return check.column === null ? null : [check.column]
  return typeof check.rule === 'object' && 'unique' in check.rule ? check.rule.unique : null
}

/** How old the newest row may be, in milliseconds, and by which column. */
export function freshness(check: PlannedCheck): { readonly column: string; readonly ms: number } | null {
  const { rule } = check
  if (typeof rule !== 'object' || !('fresh' in rule)) return null
  const column = rule.by ?? check.column
  return column === null ? null : { column, ms: parseDuration(rule.fresh) ?? 0 }
}
