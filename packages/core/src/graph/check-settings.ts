import type { CheckRule } from '../checks/check.ts'
import { planChecks } from '../checks/plan-checks.ts'
import type { Columns } from '../columns.ts'
import type { ModelDefinition, Origin, TableSpec } from '../definitions.ts'
import { type Issue, issue, type Place } from '../errors/issue.ts'
import { placeOf } from '../errors/place.ts'
import type { Transform } from '../fields.ts'
import { partitionFunctions, readPartition } from '../layout.ts'
import { type DataType, isDated, plainTypes } from '../types/data-type.ts'
import { parseType, printType } from '../types/text.ts'
import type { Scalar, TableName } from '../words.ts'
import { nearest } from './nearest.ts'
import { checkRule } from './outputs.ts'

/** A table as its settings and its columns are known. */
type Settings = TableSpec & { readonly columns: Columns }

/** What settings mean, beyond the names in them: told here, it does not wait for a run that has done half of its work. */
export function checkSettings(table: TableName, spec: Settings, origin: Origin | undefined): readonly Issue[] {
  const at: At = (word, after) => placeOf(origin?.file ?? table, origin?.text, word, after)
  const partitions = (spec.partition ?? []).flatMap((text) => {
    const wrong = partitionProblem(text, spec.columns)
    if (wrong === null) return []
    const { problem, ...candidates } = wrong
    return issue('lake/bad-partition', { table, text, problem }, { at: at(text, 'partition'), ...candidates })
  })
  const rules = Object.entries(spec.columns).flatMap(([column, { checks = [], type }]) =>
    checks.flatMap((check) => valueIssues(checkRule(check), { table, column, type }, at)),
  )
  return [...partitions, ...rules, ...hollowIssues(table, spec, at), ...quarantineIssues(table, spec, at)]
}

/** Checks that no row, or every row, would break, and those that no query can ask. */
function hollowIssues(table: TableName, spec: Settings, at: At): readonly Issue[] {
  return planChecks(spec).flatMap(({ name, column, rule }) => {
    const [word, problem] = hollow(rule, spec.columns) ?? []
    if (word === undefined || problem === undefined) return []
    return issue('model/bad-check', { table, check: name, problem }, { at: at(word, column ?? 'checks') })
  })
}

/** The word at fault and what is wrong with it. */
function hollow(rule: CheckRule, columns: Columns): readonly [word: string, problem: string] | null {
  if (typeof rule !== 'object') return null
  if ('unique' in rule) return rule.unique.length === 0 ? ['unique', 'it names no column'] : null
  if ('in' in rule) return rule.in.every((value) => value === null) ? ['in', 'its list has no value'] : null
  if ('fresh' in rule) return untimed(rule.by, columns)
  if (!('rows' in rule)) return null
  const { min, max } = rule.rows
  if (min === undefined && max === undefined) return ['rows', 'it has neither `min` nor `max`']
  return min !== undefined && max !== undefined && min > max ? ['rows', `no number is from ${min} to ${max}`] : null
}

/** A text may be a day or a moment as it is written. A column that is not there is told by its name. */
function untimed(by: string | undefined, columns: Columns): readonly [word: string, problem: string] | null {
  const [, spec] = Object.entries(columns).find(([name]) => name.toLowerCase() === by?.toLowerCase()) ?? []
  if (by === undefined || spec === undefined || isDated(spec.type) || spec.type === 'string') return null
  return [by, `${by} is ${printType(spec.type)}, which is no time`]
}

/** A check whose broken rows are to be kept apart, and that would be passed over because none can be told. */
function quarantineIssues(table: TableName, spec: Settings, at: At): readonly Issue[] {
  return planChecks(spec).flatMap(({ name, column, rule, on }) => {
    const problem = on === 'quarantine' ? whyNoQuarantine(rule, table, spec.write) : null
    if (problem === null) return []
    return issue('model/no-quarantine', { table, check: name, problem }, { at: at('quarantine', column ?? 'checks') })
  })
}

function whyNoQuarantine(rule: CheckRule, table: TableName, write: TableSpec['write']): string | null {
  if (write === 'view') return 'a view keeps no rows of its own'
  if (typeof rule === 'object' && 'refers' in rule)
    return rule.refers.startsWith(`${table}.`) ? 'it looks at the table itself' : null
  const ofRows = rule === 'not_null' || (typeof rule === 'object' && rowRules.some((name) => name in rule))
  return ofRows ? null : 'no single row breaks it'
}

