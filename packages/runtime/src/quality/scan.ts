import type { CheckResult, PlannedCheck, TableName } from '@millrace/core'
import { quote, quoteTable } from '../read/inputs.ts'
import { breaks, enclosed, freshness, orphaned, uniqueKey } from './predicates.ts'

/** One check as one or two columns of the table's single scan. */
export interface Measure {
  readonly check: PlannedCheck
  /** SQL of the number of rows that break it. */
  readonly sql: string
  /** A select that finds these rows again. */
  readonly query: string
  /** Where the first number only says whether any row breaks it: a select of how many do. */
  readonly count?: string
  readonly of?: CheckResult['of']
}

/** All checks of a table that SQL can answer, for one pass over it. Custom TypeScript is not among them. */
export function measures(table: TableName, checks: readonly PlannedCheck[]): readonly Measure[] {
  return checks.flatMap((check) => measure(table, check) ?? [])
}

function measure(table: TableName, check: PlannedCheck): Measure | null {
  const name = quoteTable(table)
  const row = breaks(check)
  if (row !== null) return { check, sql: `count(*) filter (where ${row})`, query: `select * from ${name} where ${row}` }
  const key = uniqueKey(check)
  if (key !== null) return uniqueMeasure(name, check, key)
  const fresh = freshness(check)
  if (fresh !== null) return freshMeasure(name, check, fresh)
  const { rule } = check
  if (typeof rule !== 'object') return null
  if ('rows' in rule) return rowsMeasure(name, check, rule.rows)
  const orphan = orphaned(check, name)
  if (orphan !== null) return refersMeasure(name, check, orphan)
  return 'sql' in rule ? sqlMeasure(check, rule.sql) : null
}

/** All rows that share their key with another break it, which of them is the right one nobody knows. In the scan it is told whether
 * there are any; keys with a missing part are never equal. */
function uniqueMeasure(table: string, check: PlannedCheck, key: readonly string[]): Measure {
  const names = key.map(quote)
  const present = names.map((name) => `${name} is not null`).join(' and ')
  const where = check.where === null ? present : `${enclosed(check.where)} and ${present}`
  const distinct = names.length === 1 ? (names[0] as string) : `(${names.join(', ')})`
  const query = `select * from ${table} where ${where} qualify count(*) over (partition by ${names.join(', ')}) > 1`
  return {
    check,
    sql: `count(*) filter (where ${where}) - count(distinct ${distinct}) filter (where ${where})`,
    query,
    count: `select count(*) as failed from (${query})`,
  }
}

function freshMeasure(table: string, check: PlannedCheck, { column, ms }: { column: string; ms: number }): Measure {
  const limit = `now() - to_milliseconds(${ms})`
  const [filter, where] =
    check.where === null ? ['', ''] : [` filter (where ${enclosed(check.where)})`, ` where ${check.where}`]
  return {
    check,
    sql: `case when (max(${quote(column)})${filter})::timestamptz >= ${limit} then 0 else 1 end`,
    query: `select max(${quote(column)}) as newest from ${table}${where}`,
    of: 'table',
  }
}

function rowsMeasure(table: string, check: PlannedCheck, { min, max }: { min?: number; max?: number }): Measure {
  const counted = check.where === null ? 'count(*)' : `count(*) filter (where ${enclosed(check.where)})`
  const bounds = [
    min === undefined ? [] : [`${counted} < ${min}`],
    max === undefined ? [] : [`${counted} > ${max}`],
  ].flat()
  const where = check.where === null ? '' : ` where ${check.where}`
  return {
    check,
    sql: `case when ${bounds.join(' or ') || 'false'} then 1 else 0 end`,
    query: `select count(*) as rows from ${table}${where}`,
    of: 'table',
  }
}

function sqlMeasure(check: PlannedCheck, sql: string): Measure {
  const query = check.where === null ? sql : `select * from (${sql}\n) as found where ${check.where}`
  return { check, sql: `(select count(*) from (${query}\n))`, query, of: 'found' }
}

function refersMeasure(table: string, check: PlannedCheck, orphan: string): Measure {
  const orphans = `from ${table} where ${orphan}`
  return { check, sql: `(select count(*) ${orphans})`, query: `select * ${orphans}` }
}
