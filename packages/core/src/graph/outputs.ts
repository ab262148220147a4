import type { Check, CheckRule } from '../checks/check.ts'
import type { TableSpec } from '../definitions.ts'
import { readPartition, readSort } from '../layout.ts'
import { keyColumns } from '../write-mode.ts'

/** Where a setting names a column, so that a wrong name is shown under the setting's own word. */
export interface NamedColumn {
  readonly setting: string
  readonly column: string
}

/** Every column that a table's settings refer to by name, but for those of its checks. */
export function namedColumns(spec: TableSpec): readonly NamedColumn[] {
  const of = (setting: string, columns: readonly string[]): NamedColumn[] =>
    columns.map((column) => ({ setting, column }))
  return [
    ...writeColumns(spec).flatMap(([setting, columns]) => of(setting, columns)),
    ...of(
      'partition',
      (spec.partition ?? []).flatMap((text) => readPartition(text)?.column ?? []),
    ),
    ...of(
      'sort',
      (spec.sort ?? []).map((text) => readSort(text).column),
    ),
    ...of('contract', spec.contract?.columns ?? []),
  ]
}

function writeColumns({ write }: TableSpec): readonly [string, readonly string[]][] {
  if (typeof write === 'string') return []
  if ('interval' in write) return [['interval', [write.interval]]]
  if ('merge' in write) {
    return [
      ['merge', keyColumns(write.merge)],
      ['newest', write.newest === undefined ? [] : [write.newest]],
    ]
  }
  return [
    ['history', keyColumns(write.history)],
    ['changedAt', write.changedAt === undefined ? [] : [write.changedAt]],
    ['track', write.track ?? []],
  ]
}

/** The columns that a rule names, each with the keys behind which it stands. */
export function columnsOfRule(rule: CheckRule): readonly (readonly [column: string, keys: readonly string[]])[] {
  if (typeof rule === 'object' && 'unique' in rule) return rule.unique.map((one, i) => [one, ['unique', String(i)]])
  return typeof rule === 'object' && 'fresh' in rule && rule.by !== undefined ? [[rule.by, ['by']]] : []
}

/** The rule of a check, written bare or with its settings. */
export function checkRule(check: Check): CheckRule {
  return typeof check === 'object' && 'rule' in check ? check.rule : check
}