const rowRules = ['min', 'max', 'in', 'match', 'type', 'expression'] as const

type At = (word: string, after: string) => Place

const named = (candidates: readonly string[]): { readonly candidates?: readonly string[] } =>
  candidates.length === 0 ? {} : { candidates }

interface Problem {
  readonly problem: string
  readonly candidates?: readonly string[]
}

function partitionProblem(text: string, columns: Columns): Problem | null {
  const by = readPartition(text)
  if (by === null) {
    const [, name = ''] = /^\s*(\w*)/.exec(text) ?? []
    if (partitionFunctions.includes(name.toLowerCase())) return { problem: 'the function takes other arguments' }
    return { problem: 'there is no such function', ...named(nearest(name, partitionFunctions)) }
  }
  const [, spec] = Object.entries(columns).find(([name]) => name.toLowerCase() === by.column.toLowerCase()) ?? []
  // A column that is not there is told by its name.
  if (spec === undefined || takes(by.transform, spec.type)) return null
  const type = printType(spec.type)
  return { problem: `${by.column} is ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}` }
}

/** What every format refuses; a format may refuse more. */
function takes(transform: Transform, type: DataType): boolean {
  if (typeof type !== 'string') return false
  if (transform === 'hour') return type.startsWith('timestamp')
  if (transform === 'identity') return !type.startsWith('float')
  if (typeof transform === 'string') return isDated(type)
  if ('bucket' in transform) return type !== 'boolean' && !type.startsWith('float')
  return /^u?int|^decimal|^string$|^json$|^binary$/.test(type)
}

interface Column {
  readonly table: TableName
  readonly column: string
  readonly type: DataType
}

function valueIssues(rule: CheckRule, { table, column, type }: Column, at: At): readonly Issue[] {
  if (typeof rule === 'string') return []
  const there = (word: string): { readonly at: Place } => ({ at: at(word, column) })
  if ('type' in rule) {
    if (parseType(rule.type) !== null) return []
    const key = `columns.${column}.checks`
    const more = { ...there(rule.type), ...named(nearest(rule.type, plainTypes)) }
    return [issue('project/unknown-type', { key, text: rule.type }, more)]
  }
  return comparedWith(rule)
    .filter((value) => !comparable(value, type))
    .map((value) =>
      issue('model/check-value', { table, column, value: String(value), type: printType(type) }, there(String(value))),
    )
}

function comparedWith(rule: Exclude<CheckRule, string>): readonly Scalar[] {
  if ('min' in rule) return [rule.min]
  if ('max' in rule) return [rule.max]
  return 'in' in rule ? rule.in : []
}

const isNumeric = (type: DataType): boolean => typeof type === 'string' && /^u?int|^float|^decimal/.test(type)
const isDay = (type: DataType): boolean => typeof type === 'string' && /^date$|^timestamp/.test(type)

/** Whether a value can be read as one of the column's type at all. */
function comparable(value: Scalar, type: DataType): boolean {
  if (typeof value === 'string') {
    if (isNumeric(type)) return value.trim() !== '' && !Number.isNaN(Number(value))
    return !isDay(type) || /^[+-]?\d{1,7}-\d{1,2}-\d{1,2}|^-?infinity$|^epoch$/i.test(value.trim())
  }
  if (typeof value === 'number' || typeof value === 'bigint') return !isDay(type) && type !== 'boolean'
  return typeof value !== 'boolean' || !(isNumeric(type) || isDay(type))
}

/** Tables that a model's settings name beside its text: each of them has to be one that it reads. */
export function checkNamedInputs(
  definition: ModelDefinition,
  reads: readonly TableName[],
  origin: Origin | undefined,
): readonly Issue[] {
  const known = new Set(reads.map((table) => table.toLowerCase()))
  const told = (setting: string, tables: readonly string[]): readonly Issue[] =>
    tables
      .filter((table) => !known.has(table.toLowerCase()))
      .map((table) =>
        issue(
          'model/not-an-input',
          { table: definition.name, input: table, setting },
          {
            at: placeOf(origin?.file ?? definition.name, origin?.text, table, setting),
            ...named(nearest(table, reads)),
          },
        ),
      )
  const given = (definition.tests ?? []).flatMap((test) => Object.keys(test.given))
  return [...told('reads', Object.keys(definition.reads ?? {})), ...told('tests', [...new Set(given)])]
}
