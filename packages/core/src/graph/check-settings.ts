import type { CheckRule } from '../checks/check.ts'
import { placeInCheck } from '../checks/check-place.ts'
import { planChecks, type PlannedCheck } from '../checks/plan-checks.ts'
import { tablesNamed } from '../checks/tables-checked.ts'
import type { Columns } from '../columns.ts'
import type { ModelDefinition, Origin, TableSpec } from '../definitions.ts'
import { type Issue, issue } from '../errors/issue.ts'
import { placeOf } from '../errors/place.ts'
import type { Transform } from '../fields.ts'
import { partitionFunctions, readPartition } from '../layout.ts'
import { type DataType, isDated, plainTypes } from '../types/data-type.ts'
import { parseType, printType } from '../types/text.ts'
import type { Scalar, TableName } from '../words.ts'
import { nearest } from './nearest.ts'

/** A table as its settings and its columns are known. */
type Settings = TableSpec & { readonly columns: Columns }

/** What settings mean, beyond the names in them: told here, it does not wait for a run that has done half of its work. */
export function checkSettings(table: TableName, spec: Settings, origin: Origin | undefined): readonly Issue[] {
  const partitions = (spec.partition ?? []).flatMap((text) => {
    const wrong = partitionProblem(text, spec.columns)
    if (wrong === null) return []
    const { problem, ...candidates } = wrong
    return issue(
      'lake/bad-partition',
      { table, text, problem },
      { at: placeOf(origin?.file ?? table, origin?.text, text, 'partition'), ...candidates },
    )
  })
  const checks = planChecks(spec)
  return [
    ...partitions,
    ...checks.flatMap((check) => valueIssues(table, check, spec.columns, origin)),
    ...checks.flatMap((check) => hollowIssue(table, check, spec.columns, origin)),
    ...checks.flatMap((check) => quarantineIssue(table, check, spec.write, origin)),
  ]
}

/** Checks that no row, or every row, would break, and those that no query can ask. */
function hollowIssue(
  table: TableName,
  check: PlannedCheck,
  columns: Columns,
  origin: Origin | undefined,
): readonly Issue[] {
  const found = hollow(check.rule, columns)
  if (found === null) return []
  const at = placeInCheck(origin, check, found.word ?? found.key, found.key)
  return [issue('model/bad-check', { table, check: check.name, problem: found.problem }, { at })]
}

interface Hollow {
  /** Of the value at fault. */
  readonly key: string
  readonly word?: string
  readonly problem: string
}

function hollow(rule: CheckRule, columns: Columns): Hollow | null {
  if (typeof rule !== 'object') return null
  if ('unique' in rule) return rule.unique.length === 0 ? { key: 'unique', problem: 'it names no column' } : null
  if ('in' in rule)
    return rule.in.every((value) => value === null) ? { key: 'in', problem: 'its list has no value' } : null
  if ('fresh' in rule) return untimed(rule.by, columns)
  if (!('rows' in rule)) return null
  const { min, max } = rule.rows
  if (min === undefined && max === undefined) return { key: 'rows', problem: 'it has neither `min` nor `max`' }
  return min !== undefined && max !== undefined && min > max
    ? { key: 'rows', problem: `no number is from ${min} to ${max}` }
    : null
}

/** A text may be a day or a moment as it is written. A column that is not there is told by its name. */
function untimed(by: string | undefined, columns: Columns): Hollow | null {
  const [, spec] = Object.entries(columns).find(([name]) => name.toLowerCase() === by?.toLowerCase()) ?? []
  if (by === undefined || spec === undefined || isDated(spec.type) || spec.type === 'string') return null
  return { key: 'by', word: by, problem: `${by} is ${printType(spec.type)}, which is no time` }
}

/** A check whose broken rows are to be kept apart, and that would be passed over because none can be told. */
function quarantineIssue(
  table: TableName,
  check: PlannedCheck,
  write: TableSpec['write'],
  origin: Origin | undefined,
): readonly Issue[] {
  const problem = check.on === 'quarantine' ? whyNoQuarantine(check, table, write) : null
  if (problem === null) return []
  const at = placeInCheck(origin, check, 'quarantine', 'on')
  return [issue('model/no-quarantine', { table, check: check.name, problem }, { at })]
}

function whyNoQuarantine(check: PlannedCheck, table: TableName, write: TableSpec['write']): string | null {
  const { rule } = check
  if (write === 'view') return 'a view keeps no rows of its own'
  const ofRows = rule === 'not_null' || (typeof rule === 'object' && rowRules.some((name) => name in rule))
  if (!ofRows) return 'no single row breaks it'
  // Its rows are judged before they are in the table.
  return tablesNamed([check], [table]).length > 0 ? 'it looks at the table itself' : null
}

const rowRules = ['min', 'max', 'in', 'match', 'type', 'expression', 'refers'] as const

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

function valueIssues(
  table: TableName,
  check: PlannedCheck,
  columns: Columns,
  origin: Origin | undefined,
): readonly Issue[] {
  const { rule, column } = check
  const type = column === null ? undefined : columns[column]?.type
  if (typeof rule === 'string' || column === null || type === undefined) return []
  if ('type' in rule) {
    if (parseType(rule.type) !== null) return []
    const key = `columns.${column}.checks`
    const more = { at: placeInCheck(origin, check, rule.type, 'type'), ...named(nearest(rule.type, plainTypes)) }
    return [issue('project/unknown-type', { key, text: rule.type }, more)]
  }
  return comparedWith(rule)
    .filter(([value]) => !comparable(value, type))
    .map(([value, ...keys]) => {
      const params = { table, column, value: String(value), type: printType(type) }
      return issue('model/check-value', params, { at: placeInCheck(origin, check, String(value), ...keys) })
    })
}

/** The values of a rule, each with the keys behind which it stands. */
function comparedWith(rule: Exclude<CheckRule, string>): readonly (readonly [value: Scalar, ...keys: string[]])[] {
  if ('min' in rule) return [[rule.min, 'min']]
  if ('max' in rule) return [[rule.max, 'max']]
  return 'in' in rule ? rule.in.map((value, i) => [value, 'in', String(i)]) : []
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
