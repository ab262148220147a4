import type { Dict, KnownTables, Scalar, SqlReader } from '@millrace/core'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { LineCache } from './line-cache.ts'
import { GraphReading } from './read/graph-reading.ts'
import { isPlain } from './read/glance.ts'
import { outlinesOf } from './read/lookup.ts'
import { type QueryFacts, readQuery } from './read/query.ts'
import { readerVersion } from './version.ts'
import { WorkerPool } from './worker-pool.ts'

export interface SqlReaderOptions {
  /** A folder for facts that outlive the process; without it every process reads anew. */
  readonly cacheDir?: string
  /** How long one text may take before the process that reads it is killed. */
  readonly deadlineMs?: number
  /** How many processes may read side by side. */
  readonly workers?: number
}

/** The reader of a project, and of queries typed by hand. */
export interface DuckSqlReader extends SqlReader {
  /** Starts reading's process while the caller still does other things: where it is known that there will be texts to read. */
  warm(): void
  query(sql: string, known: KnownTables, params?: Dict<Scalar>): Promise<QueryFacts>
}

/**
 * Opens DuckDB's own binder as the reader of SQL. No process is started until a text is met that is not in the cache.
 *
 * ```ts
 * import { openSqlReader } from '@millrace/sql'
 * const reader = openSqlReader()
 * const facts = await reader.query('select id from silver.orders', new Map([['silver.orders', { id: { type: 'int64' } }]]))
 * await reader.close()
 * facts.names //=> ['id']
 * ```
 */
export function openSqlReader(options: SqlReaderOptions = {}): DuckSqlReader {
  const pool = new WorkerPool(options.workers ?? processes(), options.deadlineMs ?? 15_000)
  let cache: Promise<LineCache> | null = null
  let early: Promise<unknown> = Promise.resolve()
  const path = cachePath(options.cacheDir)
  const opened = (): Promise<LineCache> => (cache ??= LineCache.open(path ?? null))
  return {
    version: readerVersion,
    warm: () => pool.warm(1),
    ahead(texts) {
      if (texts.length > 0 && (path === undefined || !existsSync(path))) pool.warm(texts.length)
      // What goes wrong here goes wrong again, and is told, when the texts are read.
      early = opened()
        .then((found) =>
          outlinesOf(
            texts.filter((text) => !isPlain(text)),
            pool,
            found,
          ),
        )
        .catch(() => {})
    },
    async read(models, known) {
      await early
      return new GraphReading(models, known, pool, await opened()).run()
    },
    async query(sql, known, params = {}) {
      return readQuery(sql, known, params, pool, await opened())
    },
    async close() {
      pool.close()
      await (await cache)?.flush()
    },
  }
}

/** One process keeps two cores busy by itself. */
const processes = (): number => (availableParallelism() < 4 ? 1 : 2)

const cachePath = (folder: string | undefined): string | undefined =>
  folder === undefined ? undefined : join(folder, `sql-${readerVersion.replaceAll(' ', '-')}.jsonl`)
