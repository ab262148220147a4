import type { Output } from '../graph/graph.ts'
import type { Check, CheckRule, OnFailure } from './check.ts'

/** A check with its settings filled in. */
export interface PlannedCheck {
  readonly name: string
  /** null: it speaks of the whole table. */
  readonly column: string | null
  readonly rule: CheckRule
  readonly on: OnFailure
  readonly where: string | null
  /** The keys that lead to it among the settings of its table. */
  readonly keys: readonly string[]
}

/** Every check of a table, of its columns first, each with a name that says what it promises. */
export function planChecks(output: Pick<Output, 'columns' | 'checks'>): readonly PlannedCheck[] {
  const ofColumns = Object.entries(output.columns).flatMap(([column, spec]) =>
    (spec.checks ?? []).map((check, i) => planned(check, column, ['columns', column, 'checks', String(i)])),
  )
  const ofTable = (output.checks ?? []).map((check, i) => planned(check, null, ['checks', String(i)]))
  const all = [...ofColumns, ...ofTable]
  return all.map((one, i) => {
    const before = all.slice(0, i).filter((other) => other.name === one.name).length
    return before === 0 ? one : { ...one, name: `${one.name} (${before + 1})` }
  })
}

function planned(check: Check, column: string | null, keys: readonly string[]): PlannedCheck {
  const {
    rule,
    on = 'block',
    where = null,
    name,
  } = typeof check === 'object' && 'rule' in check ? check : { rule: check }
  return { name: name ?? nameOf(rule, column), column, rule, on, where, keys }
}

function nameOf(rule: CheckRule, column: string | null): string {
  const at = column === null ? '' : `${column} `
  if (rule === 'not_null') return `${at}is not null`
  if (rule === 'unique') return `${at}is unique`
  if ('unique' in rule) return `${rule.unique.join(' + ')} is unique`
  if ('rows' in rule) return `has ${between(rule.rows.min, rule.rows.max)}`
  if ('fresh' in rule) return `${rule.by ?? column ?? 'table'} is fresher than ${rule.fresh}`
  if ('expression' in rule) return rule.expression.trim()
  if ('type' in rule) return `${at}reads as ${rule.type}`
  if ('min' in rule) return `${at}>= ${String(rule.min)}`
  if ('max' in rule) return `${at}<= ${String(rule.max)}`
  if ('in' in rule) return `${at}in ${rule.in.map(String).join(', ')}`
  if ('match' in rule) return `${at}matches ${rule.match}`
  if ('refers' in rule) return `${at}refers to ${rule.refers}`
  return 'sql' in rule ? 'custom SQL' : `custom ${rule.code.export}`
}

function between(min: number | undefined, max: number | undefined): string {
  const rows = (max ?? min) === 1 ? 'row' : 'rows'
  if (min !== undefined && min === max) return `exactly ${min} ${rows}`
  if (max === undefined) return `at least ${min ?? 0} ${rows}`
  return `${min === undefined ? 'at most' : `${min} to`} ${max} ${rows}`
}
