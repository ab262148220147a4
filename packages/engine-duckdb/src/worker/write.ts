import { type DataFile, fail, type FilesSink, type Query, type Written } from '@millrace/core'
import { mkdirSync, rmSync } from 'node:fs'
import { localPath } from '../sql/local-path.ts'
import { subquery } from '../sql/quote.ts'
import { copySql, partitionColumn } from '../write/copy-sql.ts'
import { flushAlong, makeDurable } from '../write/durable.ts'
import { finishFile } from '../write/footer.ts'
import { columnStats, leavesOf, type StatsText } from '../write/stats.ts'
import { partitionValue } from '../write/transform.ts'
import { prepare } from './bind.ts'
import { describeQuery } from './columns.ts'
import type { Database } from './database.ts'
import { withInputs } from './inputs.ts'
import { type Ask, askDuckDB, type OnProgress, runWithProgress } from './progress.ts'

function checkColumns(given: readonly string[], sink: FilesSink): void {
  const lower = new Set(given.map((name) => name.toLowerCase()))
  const wanted = new Set(sink.shape.fields.map((field) => field.name.toLowerCase()))
  const missing = sink.shape.fields.map((field) => field.name).filter((name) => !lower.has(name.toLowerCase()))
  const unexpected = given.filter((name) => !wanted.has(name.toLowerCase()))
  if (missing.length > 0 || unexpected.length > 0) fail('engine/columns-differ', { missing, unexpected })
}

/** Writes a query's rows as data files under unique names. */
export async function writeQuery(
  database: Database,
  query: Query,
  sink: FilesSink,
  name: string,
  onProgress: OnProgress,
): Promise<Written> {
  return withInputs(database, query, async () => {
    const { columns } = await describeQuery(database, query)
    checkColumns(Object.keys(columns), sink)
    return copyRows(database, subquery(query.sql), query.params, sink, name, onProgress)
  })
}

const hashed = (sink: FilesSink): boolean =>
  sink.shape.partition.some((part) => typeof part.transform === 'object' && 'bucket' in part.transform)

/** Writes the rows of `source` (a table or a subquery), then makes the files final and durable. */
export async function copyRows(
  database: Database,
  source: string,
  params: Query['params'],
  sink: FilesSink,
  name: string,
  onProgress: OnProgress,
  ask: Ask = askDuckDB(database),
): Promise<Written> {
  mkdirSync(localPath(sink.prefix), { recursive: true })
  if (hashed(sink)) await database.withHashes()
  const statement = await prepare(database, copySql(source, sink, name), params)
  const said = await flushedAlong(sink, name, () => runWithProgress(statement, ask, onProgress))
  const files = said.flatMap((row) => finishOne(row, sink))
  refuseNulls(files, sink)
  await makeDurable(
    localPath(sink.prefix),
    files.map((file) => localPath(file.path)),
  )
  const written = {
    files,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  }
  onProgress({ rows: written.rows, fraction: 1 })
  return written
}

async function flushedAlong<T>(sink: FilesSink, name: string, write: () => Promise<T>): Promise<T> {
  const stop = flushAlong(localPath(sink.prefix), name)
  try {
    return await write()
  } finally {
    await stop()
  }
}

interface Entry {
  readonly key: string
  readonly value: unknown
}

/** DuckDB's maps as the client gives them: a list of key and value. */
const entriesOf = (value: unknown): readonly Entry[] => (Array.isArray(value) ? (value as readonly Entry[]) : [])

const statsText = (value: unknown): StatsText =>
  new Map(
    entriesOf(value).map((column) => [
      column.key,
      new Map(entriesOf(column.value).map((one) => [one.key, String(one.value)])),
    ]),
  )

function finishOne(said: Readonly<Record<string, unknown>>, sink: FilesSink): readonly DataFile[] {
  const local = String(said['filename'])
  const rows = Number(said['count'])
  if (rows === 0) {
    // A query without rows still makes an empty file; a table without files says the same.
    rmSync(local, { force: true })
    return []
  }
  const { bytes, splits } = finishFile(local)
  const { shape } = sink
  const parts = new Map(entriesOf(said['partition_keys']).map((one) => [one.key, one.value]))
  const partition = shape.partition.map((part, i) => {
    const text = parts.get(partitionColumn(i))
    const source = shape.fields.find((field) => field.id === part.source)
    return source === undefined || typeof text !== 'string' ? null : partitionValue(text, source, part)
  })
  const stats = columnStats(leavesOf(shape.fields), statsText(said['column_statistics']))
  return [
    {
      path: pathFor(sink.prefix, local),
      rows,
      bytes,
      partition,
      spec: shape.specId,
      schema: shape.schemaId,
      stats,
      splits,
    },
  ]
}

/** The file's address in the spelling of the prefix: a path, or a URL. */
function pathFor(prefix: string, local: string): string {
  const folder = localPath(prefix)
  return folder === prefix ? local : prefix + local.slice(folder.length)
}

function refuseNulls(files: readonly DataFile[], sink: FilesSink): void {
  for (const field of sink.shape.fields)
    if (field.required && files.some((file) => (file.stats[field.id]?.nulls ?? 0) > 0))
      fail('engine/null-in-required', { column: field.name })
}
