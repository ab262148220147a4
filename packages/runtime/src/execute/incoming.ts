import { join } from 'node:path'
import type { Columns, Field, FilesScan, FilesSink, Query, Scan, TableName, Written } from '@millrace/core'
import { assignIds, fail, fieldNamed } from '@millrace/core'
import { quote } from '../read/inputs.ts'
import { readRows } from '../read/rows.ts'
import { newId } from '../workspace/lakehouse.ts'
import { type OpenDraft, ownRows } from './draft.ts'
import type { TaskContext } from './task.ts'
import { addUp } from './written.ts'

/** Rows on their way into a table, kept on disk: they are read several times, and may be more than memory holds. */
export interface Incoming {
  readonly scan: FilesScan
  readonly rows: number
}

/** Computes queries once into temporary files. `columns` are those of the query, not those of the table. */
export async function keepIncoming(
  context: TaskContext,
  queries: readonly Query[],
  columns: Columns,
): Promise<Incoming> {
  const sink = incomingSink(context, columns)
  const parts: Written[] = []
  for (const query of queries) parts.push(await context.session.write(query, sink, context.cancel, context.progress))
  return incomingOf(sink, parts)
}

/** A folder of the run for rows of these columns. */
export function incomingSink(context: TaskContext, columns: Columns): FilesSink {
  const { fields } = assignIds(optional(columns), 0)
  const shape = { schemaId: 0, fields, specId: 0, partition: [], sort: [], compression: 'snappy' }
  const prefix = join(context.lakehouse.paths.temp, context.run, `${context.node.id}-${newId().slice(0, 8)}`)
  return { via: 'files', prefix, shape, targetBytes: 512e6 }
}

export function incomingOf({ shape: { fields } }: FilesSink, parts: readonly Written[]): Incoming {
  const { files, rows, bytes } = addUp(parts)
  const groups = files.length === 0 ? [] : [{ fields, files }]
  return { scan: { via: 'files', fields, groups, total: { files: files.length, rows, bytes } }, rows }
}

/** Whether a column may be null is the table's promise, checked when the table itself is written. */
function optional(columns: Columns): Columns {
  return Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, { type }]))
}

/** Whose rows these are: a merge with `newest` says which of two is right, one without takes none, and to a history they are one where
 * they are equal. */
type Ties = 'decided' | 'merge' | 'history'

/** Each row needs a key, and two rows of one key have to say which of them is right. Tells how many rows share the key of another. */
export async function checkKeys(
  context: Pick<TaskContext, 'session'>,
  table: TableName,
  incoming: { readonly scan: Scan },
  keys: readonly string[],
  ties: Ties,
): Promise<number> {
  const names = keys.map(quote).join(', ')
  const nulls = keys.map((key) => `${quote(key)} is null`).join(' or ')
  const counted = async (from: string): Promise<readonly [missing: number, twice: number]> => {
    const [counts] = await readRows(context.session, {
      sql: `select count(*) filter (where ${nulls}) as nulls, count(*) - count(distinct (${names})) as twice from ${from}`,
      inputs: { 'incoming.rows': incoming.scan },
      params: {},
    })
    return [Number(counts?.['nulls'] ?? 0), Number(counts?.['twice'] ?? 0)]
  }
  const key = keys.join(', ')
  const [missing, twice] = await counted('incoming.rows')
  if (missing > 0) fail('run/key-missing', { table, key, rows: missing })
  if (twice === 0 || ties === 'decided') return twice
  const [, rows] = ties === 'merge' ? [0, twice] : await counted('(select distinct * from incoming.rows)')
  return rows === 0 ? twice : fail('run/key-twice', { table, key, rows, write: ties })
}

/** Bounds of the incoming keys: files of the table that lie outside need not be looked at. */
function keyRanges(
  incoming: Incoming,
  keys: readonly string[],
): Parameters<TaskContext['lakehouse']['format']['offer']>[1] {
  const out: Record<string, { min: never; max: never }> = {}
  for (const key of keys) {
    const field = fieldNamed(incoming.scan.fields, key)
    const stats = incoming.scan.groups.flatMap((group) => group.files.map((file) => file.stats[field?.id ?? -1]))
    const mins = stats.map((one) => one?.min)
    const maxs = stats.map((one) => one?.max)
    if (field === undefined || isFloat(field) || stats.length === 0 || ![...mins, ...maxs].every(isOrdered)) continue
    out[key] = { min: least(mins, -1) as never, max: least(maxs, 1) as never }
  }
  return out
}

/** Bounds leave NaN out, which is a key like any other: a file that holds it may lie anywhere. */
const isFloat = ({ type }: Field): boolean => type === 'float32' || type === 'float64'

// Text bounds may be cut short, and text of numbers does not order as numbers do; plain numbers are enough to prune by.
const isOrdered = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

function least(values: readonly unknown[], sign: 1 | -1): unknown {
  return values.reduce((best, one) => (((one as number) > (best as number) ? 1 : -1) === sign ? one : best))
}

/** The files of a table that hold one of the incoming keys: those that must be rewritten. null: nothing came in, or there is no table
 * yet. */
export async function touchedBy(
  context: TaskContext,
  open: OpenDraft,
  incoming: Incoming,
  keys: readonly string[],
): Promise<FilesScan | null> {
  const candidates = incoming.rows === 0 ? null : await ownRows(context, open, keyRanges(incoming, keys))
  if (candidates === null || candidates.groups.length === 0) return candidates
  return await touchedFiles(context, candidates, incoming, keys)
}

/** The table's files in which at least one incoming key occurs. */
async function touchedFiles(
  context: TaskContext,
  table: FilesScan,
  incoming: Incoming,
  keys: readonly string[],
): Promise<FilesScan> {
  const on = keys.map((key) => `t.${quote(key)} = s.${quote(key)}`).join(' and ')
  const rows = await readRows(context.session, {
    sql: `select distinct t."__file" as path from own.rows t semi join incoming.rows s on ${on}`,
    inputs: { 'own.rows': { ...table, fileColumn: '__file' }, 'incoming.rows': incoming.scan },
    params: {},
  })
  const touched = new Set(rows.map((row) => row['path']))
  const groups = table.groups.map((group) => ({
    ...group,
    files: group.files.filter((file) => touched.has(file.path)),
  }))
  return { ...table, groups: groups.filter((group) => group.files.length > 0) }
}
