import type { Origin } from '../definitions.ts'
import { type Issue, issue } from '../errors/issue.ts'
import type { TableName } from '../words.ts'
import { at } from './draft.ts'
import type { Input, Node } from './graph.ts'
import { nearest } from './nearest.ts'
import { type Reading, storedColumn } from './windows.ts'

type Producers = ReadonlyMap<TableName, string>

/** Every input is made by some definition. */
export function checkInputs(
  { id, inputs }: { readonly id: string; readonly inputs: readonly Input[] },
  producers: Producers,
  origin: Origin | undefined,
  issues: Issue[],
): void {
  for (const { table } of inputs) {
    if (producers.has(table)) continue
    issues.push(
      issue(
        'model/unknown-table',
        { table, by: id },
        { at: at(origin, table), candidates: nearest(table, producers.keys()) },
      ),
    )
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
  if (windows.some(({ table, window }) => storedColumn(table, window, readingOf) !== null)) return
  const [table] = Object.keys(filling.outputs) as TableName[]
  const input = filling.inputs.map((one) => one.table).join(', ')
  issues.push(issue('model/window-unknown', { table: table ?? 'a.b', input }, { at: at(origin, '$from') }))
}
