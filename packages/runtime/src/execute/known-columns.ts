import { type Columns, formerNames, type Output, type TableState } from '@millrace/core'

/** The declared columns, and those that earlier files brought: a table that took in a column keeps it, until it is declared under
 * another name, or was declared and is not any more. */
export function knownColumns(output: Pick<Output, 'columns'>, state: TableState | undefined): Columns {
  const lower = (name: string): string => name.toLowerCase()
  const declared = new Set([...Object.keys(output.columns).map(lower), ...formerNames(output.columns).keys()])
  const said = new Set(Object.keys(state?.made?.columns ?? {}).map(lower))
  const taken = Object.entries(state?.columns ?? {}).filter(
    ([name]) => !declared.has(lower(name)) && !said.has(lower(name)),
  )
  return { ...output.columns, ...Object.fromEntries(taken) }
}
