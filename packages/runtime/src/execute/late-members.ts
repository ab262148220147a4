import type { Columns, FilesScan, Output, Query, Slice, TableName } from '@millrace/core'
import { coalesce, historyNames, holdsMore } from '@millrace/core'
import { quote } from '../read/inputs.ts'
import { type Incoming, keepIncoming } from './incoming.ts'
import { modelQuery } from './model-query.ts'
import { coverage } from './outcome.ts'
import type { TaskContext } from './task.ts'

/** Members of which a row came that lies before what the table knows of them. */
export interface LateMembers {
  readonly keys: FilesScan
  /** Every row that the inputs tell of them. */
  readonly told: FilesScan
}

interface LateIn {
  readonly own: FilesScan
  readonly incoming: Incoming
  readonly columns: Columns
  readonly keys: readonly string[]
  readonly changedAt: string
}

/** Finds late members and reads all of the inputs for them; null: none came or nothing can be learned, and nothing is read. */
export async function lateMembers(
  context: TaskContext,
  output: Output,
  table: TableName,
  from: LateIn,
): Promise<LateMembers | null> {
  if (!tellsMore(context, table)) return null
  const late = await keepIncoming(context, [lateQuery(from)], keyColumnsOf(from))
  if (late.rows === 0) return null
  // What these rows break was said when they came.
  const quiet: TaskContext = { ...context, rejected: [] }
  const only = (query: Query): Query => ofKeys(query, late.scan, from.keys)
  const queries: Query[] = []
  for (const slice of everySlice(context, output, table)) queries.push(await modelQuery(quiet, slice, only))
  const told = await keepIncoming(context, queries, from.columns)
  return { keys: late.scan, told: told.scan }
}

/** Whether the inputs tell every row again, as they did before, and more of them than came in. */
const tellsMore = ({ node, decision, states }: TaskContext, table: TableName): boolean =>
  node.replay !== 'never' &&
  !holdsMore(states.get(table)?.progress, states) &&
  !node.forwardOnly &&
  !decision.slices.some((slice) => 'all' in slice)

function lateQuery({ own, incoming, keys, changedAt }: LateIn): Query {
  const same = keys.map((key) => `t.${quote(key)} = s.${quote(key)}`).join(' and ')
  return {
    sql: `select distinct ${keys.map((key) => `t.${quote(key)}`).join(', ')} from own.rows t
      semi join incoming.rows s on ${same} and s.${quote(changedAt)} <= t.${quote(historyNames.confirmed)}`,
    inputs: { 'own.rows': own, 'incoming.rows': incoming.scan },
    params: {},
  }
}

function keyColumnsOf({ columns, keys }: LateIn): Columns {
  const specs = new Map(Object.entries(columns).map(([name, spec]) => [name.toLowerCase(), spec]))
  return Object.fromEntries(keys.map((key) => [key, { type: specs.get(key.toLowerCase())?.type ?? 'string' }]))
}

/** Everything that the table was made of so far, and of what it is made now. */
function everySlice(context: TaskContext, output: Output, table: TableName): readonly Slice[] {
  if (context.node.intervals === undefined) return [{ all: true }]
  const covered = coverage(context, table, output).map(({ interval }) => interval)
  return coalesce(covered).map((interval) => ({ interval }))
}

/** The select stands in the text itself, for it may have parameters; no table of a project is called so. */
function ofKeys({ sql, inputs, params }: Query, late: FilesScan, keys: readonly string[]): Query {
  const same = keys.map((key) => `t.${quote(key)} = s.${quote(key)}`).join(' and ')
  return {
    sql: `select t.* from (\n${sql.replace(/[;\s]+$/, '')}\n) t semi join "millrace late"."rows" s on ${same}`,
    inputs: { ...inputs, 'millrace late.rows': late },
    params,
  }
}
