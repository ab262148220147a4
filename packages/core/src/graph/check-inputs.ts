import { placeInCheck } from '../checks/check-place.ts'
import { planChecks } from '../checks/plan-checks.ts'
import type { Columns } from '../columns.ts'
import type { Origin } from '../definitions.ts'
import { type Issue, issue } from '../errors/issue.ts'
import { type DataType, isDated } from '../types/data-type.ts'
import { printType } from '../types/text.ts'
import type { TableName } from '../words.ts'
import type { WriteMode } from '../write-mode.ts'
import { at } from './draft.ts'
import type { Input, Node, Output } from './graph.ts'
import { nearest } from './nearest.ts'
import { type Reading, storedColumns } from './windows.ts'

/** The tables that the project defines. What one of broken SQL shows is not known, but its name is. */
type Known = Pick<ReadonlySet<TableName>, 'has' | 'keys'>

/** Every input is made by some definition. */
export function checkInputs(
  { id, inputs }: { readonly id: string; readonly inputs: readonly Input[] },
  known: Known,
  origin: Origin | undefined,
  issues: Issue[],
): void {
  for (const { table } of inputs) {
    if (known.has(table)) continue
    issues.push(
      issue(
        'model/unknown-table',
        { table, by: id },
        { at: at(origin, table), candidates: nearest(table, known.keys()) },
      ),
    )
  }
}

/** What is new can be told only of a table that keeps versions. */
export function checkModes(
  { id, inputs }: { readonly id: string; readonly inputs: readonly Input[] },
  writeOf: (table: TableName) => WriteMode | undefined,
  origin: Origin | undefined,
  issues: Issue[],
): void {
  for (const { table: input, mode } of inputs) {
    if (mode !== 'changes' || writeOf(input) !== 'view') continue
    issues.push(issue('model/changes-of-view', { table: id as TableName, input }, { at: at(origin, input) }))
  }
}

/** Every column that a check refers to is one of a table that some definition makes. */
export function checkReferences(
  { outputs }: { readonly outputs: Readonly<Record<TableName, Pick<Output, 'columns' | 'checks'>>> },
  columnsOf: (table: TableName) => Columns | undefined,
  known: Known,
  origin: Origin | undefined,
  issues: Issue[],
): void {
  for (const [name, output] of Object.entries(outputs)) {
    for (const check of planChecks(output)) {
      const { rule } = check
      if (typeof rule !== 'object' || !('refers' in rule)) continue
      const [layer, last, column = ''] = rule.refers.split('.')
      const table: TableName = `${layer}.${last}`
      const columns = columnsOf(table)
      const place = { at: placeInCheck(origin, check, rule.refers, 'refers') }
      if (columns === undefined) {
        if (known.has(table)) continue
        const candidates = nearest(table, known.keys())
        issues.push(issue('model/unknown-table', { table, by: `A check of ${name}` }, { ...place, candidates }))
      } else if (!Object.keys(columns).some((one) => one.toLowerCase() === column.toLowerCase())) {
        const candidates = nearest(column, Object.keys(columns))
        issues.push(issue('model/unknown-column', { table, setting: 'refers', column }, { ...place, candidates }))
      }
    }
  }
}

/** What filling intervals hangs on. */
export type Filling = Pick<Node, 'inputs' | 'intervals'> & { readonly outputs: Readonly<Record<TableName, unknown>> }

/** Without a stored column that tells the time, an interval model would find nothing to do, for ever and silently. */
export function checkWindows(
  filling: Filling,
  readingOf: (table: TableName) => Reading | undefined,
  origin: Origin | undefined,
  issues: Issue[],
): void {
  if (filling.intervals === undefined) return
  const windows = filling.inputs.flatMap(({ table, window }) => (window === undefined ? [] : [{ table, window }]))
  const [table = 'a.b'] = Object.keys(filling.outputs) as TableName[]
  const place = { at: at(origin, '$from') }
  for (const window of windows) {
    const type = typeOf(window, readingOf)
    if (type === undefined || isDated(type)) continue
    const column = `${window.table}.${window.window}`
    issues.push(issue('model/window-type', { table, column, type: printType(type) }, place))
  }
  if (windows.some(({ table: input, window }) => storedColumns(input, window, readingOf) !== null)) return
  const input = filling.inputs.map((one) => one.table).join(', ')
  issues.push(issue('model/window-unknown', { table, input }, place))
}

function typeOf(
  { table, window }: { readonly table: TableName; readonly window: string },
  readingOf: (table: TableName) => Reading | undefined,
): DataType | undefined {
  const columns = readingOf(table)?.outputs[table]?.columns ?? {}
  return Object.entries(columns).find(([name]) => name.toLowerCase() === window.toLowerCase())?.[1].type
}
