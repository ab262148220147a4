import { type Issue, issue } from '../errors/issue.ts'
import { evolve } from '../fields/evolve.ts'
import { fieldsInside, findField, highestId } from '../fields/find-field.ts'
import type { Field } from '../fields.ts'
import type { Node, Output } from '../graph/graph.ts'
import type { TableState } from '../ports/table-format.ts'
import { subtract } from '../time/intervals.ts'
import type { TableName } from '../words.ts'
import { writeKind } from '../write-mode.ts'
import type { DecideContext } from './decide.ts'
import { wantedOf } from './missing.ts'
import type { Decided } from './plan.ts'

/** Values that a step would destroy. What is built anew has those of its inputs; other rows keep theirs, unless a column that
 * goes is allowed to. */
export function lostColumns(node: Node, decided: Decided, context: DecideContext): readonly Issue[] {
  const { action, changes } = decided
  if (changes.length === 0 || action === 'create' || action === 'rebuild') return []
  return (Object.entries(node.outputs) as [TableName, Output][]).flatMap(([table, output]) => {
    const state = context.seen.tables.get(table)
    if (state === undefined || state.ref.format === 'view') return []
    const { fields } = state.shape
    const evolved = evolve(fields, output.columns, { last: highestId(fields), rewritten: false })
    // Rows that are only laid out anew do not take another type.
    if (!('fields' in evolved)) return action === 'relayout' ? evolved : []
    if (isMadeAgain(node, output, state, context) || context.options.allow?.includes(table) === true) return []
    const columns = gone(declaredFields(node, state), evolved.fields, '')
    return columns.length === 0 ? [] : [issue('plan/would-lose-columns', { table, columns: columns.join(', ') })]
  })
}

/** Whether a column that comes back is computed again for all rows. */
function isMadeAgain(node: Node, { write }: Output, { progress }: TableState, context: DecideContext): boolean {
  const kind = writeKind(write)
  if (node.work.executor === 'connector') return kind === 'replace'
  if (node.forwardOnly) return false
  if (kind !== 'interval') return kind === 'replace' || kind === 'view'
  const covered = progress.covered.map(({ interval }) => interval)
  return subtract(covered, wantedOf(node, context.seen)).length === 0
}

/** Columns that files brought to a source stay although nothing declares them. */
function declaredFields({ work }: Node, { made, shape }: TableState): readonly Field[] {
  if (work.executor !== 'connector') return shape.fields
  const declared = new Set(Object.keys(made?.columns ?? {}).map((name) => name.toLowerCase()))
  return shape.fields.filter(({ name }) => declared.has(name.toLowerCase()))
}

/** The paths of fields that are in none of these, however deep. */
function gone(fields: readonly Field[], kept: readonly Field[], above: string): readonly string[] {
  return fields.flatMap((field) => {
    const path = `${above}${field.name}`
    return findField(kept, field.id) === undefined ? [path] : gone(fieldsInside(field), kept, `${path}.`)
  })
}
